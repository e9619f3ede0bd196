/**
 * Schedules group commits: at once after silence, otherwise after a window of four times the cost of a flush.
 *
 * A flush (commit and fan-out) that took 3 ms is followed by a window of 12 ms in which messages gather, so that flushing takes
 * at most a fifth of the time, and more messages share a more expensive flush. All messages of a window share one commit and
 * one write for each subscriber. A full batch does not wait for the end of the window. Does not hold the messages.
 */

/** The window is this many times the average cost of a flush. */
const WINDOW_PER_COST = 4;
/** Weight of the latest flush in the moving average of the cost. */
const NEWEST_SHARE = 0.3;
/** Shorter waits use `setImmediate` instead of a timer. */
const MIN_WAIT_MS = 0.5;
/** A batch of this size does not wait: most of its cost is then the messages' own, so waiting saves little. */
const FULL_BATCH = 64;

export interface PacerOptions {
  /**
   * Flushes; called once for any number of requests since the last call. A flush that waits for another process calls `goOn`
   * when the next one may begin although this one has not ended: a full batch then begins at once, and `goOn` returns true.
   */
  flush: (goOn: () => boolean) => void | Promise<void>;
  /** The longest window, in milliseconds. */
  maxWindowMs: number;
  now?: () => number;
  /** Calls back after `ms`; with 0, after the present turn of the event loop. */
  later?: (callback: () => void, ms: number) => void;
}

export type Pacer = ReturnType<typeof createPacer>;

const laterInLoop = (callback: () => void, ms: number): void => {
  if (ms < MIN_WAIT_MS) setImmediate(callback);
  else setTimeout(callback, ms);
};

/** Creates a pacer. Call `request()` once per message; `flush` follows within `maxWindowMs`, or after the running flush. */
export function createPacer({
  flush,
  maxWindowMs,
  now = () => performance.now(),
  later = laterInLoop,
}: PacerOptions) {
  let waiting = 0;
  /** Number of the latest scheduled run. Earlier ones do nothing. */
  let turn = 0;
  let scheduled: "no" | "window" | "at once" = "no";
  let flushing = false;
  /** Number of the latest flush. */
  let latest = 0;
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
    const mine = ++latest;
    const startedAt = now();
    const end = (): void => {
      costMs += NEWEST_SHARE * (now() - startedAt - costMs);
      if (mine !== latest) return;
      flushing = false;
      endedAt = now();
      schedule();
    };
    const goOn = (): boolean => {
      if (mine !== latest || waiting < FULL_BATCH) return false;
      run();
      return true;
    };
    // Bun writes to the subscribers after this turn of the event loop, or after the next one when a timer began it:
    // the cost of the flush includes these writes.
    const endLater = (): void => later(() => later(end, 0), 0);
    try {
      const work = flush(goOn);
      if (work) work.then(endLater, endLater);
      else endLater();
    } catch (error) {
      endLater();
      throw error;
    }
  }

  return {
    /** Requests a flush for a number of messages. */
    request(count = 1): void {
      waiting += count;
      schedule();
    },
    /** The present window, in milliseconds. */
    windowMs,
  };
}
