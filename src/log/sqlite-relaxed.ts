/**
 * Transactions that do not wait for the disk: the next durable commit brings them there. Only for work that is done again
 * when a power cut undoes it, by the next sweep or by the erasure that starts over.
 */
import type { Database } from "bun:sqlite";

/** Makes the function that runs work in one such transaction. It throws what the work or the commit throws. */
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
