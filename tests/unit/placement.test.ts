import { expect, test } from "bun:test";
import { createPlacement } from "../../src/log/placement.ts";

const topics = Array.from({ length: 6000 }, (_, i) => `topic-${i}`);
const countsOf = (ids: string[]): number[] => {
  const placeOf = createPlacement(ids);
  const counts = ids.map(() => 0);
  for (const topic of topics) counts[placeOf(topic)] = (counts[placeOf(topic)] ?? 0) + 1;
  return counts;
};

test("the hash is xxHash32 as its specification has it", () => {
  expect([Bun.hash.xxHash32(""), Bun.hash.xxHash32("a"), Bun.hash.xxHash32("abc")]).toEqual([
    0x02cc5d05, 0x550d7456, 0x32d153ff,
  ]);
});

test("a topic keeps its database, whatever version or machine looks for it", () => {
  const placeOf = createPlacement(["one", "two", "three"]);
  expect(["lobby", "help", "news", "staff"].map(placeOf)).toEqual([0, 1, 1, 1]);
});

test("topics are spread evenly", () => {
  for (const count of countsOf(["a", "b", "c"])) expect(Math.abs(count - 2000)).toBeLessThan(200);
});

test("the order of the list does not matter, except for reserved topics, which are on the first", () => {
  const [ab, ba] = [createPlacement(["a", "b"]), createPlacement(["b", "a"])];
  for (const topic of topics) expect(ab(topic)).toBe(1 - ba(topic));
  expect([ab("$control"), ba("$control")]).toEqual([0, 0]);
});

test("another database takes its share, and no topic moves between the others", () => {
  const [two, three] = [createPlacement(["a", "b"]), createPlacement(["a", "b", "c"])];
  const moved = topics.filter((topic) => two(topic) !== three(topic));
  expect(moved.every((topic) => three(topic) === 2)).toBe(true);
  expect(Math.abs(moved.length - 2000)).toBeLessThan(200);
});
