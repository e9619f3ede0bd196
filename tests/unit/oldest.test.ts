import { expect, test } from "bun:test";
import { dropOldest } from "../../src/oldest.ts";

test("the oldest keys go, and only where there are too many", () => {
  const map = new Map(Array.from({ length: 8 }, (_, i) => [i, i]));
  dropOldest(map, 8);
  expect(map.size).toBe(8);
  map.set(8, 8);
  dropOldest(map, 8);
  expect([...map.keys()]).toEqual([2, 3, 4, 5, 6, 7, 8]);
});

test("a full map takes new keys in time that grows with their number only", () => {
  const timeOf = (max: number, count: number) => {
    const map = new Map<number, number>();
    const startedAt = performance.now();
    for (let i = 0; i < count; i++) {
      map.set(i, i);
      dropOldest(map, max);
    }
    return performance.now() - startedAt;
  };
  timeOf(1000, 100_000);
  const small = Math.min(...[1, 2, 3].map(() => timeOf(2000, 200_000)));
  // A key at a time, ten times the size takes ten times as long and more.
  expect(timeOf(20_000, 200_000)).toBeLessThan(5 * small + 100);
});
