/**
 * Spreads requests over time: a token bucket behind a random delay. A list with ten old quotes in sight sends four requests
 * and then two a second, and readers who receive the same quote at the same moment do not all ask in the same millisecond.
 * Pure: time, timers and chance are passed in.
 */
import type { Clock, Timer } from "../../client/clock.ts";

export type RequestSpread = ReturnType<typeof createRequestSpread>;

export interface RequestSpreadOptions {
  clock_: Clock;
  /** From 0 up to, but not including, 1. */
  random: () => number;
}

/** Requests that may leave together after a pause. */
export const BURST = 4;
/** The time in which the bucket gains one request. */
export const REFILL_MS = 500;

/** Creates an empty queue with a full bucket. */
export function createRequestSpread({ clock_: clock, random }: RequestSpreadOptions) {
  const waiting = new Map<string, () => boolean>();
  let tokens = BURST;
  let filledAt = clock.now();
  let timer: Timer | undefined;

  function sendDue(): void {
    const now = clock.now();
    tokens = Math.min(BURST, tokens + (now - filledAt) / REFILL_MS);
    filledAt = now;
    for (const [key, send] of waiting) {
      if (tokens < 1) break;
      waiting.delete(key);
      if (send()) tokens--;
    }
    // Between half and one and a half times the refill: queues that began together drift apart.
    timer = waiting.size ? clock.after(REFILL_MS * (0.5 + random()), sendDue) : undefined;
  }

  return {
    /**
     * Queues a request once for its key, behind a random delay of up to `maxDelayMs`. `send` returns false when the request
     * is no longer needed; that costs no token.
     */
    add_(key: string, maxDelayMs: number, send: () => boolean): void {
      if (!waiting.has(key)) waiting.set(key, send);
      timer ??= clock.after(random() * maxDelayMs, sendDue);
    },
    stop_(): void {
      clock.cancel(timer);
      waiting.clear();
    },
  };
}
