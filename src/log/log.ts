/**
 * The `MessageLog` contract: the only durable state, and everything that an engine implements.
 *
 * An entry is stored before any reader receives it; the offsets of a topic are 1, 2, 3 …; the same (topic, user, id) is stored
 * once for as long as it is retained. tests/contracts/log.ts holds every engine to these promises.
 */
import { randomText } from "../random.ts";
import type { KabarError } from "../errors.ts";
import type { LogWarning } from "../named-sentences.ts";
import type { Cursor } from "../model.ts";

/** An entry as it is appended. */
export interface NewEntry {
  topic: string;
  /** The author. Ids of different users never conflict. */
  userId: string;
  id: string;
  /** The rest of a message as the text of a JSON object, `{"user":…,"text":…}`. The log does not parse it. */
  body: string;
  /** A fingerprint of the submitted message (chat/repeats.ts), stored beside the body and never served. */
  proof?: string | undefined;
  /** The earlier entry that this one changes, in the same transaction. */
  amends?: Amendment | undefined;
  /**
   * True when no entry is stored, only what `amends` changes: the result has the changed entry, and the tail receives nothing. An
   * append whose answer was lost is not recognized when it comes again: `rewrite` decides what is left to do.
   */
  isAmendmentOnly?: boolean;
  /**
   * True when the entry may be lost in a power cut together with everything after it, because its publisher appends it again.
   * An engine may then resolve before the entry is on disk.
   */
  isRelaxed?: boolean;
  /**
   * The least time since the author's last message in the topic, and the error for a message before its end. Only an engine
   * with several writers checks it: a single process has done that before the append.
   */
  spacing?: Spacing | undefined;
  /** An earlier entry that `check` receives. `check` may throw a KabarError: then nothing is stored. Not called for a repeat. */
  requires?: { offset: number; check: (entry: Entry | undefined) => void } | undefined;
}

export interface Spacing {
  /** In milliseconds. */
  ms: number;
  refuse: (waitMs: number) => KabarError;
}

/** A change to an earlier entry's body; its offset, id, time and tag stay. */
export interface Amendment {
  offset: number;
  /**
   * Returns the new body. May throw a KabarError: then no entry changes. `offset` is the new entry's own; `also` adds
   * amendments to the same transaction, which are ignored where the entry is not retained.
   */
  rewrite: (entry: Entry, offset: number, also: (amendment: Amendment) => void) => string;
  /** Returns the new entry's own body, where it depends on the changed entry's new form. */
  body?: (changed: Entry) => string;
  /** True when the new body keeps everything of the old one: then no bytes have to be cleared from the disk. */
  keeps?: boolean;
}

/** An entry as it is stored. */
export interface Entry extends Omit<
  NewEntry,
  "amends" | "requires" | "spacing" | "isRelaxed" | "isAmendmentOnly"
> {
  offset: number;
  /** The time it was stored, in milliseconds since 1970; never decreases within a topic. */
  at: number;
  /** A few random characters: two entries with the same (epoch, offset), as after a restored backup, have different tags. */
  tag: string;
  /** In the tail only, on an entry that amends: the earlier entries in their new form. */
  amended?: Entry[];
}

/** The result of an append. `repeated`: no entry was added, and `entry` is the earlier one with the same id, or the amended one. */
export interface Appended {
  entry: Entry;
  repeated: boolean;
}

/** The state of a topic's log. A topic without any entry so far has top 0, first 1, tag "". */
export interface TopicState {
  epoch: string;
  /** The oldest retained offset; top + 1 when no entry is retained. */
  first: number;
  /** The newest offset ever assigned. */
  top: number;
  /** The tag of the entry at `top`. */
  tag: string;
  /** The tag of the entry before `first`, the last one that was trimmed: a cursor may point there. */
  trimmed: string;
  /** True when the log is away and this is what is known of it: other nodes may have stored more. */
  isRemembered?: boolean;
}

/** A topic in a list: the state of its log, and when its newest entry was stored, in milliseconds since 1970. */
export interface TopicSpan extends Pick<TopicState, "epoch" | "first" | "top"> {
  name: string;
  at: number;
}

/**
 * A page: the `limit` entries right after, or right before, an offset; always oldest first. `maxBytes` ends a page early
 * when its bodies exceed it; the entry that exceeds it is included, so that a large entry never makes an empty page.
 */
export type Page = { limit: number; maxBytes?: number } & ({ after: number } | { before: number });

/** A search over all topics, or in one. */
export interface SearchQuery {
  /** Folded words and phrases (search-text.ts) that a text must have, all of them; none: every text. */
  terms: readonly string[];
  topic?: string | undefined;
  /** An author's id, or the name that the author had, in any case. */
  user?: string | undefined;
  /** Only messages before this one; without a topic, only messages stored before the time (milliseconds since 1970). */
  before?: { at: number; topic?: string | undefined; offset?: number | undefined } | undefined;
  limit: number;
  /** Whether the reader may see a message. */
  isShown: (entry: Entry) => boolean;
}

/** A page of a search, newest first. */
export interface SearchPage {
  entries: Entry[];
  /** Whether there may be more messages before the last one. */
  more: boolean;
  /** Where a search that took too long ended: everything from this time on was looked at. */
  reachedAt?: number;
  /** Whether the index lacks messages that the search asks for: they are found later. */
  isIncomplete?: boolean;
}

/** Authors whose id or newest name contains a text. */
export interface AuthorQuery {
  /** Folded (search-text.ts). */
  text: string;
  /** Only authors of messages in these topics. */
  topics?: readonly string[] | undefined;
  limit: number;
}

export interface MessageLog {
  /**
   * Stores an entry, and changes the one it amends. Resolves when both are durable. Rejects when nothing was stored: with
   * `log-unavailable`, with `message-unknown` when the amended entry is not retained, or with the error that `rewrite` or
   * `check` threw.
   */
  append(entry: NewEntry): Promise<Appended>;
  /**
   * Reads a page of retained entries; fewer than `limit` (or `maxBytes`) only at the log's end. Rejects with
   * `log-unavailable` when this part of the log cannot be read; other parts may be readable.
   */
  read(topic: string, page: Page): Promise<Entry[]>;
  /** Reads the state of a topic. */
  state(topic: string): Promise<TopicState>;
  /** Finds a user's retained entry by its id. */
  find(topic: string, userId: string, id: string): Promise<Entry | undefined>;
  /** The offsets of a user's retained entries, ascending. */
  offsetsOf(topic: string, userId: string): Promise<number[]>;
  /** A page of a user's retained entries, sorted by their ids: the `limit` ones whose ids come after `afterId`. */
  entriesOf(topic: string, userId: string, page: { afterId: string; limit: number }): Promise<Entry[]>;
  /**
   * Gives a user's retained entries another owner and new ids, rewrites their bodies and deletes their fingerprints. Resolves
   * to the number of entries. Forgets the old ids: a repeat of one would be stored as a new entry.
   */
  disown(topic: string, userId: string, owner: string, rewrite: (entry: Entry) => string): Promise<number>;
  /**
   * Rewrites the stored bodies of single entries without a new entry: `rewrite` returns the new body, or undefined to keep
   * the old one. The tail receives nothing. Resolves to the number of rewritten entries.
   */
  scrub(
    topic: string,
    offsets: readonly number[],
    rewrite: (entry: Entry) => string | undefined,
  ): Promise<number>;
  /** The offsets of a topic's retained entries whose body contains `text`, ascending. Reads the whole topic in slices. */
  offsetsWith(topic: string, text: string): Promise<number[]>;
  /**
   * Finds messages by their present texts. Removed messages and old forms of edited ones are not found, and gone from the index
   * with the change. Rejects with `log-unavailable`, or `rate-limited` while too many searches wait. Without an index, finds
   * nothing.
   */
  search(query: SearchQuery): Promise<SearchPage>;
  /**
   * Finds authors: the newest retained message of each in each topic, in no order. Authors without a retained message are not
   * found, and gone from the index. Rejects like `search`. Without an index, finds nobody.
   */
  findAuthors(query: AuthorQuery): Promise<SearchPage>;
  /**
   * Calls `listener` with every entry stored from now on: after it is durable, in offset order per topic, before its `append`
   * resolves. Returns a function that removes the listener.
   */
  tail(listener: (entries: readonly Entry[]) => void): () => void;
  /**
   * Calls `listener` with topics whose tail broke off: what the tail hands out next does not continue what it handed out before.
   * Another database answers, such as a standby that lacks entries or an older backup, or entries were removed before they were
   * read here. Readers begin again from their cursors. Returns a function that removes the listener.
   */
  onBreak(listener: (topics: readonly string[]) => void): () => void;
  /** Removes entries up to and including `upTo`, in slices. Resolves to their number. Never reuses offsets. */
  trim(topic: string, upTo: number): Promise<number>;
  /** The newest offset stored before `beforeMs` (milliseconds since 1970); 0 when there is none. */
  offsetBefore(topic: string, beforeMs: number): Promise<number>;
  /**
   * Dates entries later than `toMs` as `toMs`: the system clock ran ahead when they were stored. With `leapMs` above 0, only
   * when the topic has an entry dated at or before `toMs`, and the first later one is at least `leapMs` ahead. Keeps offsets
   * and tags. Resolves to the number of entries.
   */
  redate(topic: string, toMs: number, leapMs: number): Promise<number>;
  /** The time of the newest entry of all topics, in milliseconds since 1970; 0 when there is none. */
  newestAt(): number;
  /**
   * Deletes those of the topics that have no retained entries. A deleted topic that is written to again is a new topic: it
   * has another epoch and begins at offset 1. Resolves to the number of deleted topics.
   */
  drop(topics: readonly string[]): Promise<number>;
  /** Whether `epoch` was the epoch of topics without entries at some time. A cursor with it is valid when its tag matches. */
  wasEpoch(epoch: string): boolean;
  /** The names of topics with entries, now or earlier, sorted: the `limit` names after `after`. */
  topics(page: { after: string; limit: number }): Promise<string[]>;
  /** The same topics with what is in each: for lists in another order, which must know all. */
  topicSpans(page: { after: string; limit: number }): Promise<TopicSpan[]>;
  /** Whether a topic has or had entries. Cheap: called for every message. */
  hasTopic(topic: string): boolean;
  /** The number of topics that have or had entries. */
  countTopics(): number;
  /**
   * About how many bytes the bodies of topics' retained entries have, in the order of `topics`: exact for topics of a few entries,
   * an estimate for longer ones (topic-sizes), 0 for a topic without any.
   */
  sizes(topics: readonly string[]): Promise<number[]>;
  /** The bytes of the files, or of the databases, that hold the log, about a minute old at most; undefined while they are not known. */
  storedBytes(): Promise<number | undefined>;
  /** Why the log cannot be written now, as half a sentence; undefined when it can. */
  trouble(): string | undefined;
  /** What weakens the promise of delivery here, such as a setting of the database; one sentence each. */
  warnings(): readonly LogWarning[];
  /** Where only some topics cannot be written now: which part of the log, and why. */
  troubleOfSome?(): string | undefined;
  /** The number of messages of an earlier version that the search index lacks. */
  unindexed(): number;
  /** Stores all pending appends now. Resolves when they have settled. */
  flush(): Promise<void>;
  /** Stores all pending appends, then closes the log. Later appends are refused with `shutting-down`. */
  close(): Promise<void>;
}

/** Creates an epoch: 72 random bits. */
export const createEpoch = (): string => randomText(9);

/** Creates a tag: 24 random bits, so that one in 16 million resumes over a fork of the log is not noticed. */
export const createTag = (): string => {
  // Math.random, because a tag detects accidents and not attacks, and this runs for every message.
  const bits = Math.floor(Math.random() * 0x1000000);
  return bits.toString(36).padStart(5, "0");
};

/** The cursor at a topic's newest entry. */
export const cursorAtTop = (state: TopicState): Cursor => ({
  epoch: state.epoch,
  offset: state.top,
  tag: state.tag,
});

/** Topics read in one page. */
const TOPICS_AT_ONCE = 500;

/** The entry at an offset; undefined when the topic does not retain it. */
export async function entryAt(log: MessageLog, topic: string, offset: number): Promise<Entry | undefined> {
  const [entry] = await log.read(topic, { after: offset - 1, limit: 1 });
  return entry?.offset === offset ? entry : undefined;
}

// Reserved names begin with a character that no user's topic begins with.
const isReserved = (topic: string): boolean => topic.startsWith("$");

/** The names of all topics that have or had entries, without reserved ones such as the control topic. */
export async function* eachTopic(log: MessageLog): AsyncGenerator<string> {
  let after = "";
  for (;;) {
    const page = await log.topics({ after, limit: TOPICS_AT_ONCE });
    for (const topic of page) if (!isReserved(topic)) yield topic;
    if (page.length < TOPICS_AT_ONCE) return;
    after = page.at(-1) ?? "";
  }
}

/** All topics that have or had entries, without reserved ones, by name. */
export async function* eachSpan(log: Pick<MessageLog, "topicSpans">): AsyncGenerator<TopicSpan> {
  let after = "";
  for (;;) {
    const page = await log.topicSpans({ after, limit: TOPICS_AT_ONCE });
    for (const span of page) if (!isReserved(span.name)) yield span;
    if (page.length < TOPICS_AT_ONCE) return;
    after = page.at(-1)?.name ?? "";
  }
}
