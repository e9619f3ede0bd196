/**
 * The `MessageLog` contract over bun:sqlite: group commit, one fsync per batch. Appends of a short window form one
 * transaction; when it is on disk the tail is told and the appends resolve. Opening the file is database's concern.
 */
import { describeFailure } from "./sqlite-failure.ts";
import { openLogFile } from "./sqlite-file.ts";
import { KabarError } from "../errors.ts";
import {
  type Appended,
  createEpoch,
  createTag,
  type Entry,
  type MessageLog,
  type NewEntry,
  type TopicState,
} from "./log.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { createRelaxed } from "./sqlite-relaxed.ts";
import { createSlices } from "./sqlite-slices.ts";
import { dropOldest } from "../oldest.ts";
import { createPacer } from "./pacer.ts";
import { openTables, type TopicRow } from "./sqlite-tables.ts";

/** Topics whose rows are kept in memory: all that are busy at one time. */
const MAX_ROWS = 20_000;
/** Entries in one group commit: bounds a transaction's memory and how long its readers wait. */
const MAX_BATCH = 2000;
/** What has to fit for a log in trouble to count as writable again: the largest message. */
const PROBE_BYTES = 65_536;
/** How often a log in trouble is asked again whether it can be written. */
const PROBE_EVERY_MS = 1000;

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

/** Opens the log in `dataDir`, making both if need be. Throws StartError with the reason when it can't. */
export function openSqliteLog(options: SqliteLogOptions): MessageLog {
  const { dataDir, logger, metrics, now = Date.now } = options;
  const file = openLogFile(dataDir, options.durability, logger);
  const { db, upkeep, checkpoints } = file;
  const runRelaxed = createRelaxed(db);
  const tables = openTables(db);
  /** The epoch of topics that are not written to yet. */
  let logEpoch = tables.epoch();

  /** Rows of the topic table as committed. */
  let rows = new Map<string, TopicRow>();
  const listeners = new Set<(entries: readonly Entry[]) => void>();
  let queue: Pending[] = [];
  let trouble: string | undefined;
  let probedAt = 0;
  let closed = false;
  let topicCount = tables.countTopics();

  /** Keeps a row at hand, and lets go of the ones that were taken up longest ago. */
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
  /** The row of a topic as the running transaction has it: its own copy, adopted when the commit is done. */
  function rowInBatch(topic: string, changed: Map<string, TopicRow>): TopicRow {
    const known = changed.get(topic);
    if (known) return known;
    const found = rowOf(topic);
    const row = { ...(found ?? tables.insertTopic(topic, logEpoch)) };
    if (!found) topicCount += 1;
    changed.set(topic, row);
    return row;
  }

  /** Rewrites the entries that a new one amends. Returns their new forms; throws KabarError when the first is not there. */
  function amendEntries({ topic, amends }: NewEntry, row: TopicRow): Entry[] {
    const amended: Entry[] = [];
    const waiting = amends ? [amends] : [];
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const found = tables.entryAt(row, next.offset);
      if (!found && amended.length > 0) continue;
      if (!found) throw new KabarError("message-unknown");
      const body = next.rewrite(found, row.top + 1, (more) => waiting.push(more));
      amended.push({ ...found, topic, body });
    }
    for (const entry of amended) tables.updateBody(row, entry);
    if (amends && !amends.keeps) upkeep.noteRemoval();
    return amended;
  }

  /** Stores one entry within the running transaction. What may not be stored is an answer of its own, not a failed batch. */
  function storeEntry(entry: NewEntry, changed: Map<string, TopicRow>): Appended | KabarError {
    const row = rowInBatch(entry.topic, changed);
    const { amends, requires } = entry;
    const earlier = amends || requires ? tables.entryById(row, entry) : undefined;
    if (earlier) return { entry: earlier, repeated: true };
    try {
      requires?.check(tables.entryAt(row, requires.offset));
      const amended = amendEntries(entry, row);
      // Time within a topic never runs backwards, whatever the machine's clock does.
      const at = Math.max(now(), row.at);
      const { topic, userId, id, proof } = entry;
      const body = (amended[0] && amends?.body?.(amended[0])) ?? entry.body;
      const stored: Entry = { topic, userId, id, body, proof, offset: row.top + 1, at, tag: createTag() };
      if (!tables.insertEntry(row, stored)) {
        return { entry: tables.entryById(row, entry) ?? stored, repeated: true };
      }
      row.top = stored.offset;
      row.at = at;
      row.tag = stored.tag;
      return { entry: amended.length > 0 ? { ...stored, amended } : stored, repeated: false };
    } catch (error) {
      if (error instanceof KabarError) return error;
      throw error;
    }
  }

  /** Stores a batch in one transaction. `changed` receives the topics' new rows. */
  const storeAll = (batch: readonly Pending[], changed: Map<string, TopicRow>) => {
    const results = batch.map(({ entry }) => storeEntry(entry, changed));
    for (const row of changed.values()) tables.updateTopic(row);
    return results;
  };
  const storeBatch = db.transaction(storeAll);

  function commit(batch: readonly Pending[]): void {
    const changed = new Map<string, TopicRow>();
    const startedAt = performance.now();
    let results: (Appended | KabarError)[];
    try {
      results = batch.every(({ entry }) => entry.isRelaxed)
        ? runRelaxed(() => storeAll(batch, changed))
        : storeBatch.immediate(batch, changed);
    } catch (error) {
      // What the failed transaction left behind is for the database to say.
      rows = new Map();
      topicCount = tables.countTopics();
      trouble = describeFailure(error);
      logger.error({ err: error, entries: batch.length }, "writing to the log failed; nothing was stored");
      for (const { reject } of batch) reject(new KabarError("log-unavailable", undefined, PROBE_EVERY_MS));
      return;
    }
    if (trouble !== undefined) logger.info("the log is writable again");
    trouble = undefined;
    checkpoints.look();
    for (const [name, row] of changed) keepRow(name, row);
    metrics.commitSeconds.observe((performance.now() - startedAt) / 1000);
    const fresh = results.flatMap((result) =>
      "repeated" in result && !result.repeated ? [result.entry] : [],
    );
    metrics.commitEntries.observe(batch.length);
    metrics.appended.inc(fresh.length);
    metrics.repeated.inc(results.filter((result) => "repeated" in result && result.repeated).length);
    if (fresh.length > 0) for (const listener of listeners) listener(fresh);
    results.forEach((result, i) => {
      if ("repeated" in result) batch[i]?.resolve(result);
      else batch[i]?.reject(result);
    });
  }

  /** Runs a read; a part of the file that can't be read is trouble of ours, not the asker's mistake. */
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
      tables.probe(PROBE_BYTES);
      trouble = undefined;
      logger.info("the log is writable again");
    } catch (error) {
      trouble = describeFailure(error);
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

  /** Removes the rows of topics without entries, and gives topics to come another epoch. */
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
          ? tables.before(row, page.before, page.limit)
          : tables.after(row, page.after, page.limit);
        const found: Entry[] = [];
        let bytes = 0;
        for (const entry of rows) {
          found.push(entry);
          bytes += entry.body.length;
          if (page.maxBytes !== undefined && bytes > page.maxBytes) break;
        }
        return down ? found.reverse() : found;
      });
    },

    async state(topic): Promise<TopicState> {
      const row = readable(() => rowOf(topic));
      if (!row) return { epoch: logEpoch, first: 1, top: 0, tag: "", trimmed: "" };
      const { epoch, first, top, tag, trimmed } = row;
      return { epoch, first, top, tag, trimmed };
    },

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
      await file.close();
    },
  };
}
