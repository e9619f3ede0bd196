/**
 * The `MessageLog` contract over bun:sqlite: WAL, group commit, one fsync per batch. Appends of a short window form
 * one transaction; when it is on disk the tail is told and the appends resolve. One process per data folder, kept
 * so by a lock that dies with the process. No other file knows SQL.
 */
import { Database, SQLiteError } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { KabarError } from "./errors.ts";
import {
  type Appended,
  createEpoch,
  createTag,
  type Entry,
  type MessageLog,
  type NewEntry,
  type TopicState,
} from "./log.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import { createPacer } from "./pacer.ts";

/** Raised at opening: `message` is one line for the operator. */
export class LogOpenError extends Error {}

const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE log (epoch TEXT NOT NULL) STRICT;
  CREATE TABLE topic (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    first INTEGER NOT NULL, top INTEGER NOT NULL, at INTEGER NOT NULL, tag TEXT NOT NULL
  ) STRICT;
  CREATE TABLE entry (
    topic INTEGER NOT NULL, offset INTEGER NOT NULL, user TEXT NOT NULL, id TEXT NOT NULL,
    at INTEGER NOT NULL, tag TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (topic, offset)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX entry_by_id ON entry (topic, user, id);
`;
const INSERT_ENTRY = `
  INSERT INTO entry (topic, offset, user, id, at, tag, body) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (topic, user, id) DO NOTHING`;
const FIND_ENTRY = "SELECT * FROM entry WHERE topic = ? AND user = ? AND id = ?";
const READ_AFTER = "SELECT * FROM entry WHERE topic = ? AND offset > ? ORDER BY offset LIMIT ?";
const READ_BEFORE = "SELECT * FROM entry WHERE topic = ? AND offset < ? ORDER BY offset DESC LIMIT ?";
const FIND_TOPIC = "SELECT * FROM topic WHERE name = ?";
const INSERT_TOPIC =
  "INSERT INTO topic (name, epoch, first, top, at, tag) VALUES (?, ?, 1, 0, 0, '') RETURNING *";
const UPDATE_TOPIC = "UPDATE topic SET top = ?, at = ?, tag = ? WHERE id = ?";
const ALL_TOPICS = "SELECT name FROM topic ORDER BY name";
const TRIM = "DELETE FROM entry WHERE topic = ? AND offset >= ? AND offset <= ?";
const SET_FIRST = "UPDATE topic SET first = ? WHERE id = ?";
const AT_OFFSET = "SELECT at FROM entry WHERE topic = ? AND offset >= ? ORDER BY offset LIMIT 1";

/** Entries removed in one transaction: short enough that appends between two slices hardly wait. */
const TRIM_SLICE = 500;
/** Entries in one group commit: bounds a transaction's memory and how long its readers wait. */
const MAX_BATCH = 2000;
/** How long a commit waits for another program's lock; everybody waits with it. */
const BUSY_TIMEOUT_MS = 200;
/** How often a log in trouble is asked again whether it can be written. */
const PROBE_EVERY_MS = 1000;

interface TopicRow {
  id: number;
  name: string;
  epoch: string;
  first: number;
  top: number;
  at: number;
  tag: string;
}
interface EntryRow {
  offset: number;
  user: string;
  id: string;
  at: number;
  tag: string;
  body: string;
}
interface Pending {
  entry: NewEntry;
  resolve: (appended: Appended) => void;
  reject: (error: unknown) => void;
}

export interface SqliteLogOptions {
  dataDir: string;
  durability: "fsync" | "os";
  maxCommitWindowMs: number;
  logger: Logger;
  metrics: Metrics;
  now?: () => number;
}

/** Opens the log in `dataDir`, making both if need be. Throws LogOpenError with the reason when it can't. */
export function openSqliteLog(options: SqliteLogOptions): MessageLog {
  const { dataDir, logger, metrics, now = Date.now } = options;
  const lock = lockFolder(dataDir);
  let db: Database;
  try {
    db = openDatabase(join(dataDir, "kabar.db"), options.durability);
  } catch (error) {
    lock.close();
    throw error;
  }
  const logEpoch = (db.query("SELECT epoch FROM log").get() as { epoch: string }).epoch;

  const insertEntry = db.prepare(INSERT_ENTRY);
  const findEntry = db.prepare<EntryRow, [number, string, string]>(FIND_ENTRY);
  const readAfter = db.prepare<EntryRow, [number, number, number]>(READ_AFTER);
  const readBefore = db.prepare<EntryRow, [number, number, number]>(READ_BEFORE);
  const findTopic = db.prepare<TopicRow, [string]>(FIND_TOPIC);
  const insertTopic = db.prepare<TopicRow, [string, string]>(INSERT_TOPIC);
  const updateTopic = db.prepare(UPDATE_TOPIC);
  const atOffset = db.prepare<{ at: number }, [number, number]>(AT_OFFSET);

  /** Rows of the topic table as committed. */
  let rows = new Map<string, TopicRow>();
  const listeners = new Set<(entries: readonly Entry[]) => void>();
  let queue: Pending[] = [];
  let trouble: string | undefined;
  let probedAt = 0;
  let closed = false;

  const rowOf = (topic: string): TopicRow | undefined => {
    const known = rows.get(topic);
    if (known) return known;
    const row = findTopic.get(topic) ?? undefined;
    if (row) rows.set(topic, row);
    return row;
  };
  const toEntry = (topic: string, row: EntryRow): Entry => ({
    topic,
    userId: row.user,
    id: row.id,
    body: row.body,
    offset: row.offset,
    at: row.at,
    tag: row.tag,
  });

  /** Stores a batch in one transaction. `changed` receives the topics' new rows, to be adopted after the commit. */
  const storeBatch = db.transaction(
    (batch: readonly Pending[], changed: Map<string, TopicRow>): Appended[] => {
      const results = batch.map(({ entry }) => {
        let row = changed.get(entry.topic);
        if (!row) {
          row = { ...(rowOf(entry.topic) ?? (insertTopic.get(entry.topic, logEpoch) as TopicRow)) };
          changed.set(entry.topic, row);
        }
        // Time within a topic never runs backwards, whatever the machine's clock does.
        const at = Math.max(now(), row.at);
        const stored: Entry = { ...entry, offset: row.top + 1, at, tag: createTag() };
        const { changes } = insertEntry.run(
          row.id,
          stored.offset,
          entry.userId,
          entry.id,
          at,
          stored.tag,
          entry.body,
        );
        if (changes === 0) {
          const earlier = findEntry.get(row.id, entry.userId, entry.id) as EntryRow;
          return { entry: toEntry(entry.topic, earlier), repeated: true };
        }
        row.top = stored.offset;
        row.at = at;
        row.tag = stored.tag;
        return { entry: stored, repeated: false };
      });
      for (const row of changed.values()) updateTopic.run(row.top, row.at, row.tag, row.id);
      return results;
    },
  );

  function commit(batch: readonly Pending[]): void {
    const changed = new Map<string, TopicRow>();
    const startedAt = performance.now();
    let results: Appended[];
    try {
      results = storeBatch.immediate(batch, changed);
    } catch (error) {
      // What the failed transaction left behind is for the database to say.
      rows = new Map();
      trouble = troubleOf(error);
      logger.error({ err: error, entries: batch.length }, "append failed, nothing was stored");
      for (const { reject } of batch) reject(new KabarError("log-unavailable", undefined, PROBE_EVERY_MS));
      return;
    }
    if (trouble !== undefined) logger.info("the log can be written again");
    trouble = undefined;
    for (const [name, row] of changed) rows.set(name, row);
    metrics.commitSeconds.observe((performance.now() - startedAt) / 1000);
    const fresh = results.filter((result) => !result.repeated).map((result) => result.entry);
    metrics.commitEntries.observe(batch.length);
    metrics.appended.inc(fresh.length);
    metrics.repeated.inc(results.length - fresh.length);
    if (fresh.length > 0) for (const listener of listeners) listener(fresh);
    results.forEach((result, i) => {
      batch[i]?.resolve(result);
    });
  }

  function flush(): void {
    const pending = queue;
    queue = [];
    for (let i = 0; i < pending.length; i += MAX_BATCH) commit(pending.slice(i, i + MAX_BATCH));
  }
  const pacer = createPacer({ flush, maxWindowMs: options.maxCommitWindowMs });

  function probe(): void {
    if (trouble === undefined || closed || now() - probedAt < PROBE_EVERY_MS) return;
    probedAt = now();
    try {
      db.transaction(() => db.run("UPDATE log SET epoch = epoch")).immediate();
      trouble = undefined;
      logger.info("the log can be written again");
    } catch (error) {
      trouble = troubleOf(error);
    }
  }

  const trimSlice = db.transaction((row: TopicRow, last: number): number => {
    const { changes } = db.query(TRIM).run(row.id, row.first, last);
    db.query(SET_FIRST).run(last + 1, row.id);
    return changes;
  });

  return {
    append(entry) {
      if (closed) return Promise.reject(new KabarError("shutting-down"));
      return new Promise((resolve, reject) => {
        queue.push({ entry, resolve, reject });
        pacer.request();
      });
    },

    async read(topic, page) {
      const row = rowOf(topic);
      if (!row) return [];
      const found =
        "after" in page
          ? readAfter.all(row.id, page.after, page.limit)
          : readBefore.all(row.id, page.before, page.limit).reverse();
      return found.map((entry) => toEntry(topic, entry));
    },

    async state(topic): Promise<TopicState> {
      const row = rowOf(topic);
      if (!row) return { epoch: logEpoch, first: 1, top: 0, tag: "" };
      return { epoch: row.epoch, first: row.first, top: row.top, tag: row.tag };
    },

    tail(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async trim(topic, upTo) {
      let removed = 0;
      for (;;) {
        const row = closed ? undefined : rowOf(topic);
        const goal = Math.min(upTo, row?.top ?? 0);
        if (!row || row.first > goal) return removed;
        const last = Math.min(goal, row.first + TRIM_SLICE - 1);
        removed += trimSlice.immediate(row, last);
        row.first = last + 1;
        await Bun.sleep(1); // appends go first
      }
    },

    async offsetBefore(topic, beforeMs) {
      const row = rowOf(topic);
      if (!row) return 0;
      // `at` never decreases within a topic: halve the range until it is one entry.
      let low = row.first - 1;
      let high = row.top;
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        const at = atOffset.get(row.id, middle)?.at;
        if (at !== undefined && at < beforeMs) low = middle;
        else high = middle - 1;
      }
      return low < row.first ? 0 : low;
    },

    topics: async () =>
      db
        .query<{ name: string }, []>(ALL_TOPICS)
        .all()
        .map((row) => row.name),

    trouble() {
      probe();
      return trouble;
    },

    async flush() {
      flush();
      await Bun.sleep(0); // the appends' callers go on first
    },

    async close() {
      if (closed) return;
      flush();
      closed = true;
      db.close();
      lock.close();
    },
  };
}

/**
 * Holds the folder for this process. SQLite's own lock on a file of its own: the operating system lets go of it
 * however the process ends, and kabar.db stays readable by other programs.
 */
function lockFolder(dataDir: string): Database {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const lock = new Database(join(dataDir, "kabar.lock"), { create: true });
    lock.run("PRAGMA locking_mode = EXCLUSIVE");
    lock.run("PRAGMA journal_mode = MEMORY");
    lock.run("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    if (error instanceof SQLiteError && error.code === "SQLITE_BUSY") {
      throw new LogOpenError(`the data folder ${dataDir} is in use by another Kabar process.`);
    }
    throw new LogOpenError(`the data folder ${dataDir} can't be used: ${troubleOf(error)}`);
  }
}

function openDatabase(path: string, durability: "fsync" | "os"): Database {
  try {
    const db = new Database(path, { create: true });
    db.run("PRAGMA journal_mode = WAL");
    db.run(`PRAGMA synchronous = ${durability === "fsync" ? "FULL" : "NORMAL"}`);
    db.run("PRAGMA cache_size = -65536");
    db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const { user_version: version } = db.query("PRAGMA user_version").get() as { user_version: number };
    if (version > SCHEMA_VERSION) {
      throw new LogOpenError(
        `${path} was written by a newer Kabar (schema ${version}); this one knows ${SCHEMA_VERSION}.`,
      );
    }
    if (version === 0) {
      db.transaction(() => {
        db.run(SCHEMA);
        db.run("INSERT INTO log (epoch) VALUES (?)", [createEpoch()]);
        db.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
      }).immediate();
    }
    return db;
  } catch (error) {
    if (error instanceof LogOpenError) throw error;
    throw new LogOpenError(`${path} can't be opened: ${troubleOf(error)}`);
  }
}

/** What is wrong, in words an operator can act on. */
function troubleOf(error: unknown): string {
  const code = error instanceof SQLiteError ? (error.code ?? "") : "";
  const reason = error instanceof Error ? error.message : String(error);
  if (code.startsWith("SQLITE_FULL")) return "the disk is full";
  if (code.startsWith("SQLITE_READONLY") || code.startsWith("SQLITE_CANTOPEN"))
    return `no permission to write (${reason})`;
  if (code.startsWith("SQLITE_BUSY")) return "the database is locked by another process";
  if (code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB"))
    return `the database is damaged (${reason})`;
  return reason;
}
