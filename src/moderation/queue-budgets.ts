/**
 * How much of moderators' attention one visitor, or one address, may take: open reports, reports a day, messages that wait for
 * review. Counts what is open; addresses (as hashes) and days are held in memory only.
 */
import { dropOldest } from "../oldest.ts";
import { KabarError } from "../errors.ts";

/** Reports of one user in a day: more than anybody reads in earnest. */
const REPORTS_A_DAY = 50;
/** Reports of one user that no moderator has looked at yet, in all topics. */
const OPEN_REPORTS_OF_ONE = 20;
/** The same of everybody at one address: an office, not a flood of new guests. */
const OPEN_REPORTS_OF_ADDRESS = 100;
/** Messages of everybody at one address that wait for review, in all topics. */
const HELD_OF_ADDRESS = 50;
/** Users whose reports of the day are counted. */
const MAX_COUNTED = 50_000;
const DAY_MS = 86_400_000;
/** When there may be room again. */
const CROWDED_MS = 60_000;

const full = (sentence: string, retryMs = CROWDED_MS) => new KabarError("rate-limited", sentence, retryMs);

/** Keys of one kind that are open, by whose they are. */
class OpenKeys {
  readonly #keys = new Map<string, Set<string>>();
  readonly #owners = new Map<string, string>();

  add(owner: string, key: string): void {
    const keys = this.#keys.get(owner) ?? new Set();
    keys.add(key);
    this.#keys.set(owner, keys);
    this.#owners.set(key, owner);
  }

  remove(key: string): void {
    const owner = this.#owners.get(key);
    if (owner === undefined) return;
    this.#owners.delete(key);
    const keys = this.#keys.get(owner);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(owner);
  }

  count = (owner: string): number => this.#keys.get(owner)?.size ?? 0;
}

export type QueueBudgets = ReturnType<typeof createQueueBudgets>;

/** Makes empty budgets. */
export function createQueueBudgets(now: () => number) {
  const reportsOf = new OpenKeys();
  const reportsFrom = new OpenKeys();
  const heldFrom = new OpenKeys();
  const days = new Map<string, { since: number; count: number }>();

  function dayOf(userId: string): { since: number; count: number } {
    const known = days.get(userId);
    if (known && now() - known.since < DAY_MS && now() >= known.since) return known;
    const day = { since: now(), count: 0 };
    days.delete(userId);
    days.set(userId, day);
    dropOldest(days, MAX_COUNTED);
    return day;
  }

  return {
    /** Counts a new report in. Throws `rate-limited` with the limit that is reached. */
    takeReport(key: string, userId: string, address: string | undefined): void {
      const day = dayOf(userId);
      if (day.count >= REPORTS_A_DAY)
        throw full(
          `You have reported ${REPORTS_A_DAY} messages within a day, which is the limit.`,
          day.since + DAY_MS - now(),
        );
      if (reportsOf.count(userId) >= OPEN_REPORTS_OF_ONE)
        throw full(
          `${OPEN_REPORTS_OF_ONE} of your reports are waiting for a moderator, which is the limit. Wait until some are handled.`,
        );
      if (address !== undefined && reportsFrom.count(address) >= OPEN_REPORTS_OF_ADDRESS)
        throw full(
          `${OPEN_REPORTS_OF_ADDRESS} reports from your address are waiting for a moderator, which is the limit.`,
        );
      day.count += 1;
      reportsOf.add(userId, key);
      if (address !== undefined) reportsFrom.add(address, key);
    },

    /** Counts a message in that waits for review. Throws `rate-limited` with the limit that is reached. */
    takeHeld(key: string, address: string | undefined): void {
      if (address === undefined) return;
      if (heldFrom.count(address) >= HELD_OF_ADDRESS)
        throw full(
          `${HELD_OF_ADDRESS} messages from your address are waiting for review, which is the limit.`,
        );
      heldFrom.add(address, key);
    },

    /** Notes a report that is open already, as the log has it. */
    noteReport: (key: string, userId: string): void => reportsOf.add(userId, key),

    /** Counts out what is decided on, or could not be stored. */
    release(key: string): void {
      for (const open of [reportsOf, reportsFrom, heldFrom]) open.remove(key);
    },

    /** Forgets what is counted of a user beside what is open. */
    forget: (userId: string): void => void days.delete(userId),
  };
}
