/**
 * Limits of sessions and rates, by address, user and topic, and for the whole server. Addresses are kept in memory only. The
 * clock is passed in. Knows nothing of commands or doors.
 */
import { networkOf } from "./address.ts";
import { KabarError } from "./errors.ts";
import { Bucket, Buckets, type Rate } from "./token-bucket.ts";

type Limited =
  | "join"
  | "addressJoin"
  | "addressPublish"
  | "userPublish"
  | "topicPublish"
  | "addressRead"
  | "addressFile"
  | "addressGuess"
  | "hookIn";

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
/** The cost of a search in reads: it may take the search thread 300 ms. */
const SEARCH_READS = 10;
const HOUR_S = 3600;
/**
 * Wrong passphrases for one name of the console, from whichever address: ten at once, then two a minute, which makes 2,900
 * a day. More would help to guess, fewer would let a stranger lock an owner out by trying.
 */
const NAME_GUESSES: Rate = { rate: 2 / 60, burst: 10 };

const inSeconds = (ms: number): string => `Wait ${Math.ceil(ms / 1000)} s`;
const tooMany = (what: string, waitMs: number, then = ""): KabarError =>
  new KabarError("rate-limited", `Too many ${what} at once. ${inSeconds(waitMs)}${then}.`, waitMs);

export type Limits = ReturnType<typeof createLimits>;

/** Buckets of addresses, and of the IPv6 networks that they are in. An address is a unit of address.ts. */
class AddressBuckets {
  readonly #own: Buckets;
  readonly #networks: Buckets;

  constructor({ rate, burst }: Rate, now: () => number) {
    this.#own = new Buckets({ rate, burst }, now);
    this.#networks = new Buckets({ rate: rate * NETWORK_SHARE, burst: burst * NETWORK_SHARE }, now);
  }

  /** Takes a token of the address and returns 0, or returns the milliseconds until there is one. */
  take(address: string): number {
    const network = networkOf(address);
    return this.#own.take(address) || (network === undefined ? 0 : this.#networks.take(network));
  }

  /** The milliseconds until the address has a token, 0 when it has one. Takes none. */
  wait(address: string): number {
    const network = networkOf(address);
    return this.#own.wait(address) || (network === undefined ? 0 : this.#networks.wait(network));
  }

  /** Takes tokens of the address even when there are too few. */
  spend(address: string, tokens: number): void {
    const network = networkOf(address);
    this.#own.spend(address, tokens);
    if (network !== undefined) this.#networks.spend(network, tokens);
  }

  /** Removes full buckets. */
  sweep(): void {
    this.#own.sweep();
    this.#networks.sweep();
  }

  /** Number of buckets in memory. */
  get size(): number {
    return this.#own.size + this.#networks.size;
  }
}

/** Counts of open sessions: of the whole server, by address and by network. */
class SessionCounts {
  readonly #max: number;
  readonly #maxPerAddress: number;
  readonly #open = new Map<string, number>();
  #total = 0;

  constructor(max: number, maxPerAddress: number) {
    this.#max = max;
    this.#maxPerAddress = maxPerAddress;
  }

  /** Whether the server, the address or its network has as many sessions as it may have. */
  isFull(address: string): boolean {
    return (
      this.#total >= this.#max ||
      this.#limitsOf(address).some(([key, most]) => (this.#open.get(key) ?? 0) >= most)
    );
  }

  /** Counts a session in. */
  add(address: string): void {
    this.#total += 1;
    for (const [key] of this.#limitsOf(address)) this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
  }

  /** Counts a session out. An address without sessions changes nothing. */
  remove(address: string): void {
    if (!this.#open.has(address)) return;
    this.#total -= 1;
    for (const [key] of this.#limitsOf(address)) {
      const open = (this.#open.get(key) ?? 0) - 1;
      if (open > 0) this.#open.set(key, open);
      else this.#open.delete(key);
    }
  }

  /** Number of counts in memory. */
  get size(): number {
    return this.#open.size;
  }

  /** The keys that a session of an address counts under, with the most sessions of each. */
  #limitsOf(address: string): [key: string, most: number][] {
    const network = networkOf(address);
    const most = this.#maxPerAddress;
    return network === undefined
      ? [[address, most]]
      : [
          [address, most],
          [network, most * NETWORK_SHARE],
        ];
  }
}

/**
 * Makes the limits of sessions, publishing and reading: by address, by user, by topic, and for the whole server. An
 * address is a unit of address.ts; an IPv6 network has a multiple of its limit. Addresses are kept only until their buckets
 * are full again. `now` is in milliseconds.
 */
export function createLimits(settings: LimitSettings, now: () => number) {
  const rateOf = (limit: Limited): Rate => ({
    rate: settings[`${limit}Rate`],
    burst: settings[`${limit}Burst`],
  });
  const byAddress = (limit: Limited) => new AddressBuckets(rateOf(limit), now);
  const sessions = new SessionCounts(settings.maxSessions, settings.maxSessionsPerAddress);
  const joins = new Bucket(settings.joinBurst, now());
  const joining = byAddress("addressJoin");
  const publishing = byAddress("addressPublish");
  const reading = { read: byAddress("addressRead"), file: byAddress("addressFile") };
  const users = new Buckets(rateOf("userPublish"), now);
  const topics = new Buckets(rateOf("topicPublish"), now);
  const hooks = new Buckets(rateOf("hookIn"), now);
  const guesses = byAddress("addressGuess");
  const nameGuesses = new Buckets(NAME_GUESSES, now);
  const { addressNewTopics, maxTopics } = settings;
  const newTopics = new AddressBuckets({ rate: addressNewTopics / HOUR_S, burst: addressNewTopics }, now);
  const buckets = [
    joining,
    publishing,
    reading.read,
    reading.file,
    users,
    topics,
    hooks,
    guesses,
    nameGuesses,
    newTopics,
  ];

  return {
    /** Counts a session in. Throws `too-many-sessions`, or `rate-limited` when too many come at once. */
    join(address: string): void {
      if (sessions.isFull(address)) throw new KabarError("too-many-sessions", undefined, FULL_RETRY_MS);
      const ownMs = joining.take(address);
      if (ownMs > 0) throw tooMany("connections from your address", ownMs);
      const waitMs = joins.take(rateOf("join"), now());
      if (waitMs > 0) throw tooMany("connections", waitMs);
      sessions.add(address);
    },

    /** Counts a session out. */
    leave: (address: string): void => sessions.remove(address),

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

    /** Charges an incoming webhook for a request. Throws `rate-limited`. */
    takeHook(id: string): void {
      const waitMs = hooks.take(id);
      if (waitMs > 0) throw tooMany("messages through this webhook", waitMs, " and send it again");
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

    /** Charges an address for a search. Throws `rate-limited`. */
    takeSearch(address: string): void {
      const waitMs = reading.read.take(address);
      if (waitMs > 0) throw tooMany("searches from your address", waitMs);
      reading.read.spend(address, SEARCH_READS - 1);
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

    /** Takes back what `noteGuess` counted: the secret was right. */
    refundGuess: (address: string): void => guesses.spend(address, -1),

    /** Counts a wrong passphrase for a name of the console. Throws `rate-limited` after too many. */
    takeNameGuess(name: string): void {
      const waitMs = nameGuesses.take(name);
      if (waitMs > 0) throw tooMany("wrong passphrases for this name", waitMs);
    },

    /** Takes back what `takeNameGuess` counted. */
    refundNameGuess: (name: string): void => nameGuesses.spend(name, -1),

    /** Whether the next wrong passphrase for a name will be refused. */
    isNameSpent: (name: string): boolean => nameGuesses.wait(name) > 0,

    /** Removes full buckets. Call it periodically. */
    sweep(): void {
      for (const each of buckets) each.sweep();
    },

    /** The number of buckets and counts in memory. */
    size: (): number => buckets.reduce((sum, { size }) => sum + size, sessions.size),
  };
}
