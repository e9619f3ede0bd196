/**
 * Export and erasure of a user's data, over every topic that was ever written to. Erasing keeps offsets: messages become
 * removed ones, which subscribers receive like any removal, and no stored text names the user. An erasure that a crash or an
 * error interrupted is finished later, by any node. Does not check the caller's right: the admin API does.
 */
import { amendmentOf, type Change, withoutWords } from "./changes.ts";
import { decodeBody, encodeBody, type StoredBody } from "../log/message-body.ts";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import { messageOf, scrubChange, withoutUser } from "./erasure.ts";
import { createGiveWay, type GiveWay } from "../give-way.ts";
import type { Cluster } from "../log/cluster.ts";
import { type Amendment, eachTopic, type Entry, entryAt, type MessageLog } from "../log/log.ts";
import type { Logger } from "../logger.ts";
import type { HeldMessage, Report, Sanction, User } from "../model.ts";
import type { Moderation } from "../moderation/moderation.ts";
import { SANCTION_KINDS } from "../moderation/sanction-index.ts";
import type { Topics } from "../topics/topics.ts";

/** The user that replaces an erased one. */
export const ERASED: User = { id: "erased", name: "Erased", role: "guest" };
/** Entries that are changed together: one commit stores them, and other writers do not wait long. */
const CHANGE_AT_ONCE = 100;
/** Topics that are erased together: their changes share commits. */
const TOPICS_AT_ONCE = 60;
/** Unfinished erasures in the control topic. */
const PREFIX = "erasing:";

export interface UserDataParts {
  log: MessageLog;
  topics: Topics;
  control: Control;
  moderation: Moderation;
  cluster: Pick<Cluster, "id" | "nodes">;
  logger: Logger;
  /** Called with each topic whose review queue changed. */
  onQueue: (topic: string) => void;
  /** Ends a user's sessions and streams: they show the name and the presence that are to be erased. */
  endSessions: (userId: string) => void;
  /** How far a user has read, for the export. */
  readsOf: (userId: string) => Promise<object>;
  /** The user's devices with push messages, for the export. */
  devicesOf: (userId: string) => object[];
  /** Removes a user from the feed of events, the read marks and the devices with push messages. */
  forgetElsewhere: (userId: string) => Promise<void>;
  /** Removes a user, and the names that the user's messages had, from what the server keeps in memory. */
  forgetUser: (userId: string, names: ReadonlySet<string>) => void;
  now?: () => number;
}

/** A body without its author and text; a hidden one stays hidden. */
const disowned = (body: StoredBody): StoredBody => ({
  ...body,
  user: ERASED,
  text: "",
  ...(body.kind === "react" ? { on: false } : {}),
  ...(body.hidden === undefined ? {} : { hidden: ERASED.id }),
});

/** The body of an edit without its words; it stays as visible as it was. */
const withoutText = ({ body }: Entry): string => encodeBody(withoutWords(decodeBody(body)));

type UserRecords = ReturnType<typeof createUserRecords>;

/** Makes the functions that find a user's records: topics, entries and reports. They change nothing. */
function createUserRecords({ log, control }: Pick<UserDataParts, "log" | "control">) {
  /** Every topic that was written to, and those that only have moderation state. */
  async function* everyTopic(): AsyncGenerator<string> {
    yield* eachTopic(log);
    const giveWay = createGiveWay();
    const rest = new Set<string>();
    for (const kind of ["held:", "rejected:", "report:", "first:", ...SANCTION_KINDS])
      for (const topic of control.topicsOf(kind)) {
        if (!log.hasTopic(topic)) rest.add(topic);
        await giveWay();
      }
    yield* rest;
  }

  /** A user's entries of a topic, oldest first, with turns of the event loop in between. */
  async function* entriesOf(topic: string, userId: string, giveWay = createGiveWay()): AsyncGenerator<Entry> {
    for (const offset of await log.offsetsOf(topic, userId)) {
      const entry = await entryAt(log, topic, offset);
      if (entry?.userId === userId) yield entry;
      await giveWay();
    }
  }

  /** The reports that a user made, open or closed. */
  async function* reportsBy(userId: string): AsyncGenerator<{ topic: string } & Report> {
    for await (const { key, value } of control.each()) {
      if (value === null || !key.startsWith("report:") || !key.endsWith(` ${userId}`)) continue;
      const [topic = "", offset] = key.slice("report:".length).split(" ");
      const { of: _, ...report } = value as Pick<Report, "at"> & { of?: string };
      yield { topic, offset: Number(offset), by: userId, ...report };
    }
  }

  return { everyTopic, entriesOf, reportsBy };
}

/** Makes the erasure of a user in one topic. */
function createTopicErasure(
  { log, topics, moderation, onQueue, now = Date.now }: UserDataParts,
  { entriesOf }: UserRecords,
) {
  /** Appends a change of an earlier entry, unless it would change nothing. */
  async function change(topic: string, id: string, user: User, wanted: Change): Promise<void> {
    const { body, amends } = amendmentOf({ user, moderates: true }, wanted, now);
    const rewrite: Amendment["rewrite"] = (entry, offset, also) => {
      const next = amends.rewrite(entry, offset, (edit) => also({ ...edit, rewrite: withoutText }));
      if (next === entry.body) throw new KabarError("message-unknown");
      return next;
    };
    try {
      await log.append({ topic, userId: user.id, id, body, amends: { ...amends, rewrite }, isRelaxed: true });
    } catch (error) {
      if (!(error instanceof KabarError && error.code === "message-unknown")) throw error;
    }
  }

  /** The removals of a user's messages and reactions in a topic, as changes that subscribers receive. */
  async function* removalsOf(topic: string, userId: string, usedNames: Set<string>, giveWay: GiveWay) {
    for await (const { offset, body } of entriesOf(topic, userId, giveWay)) {
      const { user, kind, target, emoji, removed } = decodeBody(body);
      usedNames.add(user.name);
      if (kind === undefined && !removed)
        yield () => change(topic, `remove-${offset}`, ERASED, { kind: "remove", target: offset });
      if (kind === "react" && target !== undefined && emoji !== undefined) {
        const wanted = { kind, target, emoji, on: false } as const;
        yield () => change(topic, crypto.randomUUID(), user, wanted);
      }
    }
  }

  /** Erases a user in a topic. Topics that are erased together share `giveWay`. Resolves to the number of the user's entries. */
  async function eraseIn(
    topic: string,
    userId: string,
    cause: Cause,
    usedNames: Set<string>,
    giveWay: GiveWay,
  ): Promise<number> {
    const countWaiting = () => moderation.countHeld(topic) + moderation.countReports(topic);
    const waited = countWaiting();
    await moderation.forgetUser(topic, userId, cause);
    // The audit log was rewritten before: what waited under the user's id waits under this one.
    await moderation.forgetUser(topic, ERASED.id, cause);
    for (const { offset } of moderation.listReports(topic))
      if ((await entryAt(log, topic, offset))?.userId === userId)
        await moderation.closeReports(topic, offset, cause);
    let removals: (() => Promise<void>)[] = [];
    const removeBatch = async () => {
      await Promise.all(removals.map((remove) => remove()));
      removals = [];
    };
    await giveWay();
    for await (const removal of removalsOf(topic, userId, usedNames, giveWay)) {
      removals.push(removal);
      if (removals.length === CHANGE_AT_ONCE) await removeBatch();
    }
    await removeBatch();
    await giveWay();
    const erased = await log.disown(topic, userId, ERASED.id, ({ body }) =>
      encodeBody(disowned(decodeBody(body))),
    );
    await giveWay();
    const named = await log.offsetsWith(topic, JSON.stringify(userId));
    await giveWay();
    const scrubbed = await log.scrub(topic, named, ({ body }) => {
      const rest = withoutUser(decodeBody(body), userId, ERASED) as StoredBody;
      return encodeBody(rest);
    });
    if (erased + scrubbed > 0) topics.forget(topic, (await log.state(topic)).top);
    if (countWaiting() !== waited) onQueue(topic);
    return erased;
  }

  return eraseIn;
}

export type UserData = ReturnType<typeof createUserData>;

/** Makes the export and the erasure. */
export function createUserData(parts: UserDataParts) {
  const { log, control, moderation, cluster, logger } = parts;
  const { endSessions, readsOf, devicesOf, forgetElsewhere, forgetUser } = parts;
  const records = createUserRecords(parts);
  const { everyTopic, entriesOf, reportsBy } = records;
  const eraseIn = createTopicErasure(parts, records);
  /** The keys of the erasures that run here. */
  const running = new Set<string>();

  /** Removes a user from the audit log. Sanctions on the user stay, without name and reason. */
  async function scrubAudit(userId: string): Promise<void> {
    await control.scrub(async (entry) => {
      if (entry.key.startsWith(PREFIX)) return undefined;
      const at = messageOf(entry);
      const isOfMessage = at !== undefined && (await entryAt(log, at.topic, at.offset))?.userId === userId;
      return scrubChange(entry, userId, ERASED, isOfMessage);
    });
  }

  /** Runs work for an erasure that nothing else may resume meanwhile. */
  async function keepRunning(key: string, work: () => Promise<number>): Promise<number> {
    running.add(key);
    try {
      return await work();
    } finally {
      running.delete(key);
    }
  }

  /** Runs an erasure from its beginning; one that was interrupted runs again. */
  async function finish(key: string, userId: string, cause: Cause): Promise<number> {
    const giveWay = createGiveWay();
    const usedNames = new Set<string>();
    let erased = 0;
    // Sessions of API keys and of the operator stay: they are not persons.
    const isPerson = /^(?:u:|g-)/.test(userId);
    if (isPerson) endSessions(userId);
    // First, because the author of a reported message is known only until the message is erased.
    await scrubAudit(userId);
    let batch: string[] = [];
    const eraseBatch = async () => {
      const counts = await Promise.all(
        batch.map((topic) => eraseIn(topic, userId, cause, usedNames, giveWay)),
      );
      erased += counts.reduce((sum, count) => sum + count, 0);
      batch = [];
    };
    for await (const topic of everyTopic()) {
      batch.push(topic);
      if (batch.length === TOPICS_AT_ONCE) await eraseBatch();
      await giveWay();
    }
    await eraseBatch();
    await scrubAudit(userId);
    await control.disown(userId, ERASED.id);
    await forgetElsewhere(userId);
    // A page that reloaded during the erasure has added the name again.
    if (isPerson) endSessions(userId);
    forgetUser(userId, usedNames);
    await control.forget(key, () => ({}), cause);
    await control.set(`erased:${crypto.randomUUID()}`, { entries: erased }, cause);
    return erased;
  }

  return {
    /**
     * All data of a user, as pieces of one JSON object: entries by topic, oldest first; held messages; sanctions on the user;
     * reports by the user; read marks; devices with push messages.
     */
    async *exportUser(userId: string): AsyncGenerator<string> {
      const giveWay = createGiveWay();
      const held: HeldMessage[] = [];
      const sanctions: ({ topic: string } & Sanction)[] = [];
      yield `{"user":${JSON.stringify(userId)},"entries":[`;
      let comma = "";
      for await (const topic of everyTopic()) {
        for await (const { offset, id, at, body } of entriesOf(topic, userId)) {
          yield comma + JSON.stringify({ ...decodeBody(body), topic, offset, id, at });
          comma = ",";
        }
        held.push(...moderation.listHeld(topic).filter(({ user }) => user.id === userId));
        for (const sanction of moderation.sanctions.list(topic))
          if (sanction.user === userId) sanctions.push({ topic, ...sanction });
        await giveWay();
      }
      yield `],"held":${JSON.stringify(held)},"sentences":${JSON.stringify(sanctions)},"reports":[`;
      comma = "";
      for await (const report of reportsBy(userId)) {
        yield comma + JSON.stringify(report);
        comma = ",";
      }
      yield `],"reads":${JSON.stringify(await readsOf(userId))},"devices":${JSON.stringify(devicesOf(userId))}}`;
    },

    /** Erases all data of a user. Resolves to the number of the user's entries. */
    async eraseUser(userId: string, cause: Cause): Promise<number> {
      const key = PREFIX + crypto.randomUUID();
      const { by, why } = cause;
      return keepRunning(key, async () => {
        await control.set(key, { user: userId, by, why, node: cluster.id }, cause);
        return finish(key, userId, cause);
      });
    },

    /**
     * Finishes the erasures that a crash, a stop or an error interrupted: those of this node, and those of nodes that are not
     * alive. Call it periodically. Throws the error of the last one that fails again, after the others.
     */
    async resume(): Promise<void> {
      const others = new Set(cluster.nodes().flatMap(({ id }) => (id === cluster.id ? [] : [id])));
      let failure: unknown;
      for (const [rest, value] of control.list(PREFIX)) {
        const { user, by, why, node = "" } = value as { user?: string; node?: string } & Cause;
        if (user === undefined || others.has(node) || running.has(PREFIX + rest)) continue;
        try {
          const erased = await keepRunning(PREFIX + rest, () => finish(PREFIX + rest, user, { by, why }));
          logger.info({ erased }, "an interrupted erasure is finished");
        } catch (error) {
          failure = error;
        }
      }
      if (failure !== undefined) throw failure;
    },
  };
}
