/**
 * When to flush a batch: at once after silence, and under load at the end of a window that grows with it.
 * The same window is the group commit's and the fan-out's: one fsync and one write per subscriber for all in it.
 */

/** A message rate (a second) at which waiting begins to pay; below it nobody waits. */
const BUSY_PER_SECOND = 25;
/** The window aims to gather this many messages. */
const TARGET_BATCH = 8;
/** How quickly the measured rate follows the real one: the time constant of its average. */
const RATE_MEMORY_MS = 250;

export interface PacerOptions {
  /** Does the work; called once for any number of requests since the last call. */
  flush: () => void;
  /** The longest window, in milliseconds. */
  maxWindowMs: number;
  now?: () => number;
  /** Calls back after `ms`; with 0, as soon as the input that is already waiting has been read. */
  later?: (callback: () => void, ms: number) => void;
}

export type Pacer = ReturnType<typeof createPacer>;

const laterInLoop = (callback: () => void, ms: number): void => {
  if (ms <= 0) setImmediate(callback);
  else setTimeout(callback, ms);
};

/** Makes a pacer. `request()` once per message; `flush` follows within `maxWindowMs`. */
export function createPacer({
  flush,
  maxWindowMs,
  now = performance.now.bind(performance),
  later = laterInLoop,
}: PacerOptions) {
  let scheduled = false;
  let lastFlushAt = Number.NEGATIVE_INFINITY;
  let requests = 0;
  let ratePerSecond = 0;

  /** The window for a message rate: none when quiet, then as long as gathering TARGET_BATCH takes, bounded. */
  const windowFor = (rate: number): number =>
    rate < BUSY_PER_SECOND ? 0 : Math.min(maxWindowMs, (TARGET_BATCH / rate) * 1000);

  function run(): void {
    scheduled = false;
    const at = now();
    const elapsedMs = Math.max(at - lastFlushAt, 0.1);
    const weight = 1 - Math.exp(-elapsedMs / RATE_MEMORY_MS);
    ratePerSecond += weight * ((requests * 1000) / elapsedMs - ratePerSecond);
    requests = 0;
    lastFlushAt = at;
    flush();
  }

  return {
    /** Asks for a flush. */
    request(): void {
      requests += 1;
      if (scheduled) return;
      scheduled = true;
      const dueAt = lastFlushAt + windowFor(ratePerSecond);
      later(run, Math.max(0, dueAt - now()));
    },
    /** The present window in milliseconds, for tests and curiosity. */
    windowMs: (): number => windowFor(ratePerSecond),
  };
}
