/**
 * The SQLite engine: implements `MessageLog` over bun:sqlite with group commit, one fsync a batch.
 *
 * Appends of a short window form one transaction. After its commit the tail receives the entries, then the appends resolve.
 * A failed write refuses its whole batch, and the log reports trouble until a write succeeds. Opening and locking the file
 * belong to sqlite-file, the statements to sqlite-tables, reads to sqlite-reads, long changes to sqlite-changes.
 */
import { join } from "node:path";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { answerBatch, countCommit, createAppendQueue, type Pending } from "./append-queue.ts";
import type { Entry, MessageLog, SearchPage } from "./log.ts";
import { createAuthorIndex } from "./sqlite-authors.ts";
import { createBatchStore, type StoredBatch } from "./sqlite-batch.ts";
import { createChanges } from "./sqlite-changes.ts";
import { openLogFile } from "./sqlite-file.ts";
import { createHealth } from "./sqlite-health.ts";
import { createReads } from "./sqlite-reads.ts";
import { createRelaxed } from "./sqlite-relaxed.ts";
import { DATABASE_FILE } from "./sqlite-schema.ts";
import { createSqliteSearch } from "./sqlite-search.ts";
import { clearSearchIndex, createSearchIndex } from "./sqlite-search-index.ts";
import { createSearchRewrite } from "./sqlite-search-rewrite.ts";
import { indexTables } from "./sqlite-search-tables.ts";
import { startSearchWork } from "./sqlite-search-work.ts";
import { openTables } from "./sqlite-tables.ts";
import { bytesOfLog } from "./disk-space.ts";
import { createTopicRows } from "./sqlite-topics.ts";

export interface SqliteLogOptions {
  dataDir: string;
  /** The log is a copy: one of an older version is upgraded without a snapshot. Default: false. */
  isCopy?: boolean;
  /** `fsync`: a commit survives a power cut. `os`: a commit survives the end of the process. */
  durability: "fsync" | "os";
  /** The longest time that appends wait for others to share their commit, in milliseconds. */
  maxCommitWindowMs: number;
  /** Whether messages can be searched. Default true. Without, the index is emptied. */
  search?: boolean;
  logger: Logger;
  metrics: Metrics;
  now?: () => number;
}

const NOTHING_FOUND: SearchPage = { entries: [], more: false };

/** Opens the log in `dataDir` and creates both when they are missing. Throws StartError with the reason when it cannot. */
export function openSqliteLog(options: SqliteLogOptions): MessageLog {
  const { dataDir, logger, metrics, search: isSearched = true, isCopy = false, now = Date.now } = options;
  const file = openLogFile(dataDir, options.durability, logger, { isCopy });
  const { db, upkeep, checkpoints } = file;
  const index = isSearched ? createSearchIndex(db) : undefined;
  const authors = createAuthorIndex(db);
  if (!index) clearSearchIndex(db);
  const rewrite = index && createSearchRewrite(db);
  const plain = openTables(db);
  const tables = index && rewrite ? indexTables({ db, tables: plain, index, rewrite, authors }) : plain;
  const topics = createTopicRows(db, tables);
  const health = createHealth({ tryWrite: tables.probe, now, logger });
  const listeners = new Set<(entries: readonly Entry[]) => void>();
  let closed = false;

  const runRelaxed = createRelaxed(db);
  const storeBatch = createBatchStore({
    db,
    runRelaxed,
    tables,
    upkeep,
    rowOf: topics.find,
    newEpoch: topics.newEpoch,
    now,
  });

  function commit(batch: readonly Pending[]): void {
    const startedAt = performance.now();
    let stored: StoredBatch;
    try {
      stored = storeBatch(batch.map(({ entry }) => entry));
    } catch (error) {
      topics.forget();
      const refusal = health.noteFailure(error, batch.length);
      for (const { reject } of batch) reject(refusal);
      return;
    }
    health.noteWrite();
    checkpoints.look();
    topics.commit(stored.rows, stored.createdTopics);
    work?.note(stored.rows.keys());
    const fresh = countCommit(stored.results, startedAt, metrics);
    if (fresh.length > 0) for (const listener of listeners) listener(fresh);
    answerBatch(batch, stored.results);
  }
  const queue = createAppendQueue({ commit, maxWindowMs: options.maxCommitWindowMs });

  const relaxed = <T>(run: () => T): T => {
    const result = runRelaxed(run);
    checkpoints.look();
    return result;
  };
  const work =
    index && rewrite
      ? startSearchWork({ db, tables, index, rewrite, authors, rowOf: topics.find, relaxed, upkeep, logger })
      : undefined;
  const search = work && createSqliteSearch({ path: join(dataDir, DATABASE_FILE), work, logger });

  const reads = createReads({ tables, topics, readable: health.readable, isClosed: () => closed });
  const changes = createChanges({
    tables,
    upkeep,
    rowOf: (topic) => (closed ? undefined : topics.find(topic)),
    offsetsOf: reads.offsetsOf,
    relaxed,
  });

  return {
    append: queue.append,
    ...reads,
    ...changes,
    async trim(topic, upTo) {
      const removed = await changes.trim(topic, upTo);
      work?.wake();
      return removed;
    },

    unindexed: () => work?.left() ?? 0,
    search: async (query) => (search && !closed ? search.search(query) : NOTHING_FOUND),
    findAuthors: async (query) => (search && !closed ? search.findAuthors(query) : NOTHING_FOUND),

    tail(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    // Only this process writes the file, so the tail never breaks off.
    onBreak: () => () => undefined,

    warnings: () => [],

    drop: async (names) => (closed || names.length === 0 ? 0 : topics.drop(names)),

    countTopics: topics.count,
    storedBytes: async () => bytesOfLog(dataDir),

    trouble: health.trouble,

    async flush() {
      await queue.drain();
      await Bun.sleep(0); // the callers of the appends continue first
    },

    async close() {
      if (closed) return;
      const drained = queue.close();
      closed = true;
      health.close();
      work?.stop();
      await search?.close();
      await drained;
      await file.close();
    },
  };
}
