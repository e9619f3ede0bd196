/**
 * The first of many items in an order, without sorting all of them: a list shows fifty of a hundred thousand, and sorting those would stop
 * the event loop. Items arrive one at a time, so that the loop that brings them can give way.
 */

export interface FirstOnes<T> {
  add(item: T): void;
  /** How many items came. */
  count(): number;
  /** The first ones, in their order. */
  list(): T[];
}

/** Keeps the first `limit` of the items that are added, in the order of `compare`. */
export function createFirstOnes<T>(limit: number, compare: (a: T, b: T) => number): FirstOnes<T> {
  let kept: T[] = [];
  /** The last of the first ones at the latest cut: what comes after it is not wanted. */
  let last: T | undefined;
  let count = 0;

  function cut(): void {
    kept = kept.sort(compare).slice(0, limit);
    if (kept.length === limit) last = kept.at(-1);
  }

  return {
    add(item) {
      count += 1;
      if (last !== undefined && compare(item, last) >= 0) return;
      kept.push(item);
      // Twice as many as wanted: an item is moved twice on average, however many come.
      if (kept.length >= 2 * limit) cut();
    },
    count: () => count,
    list() {
      cut();
      return [...kept];
    },
  };
}
