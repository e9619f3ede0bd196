/**
 * Budgets of the review queue: limits on open reports, reports a day and held messages, by user and by address. One flood must
 * not take all of the moderators' time. Counts open keys; addresses (as hashes) and days are kept in memory only.
 */
import { dropOldest } from "../oldest.ts";
import { KabarError } from "../errors.ts";

/** Reports of one user within 24 hours: more than an honest reader makes. */
const REPORTS_A_DAY = 50;
/** Open reports of one user, in all topics. */
const OPEN_REPORTS_OF_USER = 20;
/** Open reports from one address: enough for an office, too few for a flood of new guests. */
const OPEN_REPORTS_OF_ADDRESS = 100;
/** Held messages from one address, in all topics. */
const HELD_OF_ADDRESS = 50;
/** Users whose reports of the day are counted; beyond them the oldest count is dropped. */
const MAX_COUNTED = 50_000;
const DAY_MS = 86_400_000;
/** Wait before a sender retries: a moderator may have decided some cases by then. */
export const QUEUE_RETRY_MS = 60_000;

const limitReached = (message: string, retryMs = QUEUE_RETRY_MS) =>
  new KabarError("rate-limited", message, retryMs);

/** Open keys of one kind, by owner: a user id or the hash of an address. */
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

/** Makes budgets with nothing counted; `now` is in milliseconds since 1970. */
export function createQueueBudgets(now: () => number) {
  const reportsOf = new OpenKeys();
  const reportsFrom = new OpenKeys();
  const heldFrom = new OpenKeys();
  const days = new Map<string, { since: number; count: number }>();

  /** The count of a user's present day, which begins with the first report and lasts 24 hours. */
  function dayOf(userId: string): { since: number; count: number } {
    const known = days.get(userId);
    if (known && now() - known.since < DAY_MS && now() >= known.since) return known;
    const day = { since: now(), count: 0 };
    days.delete(userId);
    days.set(userId, day);
    dropOldest(days, MAX_COUNTED);
    return day;
  }

  function release(key: string): void {
    for (const open of [reportsOf, reportsFrom, heldFrom]) open.remove(key);
  }

  return {
    /** Counts a new report. Throws `rate-limited` with the limit that is reached. */
    takeReport(key: string, userId: string, address: string | undefined): void {
      const day = dayOf(userId);
      if (day.count >= REPORTS_A_DAY)
        throw limitReached(
          `You have reported ${REPORTS_A_DAY} messages within a day, which is the limit.`,
          day.since + DAY_MS - now(),
        );
      if (reportsOf.count(userId) >= OPEN_REPORTS_OF_USER)
        throw limitReached(
          `${OPEN_REPORTS_OF_USER} of your reports are waiting for a moderator, which is the limit. Wait until some are handled.`,
        );
      if (address !== undefined && reportsFrom.count(address) >= OPEN_REPORTS_OF_ADDRESS)
        throw limitReached(
          `${OPEN_REPORTS_OF_ADDRESS} reports from your address are waiting for a moderator, which is the limit.`,
        );
      day.count += 1;
      reportsOf.add(userId, key);
      if (address !== undefined) reportsFrom.add(address, key);
    },

    /** Counts a new held message. Throws `rate-limited` with the limit that is reached. */
    takeHeld(key: string, address: string | undefined): void {
      if (address === undefined) return;
      if (heldFrom.count(address) >= HELD_OF_ADDRESS)
        throw limitReached(
          `${HELD_OF_ADDRESS} messages from your address are waiting for review, which is the limit.`,
        );
      heldFrom.add(address, key);
    },

    /** Counts a report that was open at the start. */
    noteReport: (key: string, userId: string): void => reportsOf.add(userId, key),

    /** Stops counting a key. */
    release,

    /** Awaits the storing of a counted key, and stops counting the key when that fails. Rejects as `stored` does. */
    async releaseOnFailure(key: string, stored: Promise<unknown>): Promise<void> {
      try {
        await stored;
      } catch (error) {
        release(key);
        throw error;
      }
    },

    /** Forgets how many reports a user made today; open ones stay counted. */
    forget: (userId: string): void => void days.delete(userId),
  };
}
