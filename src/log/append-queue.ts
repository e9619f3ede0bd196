/**
 * The queue of appends in front of an engine: gathers entries for a commit window, passes them to the engine in batches, and
 * answers each publisher. The pacer decides when; the engine's `commit` stores.
 */
import { KabarError } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import type { Appended, Entry, NewEntry } from "./log.ts";
import { createPacer } from "./pacer.ts";

/** Entries in one group commit: bounds a transaction's memory and how long its readers wait. */
const MAX_BATCH = 2000;

/** An entry that waits for its commit. */
export interface Pending {
  entry: NewEntry;
  resolve: (appended: Appended) => void;
  reject: (error: unknown) => void;
}

/** One result for each entry of a batch, in the same order: stored, repeated, or refused. */
export type Results = readonly (Appended | KabarError)[];

const isStored = (result: Appended | KabarError): result is Appended => "repeated" in result;

/** Counts a commit that began at `startedAt` (`performance.now()`); returns the entries that are new. */
export function countCommit(results: Results, startedAt: number, metrics: Metrics): Entry[] {
  const fresh: Entry[] = [];
  let repeated = 0;
  for (const result of results) {
    if (!isStored(result)) continue;
    if (result.repeated) repeated += 1;
    else fresh.push(result.entry);
  }
  metrics.commitSeconds.observe((performance.now() - startedAt) / 1000);
  metrics.commitEntries.observe(results.length);
  metrics.appended.inc(fresh.length);
  metrics.repeated.inc(repeated);
  return fresh;
}

/** Answers the publishers of a batch with its results. */
export function answerBatch(batch: readonly Pending[], results: Results): void {
  for (const [i, { resolve, reject }] of batch.entries()) {
    const result = results[i];
    if (result === undefined) continue;
    if (isStored(result)) resolve(result);
    else reject(result);
  }
}

export interface AppendQueueOptions {
  /**
   * Stores a batch and answers its publishers. Never throws. A returned promise resolves when all are answered. Calls `goOn` as
   * soon as the batch is stored: a full next batch then begins while readers receive this one, and `goOn` returns true.
   */
  commit: (batch: readonly Pending[], goOn: () => boolean) => void | Promise<void>;
  maxWindowMs: number;
}

export type AppendQueue = ReturnType<typeof createAppendQueue>;

/** Creates the queue of an engine. */
export function createAppendQueue({ commit, maxWindowMs }: AppendQueueOptions) {
  const queue: Pending[] = [];
  let isClosed = false;
  /** Running commits of engines that wait for another process. */
  const committing = new Set<Promise<void>>();

  /** Begins the commit of the oldest entries. */
  function flush(goOn: () => boolean = () => false): void | Promise<void> {
    const batch = queue.splice(0, MAX_BATCH);
    if (batch.length === 0) return undefined;
    if (queue.length > 0) pacer.request(queue.length);
    const work = commit(batch, goOn);
    if (!work) return undefined;
    const done = work.finally(() => committing.delete(done));
    committing.add(done);
    return done;
  }
  async function storeAll(): Promise<void> {
    if (committing.size > 0) await Promise.all(committing);
    for (let left = queue.length; left > 0; left -= MAX_BATCH) await flush();
  }

  let draining: Promise<void> | undefined;
  /** Commits the queued entries, one batch after the other. Resolves when these and all running commits have ended. */
  function drain(): Promise<void> {
    const mine = (draining ? draining.then(storeAll) : storeAll()).finally(() => {
      if (draining === mine) draining = undefined;
    });
    draining = mine;
    return mine;
  }
  const pacer = createPacer({ flush: (goOn) => (draining ? drain() : flush(goOn)), maxWindowMs });

  return {
    /** Queues an entry. Rejects with `shutting-down` after `close`. */
    append(entry: NewEntry): Promise<Appended> {
      if (isClosed) return Promise.reject(new KabarError("shutting-down"));
      return new Promise((resolve, reject) => {
        queue.push({ entry, resolve, reject });
        pacer.request();
      });
    },

    drain,

    /** Commits the queued entries like `drain`, and refuses later ones. */
    close(): Promise<void> {
      const drained = drain();
      isClosed = true;
      return drained;
    },
  };
}
