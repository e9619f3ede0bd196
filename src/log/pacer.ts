/**
 * When to flush a batch: at once after silence, else when the last flush has paid for itself. A flush (fsync, fan-out)
 * that took 3 ms is followed by a window of 12 ms in which messages gather, so that flushing never takes more than a
 * fifth of the time, and the heavier it is the more messages share it. The same window is the group commit's and the
 * fan-out's: one fsync and one write per subscriber for all in it. A full batch does not wait for the window's end.
 */

/** The window is this many times what a flush takes. */
const WINDOW_PER_COST = 4;
/** How much of the measured cost is the latest flush's; the rest is the average so far. */
const NEWEST_SHARE = 0.3;
/** Shorter waits than this are not worth a timer. */
const MIN_WAIT_MS = 0.5;
/** So many messages share a flush well enough: what each costs by itself is then most of it, and waiting only delays. */
const FULL_BATCH = 64;

export interface PacerOptions {
  /** Does the work; called once for any number of requests since the last call. */
  flush: () => void | Promise<void>;
  /** The longest window, in milliseconds. */
  maxWindowMs: number;
  now?: () => number;
  /** Calls back after `ms`; with 0, as soon as what the event loop has at hand is done. */
  later?: (callback: () => void, ms: number) => void;
}

export type Pacer = ReturnType<typeof createPacer>;

const laterInLoop = (callback: () => void, ms: number): void => {
  if (ms < MIN_WAIT_MS) setImmediate(callback);
  else setTimeout(callback, ms);
};

/** Makes a pacer. `request()` once per message; `flush` follows within `maxWindowMs`, or when the running one is done. */
export function createPacer({
  flush,
  maxWindowMs,
  now = () => performance.now(),
  later = laterInLoop,
}: PacerOptions) {
  let waiting = 0;
  /** Counts what was scheduled: only the latest may run. */
  let turn = 0;
  let scheduled: "no" | "window" | "at once" = "no";
  let flushing = false;
  let endedAt = Number.NEGATIVE_INFINITY;
  let costMs = 0;

  const windowMs = (): number => Math.min(maxWindowMs, costMs * WINDOW_PER_COST);

  function schedule(): void {
    if (flushing || waiting === 0) return;
    const full = waiting >= FULL_BATCH;
    if (scheduled === "at once" || (scheduled === "window" && !full)) return;
    const waitMs = full ? 0 : Math.max(0, endedAt + windowMs() - now());
    scheduled = waitMs === 0 ? "at once" : "window";
    const mine = ++turn;
    later(() => {
      if (mine === turn) run();
    }, waitMs);
  }

  function run(): void {
    scheduled = "no";
    waiting = 0;
    flushing = true;
    const startedAt = now();
    const end = (): void => {
      flushing = false;
      endedAt = now();
      costMs += NEWEST_SHARE * (endedAt - startedAt - costMs);
      schedule();
    };
    // Bun writes to the subscribers after this turn of the event loop, or, when a timer began it, after the next one:
    // only then is it known what the flush has cost.
    const endLater = (): void => later(() => later(end, 0), 0);
    try {
      const work = flush();
      if (work) work.then(endLater, endLater);
      else endLater();
    } catch (error) {
      endLater();
      throw error;
    }
  }

  return {
    /** Asks for a flush. */
    request(): void {
      waiting += 1;
      schedule();
    },
    /** The present window in milliseconds. */
    windowMs,
  };
}
