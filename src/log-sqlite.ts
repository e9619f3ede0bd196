/**
 * The `MessageLog` contract over bun:sqlite: group commit, one fsync per batch. Appends of a short window form one
 * transaction; when it is on disk the tail is told and the appends resolve. Opening the file is database's concern.
 */
import { openLogFile, troubleOf } from "./database.ts";
import { KabarError } from "./errors.ts";
import {
  type Appended,
  createTag,
  type Entry,
  type MessageLog,
  type NewEntry,
  type TopicState,
} from "./log.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import { createPacer } from "./pacer.ts";

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
const PROBE = "UPDATE log SET probe = randomblob(?)";
const SET_FIRST = "UPDATE topic SET first = ? WHERE id = ?";
const AT_OFFSET = "SELECT at FROM entry WHERE topic = ? AND offset >= ? ORDER BY offset LIMIT 1";

/** Entries removed in one transaction: short enough that appends between two slices hardly wait. */
const TRIM_SLICE = 500;
/** Entries in one group commit: bounds a transaction's memory and how long its readers wait. */
const MAX_BATCH = 2000;
/** What has to fit for a log in trouble to count as writable again: the largest message. */
const PROBE_BYTES = 65_536;
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
  const file = openLogFile(dataDir, options.durability, logger);
  const { db } = file;
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

  /** Runs a read; a part of the file that can't be read is trouble of ours, not the asker's mistake. */
  function readable<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      logger.error({ err: error }, "the log can't be read here");
      throw new KabarError("log-unavailable", "This part of the log can't be read just now.", PROBE_EVERY_MS);
    }
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
      db.run(PROBE, [PROBE_BYTES]);
      db.run(PROBE, [0]);
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
      return readable(() => {
        const row = rowOf(topic);
        if (!row) return [];
        const down = "before" in page;
        const rows = down
          ? readBefore.iterate(row.id, page.before, page.limit)
          : readAfter.iterate(row.id, page.after, page.limit);
        const found: Entry[] = [];
        let bytes = 0;
        for (const entry of rows) {
          found.push(toEntry(topic, entry));
          bytes += entry.body.length;
          if (page.maxBytes !== undefined && bytes > page.maxBytes) break;
        }
        return down ? found.reverse() : found;
      });
    },

    async state(topic): Promise<TopicState> {
      const row = readable(() => rowOf(topic));
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
      file.close();
    },
  };
}
