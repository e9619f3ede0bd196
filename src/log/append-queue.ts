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
  const appended = results.filter(isStored);
  const fresh = appended.filter(({ repeated }) => !repeated).map(({ entry }) => entry);
  metrics.commitSeconds.observe((performance.now() - startedAt) / 1000);
  metrics.commitEntries.observe(results.length);
  metrics.appended.inc(fresh.length);
  metrics.repeated.inc(appended.length - fresh.length);
  return fresh;
}

/** Answers the publishers of a batch with its results. */
export function answerBatch(batch: readonly Pending[], results: Results): void {
  results.forEach((result, i) => {
    if (isStored(result)) batch[i]?.resolve(result);
    else batch[i]?.reject(result);
  });
}

export interface AppendQueueOptions {
  /** Stores a batch and answers its publishers. Never throws. A returned promise resolves when all are answered. */
  commit: (batch: readonly Pending[]) => void | Promise<void>;
  maxWindowMs: number;
}

export type AppendQueue = ReturnType<typeof createAppendQueue>;

/** Creates the queue of an engine. */
export function createAppendQueue({ commit, maxWindowMs }: AppendQueueOptions) {
  let queue: Pending[] = [];
  let isClosed = false;
  /** Running commits of engines that wait for another process. */
  const committing = new Set<Promise<void>>();

  function flush(): void | Promise<void> {
    const pending = queue;
    queue = [];
    const running: Promise<void>[] = [];
    for (let i = 0; i < pending.length; i += MAX_BATCH) {
      const work = commit(pending.slice(i, i + MAX_BATCH));
      if (work) running.push(work);
    }
    if (running.length === 0) return undefined;
    const done = Promise.all(running).then(() => undefined);
    committing.add(done);
    return done.finally(() => committing.delete(done));
  }
  const pacer = createPacer({ flush, maxWindowMs });

  /** Commits the queued entries. Resolves when this and all running commits have ended. */
  async function drain(): Promise<void> {
    flush();
    await Promise.all(committing);
  }

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
