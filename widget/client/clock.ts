/**
 * Clock and chance, passed to the client so that a test controls both.
 * No DOM; timers work in Bun as well.
 */

/** A timer's handle: its type differs between browsers and Bun. */
export type Timer = ReturnType<typeof setTimeout>;

/** Source of time and timers. */
export interface Clock {
  /** Milliseconds since 1970. Goes on while the machine sleeps, unlike `performance.now()`. */
  now(): number;
  after(ms: number, run: () => void): Timer;
  cancel(timer: Timer | undefined): void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer),
};

/** The first retry comes within this time, on average after half of it. */
const FIRST_PAUSE_MS = 1_000;
/** Retries never pause longer: a reader whose network came back unnoticed should not wait for minutes. */
const LONGEST_PAUSE_MS = 30_000;

/** Full jitter: anything from nothing to a bound that doubles, so that many clients never come back in step. */
export function pauseBefore(attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10)));
}

/** Returns a message id that no other client makes. `randomUUID` is missing on pages that are not served over https. */
export function makeId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}
