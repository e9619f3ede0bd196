/**
 * The health of a SQLite log: the errors of failed writes and reads, and the trouble that `/readyz` reports.
 * Trouble lasts until a write succeeds. While it lasts, a trial write runs at most once a second, so that the log recovers
 * without an append.
 */
import { KabarError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { describeFailure } from "./sqlite-failure.ts";

/** Bytes of a trial write: the largest message. */
const TRIAL_BYTES = 65_536;
/** Shortest time between two trial writes. */
const TRIAL_EVERY_MS = 1000;

export interface HealthParts {
  /** Writes so many bytes and removes them again. Throws when the disk refuses them. */
  tryWrite: (bytes: number) => void;
  now: () => number;
  logger: Logger;
}

/** Creates the health of an open log. */
export function createHealth({ tryWrite, now, logger }: HealthParts) {
  /** Why the last write failed; undefined after one that succeeded. */
  let failure: string | undefined;
  let triedAt = 0;
  let isClosed = false;

  function noteWrite(): void {
    if (failure !== undefined) logger.info("the log is writable again");
    failure = undefined;
  }

  return {
    /** Notes a write that succeeded. */
    noteWrite,

    /** Notes a failed write of so many entries. Returns the error for their publishers. */
    noteFailure(err: unknown, entries: number): KabarError {
      failure = describeFailure(err);
      logger.error({ err, entries }, "writing to the log failed; nothing was stored");
      return new KabarError("log-unavailable", undefined, TRIAL_EVERY_MS);
    },

    /** Runs a read. Throws `log-unavailable` when this part of the file cannot be read: the request itself was right. */
    readable<T>(read: () => T): T {
      try {
        return read();
      } catch (err) {
        logger.error({ err }, "reading from the log failed");
        const message = "This part of the history cannot be read right now.";
        throw new KabarError("log-unavailable", message, TRIAL_EVERY_MS);
      }
    },

    /** Why the log cannot be written now, as half a sentence; undefined when it can. */
    trouble(): string | undefined {
      if (failure !== undefined && !isClosed && now() - triedAt >= TRIAL_EVERY_MS) {
        triedAt = now();
        try {
          tryWrite(TRIAL_BYTES);
          noteWrite();
        } catch (error) {
          failure = describeFailure(error);
        }
      }
      return failure;
    },

    /** Ends trial writes. Call it before the database is closed. */
    close(): void {
      isClosed = true;
    },
  };
}
