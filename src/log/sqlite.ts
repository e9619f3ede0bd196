/**
 * The SQLite engine: implements `MessageLog` over bun:sqlite with group commit, one fsync a batch.
 *
 * Appends of a short window form one transaction. After its commit the tail receives the entries, then the appends resolve.
 * A failed write refuses its whole batch, and the log reports trouble until a write succeeds. Opening and locking the file
 * belong to sqlite-file, the statements to sqlite-tables, long removals to sqlite-slices.
 */
import { KabarError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { dropOldest } from "../oldest.ts";
import { answerBatch, countCommit, createAppendQueue, type Pending } from "./append-queue.ts";
import { createEpoch, type Entry, type MessageLog } from "./log.ts";
import { createBatchStore, type StoredBatch } from "./sqlite-batch.ts";
import { describeFailure } from "./sqlite-failure.ts";
import { openLogFile } from "./sqlite-file.ts";
import { createRelaxed } from "./sqlite-relaxed.ts";
import { createSlices } from "./sqlite-slices.ts";
import { openTables } from "./sqlite-tables.ts";
import { stateOf, takePage, type TopicRow } from "./topic-row.ts";

/** Topics whose rows are kept in memory: more than are busy at one time. */
const MAX_ROWS = 20_000;
/** Bytes of a trial write: the largest message. */
const PROBE_BYTES = 65_536;
/** Shortest time between two trial writes after a failed one. */
const PROBE_EVERY_MS = 1000;

export interface SqliteLogOptions {
  dataDir: string;
  /** `fsync`: a commit survives a power cut. `os`: a commit survives the end of the process. */
  durability: "fsync" | "os";
  /** The longest time that appends wait for others to share their commit, in milliseconds. */
  maxCommitWindowMs: number;
  logger: Logger;
  metrics: Metrics;
  now?: () => number;
}

/** Opens the log in `dataDir` and creates both when they are missing. Throws StartError with the reason when it cannot. */
export function openSqliteLog(options: SqliteLogOptions): MessageLog {
  const { dataDir, logger, metrics, now = Date.now } = options;
  const file = openLogFile(dataDir, options.durability, logger);
  const { db, upkeep, checkpoints } = file;
  const runRelaxed = createRelaxed(db);
  const tables = openTables(db);
  /** The epoch of topics without an entry. */
  let logEpoch = tables.epoch();

  /** Committed rows of the topic table, by name. */
  const rows = new Map<string, TopicRow>();
  const listeners = new Set<(entries: readonly Entry[]) => void>();
  /** Why the last write failed; undefined after one that succeeded. */
  let failure: string | undefined;
  let probedAt = 0;
  let closed = false;
  let topicCount = tables.countTopics();

  function keepRow(name: string, row: TopicRow): void {
    rows.set(name, row);
    dropOldest(rows, MAX_ROWS);
  }

  const rowOf = (topic: string): TopicRow | undefined => {
    const known = rows.get(topic);
    if (known) return known;
    const row = tables.findTopic(topic);
    if (row) keepRow(topic, row);
    return row;
  };

  const storeBatch = createBatchStore({
    db,
    runRelaxed,
    tables,
    upkeep,
    rowOf,
    newEpoch: () => logEpoch,
    now,
  });

  function commit(batch: readonly Pending[]): void {
    const startedAt = performance.now();
    let stored: StoredBatch;
    try {
      stored = storeBatch(batch.map(({ entry }) => entry));
    } catch (error) {
      // Rows may have been read within the transaction that was undone.
      rows.clear();
      failure = describeFailure(error);
      logger.error({ err: error, entries: batch.length }, "writing to the log failed; nothing was stored");
      for (const { reject } of batch) reject(new KabarError("log-unavailable", undefined, PROBE_EVERY_MS));
      return;
    }
    if (failure !== undefined) logger.info("the log is writable again");
    failure = undefined;
    checkpoints.look();
    topicCount += stored.createdTopics;
    for (const [name, row] of stored.rows) keepRow(name, row);
    const fresh = countCommit(stored.results, startedAt, metrics);
    if (fresh.length > 0) for (const listener of listeners) listener(fresh);
    answerBatch(batch, stored.results);
  }

  /** Runs a read. Throws `log-unavailable` when this part of the file cannot be read: the request itself was right. */
  function readable<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      logger.error({ err: error }, "reading from the log failed");
      throw new KabarError(
        "log-unavailable",
        "This part of the history cannot be read right now.",
        PROBE_EVERY_MS,
      );
    }
  }

  const queue = createAppendQueue({ commit, maxWindowMs: options.maxCommitWindowMs });

  /** After a failed write, tries another one from time to time, so that the log recovers without an append. */
  function probe(): void {
    if (failure === undefined || closed || now() - probedAt < PROBE_EVERY_MS) return;
    probedAt = now();
    try {
      tables.probe(PROBE_BYTES);
      failure = undefined;
      logger.info("the log is writable again");
    } catch (error) {
      failure = describeFailure(error);
    }
  }

  const slices = createSlices({
    tables,
    upkeep,
    rowOf: (topic) => (closed ? undefined : rowOf(topic)),
    relaxed(run) {
      const result = runRelaxed(run);
      checkpoints.look();
      return result;
    },
    readable,
  });

  /** Deletes the rows of topics without entries, and gives new topics another epoch. Returns the names of those deleted. */
  const dropSlice = db.transaction((names: readonly string[]): string[] => {
    const empty = names.filter((name) => {
      const row = rowOf(name);
      return row !== undefined && row.first > row.top;
    });
    for (const name of empty) tables.deleteTopic(name);
    if (empty.length > 0) tables.changeEpoch(createEpoch());
    return empty;
  });

  return {
    append: queue.append,

    async read(topic, page) {
      return readable(() => {
        const row = rowOf(topic);
        if (!row) return [];
        const rows =
          "before" in page
            ? tables.before(row, page.before, page.limit)
            : tables.after(row, page.after, page.limit);
        return takePage(rows, page);
      });
    },

    state: async (topic) =>
      stateOf(
        readable(() => rowOf(topic)),
        logEpoch,
      ),

    find: async (topic, userId, id) =>
      readable(() => {
        const row = rowOf(topic);
        return row && tables.entryById(row, { userId, id });
      }),

    ...slices,

    tail(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    // One process writes the file, so that nothing comes between two of its entries.
    onBreak: () => () => undefined,
    warnings: () => [],

    async drop(names) {
      if (closed || names.length === 0) return 0;
      const dropped = dropSlice.immediate(names);
      for (const name of dropped) rows.delete(name);
      topicCount -= dropped.length;
      logEpoch = tables.epoch();
      return dropped.length;
    },

    wasEpoch: (epoch) => readable(() => tables.wasEpoch(epoch)),

    newestAt: () => readable(() => tables.newestAt()),

    topics: async ({ after, limit }) => readable(() => tables.topicsAfter(after, limit)),

    hasTopic: (topic) => readable(() => rowOf(topic)) !== undefined,

    countTopics: () => topicCount,

    trouble() {
      probe();
      return failure;
    },

    async flush() {
      await queue.drain();
      await Bun.sleep(0); // the callers of the appends continue first
    },

    async close() {
      if (closed) return;
      const drained = queue.close();
      closed = true;
      await drained;
      await file.close();
    },
  };
}
