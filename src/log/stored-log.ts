/**
 * A log as its engine stores it: rows of topics and entries, and the epochs of topics without entries. `kabar move` reads one
 * and writes another. No server runs on either meanwhile.
 */
import type { Entry } from "./log.ts";
import type { TopicRow } from "./topic-row.ts";

/** Entries of one page, and the bytes of their bodies at which it ends early: bounds the memory of a move. */
export const PAGE_ENTRIES = 1000;
export const PAGE_BYTES = 2 * 1024 * 1024;

/** An entry, and the offsets of the entries that it amends, where the engine stores them. */
export interface StoredRow {
  entry: Entry;
  amends: readonly number[];
}

/** Entries of a topic to be stored together; `isLast` with the last ones, which make the topic complete. */
export interface Portion {
  topic: TopicRow;
  rows: readonly StoredRow[];
  isLast: boolean;
}

/** An unfinished move, as the log that it goes to records it. No server starts on such a log. */
export interface Mark {
  /** The ids of the logs that it came from and goes to. */
  from: string[];
  to: string[];
  /** `clear`: everything is copied and verified; what other databases now hold is being removed. */
  phase: "copy" | "clear";
}

/** The epoch of topics without entries, and the ones it had before, oldest first. */
export interface Epochs {
  epoch: string;
  past: string[];
}

/** Secrets and files that a server keeps beside its log. */
export interface Belongings {
  /** By name: `guest` signs the guests' credentials, `operator` is the hash of the operator's key. */
  secrets(): Promise<Map<string, string>>;
  setSecrets(secrets: ReadonlyMap<string, string>): Promise<void>;
  /** Files by their pinned address, a few at a time. */
  files(): AsyncGenerator<Map<string, string>>;
  /** Adds files; one that is there stays as it is. */
  addFiles(files: ReadonlyMap<string, string>): Promise<void>;
}

export interface StoredLog {
  /** In words for the owner, without a password. */
  name: string;
  id: string;
  /** The ids of the databases that hold this log together; empty in a folder, and before the first start of a server. */
  peers: readonly string[];
  readMark(): Promise<Mark | undefined>;
  writeMark(mark: Mark): Promise<void>;
  readEpochs(): Promise<Epochs>;
  /** Topics by name, the `limit` rows after `after`. */
  topicsAfter(after: string, limit: number): Promise<TopicRow[]>;
  /** The topics of these names that exist. A topic that is not complete has top 0. */
  topicsNamed(names: readonly string[]): Promise<TopicRow[]>;
  /** A page of entries above an offset, upwards. `isEnd`: there are no more. */
  rowsAfter(topic: TopicRow, offset: number): Promise<{ rows: StoredRow[]; isEnd: boolean }>;
  /** The newest stored offset of a topic, complete or not; 0 when there is none. */
  newestOffset(topic: TopicRow): Promise<number>;
  /** Stores portions in one transaction, as far as they are not stored yet. */
  write(portions: readonly Portion[]): Promise<void>;
  /** Removes a topic and its entries, in slices. */
  removeTopic(topic: TopicRow): Promise<void>;
  /** Makes everything durable, sets the epochs and the ids of all databases of the log, and removes the mark. */
  finish(epochs: Epochs, peers: readonly string[]): Promise<void>;
  /** Throws StartError when a server or another move uses the log. */
  requireUnused(): Promise<void>;
  close(): Promise<void>;
}

/** What stopped a move, as a sentence. */
export class MoveStopped extends Error {}

/** Reads a mark from its text. */
export const parseMark = (text: string): Mark => JSON.parse(text) as Mark;
