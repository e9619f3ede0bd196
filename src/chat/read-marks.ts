/**
 * Read marks: how far a user has read each topic, the same on every device. A user's marks are one entry of a reserved topic,
 * rewritten in place. Marks are gathered for some seconds before they are stored, so a crash may forget the last ones.
 */
import { createGiveWay } from "../give-way.ts";
import { type Entry, entryAt, type MessageLog } from "../log/log.ts";
import { decodeBody } from "../log/message-body.ts";
import { KabarError } from "../errors.ts";
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import type { ServerEvent } from "../protocol.ts";
import { type Audience, isShown } from "../topics/audience.ts";

/** Reserved: a topic of users begins with a letter or digit. */
const MARKS_TOPIC = "$read";
/** Marks are stored this often. */
const STORE_EVERY_MS = 5000;
/** Marks of a user; the one that was set longest ago gives way. */
const MAX_MARKS = 100;
/** Unread messages of a topic are counted up to this number. */
const MAX_UNREAD = 100;
/** Pages that are looked at for the count of a topic. */
const MAX_PAGES = 5;
/** Users whose marks are stored together. */
const USERS_AT_ONCE = 200;
/** Marks that any node has told of are remembered for between one and two times this: by then the log has them. */
const REMEMBERED_MS = 3 * STORE_EVERY_MS;
/** Users whose entry is known without a search. */
const MAX_KNOWN = 50_000;
/** A user's marks move to a new entry once in this time, so that the entries of users who do not come back can be removed. */
const PERIOD_MS = 30 * 86_400_000;
/** Periods that marks are kept after the last change. */
const KEPT_PERIODS = 3;

/** A mark: everything up to `offset` is read, in the topic's log of this epoch. */
interface Mark {
  offset: number;
  epoch: string;
}
type Marks = Record<string, Mark>;

/** What is unread in a topic. */
export interface Unread {
  topic: string;
  /** Everything up to this offset is read. */
  read: number;
  /** The newest offset. */
  top: number;
  /** Messages of others after `read`, at most 100. */
  unread: number;
  /** True when there are more than `unread` says. */
  more?: true;
}

/** A mark as the command `read` answers it; without a mark only the topic. */
export interface MarkInForce {
  topic: string;
  /** Everything up to this offset is read. */
  offset?: number;
  top?: number;
  /** Messages of others after `offset`, at most 100. */
  unread?: number;
  more?: true;
}

export interface ReadMarksParts {
  log: MessageLog;
  auth: Pick<Auth, "requireRights" | "rightsIn">;
  chat: { audienceOf(who: Identity, topic: string): Audience };
  /** To every session of a user, on every node. */
  tellUser: (userId: string, event: ServerEvent) => void;
  /** Receives a failure to store marks, which are stored later. */
  onFailure: (error: unknown) => void;
  /** In milliseconds since 1970. */
  now?: () => number;
}

export type ReadMarks = ReturnType<typeof createReadMarks>;

const marksIn = ({ body }: Entry): Marks => (JSON.parse(body) as { marks?: Marks }).marks ?? {};
const encode = (marks: Marks): string => JSON.stringify({ marks });

/** The marks with newer ones, which come last: objects keep the order in which their keys were added. */
function withNewer(marks: Marks, newer: Marks): Marks {
  const merged = { ...marks };
  for (const [topic, mark] of Object.entries(newer)) {
    const before = merged[topic];
    if (before?.epoch === mark.epoch && before.offset >= mark.offset) continue;
    delete merged[topic];
    merged[topic] = mark;
  }
  return Object.fromEntries(Object.entries(merged).slice(-MAX_MARKS));
}

/** Creates the marks, and stores them until `stop`. */
export function createReadMarks({ log, auth, chat, tellUser, onFailure, now = Date.now }: ReadMarksParts) {
  const unsaved = new Map<string, Marks>();
  /** The newest entry of a user, by user. */
  const known = new Map<string, { offset: number; period: number }>();
  /** The marks that any node has told of lately, by user and topic: those of other nodes may not be in the log yet. */
  let told = new Map<string, number>();
  let toldBefore = new Map<string, number>();
  let storing: Promise<void> | undefined;
  const currentPeriod = (): number => Math.floor(now() / PERIOD_MS);
  const idIn = (period: number): string => `marks-${period}`;

  function know(userId: string, { offset, id }: Entry): void {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(userId, { offset, period: Number(id.slice(idIn(0).length - 1)) });
  }

  /** A user's newest entry. */
  async function entryOf(userId: string): Promise<Entry | undefined> {
    const offset = known.get(userId)?.offset ?? (await log.offsetsOf(MARKS_TOPIC, userId)).at(-1);
    const entry = offset === undefined ? undefined : await entryAt(log, MARKS_TOPIC, offset);
    if (entry?.userId !== userId) return undefined;
    know(userId, entry);
    return entry;
  }

  /** The stored marks of a user, with those that are not stored yet. */
  async function marksOf(userId: string): Promise<Marks> {
    const entry = await entryOf(userId);
    return withNewer(entry ? marksIn(entry) : {}, unsaved.get(userId) ?? {});
  }

  const toldKey = (userId: string, topic: string): string => `${topic} ${userId}`;

  /**
   * The mark of a user in a topic's present log, -1 without one: that in `marks`, which were read just before, or one that has
   * been told of since.
   */
  function offsetIn(marks: Marks, userId: string, topic: string, epoch: string): number {
    const mark = marks[topic];
    const key = toldKey(userId, topic);
    return Math.max(mark?.epoch === epoch ? mark.offset : -1, told.get(key) ?? -1, toldBefore.get(key) ?? -1);
  }

  /** Begins an entry for a user who has none of this period. */
  async function begin(userId: string, newer: Marks): Promise<void> {
    const earlier = await entryOf(userId);
    const body = encode(withNewer(earlier ? marksIn(earlier) : {}, newer));
    const id = idIn(currentPeriod());
    const { entry, repeated } = await log.append({ topic: MARKS_TOPIC, userId, id, body, isRelaxed: true });
    know(userId, entry);
    if (repeated) await rewrite(new Map([[userId, newer]]));
  }

  async function rewrite(batch: ReadonlyMap<string, Marks>): Promise<void> {
    const offsets = [...batch.keys()].flatMap((userId) => known.get(userId)?.offset ?? []);
    await log.scrub(MARKS_TOPIC, offsets, (entry) => {
      const newer = batch.get(entry.userId);
      return newer && encode(withNewer(marksIn(entry), newer));
    });
  }

  async function storeBatch(batch: ReadonlyMap<string, Marks>): Promise<void> {
    const period = currentPeriod();
    await Promise.all([...batch.keys()].map((userId) => known.has(userId) || entryOf(userId)));
    const isOld = ([userId]: [string, Marks]) => known.get(userId)?.period !== period;
    const [fresh, old] = [new Map(batch), [...batch].filter(isOld)];
    for (const [userId] of old) fresh.delete(userId);
    await Promise.all([rewrite(fresh), ...old.map(([userId, newer]) => begin(userId, newer))]);
  }

  async function store(): Promise<void> {
    const giveWay = createGiveWay();
    while (unsaved.size > 0) {
      const batch = new Map([...unsaved].slice(0, USERS_AT_ONCE));
      await storeBatch(batch);
      // What was marked meanwhile is stored again.
      for (const [userId, marks] of batch) if (unsaved.get(userId) === marks) unsaved.delete(userId);
      await giveWay();
    }
  }

  function storeSoon(): void {
    storing ??= store()
      .catch(onFailure)
      .finally(() => {
        storing = undefined;
      });
  }
  const timer = setInterval(storeSoon, STORE_EVERY_MS).unref();
  const forgetTimer = setInterval(() => {
    toldBefore = told;
    told = new Map();
  }, REMEMBERED_MS).unref();

  /** Whether an entry is a message of another user that the user may see. */
  function isUnread(entry: Entry, userId: string, audience: Audience): boolean {
    const { kind, removed } = decodeBody(entry.body);
    return kind === undefined && !removed && entry.userId !== userId && isShown(entry, audience);
  }

  /** What a user has not read in a topic. Undefined where nothing is retained any more, or the user may not read. */
  async function countUnread(who: Identity, topic: string, mark: Mark): Promise<Unread | undefined> {
    if (!log.hasTopic(topic) || !auth.rightsIn(who, topic)?.read) return undefined;
    const { top, epoch } = await log.state(topic);
    return countAfter(who, topic, mark.epoch === epoch ? Math.min(mark.offset, top) : 0, top);
  }

  /** What a user who may read a topic has not read after an offset. */
  async function countAfter(who: Identity, topic: string, read: number, top: number): Promise<Unread> {
    const audience = chat.audienceOf(who, topic);
    let unread = 0;
    let after = read;
    for (let pages = 0; after < top && unread <= MAX_UNREAD && pages < MAX_PAGES; pages += 1) {
      const page = await log.read(topic, { after, limit: MAX_UNREAD });
      unread += page.filter((entry) => isUnread(entry, who.user.id, audience)).length;
      after = page.at(-1)?.offset ?? top;
    }
    const isMore = unread > MAX_UNREAD || after < top;
    return { topic, read, top, unread: Math.min(unread, MAX_UNREAD), ...(isMore ? { more: true } : {}) };
  }

  /** Forgets marks that are not stored yet: the user is erased. */
  function forgetUnsaved(userId: string): void {
    unsaved.delete(userId);
    known.delete(userId);
    for (const marks of [told, toldBefore])
      for (const key of marks.keys()) if (key.endsWith(` ${userId}`)) marks.delete(key);
  }

  return {
    /**
     * Marks a topic as read up to an offset, on all devices of the user. A mark never goes back: resolves to the one in force.
     * Rejects with `forbidden`, and with `message-unknown` for an offset that does not exist yet.
     */
    async mark(who: Identity, topic: string, offset: number): Promise<{ topic: string; offset: number }> {
      auth.requireRights(who, topic, "read");
      const { top, epoch } = await log.state(topic);
      if (offset > top)
        throw new KabarError("message-unknown", `offset: is ${offset}, the newest is ${top}.`);
      const { id } = who.user;
      const inForce = offsetIn(await marksOf(id), id, topic, epoch);
      if (inForce >= offset) return { topic, offset: inForce };
      unsaved.set(id, withNewer(unsaved.get(id) ?? {}, { [topic]: { offset, epoch } }));
      tellUser(id, { type: "read", topic, offset });
      return { topic, offset };
    },

    /** The mark of a user in a topic, with what is unread. `charge` is called before messages are counted. Rejects with `forbidden`. */
    async inForce(who: Identity, topic: string, charge: () => unknown): Promise<MarkInForce> {
      auth.requireRights(who, topic, "read");
      const { id } = who.user;
      const marks = await marksOf(id);
      const { epoch, top } = await log.state(topic);
      const marked = offsetIn(marks, id, topic, epoch);
      if (marked < 0) return { topic };
      if (marked < top) charge();
      const { read: offset, ...rest } = await countAfter(who, topic, Math.min(marked, top), top);
      return { ...rest, offset };
    },

    /** Remembers a mark that this or another node has told the user's sessions of. */
    noteTold(userId: string, topic: string, offset: number): void {
      const key = toldKey(userId, topic);
      told.set(key, Math.max(told.get(key) ?? 0, offset));
    },

    /** What a user has not read, in the topics that the user has marks in. */
    async unread(who: Identity): Promise<Unread[]> {
      const giveWay = createGiveWay();
      const counts: Unread[] = [];
      for (const [topic, mark] of Object.entries(await marksOf(who.user.id))) {
        const count = await countUnread(who, topic, mark);
        if (count) counts.push(count);
        await giveWay();
      }
      return counts;
    },

    /** The marks of a user, for the export of the user's data. */
    marksOf,

    forgetUnsaved,

    /** Erases the marks of a user. */
    async erase(userId: string, owner: string): Promise<void> {
      forgetUnsaved(userId);
      await log.disown(MARKS_TOPIC, userId, owner, () => encode({}));
    },

    /** Removes the marks of users who set none for about three months. One node does so for all. */
    async sweep(): Promise<void> {
      const upTo = await log.offsetBefore(MARKS_TOPIC, now() - (KEPT_PERIODS + 1) * PERIOD_MS);
      const { first } = await log.state(MARKS_TOPIC);
      if (upTo >= first) await log.trim(MARKS_TOPIC, upTo);
    },

    /** Stores what is not stored yet, as far as the log can be written. */
    async stop(): Promise<void> {
      clearInterval(timer);
      clearInterval(forgetTimer);
      await storing;
      storeSoon();
      await storing;
    },
  };
}
