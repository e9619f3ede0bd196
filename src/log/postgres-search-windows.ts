/**
 * Windows of time in the search index of a PostgreSQL log, newest first. Pure.
 *
 * A word that is in many messages is found in a short window by reading little; a rare word needs a long one. The index of pieces
 * has, for each message, the buckets of its time as well, so that the database finds what has all pieces within a window without
 * looking at the messages outside.
 */

/** Buckets of one level are this long, as a power of two in milliseconds: a minute, an hour, three days. */
const LEVELS = [16, 22, 28];
/** A window has the shortest buckets of which so many cover it. */
const MAX_BUCKETS = 64;
/** So many of the longest cover a window at most: some years. */
const MAX_LONG_BUCKETS = 512;
/** The next window is so many times as long. */
const GROWTH = 64;
/** After so many windows all that is older is searched: what they do not have is rare. */
const WINDOWS = 2;
/** A window that has more than a page is so many times too long. */
const SHRINK = 4;

/** The buckets of the column `at`, as the index has them: the levels apart from each other. */
export const BUCKETS = `(ARRAY[${LEVELS.map((bits, level) => `(at >> ${bits}) * ${LEVELS.length} + ${level}`).join(", ")}])`;

/** The length of a window; `firstMs`: that of the first. */
export interface Span {
  firstMs: number;
  ms: number;
}

/** The window that follows one without a full page; undefined: all that is older. */
export const longer = ({ firstMs, ms }: Span): Span | undefined =>
  ms * GROWTH > firstMs * GROWTH ** (WINDOWS - 1) ? undefined : { firstMs, ms: ms * GROWTH };

/** The window that follows one with more than a page. */
export const shorter = ({ firstMs, ms }: Span): Span => ({
  firstMs,
  ms: Math.max(1, Math.ceil(ms / SHRINK)),
});

export interface Window {
  buckets: number[];
  /** The first millisecond of the first bucket. */
  start: number;
}

/** The window that ends with a millisecond, and has at least so many; undefined when its buckets would be too many. */
export function windowBefore(end: number, ms: number): Window | undefined {
  for (const [level, bits] of LEVELS.entries()) {
    const [first, last] = [Math.floor((end - ms + 1) / 2 ** bits), Math.floor(end / 2 ** bits)];
    const count = last - first + 1;
    if (count > (level === LEVELS.length - 1 ? MAX_LONG_BUCKETS : MAX_BUCKETS)) continue;
    const buckets = Array.from({ length: count }, (_, i) => (first + i) * LEVELS.length + level);
    return { buckets, start: first * 2 ** bits };
  }
  return undefined;
}
