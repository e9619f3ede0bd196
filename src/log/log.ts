/**
 * The `MessageLog` contract: the only durable state, and all that an engine implements. An entry is stored before
 * anybody is told of it; offsets of a topic are 1, 2, 3 …; the same (topic, user, id) is stored once for as long as it
 * is retained. tests/contracts/log.ts holds every engine to these words.
 */
import type { Cursor } from "../model.ts";

/** What a publisher hands in. */
export interface NewEntry {
  topic: string;
  /** Whose id this is: ids of different users never meet. */
  userId: string;
  id: string;
  /** A JSON object's text with everything else a message has: `{"user":…,"text":…}`. The log does not look inside. */
  body: string;
  /** A fingerprint of what was submitted (repeats.ts), kept beside the body and served to nobody. */
  proof?: string | undefined;
  /** An earlier entry that this one changes, in the same transaction. */
  amends?: Amendment;
  /**
   * True when the entry may be lost in a power cut, with whatever followed it: whoever appends it does so again. An engine may
   * then resolve before it is on disk.
   */
  isRelaxed?: boolean;
  /** An earlier entry that has to be there. `check` may throw a KabarError: then nothing is stored. Not asked of a repeat. */
  requires?: { offset: number; check: (entry: Entry | undefined) => void };
}

/** A change to an earlier entry's body; its offset, id, time and tag stay. */
export interface Amendment {
  offset: number;
  /**
   * The new body. May throw a KabarError: then no entry is touched. `offset` is the new entry's own; `also` asks for
   * further amendments in the same transaction, which are left out where the entry is not retained.
   */
  rewrite: (entry: Entry, offset: number, also: (amendment: Amendment) => void) => string;
  /** The new entry's own body, where it depends on what the changed one has become. */
  body?: (changed: Entry) => string;
  /** True when nothing of the old body is taken away: then nothing has to be cleared from the disk. */
  keeps?: boolean;
}

/** What the log makes of it. */
export interface Entry extends Omit<NewEntry, "amends" | "requires" | "isRelaxed"> {
  offset: number;
  /** When it was stored, in milliseconds since 1970; never decreases within a topic. */
  at: number;
  /** A few random characters: two entries that ever had the same (epoch, offset) differ in it. */
  tag: string;
  /** In the tail, on an entry that amends: the earlier entries in their new form. */
  amended?: Entry[];
}

/** What an append came to: `repeated` means an earlier append of the same id, and `entry` is that one. */
export interface Appended {
  entry: Entry;
  repeated: boolean;
}

/** Where a topic's log stands. A topic nobody wrote to has top 0, first 1, tag "". */
export interface TopicState {
  epoch: string;
  /** The oldest retained offset; top + 1 when none is. */
  first: number;
  /** The newest offset ever given. */
  top: number;
  /** The tag of the entry at `top`. */
  tag: string;
  /** The tag of the entry before `first`, the last one that was trimmed: a cursor may stand there. */
  trimmed: string;
}

/**
 * A page: the `limit` entries right after, or right before, an offset; always oldest first. `maxBytes` ends a page early
 * when its bodies pass it; the entry that does still counts, so that no page is empty for being too large.
 */
export type Page = { limit: number; maxBytes?: number } & ({ after: number } | { before: number });

export interface MessageLog {
  /**
   * Stores an entry, and changes the one it amends. Resolves when both are durable; rejects when nothing was stored: with
   * `log-unavailable`, with `message-unknown` when the amended entry is not retained, or with what `rewrite` threw.
   */
  append(entry: NewEntry): Promise<Appended>;
  /**
   * A page of retained entries; fewer than `limit` (or `maxBytes`) only at the log's end. Rejects with
   * `log-unavailable` when this part of the log can't be read; others may be.
   */
  read(topic: string, page: Page): Promise<Entry[]>;
  state(topic: string): Promise<TopicState>;
  /** The retained entry of a user with an id. */
  find(topic: string, userId: string, id: string): Promise<Entry | undefined>;
  /** The offsets of a user's retained entries, upwards. */
  offsetsOf(topic: string, userId: string): Promise<number[]>;
  /**
   * Gives a user's retained entries another owner and new ids, rewrites their bodies and drops their fingerprints. Resolves to
   * how many. The ids are not known any more after that: a repeat of one would be stored.
   */
  disown(topic: string, userId: string, owner: string, rewrite: (entry: Entry) => string): Promise<number>;
  /**
   * Rewrites the stored bodies of single entries, for good and without a new entry: `rewrite` returns the new body, or
   * undefined to leave it. The tail is not told. Resolves to how many were rewritten.
   */
  scrub(
    topic: string,
    offsets: readonly number[],
    rewrite: (entry: Entry) => string | undefined,
  ): Promise<number>;
  /** The offsets of a topic's retained entries whose body has `text` in it, upwards. Reads all of them, a slice at a time. */
  offsetsWith(topic: string, text: string): Promise<number[]>;
  /**
   * Calls `listener` with every entry stored from now on, whoever appended it: after it is durable, in offset order
   * per topic, before its `append` resolves. Returns the way to stop.
   */
  tail(listener: (entries: readonly Entry[]) => void): () => void;
  /** Removes entries up to and including `upTo`, a slice at a time. Resolves to how many. Offsets are never reused. */
  trim(topic: string, upTo: number): Promise<number>;
  /** The newest offset stored before `beforeMs` (milliseconds since 1970); 0 when there is none. */
  offsetBefore(topic: string, beforeMs: number): Promise<number>;
  /**
   * Gives the entries that are dated later than `toMs` that time: a clock ran ahead when they were stored. With `leapMs` only where an entry was stored
   * in time before them and they are at least so much ahead. Offsets and tags stay. Resolves to how many.
   */
  redate(topic: string, toMs: number, leapMs: number): Promise<number>;
  /** When the newest entry of all was stored, in milliseconds since 1970; 0 when there is none. */
  newestAt(): number;
  /**
   * Forgets those of the topics that have no retained entries. One that is written to again is a new topic: it has another epoch and begins
   * at 1. Resolves to how many were forgotten.
   */
  drop(topics: readonly string[]): Promise<number>;
  /** Whether topics that were not written to once had this epoch: what stands in them by such a cursor is told by its tag. */
  wasEpoch(epoch: string): boolean;
  /** Names of topics that were written to, in the order of their names: the `limit` after `after`. */
  topics(page: { after: string; limit: number }): Promise<string[]>;
  /** Whether a topic was written to. Cheap: asked for every message. */
  hasTopic(topic: string): boolean;
  /** How many topics were written to. */
  countTopics(): number;
  /** Why the log can't be written just now; undefined when it can. */
  trouble(): string | undefined;
  /** Stores what is pending now; resolves when those appends have settled. */
  flush(): Promise<void>;
  /** Stores what is pending, then lets go of everything; later appends are refused with `shutting-down`. */
  close(): Promise<void>;
}

/** A new epoch: 72 random bits. */
export const createEpoch = (): string => randomWord(9);

/** A new tag: 24 random bits, so that a fork passes unseen once in 16 million resumes over one. */
export const createTag = (): string => {
  // Math.random: a tag tells accidents apart, it keeps nobody out. This runs for every message.
  const bits = Math.floor(Math.random() * 0x1000000);
  return bits.toString(36).padStart(5, "0");
};

function randomWord(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");
}

/** The cursor that stands at the topic's newest entry. */
export const cursorAtTop = (state: TopicState): Cursor => ({
  epoch: state.epoch,
  offset: state.top,
  tag: state.tag,
});

/** Topics read at a time. */
const TOPICS_AT_ONCE = 500;

/** The names of all topics that were written to, the control topic left out. */
export async function* eachTopic(log: MessageLog): AsyncGenerator<string> {
  let after = "";
  for (;;) {
    const page = await log.topics({ after, limit: TOPICS_AT_ONCE });
    // A reserved name begins with a character that no visitor's topic begins with.
    for (const topic of page) if (!topic.startsWith("$")) yield topic;
    if (page.length < TOPICS_AT_ONCE) return;
    after = page.at(-1) ?? "";
  }
}
