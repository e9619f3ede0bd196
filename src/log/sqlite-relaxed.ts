/**
 * Transactions that do not wait for the disk: the next durable commit writes them through. Only for work that the next sweep
 * or a restarted erasure repeats when a power cut undoes it.
 */
import type { Database } from "bun:sqlite";

/** Creates the function that runs work in one such transaction. The function throws what the work or the commit throws. */
export function createRelaxed(db: Database): <T>(run: () => T) => T {
  const { synchronous } = db.query("PRAGMA synchronous").get() as { synchronous: number };
  const relax = db.prepare("PRAGMA synchronous = NORMAL");
  const restore = db.prepare(`PRAGMA synchronous = ${synchronous}`);
  // Prepared once: with many topics there are many small transactions.
  const inTransaction = db.transaction((run: () => unknown) => run());
  return <T>(run: () => T): T => {
    relax.get();
    try {
      return inTransaction.immediate(run) as T;
    } finally {
      restore.get();
    }
  };
}
