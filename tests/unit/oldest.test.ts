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
  const timeOf = (max: number) => {
    const map = new Map<number, number>();
    const before = process.cpuUsage();
    for (let i = 0; i < 150_000; i++) {
      map.set(i, i);
      dropOldest(map, max);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  // A key at a time, ten times the size takes ten times as long: 20 seconds here.
  expect(timeOf(20_000)).toBeLessThan(5 * timeOf(2000) + 1500);
});
