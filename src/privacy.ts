/**
 * What a person may ask for: everything of theirs as a file, and to be forgotten. Erasing keeps offsets: messages become
 * removed ones, told to everybody like any removal, and nothing that is left says whose they were.
 */
import type { Identity } from "./auth.ts";
import { decodeBody, encodeBody, type StoredBody } from "./codec.ts";
import type { Cause, Control } from "./control.ts";
import { eachTopic, type Entry, type MessageLog } from "./log.ts";
import type { HeldMessage, Report, SentenceOn, User } from "./model.ts";
import type { Moderation } from "./moderation.ts";
import type { Staff } from "./staff.ts";
import type { Topics } from "./topics.ts";

/** Stands where a person stood. */
const NOBODY: User = { id: "erased", name: "Erased", role: "guest" };

/** One entry of a person: a message, or a change they made. */
export type Exported = { topic: string; offset: number; id: string; at: number } & Record<string, unknown>;

/** Everything of a person. */
export interface Export {
  user: string;
  entries: Exported[];
  held: HeldMessage[];
  reports: ({ topic: string } & Report)[];
  sentences: ({ topic: string } & SentenceOn)[];
}

export interface PrivacyParts {
  log: MessageLog;
  topics: Topics;
  control: Control;
  moderation: Moderation;
  staff: Staff;
}

/** A body that says of nobody whose it was; what was hidden stays so. */
const disowned = (body: StoredBody): StoredBody => ({
  ...body,
  user: NOBODY,
  text: "",
  ...(body.hidden === undefined ? {} : { hidden: NOBODY.id }),
});

export type Privacy = ReturnType<typeof createPrivacy>;

/** Makes the two duties. */
export function createPrivacy({ log, topics, control, moderation, staff }: PrivacyParts) {
  async function entriesOf(topic: string, userId: string): Promise<Exported[]> {
    const entries: Exported[] = [];
    for (const offset of await log.offsetsOf(topic, userId)) {
      const [entry] = await log.read(topic, { after: offset - 1, limit: 1 });
      if (entry?.offset !== offset) continue;
      entries.push({ ...decodeBody(entry.body), topic, offset, id: entry.id, at: entry.at });
    }
    return entries;
  }

  return {
    /**
     * Everything a user wrote that is retained, topic by topic, oldest first; what of it waits for review; what they
     * reported, and what moderators laid on them.
     */
    async exportUser(userId: string): Promise<Export> {
      const everything: Export = { user: userId, entries: [], held: [], reports: [], sentences: [] };
      for await (const topic of eachTopic(log)) {
        everything.entries.push(...(await entriesOf(topic, userId)));
        everything.held.push(...moderation.held(topic).filter(({ user }) => user.id === userId));
        for (const report of moderation.reports(topic))
          if (report.by === userId) everything.reports.push({ topic, ...report });
        for (const sentence of moderation.sentences.list(topic))
          if (sentence.user === userId) everything.sentences.push({ topic, ...sentence });
      }
      return everything;
    },

    /** Removes everything of a user and forgets whose it was. Resolves to the number of entries. */
    async eraseUser(who: Identity, userId: string, cause: Cause): Promise<number> {
      let erased = 0;
      const disown = (entry: Entry): string => encodeBody(disowned(decodeBody(entry.body)));
      for await (const topic of eachTopic(log)) {
        for (const { user, messageId } of moderation.held(topic)) {
          if (user.id === userId) await moderation.release(topic, userId, messageId, cause);
        }
        await moderation.forgetReports(topic, userId, cause);
        await moderation.sentences.forgetName(topic, userId, cause);
        const removal = { action: "remove-all", user: userId, why: cause.why } as const;
        if ((await log.offsetsOf(topic, userId)).length === 0) continue;
        await staff.act(who, topic, removal);
        erased += await log.disown(topic, userId, NOBODY.id, disown);
        topics.forget(topic, (await log.state(topic)).top);
      }
      await control.set(`erased:${crypto.randomUUID()}`, { entries: erased }, cause);
      return erased;
    },
  };
}
