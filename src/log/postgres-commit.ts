/**
 * Commits the batches of an append queue to PostgreSQL and answers their publishers. What failed is tried again where that may
 * help, in parts where only some entries are to blame. After a lost answer the database is asked what became of the batch: nobody
 * learns "not stored" of what is stored.
 */
import { KabarError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { answerBatch, countCommit, type Pending } from "./append-queue.ts";
import { storeBatch } from "./postgres-append.ts";
import type { Health } from "./postgres-health.ts";
import type { Lane } from "./postgres-lane.ts";
import { findRepeats, isUnderWay, type StoredEntry } from "./postgres-tables.ts";
import type { Tail } from "./postgres-tail.ts";
import { DeadlineError, isConflict, isConnectionLost, isOfSome, isRepeat } from "./postgres-trouble.ts";

/** After a failure, when publishers may try again. */
export const RETRY_MS = 1000;
/** How often a batch is tried that other transactions were in the way of. */
const TRIES = 4;
/** How long the fate of a transaction is awaited whose answer was lost: publishers wait meanwhile. */
const FATE_MS = 3000;
const FATE_EVERY_MS = 100;
/** After a repeat, further ones are likely: for so long each entry is looked up before it is stored. */
const REPEATS_MS = 10_000;
/** How often a look at what is stored is tried whose connection was lost. */
const LOOKS = 3;

export interface CommitParts {
  /** Appends, one batch at a time. */
  writer: Lane;
  reader: Lane;
  tail: Tail;
  health: Health;
  logger: Logger;
  metrics: Metrics;
  now: () => number;
  /** Called after something was stored. */
  onStored: () => void;
}

/** The error of an append that was not stored, as far as anybody knows. The same id may be sent again without harm. */
export const unavailable = (): KabarError => new KabarError("log-unavailable", undefined, RETRY_MS);

/** A batch in parts, so that an entry which cannot be stored takes no others with it: by topic, then in halves. */
function partsOf(batch: readonly Pending[]): Pending[][] {
  const byTopic = [...Map.groupBy(batch, ({ entry }) => entry.topic).values()];
  if (byTopic.length > 1) return byTopic;
  const half = Math.ceil(batch.length / 2);
  return batch.length > 1 ? [batch.slice(0, half), batch.slice(half)] : [];
}

/** Creates the commit function of a queue. */
export function createCommit({ writer, reader, tail, health, logger, metrics, now, onStored }: CommitParts) {
  const refuse = (batch: readonly Pending[]): void => {
    for (const { reject } of batch) reject(unavailable());
  };

  /** Waits until a transaction has ended whose answer was lost, because its server may not have noticed the loss. */
  async function awaitFate(xid: string): Promise<void> {
    const until = performance.now() + FATE_MS;
    while (performance.now() < until) {
      // After a failover the number may mean nothing: then the entries tell.
      const isOpen = await reader
        .read((sql) => isUnderWay(sql, xid))
        .catch((error) => isConnectionLost(error));
      if (!isOpen) return;
      await Bun.sleep(FATE_EVERY_MS);
    }
  }

  /** The stored entries among these. A connection that was lost says nothing of the others: one that is silent does. */
  async function findStored(entries: readonly Pending["entry"][], looks = LOOKS): Promise<StoredEntry[]> {
    try {
      return await reader.read((sql) => findRepeats(sql, entries));
    } catch (error) {
      if (looks === 1 || error instanceof DeadlineError || !isConnectionLost(error)) throw error;
      await Bun.sleep(FATE_EVERY_MS);
      return findStored(entries, looks - 1);
    }
  }

  /** After a commit whose answer was lost: what is stored was stored. Resolves to the rest. */
  async function settle(batch: readonly Pending[], xid: string): Promise<Pending[]> {
    if (xid !== "") await awaitFate(xid);
    const found = await findStored(batch.map(({ entry }) => entry));
    await tail.look();
    const keyOf = ({ topic, userId, id }: Pending["entry"]): string => `${topic} ${userId} ${id}`;
    const stored = new Map(found.map(({ entry }) => [keyOf(entry), entry]));
    return batch.filter(({ entry, resolve }) => {
      const here = stored.get(keyOf(entry));
      if (here) resolve({ entry: here, repeated: true });
      return here === undefined;
    });
  }

  /** The end of the time in which repeats are likely. */
  let repeatsUntil = Number.NEGATIVE_INFINITY;

  async function store(batch: readonly Pending[], triesLeft: number, goOn = () => false): Promise<void> {
    const startedAt = performance.now();
    const looksForAll = startedAt < repeatsUntil;
    let xid = "";
    try {
      const entries = batch.map(({ entry }) => entry);
      const onBegin = (number: string) => (xid = number);
      const { outcomes, before } = await writer.inOrder((sql) =>
        storeBatch(sql, entries, { isKnown: tail.hasTopic, now, onBegin, looksForAll }),
      );
      health.setWrites(undefined);
      // The database works on the next batch while the readers receive this one.
      if (goOn()) await new Promise(setImmediate);
      const fresh = countCommit(outcomes, startedAt, metrics);
      // What another node stored before comes first.
      if (!tail.handOwn(fresh, before)) await tail.look();
      if (fresh.length > 0) onStored();
      answerBatch(batch, outcomes);
    } catch (error) {
      const hasRepeat = isRepeat(error) && !looksForAll;
      if (hasRepeat) repeatsUntil = performance.now() + REPEATS_MS;
      if (hasRepeat) await store(batch, triesLeft, goOn);
      else await recover(error, batch, xid, triesLeft, goOn);
    }
  }

  /** Tries again after a failure, in parts or as a whole, or answers the publishers. */
  async function recover(
    error: unknown,
    batch: readonly Pending[],
    xid: string,
    triesLeft: number,
    goOn: () => boolean,
  ): Promise<void> {
    if (isConflict(error) && triesLeft > 1) return store(batch, triesLeft - 1, goOn);
    const parts = isOfSome(error) ? partsOf(batch) : [];
    for (const part of parts) await store(part, triesLeft);
    if (parts.length > 0) return;
    logger.error({ err: error, entries: batch.length }, "append failed");
    if (isConnectionLost(error)) {
      const rest = await settle(batch, xid).catch((failure) => {
        health.setReads(failure);
        return [...batch];
      });
      // One connection was lost, and the database answers: another connection stores the rest.
      const isAnswering = !(error instanceof DeadlineError) && !health.isAway() && triesLeft > 1;
      if (rest.length > 0 && isAnswering) return store(rest, triesLeft - 1, goOn);
      refuse(rest);
      return;
    }
    // A topic that is locked, or an entry that can't be stored, is no trouble of the others.
    if (!isOfSome(error) && !isConflict(error)) health.setWrites(error);
    refuse(batch);
  }

  /** Stores a batch and answers its publishers. Never rejects. */
  return async (batch: readonly Pending[], goOn: () => boolean): Promise<void> => {
    // Waiting for a deadline would keep publishers who can try again.
    if (health.isAway()) refuse(batch);
    else await store(batch, TRIES, goOn).catch(() => refuse(batch));
  };
}
