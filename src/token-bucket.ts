/**
 * Token buckets: limits of an average rate that allow a burst. A bucket is two numbers and has no timer: the time is passed
 * in.
 */

/** A rate limit: `rate` tokens a second on average, `burst` tokens at once. */
export interface Rate {
  rate: number;
  burst: number;
}

/** The largest debt of a bucket, in bursts: one long answer must not block an office for an hour. */
const MAX_DEBT = 10;

/** The milliseconds until a bucket with so many tokens has one. */
const waitWith = (tokens: number, { rate }: Rate): number =>
  tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / rate) * 1000);

/** A token bucket. Its rate is passed to every call, so that many buckets share one. */
export class Bucket {
  #tokens: number;
  #at: number;

  constructor(burst: number, nowMs: number) {
    this.#tokens = burst;
    this.#at = nowMs;
  }

  /** Takes a token and returns 0; without a token, returns the milliseconds until there is one. */
  take(rate: Rate, nowMs: number): number {
    const tokens = this.#tokensAt(rate, nowMs);
    this.#tokens = tokens >= 1 ? tokens - 1 : tokens;
    this.#at = nowMs;
    return waitWith(tokens, rate);
  }

  /** The milliseconds until there is a token, 0 when there is one. Takes none. */
  wait(rate: Rate, nowMs: number): number {
    return waitWith(this.#tokensAt(rate, nowMs), rate);
  }

  /** Takes tokens even when there are too few: the debt, at most MAX_DEBT, makes the next wait longer. A negative number gives tokens back. */
  spend(tokens: number, { burst }: Rate): void {
    this.#tokens = Math.max(-burst * MAX_DEBT, Math.min(burst, this.#tokens - tokens));
  }

  /** The time at which the bucket is full again and can be removed, in the milliseconds of its clock. */
  fullAt({ rate, burst }: Rate): number {
    return this.#at + ((burst - this.#tokens) / rate) * 1000;
  }

  #tokensAt({ rate, burst }: Rate, nowMs: number): number {
    // A clock that went backwards adds nothing.
    const elapsedS = Math.max(0, nowMs - this.#at) / 1000;
    return Math.min(burst, this.#tokens + elapsedS * rate);
  }
}

/** One bucket for each key. `sweep` removes full ones. `now` is in milliseconds. */
export class Buckets {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** Takes a token of `key` and returns 0, or returns the milliseconds until there is one. */
  take(key: string): number {
    return this.#bucketOf(key).take(this.#rate, this.#now());
  }

  /** The milliseconds until `key` has a token, 0 when it has one. Takes none. */
  wait(key: string): number {
    return this.#buckets.get(key)?.wait(this.#rate, this.#now()) ?? 0;
  }

  /** Takes tokens of `key` even when there are too few. */
  spend(key: string, tokens: number): void {
    this.#bucketOf(key).spend(tokens, this.#rate);
  }

  /** Removes full buckets: a new one is the same. */
  sweep(): void {
    for (const [key, bucket] of this.#buckets)
      if (bucket.fullAt(this.#rate) <= this.#now()) this.#buckets.delete(key);
  }

  /** Number of buckets in memory. */
  get size(): number {
    return this.#buckets.size;
  }

  #bucketOf(key: string): Bucket {
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = new Bucket(this.#rate.burst, this.#now());
      this.#buckets.set(key, bucket);
    }
    return bucket;
  }
}
