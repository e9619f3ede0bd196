/**
 * Limits of sessions and rates: token buckets by address, user and topic, and counts of open sessions. The clock is
 * passed in. Knows nothing of commands or doors.
 */
import { networkOf } from "./address.ts";
import { KabarError } from "./errors.ts";

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

/** A token bucket: two numbers and no timer. */
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

/** One bucket for each key; full ones are removed. */
class Buckets {
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

  sweep(): void {
    for (const [key, bucket] of this.#buckets)
      if (bucket.fullAt(this.#rate) <= this.#now()) this.#buckets.delete(key);
  }

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

type Limited =
  | "join"
  | "addressJoin"
  | "addressPublish"
  | "userPublish"
  | "topicPublish"
  | "addressRead"
  | "addressFile"
  | "addressGuess";

/** The limits of guests and users; each is a setting with its reason. */
export type LimitSettings = Record<
  | "maxSessions"
  | "maxSessionsPerAddress"
  | "maxTopics"
  | "addressNewTopics"
  | `${Limited}${"Rate" | "Burst"}`,
  number
>;

/** The time after which a refused session may try again: other sessions have to end first. */
const FULL_RETRY_MS = 30_000;
/** The limit of an IPv6 network (/48), in limits of one of its /64: some providers put many households into one network. */
const NETWORK_SHARE = 8;
/** Bytes of an answer that cost as much as the request itself. */
const BYTES_A_READ = 16_384;
const HOUR_S = 3600;
const inSeconds = (ms: number): string => `Wait ${Math.ceil(ms / 1000)} s`;
const tooMany = (what: string, waitMs: number, then = ""): KabarError =>
  new KabarError("rate-limited", `Too many ${what} at once. ${inSeconds(waitMs)}${then}.`, waitMs);

export type Limits = ReturnType<typeof createLimits>;

/**
 * Makes the limits of sessions, publishing and reading: by address, by user, by topic, and for the whole server. An
 * address is a unit of address.ts; an IPv6 network has a multiple of its limit. Addresses are kept in memory only, and
 * only until their buckets are full again.
 */
export function createLimits(settings: LimitSettings, now: () => number) {
  const rateOf = (limit: Limited): Rate => ({
    rate: settings[`${limit}Rate`],
    burst: settings[`${limit}Burst`],
  });
  /** Buckets of addresses and of their networks. */
  function byAddress(limit: Limited | Rate) {
    const rate = typeof limit === "string" ? rateOf(limit) : limit;
    const own = new Buckets(rate, now);
    const networks = new Buckets({ rate: rate.rate * NETWORK_SHARE, burst: rate.burst * NETWORK_SHARE }, now);
    return {
      take(address: string): number {
        const network = networkOf(address);
        return own.take(address) || (network === undefined ? 0 : networks.take(network));
      },
      wait(address: string): number {
        const network = networkOf(address);
        return own.wait(address) || (network === undefined ? 0 : networks.wait(network));
      },
      spend(address: string, tokens: number): void {
        const network = networkOf(address);
        own.spend(address, tokens);
        if (network !== undefined) networks.spend(network, tokens);
      },
      sweep(): void {
        own.sweep();
        networks.sweep();
      },
      get size(): number {
        return own.size + networks.size;
      },
    };
  }
  const joins = new Bucket(settings.joinBurst, now());
  const joining = byAddress("addressJoin");
  const publishing = byAddress("addressPublish");
  const reading = { read: byAddress("addressRead"), file: byAddress("addressFile") };
  const users = new Buckets(rateOf("userPublish"), now);
  const topics = new Buckets(rateOf("topicPublish"), now);
  const guesses = byAddress("addressGuess");
  const { addressNewTopics, maxTopics } = settings;
  const newTopics = byAddress({ rate: addressNewTopics / HOUR_S, burst: addressNewTopics });
  const buckets = [joining, publishing, reading.read, reading.file, users, topics, guesses, newTopics];
  /** Open sessions by address and by network. */
  const sessions = new Map<string, number>();
  let total = 0;

  const countedUnder = (address: string): [key: string, most: number][] => {
    const network = networkOf(address);
    const most = settings.maxSessionsPerAddress;
    return [
      [address, most],
      ...(network === undefined ? [] : [[network, most * NETWORK_SHARE] as [string, number]]),
    ];
  };

  return {
    /** Counts a session in. Throws `too-many-sessions`, or `rate-limited` when too many come at once. */
    join(address: string): void {
      const counted = countedUnder(address);
      if (total >= settings.maxSessions || counted.some(([key, most]) => (sessions.get(key) ?? 0) >= most))
        throw new KabarError("too-many-sessions", undefined, FULL_RETRY_MS);
      const ownMs = joining.take(address);
      if (ownMs > 0) throw tooMany("connections from your address", ownMs);
      const waitMs = joins.take(rateOf("join"), now());
      if (waitMs > 0) throw tooMany("connections", waitMs);
      for (const [key] of counted) sessions.set(key, (sessions.get(key) ?? 0) + 1);
      total += 1;
    },

    /** Counts a session out. */
    leave(address: string): void {
      if (!sessions.has(address)) return;
      total -= 1;
      for (const [key] of countedUnder(address)) {
        const open = (sessions.get(key) ?? 0) - 1;
        if (open > 0) sessions.set(key, open);
        else sessions.delete(key);
      }
    },

    /** Charges a guest or user for an attempt to publish, even when it is refused later. Throws `rate-limited`. */
    takeSender({ address, user }: Record<"address" | "user", string>): void {
      const then = " and send it again";
      const ownMs = publishing.take(address);
      if (ownMs > 0) throw tooMany("messages from your address", ownMs, then);
      const userMs = users.take(user);
      if (userMs > 0) throw tooMany("messages from you", userMs, then);
    },

    /** Charges a topic for a message of a guest or user that is about to be stored. Throws `rate-limited`. */
    takeTopic(topic: string): void {
      const waitMs = topics.take(topic);
      if (waitMs > 0) throw tooMany("messages in this topic", waitMs, " and send it again");
    },

    /**
     * Charges an address for a new topic; `count` is the number of topics now. Throws `too-many-topics` when the server has
     * `max_topics`, `rate-limited` when the address has created too many.
     */
    takeNewTopic(address: string, count: number): void {
      if (count >= maxTopics)
        throw new KabarError(
          "too-many-topics",
          `This server has ${count} topics; max_topics allows ${maxTopics}. Write in an existing topic.`,
        );
      const waitMs = newTopics.take(address);
      if (waitMs > 0)
        throw new KabarError(
          "rate-limited",
          `Too many new topics from your address; address_new_topics allows ${addressNewTopics} an hour. ${inSeconds(waitMs)}.`,
          waitMs,
        );
    },

    /** Gives a topic its charge back when nothing was stored. */
    refundTopic: (topic: string): void => topics.spend(topic, -1),

    /** Charges an address for a read over HTTP, from the log or of a file in memory. Throws `rate-limited`. */
    takeRead(address: string, kind: "read" | "file" = "read"): void {
      const waitMs = reading[kind].take(address);
      if (waitMs > 0) throw tooMany("requests from your address", waitMs);
    },

    /** Charges an address for a long answer. */
    spendRead: (address: string, bytes: number, kind: "read" | "file" = "read"): void =>
      reading[kind].spend(address, bytes / BYTES_A_READ),

    /** Throws `rate-limited` for an address that has sent too many wrong keys or tokens. */
    requireFewGuesses(address: string): void {
      const waitMs = guesses.wait(address);
      if (waitMs > 0) throw tooMany("wrong keys or tokens from your address", waitMs);
    },

    /** Counts a wrong key or token. Returns true when the next one will be refused. */
    noteGuess: (address: string): boolean => {
      guesses.spend(address, 1);
      return guesses.wait(address) > 0;
    },

    /** Removes full buckets. Call it regularly. */
    sweep(): void {
      for (const each of buckets) each.sweep();
    },

    /** The number of buckets and counts in memory. */
    size: (): number => buckets.reduce((sum, { size }) => sum + size, sessions.size),
  };
}
