/**
 * How many may come and how fast they may write: token buckets by address, user and topic, and counts of sessions. The clock
 * is passed in. Knows nothing of commands or doors.
 */
import { networkOf } from "./address.ts";
import { KabarError } from "./errors.ts";

/** How fast something may go on: `rate` a second on average, `burst` at once. */
export interface Rate {
  rate: number;
  burst: number;
}

/** Bursts that may be owed at most: one long answer does not shut an office out for an hour. */
const MAX_DEBT = 10;

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

  /** The milliseconds until there is a token; 0 when there is one. Takes none. */
  wait({ rate, burst }: Rate, nowMs: number): number {
    const elapsedS = Math.max(0, nowMs - this.#at) / 1000;
    const tokens = Math.min(burst, this.#tokens + elapsedS * rate);
    return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / rate) * 1000);
  }

  /** Takes tokens that may not be there yet: whoever owes some waits for longer, within MAX_DEBT. Negative gives some back. */
  spend(tokens: number, { burst }: Rate): void {
    this.#tokens = Math.max(-burst * MAX_DEBT, Math.min(burst, this.#tokens - tokens));
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

  /** 0, or the milliseconds until `key` may go on; takes nothing. */
  wait(key: string): number {
    return this.#buckets.get(key)?.wait(this.#rate, this.#now()) ?? 0;
  }

  /** Takes tokens of `key` that may not be there yet. */
  spend(key: string, tokens: number): void {
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = new Bucket(this.#rate.burst, this.#now());
      this.#buckets.set(key, bucket);
    }
    bucket.spend(tokens, this.#rate);
  }

  sweep(): void {
    for (const [key, bucket] of this.#buckets)
      if (bucket.fullAt(this.#rate) <= this.#now()) this.#buckets.delete(key);
  }

  get size(): number {
    return this.#buckets.size;
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

/** What visitors may do at most; each is a setting with its reason. */
export type LimitSettings = Record<
  | "maxSessions"
  | "maxSessionsPerAddress"
  | "maxTopics"
  | "addressNewTopics"
  | `${Limited}${"Rate" | "Burst"}`,
  number
>;

/** A refused session may come back after this long: others have to go first. */
const CROWDED_RETRY_MS = 30_000;
/** What a whole IPv6 network (/48) may do, in units of what one of its 65,536 /64 may: some providers have many households in one. */
const NETWORK_SHARE = 8;
/** Bytes of an answer that cost as much as the request itself. */
const BYTES_A_READ = 16_384;
const HOUR_S = 3600;
const inSeconds = (ms: number): string => `Wait ${Math.ceil(ms / 1000)} s`;
const tooMany = (what: string, waitMs: number, then = ""): KabarError =>
  new KabarError("rate-limited", `Too many ${what} at once. ${inSeconds(waitMs)}${then}.`, waitMs);

export type Limits = ReturnType<typeof createLimits>;

/**
 * Sessions, publishing and reading of each address, user and topic, and of all together. An address is a unit of address.ts;
 * IPv6 networks are limited, too, at a multiple. Addresses are held in memory only, and only while they matter.
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
      size: () => own.size + networks.size,
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
        throw new KabarError("too-many-sessions", undefined, CROWDED_RETRY_MS);
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

    /** Lets a visitor try to publish: what is refused afterwards costs them, and nobody else. Throws `rate-limited`. */
    takeSender({ address, user }: Record<"address" | "user", string>): void {
      const then = " and send it again";
      const ownMs = publishing.take(address);
      if (ownMs > 0) throw tooMany("messages from your address", ownMs, then);
      const userMs = users.take(user);
      if (userMs > 0) throw tooMany("messages from you", userMs, then);
    },

    /** Charges a topic for a visitor's message that is about to be stored. Throws `rate-limited`. */
    takeTopic(topic: string): void {
      const waitMs = topics.take(topic);
      if (waitMs > 0) throw tooMany("messages in this topic", waitMs, " and send it again");
    },

    /**
     * Lets a visitor of an address make a topic, beside the `count` there are. Throws `too-many-topics` when the server has as many as it may
     * have, `rate-limited` when the address made too many.
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

    /** Gives back what a topic was charged: nothing was stored after all. */
    refundTopic: (topic: string): void => topics.spend(topic, -1),

    /** Lets an address read over HTTP: from the log, or a file that lies in memory. Throws `rate-limited`. */
    takeRead(address: string, kind: "read" | "file" = "read"): void {
      const waitMs = reading[kind].take(address);
      if (waitMs > 0) throw tooMany("requests from your address", waitMs);
    },

    /** Charges an address for a long answer. */
    spendRead: (address: string, bytes: number, kind: "read" | "file" = "read"): void =>
      reading[kind].spend(address, bytes / BYTES_A_READ),

    /** Throws `rate-limited` for an address that brought too many wrong keys or tokens. */
    requireFewGuesses(address: string): void {
      const waitMs = guesses.wait(address);
      if (waitMs > 0) throw tooMany("wrong keys or tokens from your address", waitMs);
    },

    /** Notes a wrong key or token. True when it was the last that is let through for a while. */
    noteGuess: (address: string): boolean => {
      guesses.spend(address, 1);
      return guesses.wait(address) > 0;
    },

    /** Forgets whoever nothing is to be remembered of. Call it now and then. */
    sweep(): void {
      for (const each of [joining, publishing, reading.read, reading.file, users, topics, guesses, newTopics])
        each.sweep();
    },

    /** How much is remembered. */
    size: (): number =>
      sessions.size +
      joining.size() +
      publishing.size() +
      reading.read.size() +
      reading.file.size() +
      users.size +
      topics.size +
      guesses.size() +
      newTopics.size(),
  };
}
