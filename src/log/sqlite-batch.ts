/**
 * Stores a batch of entries in one SQLite transaction: assigns offsets, times and tags, applies amendments, finds repeats.
 *
 * An entry that must not be stored gets its own error, and the others of the batch are stored. Any other failure undoes the
 * whole batch. Does not decide when a batch is due, and does not notify the tail.
 */
import type { Database } from "bun:sqlite";
import { KabarError } from "../errors.ts";
import type { Appended, Entry, NewEntry } from "./log.ts";
import type { Tables } from "./sqlite-tables.ts";
import { advance, nextEntry, type TopicRow } from "./topic-row.ts";
import type { Upkeep } from "./sqlite-upkeep.ts";

export interface BatchParts {
  db: Database;
  tables: Tables;
  upkeep: Upkeep;
  /** Runs a transaction without waiting for the disk. */
  runRelaxed: <T>(run: () => T) => T;
  /** The committed row of a topic; undefined when it has none. */
  rowOf: (topic: string) => TopicRow | undefined;
  /** The epoch of new topics. */
  newEpoch: () => string;
  now: () => number;
}

/** The result of a batch. */
export interface StoredBatch {
  /** One result for each entry, in the same order: stored, repeated, or refused. */
  results: (Appended | KabarError)[];
  /** The new rows of the topics that were written to, by name. */
  rows: Map<string, TopicRow>;
  /** The number of topics that were written to for the first time. */
  createdTopics: number;
}

const NONE: readonly Entry[] = [];

/** Creates the function that stores a batch. The function throws SQLite's error when nothing could be stored. */
export function createBatchStore({ db, runRelaxed, tables, upkeep, rowOf, newEpoch, now }: BatchParts) {
  /** The row of a topic within the running transaction: a copy, which the caller adopts after the commit. */
  function rowInBatch(topic: string, batch: StoredBatch): TopicRow {
    const known = batch.rows.get(topic);
    if (known) return known;
    const found = rowOf(topic);
    const row = { ...(found ?? tables.insertTopic(topic, newEpoch())) };
    if (!found) batch.createdTopics += 1;
    batch.rows.set(topic, row);
    return row;
  }

  /** Rewrites the entries that a new one amends. Returns their new forms. Throws KabarError when the first is not retained. */
  function amendEntries({ topic, amends }: NewEntry, row: TopicRow): readonly Entry[] {
    if (!amends) return NONE;
    const amended: Entry[] = [];
    const waiting = [amends];
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const found = tables.entryAt(row, next.offset);
      if (!found && amended.length > 0) continue;
      if (!found) throw new KabarError("message-unknown");
      const body = next.rewrite(found, row.top + 1, (more) => waiting.push(more));
      amended.push({ ...found, topic, body });
    }
    for (const entry of amended) tables.updateBody(row, entry);
    if (!amends.keeps) upkeep.noteRemoval();
    return amended;
  }

  function storeEntry(entry: NewEntry, row: TopicRow): Appended | KabarError {
    const { amends, requires } = entry;
    const earlier = amends || requires ? tables.entryById(row, entry) : undefined;
    if (earlier) return { entry: earlier, repeated: true };
    try {
      requires?.check(tables.entryAt(row, requires.offset));
      const amended = amendEntries(entry, row);
      const [target] = amended;
      if (entry.isAmendmentOnly && target) return { entry: target, repeated: true };
      const stored = nextEntry(row, entry, amended, now());
      if (!tables.insertEntry(row, stored))
        return { entry: tables.entryById(row, entry) ?? stored, repeated: true };
      advance(row, stored);
      return { entry: amended.length > 0 ? { ...stored, amended: [...amended] } : stored, repeated: false };
    } catch (error) {
      if (error instanceof KabarError) return error;
      throw error;
    }
  }

  function storeAll(entries: readonly NewEntry[]): StoredBatch {
    const batch: StoredBatch = { results: [], rows: new Map(), createdTopics: 0 };
    for (const entry of entries) batch.results.push(storeEntry(entry, rowInBatch(entry.topic, batch)));
    for (const row of batch.rows.values()) tables.updateTopic(row);
    return batch;
  }

  const store = db.transaction(storeAll);
  return (entries: readonly NewEntry[]): StoredBatch =>
    entries.every(({ isRelaxed }) => isRelaxed)
      ? runRelaxed(() => storeAll(entries))
      : store.immediate(entries);
}
