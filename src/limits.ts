/**
 * How many may come and how fast they may write: token buckets by address, user and topic, and counts of sessions. The clock
 * is passed in. Knows nothing of commands or doors.
 */
import { KabarError } from "./errors.ts";

/** How fast something may go on: `rate` a second on average, `burst` at once. */
export interface Rate {
  rate: number;
  burst: number;
}

/** A token bucket: two numbers a session, no timer. */
export class Bucket {
  #tokens: number;
  #at: number;

  constructor(burst: number, nowMs: number) {
    this.#tokens = burst;
    this.#at = nowMs;
  }

  /** Takes a token: 0 when there was one, else the milliseconds until there will be. */
  take({ rate, burst }: Rate, nowMs: number): number {
    // A clock that went backwards adds nothing.
    const elapsedS = Math.max(0, nowMs - this.#at) / 1000;
    this.#tokens = Math.min(burst, this.#tokens + elapsedS * rate);
    this.#at = nowMs;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) / rate) * 1000);
  }

  /** When the bucket will be full again and can be forgotten. */
  fullAt({ rate, burst }: Rate): number {
    return this.#at + ((burst - this.#tokens) / rate) * 1000;
  }
}

/** A bucket for each of many; the full ones need not be remembered. */
class Buckets {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** 0, or the milliseconds until `key` may go on. */
  take(key: string): number {
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = new Bucket(this.#rate.burst, this.#now());
      this.#buckets.set(key, bucket);
    }
    return bucket.take(this.#rate, this.#now());
  }

  sweep(): void {
    for (const [key, bucket] of this.#buckets)
      if (bucket.fullAt(this.#rate) <= this.#now()) this.#buckets.delete(key);
  }

  get size(): number {
    return this.#buckets.size;
  }
}

/** What visitors may do at most; each is a setting with its reason. */
export type LimitSettings = Record<
  | "maxSessions"
  | "maxSessionsPerAddress"
  | `${"join" | "addressJoin" | "addressPublish" | "userPublish" | "topicPublish"}${"Rate" | "Burst"}`,
  number
>;

/** A refused session may come back after this long: others have to go first. */
const CROWDED_RETRY_MS = 30_000;

const inSeconds = (ms: number): string => `Wait ${Math.ceil(ms / 1000)} s`;

export type Limits = ReturnType<typeof createLimits>;

/**
 * Sessions and publishing of each address, user and topic, and of all together. Addresses are held in memory only, and only
 * while they matter.
 */
export function createLimits(settings: LimitSettings, now: () => number) {
  type Limited = "join" | "addressJoin" | "addressPublish" | "userPublish" | "topicPublish";
  const rateOf = (limit: Limited): Rate => ({
    rate: settings[`${limit}Rate`],
    burst: settings[`${limit}Burst`],
  });
  const joins = new Bucket(settings.joinBurst, now());
  const addressJoins = new Buckets(rateOf("addressJoin"), now);
  const publishing = [
    {
      by: "address",
      buckets: new Buckets(rateOf("addressPublish"), now),
      what: "messages from your address",
    },
    { by: "user", buckets: new Buckets(rateOf("userPublish"), now), what: "messages of yours" },
    { by: "topic", buckets: new Buckets(rateOf("topicPublish"), now), what: "messages in this topic" },
  ] as const;
  /** Open sessions by address. */
  const sessions = new Map<string, number>();
  let total = 0;

  return {
    /** Counts a session in. Throws `too-many-sessions`, or `rate-limited` when too many come at once. */
    join(address: string): void {
      const open = sessions.get(address) ?? 0;
      if (total >= settings.maxSessions || open >= settings.maxSessionsPerAddress)
        throw new KabarError("too-many-sessions", undefined, CROWDED_RETRY_MS);
      const ownMs = addressJoins.take(address);
      if (ownMs > 0)
        throw new KabarError(
          "rate-limited",
          `Too many connections from your address at once. ${inSeconds(ownMs)}.`,
          ownMs,
        );
      const waitMs = joins.take(rateOf("join"), now());
      if (waitMs > 0)
        throw new KabarError("rate-limited", `Too many connections at once. ${inSeconds(waitMs)}.`, waitMs);
      sessions.set(address, open + 1);
      total += 1;
    },

    /** Counts a session out. */
    leave(address: string): void {
      const open = sessions.get(address) ?? 0;
      if (open === 0) return;
      total -= 1;
      if (open > 1) sessions.set(address, open - 1);
      else sessions.delete(address);
    },

    /** Lets a visitor's message through, or throws `rate-limited` with what there is too much of. */
    takePublish(visitor: Record<"address" | "user" | "topic", string>): void {
      for (const { by, buckets, what } of publishing) {
        const waitMs = buckets.take(visitor[by]);
        if (waitMs > 0)
          throw new KabarError(
            "rate-limited",
            `Too many ${what} at once. ${inSeconds(waitMs)} and send it again.`,
            waitMs,
          );
      }
    },

    /** Forgets whoever nothing is to be remembered of. Call it now and then. */
    sweep(): void {
      addressJoins.sweep();
      for (const { buckets } of publishing) buckets.sweep();
    },

    /** How much is remembered. */
    size: (): number =>
      sessions.size + addressJoins.size + publishing.reduce((sum, { buckets }) => sum + buckets.size, 0),
  };
}
