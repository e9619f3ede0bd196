/** Patience with a log that is away, as during a restart of its database: what readers wait for is tried again. */
import { isLogAway } from "../errors.ts";

/** How long a reader waits for a log that is away, in all, and before the first and each further try. */
const PATIENCE_MS = 60_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;

/**
 * Runs `read`, and again while the log is away and the reader is still there. Resolves to its result; undefined when the reader
 * has gone. Rejects with any other error at once, and with `log-unavailable` after a minute.
 */
export async function readPatiently<T>(
  read: () => Promise<T>,
  isThere: () => boolean | Promise<boolean>,
): Promise<T | undefined> {
  const until = performance.now() + PATIENCE_MS;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await read();
    } catch (error) {
      if (!isLogAway(error) || performance.now() > until) throw error;
      await Bun.sleep(waitMs);
      if (!(await isThere())) return undefined;
    }
  }
}
