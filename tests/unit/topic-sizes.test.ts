import { expect, test } from "bun:test";
import { offsetsToWeigh, sizeOf } from "../../src/log/topic-sizes.ts";

test("all entries of a short topic are looked at, and some of a long one, evenly, its first among them", () => {
  expect(offsetsToWeigh({ first: 1, top: 0 })).toEqual([]);
  expect(offsetsToWeigh({ first: 8, top: 7 })).toEqual([]);
  expect(offsetsToWeigh({ first: 5, top: 7 })).toEqual([5, 6, 7]);
  const long = offsetsToWeigh({ first: 1001, top: 33_000 });
  expect([long.length, new Set(long).size, long[0], long.at(-1)]).toEqual([32, 32, 1001, 32_001]);
  expect(offsetsToWeigh({ first: 1, top: 33 }).at(-1)).toBeLessThanOrEqual(33);
});

test("a size is that of the entries looked at for all entries", () => {
  expect(sizeOf({ first: 1, top: 0 }, 0, 0)).toBe(0);
  expect(sizeOf({ first: 3, top: 5 }, 3, 100)).toBe(100);
  expect(sizeOf({ first: 1, top: 3200 }, 32, 3200)).toBe(320_000);
  // Some are gone since: retention runs meanwhile.
  expect(sizeOf({ first: 1, top: 100 }, 0, 0)).toBe(0);
});
