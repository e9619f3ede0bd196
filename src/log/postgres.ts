/**
 * The `MessageLog` contract over PostgreSQL: group commit like the SQLite engine, with any number of nodes on one database.
 * Puts the parts together: appends, the tail, reads and hints have connections of their own. While the database is away appends
 * are refused with `log-unavailable`; afterwards everything goes on by itself.
 */
import type { SQL } from "bun";
import { KabarError, StartError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { LogWarning } from "../named-sentences.ts";
import { createAppendQueue } from "./append-queue.ts";
import { createEpoch, type Entry, type MessageLog } from "./log.ts";
import { createChanges } from "./postgres-changes.ts";
import { createCommit, RETRY_MS, unavailable } from "./postgres-commit.ts";
import { createHealth, type Health } from "./postgres-health.ts";
import { NOT_HEARING, startHints } from "./postgres-hints.ts";
import { createLane, type Lane } from "./postgres-lane.ts";
import { createReads } from "./postgres-reads.ts";
import { startPostgresSearch } from "./postgres-search.ts";
import { clearIndex } from "./postgres-search-tables.ts";
import { prepareSchema } from "./postgres-schema.ts";
import { findIdentity, READERS, readWarnings } from "./postgres-server.ts";
import { createSizes } from "./postgres-sizes.ts";
import { createStates } from "./postgres-states.ts";
import {
  beginWrite,
  dropEmptyTopics,
  lockTopics,
  newestTime,
  readEpochs,
  TRANSACTION,
  tryWrite,
} from "./postgres-tables.ts";
import { startTail, type Tail } from "./postgres-tail.ts";
import { DeadlineError, isConnectionLost, troubleOf } from "./postgres-trouble.ts";

/** How long the schema may take to be made or migrated, other nodes' turns included. */
const SCHEMA_DEADLINE_MS = 60_000;
/** Deadlines by kind of work: publishers wait for appends, readers for reads, everybody for the tail. */
const DEADLINES = {
  append: { deadlineMs: 5000, maxDeadlineMs: 30_000 },
  read: { deadlineMs: 5000, maxDeadlineMs: 20_000 },
  look: { deadlineMs: 1500, maxDeadlineMs: 15_000 },
  service: { deadlineMs: 1500, maxDeadlineMs: 10_000 },
};
/** A change rewrites a slice of a topic, or dates a long stretch of it anew. */
const CHANGE_DEADLINE_MS = 60_000;

export interface PostgresLogOptions {
  /** `postgres://user:password@host:port/database`. */
  url: string;
  maxCommitWindowMs: number;
  /** Whether messages can be searched. Default true. Without, the index is emptied. */
  search?: boolean;
  logger: Logger;
  metrics: Metrics;
  now?: () => number;
}

/** Makes the schema unless it is there, and reads what the log begins with. Throws StartError where the server can hold no log. */
async function prepare(service: Lane) {
  await service.inOrder(prepareSchema, SCHEMA_DEADLINE_MS);
  return {
    identity: await service.inOrder(findIdentity),
    warnings: await service.inOrder(readWarnings),
    epochs: await service.inOrder(readEpochs),
    newestMs: await service.inOrder(newestTime, SCHEMA_DEADLINE_MS),
  };
}

/** Runs reads on free connections. What fails is no mistake of the asker: it becomes `log-unavailable`. */
function createReadable(reader: Lane, health: Health, logger: Logger) {
  async function readable<T>(run: (sql: SQL) => Promise<T>, isAgain = false): Promise<T> {
    if (!(await health.untilBack())) throw unavailable();
    try {
      return await reader.read(run);
    } catch (error) {
      if (error instanceof KabarError) throw error;
      // A connection that was ended has nothing to do with the read.
      if (!isAgain && isConnectionLost(error) && !(error instanceof DeadlineError))
        return readable(run, true);
      logger.error({ err: error }, "reading from the log failed");
      throw new KabarError("log-unavailable", "This part of the log can't be read just now.", RETRY_MS);
    }
  }
  return <T>(run: (sql: SQL) => Promise<T>): Promise<T> => readable(run);
}

/** Runs a change of a log in one transaction. What fails becomes `log-unavailable`; nothing of it is stored then. */
function createChange(writer: Lane, logger: Logger) {
  return async <T>(change: (tx: SQL) => Promise<T>): Promise<T> => {
    try {
      return (await writer.inOrder(
        (sql) =>
          sql.begin(TRANSACTION, async (tx) => {
            await beginWrite(tx);
            return change(tx);
          }),
        CHANGE_DEADLINE_MS,
      )) as T;
    } catch (error) {
      if (error instanceof KabarError) throw error;
      logger.error({ err: error }, "changing the log failed");
      throw unavailable();
    }
  };
}

/** Opens the log in a database and makes its tables if need be. Throws StartError with the reason when it can't. */
export async function openPostgresLog(options: PostgresLogOptions): Promise<MessageLog> {
  // Works through any pooler: whether there is one is not known yet.
  const service = createLane({ url: options.url, isPooled: true, ...DEADLINES.service });
  const opened: { close(): Promise<unknown> }[] = [service];
  try {
    return await openWith(options, service, opened);
  } catch (error) {
    await Promise.all(opened.map((each) => each.close()));
    throw error instanceof StartError
      ? error
      : new StartError(`The log can't be opened: ${troubleOf(error)}.`);
  }
}

/** Opens the parts of the log, each of which is noted in `opened`. */
async function openWith(
  options: PostgresLogOptions,
  service: Lane,
  opened: { close(): Promise<unknown> }[],
): Promise<MessageLog> {
  const { url, logger, metrics, now = Date.now } = options;
  const start = await prepare(service);
  let { epochs, newestMs, warnings } = start;
  let tail: Tail | undefined;
  let isClosed = false;

  const hints = await startHints({ url, lane: service, onHint: () => void tail?.look(), logger });
  opened.push(hints);
  const isPooled = !hints.isHearing();
  const writer = createLane({ url, isPooled, ...DEADLINES.append });
  const reader = createLane({ url, isPooled, max: READERS, ...DEADLINES.read });
  const follower = createLane({ url, isPooled, ...DEADLINES.look });
  opened.push(writer, reader, follower);

  const health = createHealth({
    logger,
    tryWrite: () => service.inOrder((sql) => sql.begin(TRANSACTION, tryWrite)),
    lagMs: () => tail?.lagMs() ?? 0,
    onBack() {
      for (const lane of [writer, reader, service]) lane.renew();
    },
  });
  const readable = createReadable(reader, health, logger);
  const change = createChange(writer, logger);
  async function startSearch() {
    const indexer = createLane({ url, isPooled, ...DEADLINES.append });
    opened.push(indexer);
    return startPostgresSearch({ change: createChange(indexer, logger), readable, logger });
  }
  const search = options.search === false ? undefined : await startSearch();
  if (!search) await change(clearIndex);
  const states = createStates({
    readable,
    isAway: health.isAway,
    placeOf: (topic) => tail?.placeOf(topic),
    epoch: () => epochs.epoch,
  });
  const entryListeners = new Set<(entries: readonly Entry[]) => void>();
  const breakListeners = new Set<(topics: readonly string[]) => void>();

  async function readEpochsAgain(): Promise<void> {
    epochs = await readable(readEpochs);
  }
  const logWarning = ({ text, ...fields }: LogWarning) => logger.warn(fields, text);
  async function warnAgain(): Promise<void> {
    const before = new Set(warnings.map(({ code }) => code));
    warnings = await readable(readWarnings);
    for (const warning of warnings) if (!before.has(warning.code)) logWarning(warning);
  }
  for (const warning of warnings) logWarning(warning);

  const running = await startTail({
    lane: follower,
    identity: start.identity,
    hand(entries) {
      for (const { at } of entries) newestMs = Math.max(newestMs, at);
      search?.note(entries.map(({ topic }) => topic));
      for (const listener of entryListeners) listener(entries);
    },
    onBreak(topics) {
      logger.error(
        { topics: topics.length },
        "the database does not continue what was read from it: readers begin again",
      );
      for (const listener of breakListeners) listener(topics);
    },
    onHealth: health.setReads,
    onOtherDatabase() {
      logger.warn("the database was restarted or replaced: positions were compared");
      warnAgain().catch(() => undefined);
    },
    onChanges(topics, epoch) {
      states.note(topics);
      // Another node has dropped empty topics.
      if (epoch !== epochs.epoch) readEpochsAgain().catch(() => undefined);
    },
  });
  tail = running;
  metrics.watchTailLag(() => running.lagMs() / 1000);

  const parts = { writer, reader, tail: running, health, logger, metrics, now };
  const queue = createAppendQueue({
    commit: createCommit({ ...parts, onStored: hints.send }),
    maxWindowMs: options.maxCommitWindowMs,
  });
  const changes = createChanges({
    change: (topic, run) =>
      change(async (tx) => {
        const [row] = await lockTopics(tx, [topic]);
        return row && run(tx, row);
      }).finally(() => search?.note([topic])),
    isClosed: () => isClosed,
  });

  return {
    append: queue.append,

    state: states.state,
    ...createReads(readable),
    ...createSizes(readable),
    ...changes,

    unindexed: () => search?.left() ?? 0,
    search: async (query) => search?.search(query) ?? { entries: [], more: false },
    findAuthors: async (query) => search?.findAuthors(query) ?? { entries: [], more: false },

    tail(listener) {
      entryListeners.add(listener);
      return () => entryListeners.delete(listener);
    },

    onBreak(listener) {
      breakListeners.add(listener);
      return () => breakListeners.delete(listener);
    },

    async redate(topic, toMs, leapMs) {
      const redated = await changes.redate(topic, toMs, leapMs);
      if (redated > 0) newestMs = await readable(newestTime);
      return redated;
    },

    newestAt: () => newestMs,

    async drop(names) {
      if (isClosed || names.length === 0) return 0;
      const dropped = await change((tx) => dropEmptyTopics(tx, names, createEpoch()));
      running.forget(dropped.map((row) => row.name));
      await readEpochsAgain();
      return dropped.length;
    },

    wasEpoch: (epoch) => epochs.past.includes(epoch),

    hasTopic: running.hasTopic,
    countTopics: running.countTopics,

    trouble: health.trouble,
    warnings: () => (hints.isHearing() ? warnings : [...warnings, NOT_HEARING]),

    flush: queue.drain,

    async close() {
      if (isClosed) return;
      const drained = queue.close();
      isClosed = true;
      await drained;
      search?.stop();
      health.stop();
      await running.stop();
      await Promise.all(opened.map((each) => each.close()));
    },
  };
}
