/**
 * Recent addresses of authors, as hashes: a moderator may ban a user's address after the user has left. Kept in memory only,
 * for an hour and bounded.
 */

/** Authors remembered; beyond them the one who wrote longest ago is forgotten. */
const MAX_AUTHORS = 50_000;
/** How long an address is remembered: long enough for a moderator to act. */
const KEEP_MS = 3_600_000;
/** How far the time of an author's last message may be behind: who writes all the time is noted once a minute. */
const NOTED_MS = 60_000;

/** Makes an empty memory; `now` is in milliseconds since 1970. */
export function createRecentAddresses(now: () => number) {
  /** The address of each author's last message; the latest author is the last key. */
  const authors = new Map<string, { address: string; at: number }>();

  return {
    /** Remembers the hash of the address that a user writes from. */
    add(userId: string, address: string | undefined): void {
      if (address === undefined) return;
      const noted = authors.get(userId);
      if (noted?.address === address && now() - noted.at < NOTED_MS) return;
      authors.delete(userId);
      authors.set(userId, { address, at: now() });
      for (const [id, { at }] of authors) {
        if (authors.size <= MAX_AUTHORS && at > now() - KEEP_MS) break;
        authors.delete(id);
      }
    },

    /** The hash of the address that a user wrote from within the hour, as a list of one or none. */
    of(userId: string): string[] {
      const author = authors.get(userId);
      return author && author.at > now() - KEEP_MS ? [author.address] : [];
    },

    /** Forgets a user's address. */
    forget: (userId: string): void => void authors.delete(userId),
  };
}
