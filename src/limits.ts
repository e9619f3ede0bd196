/**
 * Token buckets, per session and per address, and the number of sessions an address has. The clock is passed in.
 * Knows nothing of commands or doors.
 */

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

interface AddressState {
  sessions: number;
  bucket: Bucket;
}

export type Addresses = ReturnType<typeof createAddresses>;

/** Sessions and publishing of each address. Addresses are held in memory only, and only while they matter. */
export function createAddresses(publishRate: Rate, maxSessions: number, now: () => number) {
  const states = new Map<string, AddressState>();
  const at = (address: string): AddressState => {
    let state = states.get(address);
    if (!state) {
      state = { sessions: 0, bucket: new Bucket(publishRate.burst, now()) };
      states.set(address, state);
    }
    return state;
  };
  return {
    /** Counts a session in; false when the address has as many as it may. */
    join(address: string): boolean {
      const state = at(address);
      if (state.sessions >= maxSessions) return false;
      state.sessions += 1;
      return true;
    },
    /** Counts a session out. */
    leave(address: string): void {
      const state = states.get(address);
      if (state) state.sessions -= 1;
    },
    /** 0, or the milliseconds until the address may publish again. */
    takePublish: (address: string): number => at(address).bucket.take(publishRate, now()),
    /** Forgets addresses without sessions whose bucket is full. Call it now and then. */
    sweep(): void {
      for (const [address, state] of states) {
        if (state.sessions <= 0 && state.bucket.fullAt(publishRate) <= now()) states.delete(address);
      }
    },
    /** How many addresses are remembered. */
    size: (): number => states.size,
  };
}
