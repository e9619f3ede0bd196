/**
 * When to flush a batch: at once after silence, else when the last flush has paid for itself. A flush (fsync, fan-out)
 * that took 3 ms is followed by a window of 12 ms in which messages gather, so that flushing never takes more than a
 * fifth of the time, and the heavier it is the more messages share it. The same window is the group commit's and the
 * fan-out's: one fsync and one write per subscriber for all in it.
 */

/** The window is this many times what a flush takes. */
const WINDOW_PER_COST = 4;
/** How much of the measured cost is the latest flush's; the rest is the average so far. */
const NEWEST_SHARE = 0.3;
/** Shorter waits than this are not worth a timer. */
const MIN_WAIT_MS = 0.5;

export interface PacerOptions {
  /** Does the work; called once for any number of requests since the last call. */
  flush: () => void;
  /** The longest window, in milliseconds. */
  maxWindowMs: number;
  now?: () => number;
  /** Calls back after `ms`; with 0, as soon as what the event loop has at hand is done, writes to sockets included. */
  later?: (callback: () => void, ms: number) => void;
}

export type Pacer = ReturnType<typeof createPacer>;

const laterInLoop = (callback: () => void, ms: number): void => {
  if (ms < MIN_WAIT_MS) setImmediate(callback);
  else setTimeout(callback, ms);
};

/** Makes a pacer. `request()` once per message; `flush` follows within `maxWindowMs`. */
export function createPacer({
  flush,
  maxWindowMs,
  now = () => performance.now(),
  later = laterInLoop,
}: PacerOptions) {
  let scheduled = false;
  let flushedAt = Number.NEGATIVE_INFINITY;
  let costMs = 0;

  const windowMs = (): number => Math.min(maxWindowMs, costMs * WINDOW_PER_COST);

  function run(): void {
    scheduled = false;
    const startedAt = now();
    flushedAt = startedAt;
    flush();
    // Bun writes to the subscribers after this tick: the cost is known on the next turn.
    later(() => {
      costMs += NEWEST_SHARE * (now() - startedAt - costMs);
    }, 0);
  }

  return {
    /** Asks for a flush. */
    request(): void {
      if (scheduled) return;
      scheduled = true;
      later(run, Math.max(0, flushedAt + windowMs() - now()));
    },
    /** The present window in milliseconds. */
    windowMs,
  };
}
