/** The first of many items, kept without sorting all of them. */
import { expect, test } from "bun:test";
import { createFirstOnes } from "../../src/first-ones.ts";

test("the first ones are those of a sorted list, in every order of arrival, and equal ones keep their order", () => {
  const random = (() => {
    let seed = 7;
    return () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
  })();
  for (const limit of [1, 2, 7, 50])
    for (const size of [0, 1, 7, 50, 1000]) {
      const items = Array.from({ length: size }, (_, i) => ({ i, at: Math.floor(random() * 20) }));
      const first = createFirstOnes<(typeof items)[number]>(limit, (a, b) => a.at - b.at);
      for (const item of items) first.add(item);
      expect(first.list()).toEqual(items.toSorted((a, b) => a.at - b.at).slice(0, limit));
      expect([first.count(), first.list().length]).toEqual([size, Math.min(limit, size)]);
    }
});
