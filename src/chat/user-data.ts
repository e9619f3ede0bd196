/**
 * What a person may ask for: everything of theirs as a file, and to be forgotten. Erasing works below the rights, over every topic that
 * was ever written to. It keeps offsets: messages become removed ones, told to everybody like any removal, and nothing that is
 * left says whose they were. An erasure that a crash interrupts is finished after the next start.
 */
import { applyChange, type Change } from "./changes.ts";
import { decodeBody, encodeBody, type StoredBody } from "../log/message-body.ts";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import { messageOf, scrubChange, withoutUser } from "./erasure.ts";
import { createGiveWay } from "../give-way.ts";
import type { KnownNames } from "../users/known-names.ts";
import { eachTopic, type Entry, type MessageLog } from "../log/log.ts";
import type { Logger } from "../logger.ts";
import type { HeldMessage, Report, Sanction, User } from "../model.ts";
import type { Moderation } from "../moderation/moderation.ts";
import type { Topics } from "../topics/topics.ts";
import type { Traces } from "../topics/trace.ts";

/** Stands where a person stood. */
const NOBODY: User = { id: "erased", name: "Erased", role: "guest" };
/** Entries that are changed together: as many as one commit takes along without keeping others waiting. */
const CHANGE_AT_ONCE = 100;
/** Topics that are gone over together: what is taken back in them shares commits. */
const TOPICS_AT_ONCE = 60;
/** Erasures under way, in the control topic. */
const PREFIX = "erasing:";

export interface UserDataParts {
  log: MessageLog;
  topics: Topics;
  control: Control;
  moderation: Moderation;
  traces: Traces;
  names: KnownNames;
  logger: Logger;
  /** Called with each topic whose queue changed. */
  onQueue: (topic: string) => void;
  /** Ends a user's sessions and streams: they show the name and the presence that are to be erased. */
  endSessions: (userId: string) => void;
  now?: () => number;
}

/** A body that says of nobody whose it was; what was hidden stays so. */
const disowned = (body: StoredBody): StoredBody => ({
  ...body,
  user: NOBODY,
  text: "",
  ...(body.kind === "react" ? { on: false } : {}),
  ...(body.hidden === undefined ? {} : { hidden: NOBODY.id }),
});

export type UserData = ReturnType<typeof createUserData>;

/** Makes the two duties. */
export function createUserData(parts: UserDataParts) {
  const {
    log,
    topics,
    control,
    moderation,
    traces,
    names,
    logger,
    onQueue,
    endSessions,
    now = Date.now,
  } = parts;

  async function entryAt(topic: string, offset: number): Promise<Entry | undefined> {
    const [entry] = await log.read(topic, { after: offset - 1, limit: 1 });
    return entry?.offset === offset ? entry : undefined;
  }

  /** Every topic that was written to, and those of which only moderators' decisions are kept. */
  async function* everyTopic(): AsyncGenerator<string> {
    yield* eachTopic(log);
    const decided = ["held:", "rejected:", "report:", "sentence:", "shadow:"].flatMap((kind) =>
      control.topicsOf(kind),
    );
    for (const topic of new Set(decided)) if (!log.hasTopic(topic)) yield topic;
  }

  /** A user's entries of a topic, oldest first; others have their turn meanwhile. */
  async function* entriesOf(topic: string, userId: string): AsyncGenerator<Entry> {
    const giveWay = createGiveWay();
    for (const offset of await log.offsetsOf(topic, userId)) {
      const entry = await entryAt(topic, offset);
      if (entry?.userId === userId) yield entry;
      await giveWay();
    }
  }

  /** Appends a change of an earlier entry. One that is not needed any more is left out. */
  async function change(topic: string, id: string, user: User, wanted: Change): Promise<void> {
    const body: StoredBody = { user, text: "", ...wanted };
    const rewrite = (
      entry: Entry,
      offset: number,
      also: (more: { offset: number; rewrite: typeof blank }) => void,
    ) => {
      const changed = applyChange(entry, { user, moderates: true }, wanted, offset, now());
      const next = encodeBody(changed.body);
      if (next === entry.body) throw new KabarError("message-unknown");
      const blank = (old: Entry) => encodeBody({ ...decodeBody(old.body), text: "" });
      for (const each of changed.edits?.offsets ?? []) also({ offset: each, rewrite: blank });
      return next;
    };
    const blank = (old: Entry) => old.body;
    const amends = {
      offset: wanted.target,
      rewrite,
      body: ({ body: changed }: Entry) => encodeBody({ ...body, hidden: decodeBody(changed).hidden }),
    };
    try {
      await log.append({ topic, userId: user.id, id, body: encodeBody(body), amends, isRelaxed: true });
    } catch (error) {
      if (!(error instanceof KabarError && error.code === "message-unknown")) throw error;
    }
  }

  /** What has to be taken back of a user in a topic, so that everybody who follows it is told. */
  async function* takenBack(topic: string, userId: string, called: Set<string>) {
    for await (const { offset, body } of entriesOf(topic, userId)) {
      const { user, kind, target, emoji, removed } = decodeBody(body);
      called.add(user.name);
      if (kind === undefined && !removed)
        yield () => change(topic, `remove-${offset}`, NOBODY, { kind: "remove", target: offset });
      if (kind === "react" && target !== undefined && emoji !== undefined) {
        const wanted = { kind, target, emoji, on: false } as const;
        yield () => change(topic, crypto.randomUUID(), user, wanted);
      }
    }
  }

  /** Erases a user in a topic. Resolves to how many entries were theirs. */
  async function eraseIn(topic: string, userId: string, cause: Cause, called: Set<string>): Promise<number> {
    const waited = moderation.listHeld(topic).length + moderation.countReports(topic);
    await moderation.forgetUser(topic, userId, cause);
    for (const { offset } of moderation.listReports(topic))
      if ((await entryAt(topic, offset))?.userId === userId)
        await moderation.closeReports(topic, offset, cause);
    let acts: (() => Promise<void>)[] = [];
    const act = async () => {
      await Promise.all(acts.map((run) => run()));
      acts = [];
    };
    for await (const taken of takenBack(topic, userId, called)) {
      acts.push(taken);
      if (acts.length === CHANGE_AT_ONCE) await act();
    }
    await act();
    const erased = await log.disown(topic, userId, NOBODY.id, ({ body }) =>
      encodeBody(disowned(decodeBody(body))),
    );
    const named = await log.offsetsWith(topic, JSON.stringify(userId));
    const scrubbed = await log.scrub(topic, named, ({ body }) => {
      const rest = withoutUser(decodeBody(body), userId, NOBODY) as StoredBody;
      return encodeBody(rest);
    });
    if (erased + scrubbed > 0) topics.forget(topic, (await log.state(topic)).top);
    if (moderation.listHeld(topic).length + moderation.countReports(topic) !== waited) onQueue(topic);
    return erased;
  }

  /** What a user reported, open or closed. */
  async function* reportsBy(userId: string): AsyncGenerator<{ topic: string } & Report> {
    for await (const { key, value } of control.each()) {
      if (value === null || !key.startsWith("report:") || !key.endsWith(` ${userId}`)) continue;
      const [topic = "", offset] = key.slice("report:".length).split(" ");
      const { of: _, ...said } = value as Pick<Report, "at"> & { of?: string };
      yield { topic, offset: Number(offset), by: userId, ...said };
    }
  }

  /** Takes a user out of the audit log. That something was laid on them stays, without their name and the reason. */
  async function scrubAudit(userId: string): Promise<void> {
    await control.scrub(async (entry) => {
      if (entry.key.startsWith(PREFIX)) return undefined;
      const at = messageOf(entry);
      const isOfMessage = at !== undefined && (await entryAt(at.topic, at.offset))?.userId === userId;
      return scrubChange(entry, userId, NOBODY, isOfMessage);
    });
  }

  /** Does an erasure, from its beginning or again from there. */
  async function finish(key: string, userId: string, cause: Cause): Promise<number> {
    const giveWay = createGiveWay();
    const called = new Set<string>();
    let erased = 0;
    // Keys and the operator are no persons: their sessions stay.
    const isPerson = /^(?:u:|g-)/.test(userId);
    if (isPerson) endSessions(userId);
    // Whose messages were reported can be said only as long as they are somebody's.
    await scrubAudit(userId);
    let some: string[] = [];
    const eraseSome = async () => {
      const counts = await Promise.all(some.map((topic) => eraseIn(topic, userId, cause, called)));
      erased += counts.reduce((sum, count) => sum + count, 0);
      some = [];
    };
    for await (const topic of everyTopic()) {
      some.push(topic);
      if (some.length === TOPICS_AT_ONCE) await eraseSome();
      await giveWay();
    }
    await eraseSome();
    await scrubAudit(userId);
    await control.disown(userId, NOBODY.id);
    // A page that was loaded again meanwhile has the name again.
    if (isPerson) endSessions(userId);
    for (const name of called) names.forget(name);
    moderation.forgetActivity(userId);
    traces.forget(userId, NOBODY.id);
    await control.forget(key, () => ({}), cause);
    await control.set(`erased:${crypto.randomUUID()}`, { entries: erased }, cause);
    return erased;
  }

  return {
    /**
     * Everything of a user that is kept, as pieces of one JSON object: what they wrote, topic by topic, oldest first; what of it waits for
     * review; what they reported; what moderators laid on them.
     */
    async *exportUser(userId: string): AsyncGenerator<string> {
      const giveWay = createGiveWay();
      const held: HeldMessage[] = [];
      const sentences: ({ topic: string } & Sanction)[] = [];
      yield `{"user":${JSON.stringify(userId)},"entries":[`;
      let comma = "";
      for await (const topic of everyTopic()) {
        for await (const { offset, id, at, body } of entriesOf(topic, userId)) {
          yield comma + JSON.stringify({ ...decodeBody(body), topic, offset, id, at });
          comma = ",";
        }
        held.push(...moderation.listHeld(topic).filter(({ user }) => user.id === userId));
        for (const sentence of moderation.sanctions.list(topic))
          if (sentence.user === userId) sentences.push({ topic, ...sentence });
        await giveWay();
      }
      yield `],"held":${JSON.stringify(held)},"sentences":${JSON.stringify(sentences)},"reports":[`;
      comma = "";
      for await (const report of reportsBy(userId)) {
        yield comma + JSON.stringify(report);
        comma = ",";
      }
      yield "]}";
    },

    /** Removes everything of a user and forgets whose it was. Resolves to the number of entries. */
    async eraseUser(userId: string, cause: Cause): Promise<number> {
      const key = PREFIX + crypto.randomUUID();
      await control.set(key, { user: userId, by: cause.by, why: cause.why }, cause);
      return finish(key, userId, cause);
    },

    /** Finishes the erasures that a crash or a stop interrupted. Call it after the start. */
    async resume(): Promise<void> {
      for (const [rest, value] of control.list(PREFIX)) {
        const { user, by, why } = value as { user: string } & Cause;
        const erased = await finish(PREFIX + rest, user, { by, why });
        logger.info({ erased }, "an interrupted erasure is finished");
      }
    },
  };
}
