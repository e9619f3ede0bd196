/**
 * The `MessageLog` contract over PostgreSQL: group commit like the SQLite engine, with any number of nodes on one
 * database. Appends, the tail and reads have connections of their own. While the database is away appends are refused
 * with `log-unavailable`; afterwards everything goes on by itself.
 */
import { SQL } from "bun";
import { KabarError, StartError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { answerBatch, countCommit, createAppendQueue, type Pending } from "./append-queue.ts";
import { createEpoch, type Entry, type MessageLog, type TopicState } from "./log.ts";
import { storeBatch } from "./postgres-append.ts";
import { createLane, isConnectionLost, troubleOf } from "./postgres-lane.ts";
import { prepareSchema } from "./postgres-schema.ts";
import { createChanges } from "./postgres-changes.ts";
import { createReads } from "./postgres-reads.ts";
import {
  dropEmptyTopics,
  findRepeats,
  findTopic,
  lockTopics,
  newestTime,
  readEpochs,
} from "./postgres-tables.ts";
import { startTail, type Tail } from "./postgres-tail.ts";

import { stateOf, type TopicRow } from "./topic-row.ts";

/** Connections for reads. */
const READERS = 4;
/** The channel of the hint that something was stored. */
const CHANNEL = "kabar_stored";
/** After a failure, when publishers may try again. */
const RETRY_MS = 1000;
/** A tail that has not looked for this long counts as trouble. */
const DEAF_MS = 2000;

export interface PostgresLogOptions {
  /** `postgres://user:password@host:port/database`. */
  url: string;
  maxCommitWindowMs: number;
  logger: Logger;
  metrics: Metrics;
  now?: () => number;
}

const unavailable = (): KabarError => new KabarError("log-unavailable", undefined, RETRY_MS);

/** Opens the log in a database and makes its tables if need be. Throws StartError with the reason when it can't. */
export async function openPostgresLog(options: PostgresLogOptions): Promise<MessageLog> {
  const { url, logger, metrics, now = Date.now } = options;
  const writer = createLane(url);
  const reader = createLane(url, READERS);
  const follower = createLane(url);
  const listeners = new Set<(entries: readonly Entry[]) => void>();
  let trouble: string | undefined;
  let isClosed = false;

  function setTrouble(error: unknown): void {
    const words = error === undefined ? undefined : troubleOf(error);
    if (words === trouble || isClosed) return;
    if (words === undefined) logger.info("the database answers again");
    else logger.error({ err: error }, words);
    trouble = words;
  }

  const warnings = await writer.inOrder(prepareSchema).catch(async (error) => {
    await Promise.all([writer.close(), reader.close(), follower.close()]);
    throw error instanceof StartError
      ? error
      : new StartError(`The log can't be opened: ${troubleOf(error)}.`);
  });
  for (const warning of warnings) logger.warn(warning);
  let epochs = await writer.inOrder(readEpochs);
  let newestMs = await writer.inOrder(newestTime);
  const tail: Tail = await startTail({
    lane: follower,
    hand: (entries) => {
      for (const { at } of entries) newestMs = Math.max(newestMs, at);
      for (const listener of listeners) listener(entries);
    },
    onHealth: setTrouble,
  });

  /** After a commit whose answer was lost: what is stored was stored, the rest was not. */
  async function settleUnknown(batch: readonly Pending[]): Promise<void> {
    const rows = new Map<string, TopicRow>();
    const found = await reader.anytime(async (sql) => {
      for (const topic of new Set(batch.map(({ entry }) => entry.topic))) {
        const row = await findTopic(sql, topic);
        if (row) rows.set(topic, row);
      }
      const wanted = batch.flatMap(({ entry: { topic, userId, id } }) => {
        const row = rows.get(topic);
        return row ? [{ row, userId, id }] : [];
      });
      return wanted.length > 0 ? findRepeats(sql, wanted) : [];
    });
    await tail.look();
    for (const { entry, resolve, reject } of batch) {
      const stored = found.find(
        (each) =>
          each.entry.topic === entry.topic &&
          each.entry.userId === entry.userId &&
          each.entry.id === entry.id,
      );
      if (stored) resolve({ entry: stored.entry, repeated: true });
      else reject(unavailable());
    }
  }

  async function commit(batch: readonly Pending[]): Promise<void> {
    const startedAt = performance.now();
    const entries = batch.map(({ entry }) => entry);
    try {
      const { outcomes, topics } = await writer.inOrder((sql) =>
        storeBatch(sql, entries, { isKnown: tail.hasTopic, now }),
      );
      setTrouble(undefined);
      const fresh = countCommit(outcomes, startedAt, metrics);
      // What another node stored before comes first.
      if (!tail.handOwn(fresh, topics)) await tail.look();
      if (fresh.length > 0) hint();
      answerBatch(batch, outcomes);
    } catch (error) {
      setTrouble(error);
      logger.error({ err: error, entries: batch.length }, "append failed");
      const settled = isConnectionLost(error) ? settleUnknown(batch) : Promise.reject(error);
      await settled.catch(() => {
        for (const { reject } of batch) reject(unavailable());
      });
    }
  }

  /** Wakes the other nodes. Outside of the append's transaction: inside, it would take a lock of the whole cluster. */
  function hint(): void {
    reader.anytime((sql) => sql.notify(CHANNEL)).catch(() => undefined);
  }

  const queue = createAppendQueue({ commit, maxWindowMs: options.maxCommitWindowMs });

  /** Runs a read; a database that is away is trouble of ours, not the asker's mistake. */
  async function readable<T>(run: (sql: SQL) => Promise<T>): Promise<T> {
    try {
      return await reader.anytime(run);
    } catch (error) {
      if (error instanceof KabarError) throw error;
      setTrouble(error);
      throw new KabarError("log-unavailable", "This part of the log can't be read just now.", RETRY_MS);
    }
  }

  /** Changes entries of a topic in one transaction that holds the topic's lock. */
  const changeLocked = <T>(
    topic: string,
    change: (sql: SQL, row: TopicRow) => Promise<T>,
  ): Promise<T | undefined> =>
    writer.inOrder((sql) =>
      sql.begin(async (tx) => {
        const [row] = await lockTopics(tx, [topic]);
        return row && change(tx, row);
      }),
    );

  const changes = createChanges({ change: changeLocked, isClosed: () => isClosed });

  const listening = new SQL(url, { max: 1, connection: { idle_session_timeout: 0 } });
  const subscription = await listening
    .listen(
      CHANNEL,
      () => void tail.look(),
      () => void tail.look(),
    )
    .catch((error) => {
      logger.warn(
        { err: error },
        "LISTEN does not work here (a pooler in between?): other nodes' messages arrive by polling",
      );
      return undefined;
    });

  return {
    append: queue.append,

    ...createReads(readable),
    ...changes,

    state: (topic): Promise<TopicState> =>
      readable(async (sql) => {
        const row = await findTopic(sql, topic);
        if (!row) epochs = await readEpochs(sql);
        return stateOf(row, epochs.epoch);
      }),

    tail(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    onBreak: () => () => undefined,
    warnings: () => warnings,

    async redate(topic, toMs, leapMs) {
      const redated = await changes.redate(topic, toMs, leapMs);
      if (redated > 0) newestMs = await readable(newestTime);
      return redated;
    },

    newestAt: () => newestMs,

    async drop(names) {
      if (isClosed || names.length === 0) return 0;
      const dropped = await writer.inOrder((sql) =>
        sql.begin((tx) => dropEmptyTopics(tx, names, createEpoch())),
      );
      tail.forget(dropped.map((row) => row.name));
      epochs = await readable(readEpochs);
      return dropped.length;
    },

    wasEpoch: (epoch) => epochs.past.includes(epoch),

    hasTopic: tail.hasTopic,
    countTopics: tail.countTopics,

    trouble: () =>
      trouble ?? (tail.lagMs() > DEAF_MS ? "the database has not answered for two seconds" : undefined),

    flush: queue.drain,

    async close() {
      if (isClosed) return;
      const drained = queue.close();
      isClosed = true;
      await drained;
      await subscription?.unlisten().catch(() => undefined);
      await tail.stop();
      await Promise.all([listening.close({ timeout: 1 }), writer.close(), reader.close(), follower.close()]);
    },
  };
}
