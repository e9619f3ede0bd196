import { expect, test } from "bun:test";
import { createKeptSizes } from "../../src/doors/kept-sizes.ts";

const state = (top: number, first = 1, epoch = "e") => ({ epoch, first, top, tag: "", trimmed: "" });

test("a topic is measured again when it has grown, was trimmed or began anew, and not otherwise", async () => {
  const asked: (readonly string[])[] = [];
  const sizes = createKeptSizes({
    sizes: async (names) => {
      asked.push(names);
      return names.map((name) => name.length * 10 + asked.length);
    },
  });
  const list = (...tops: { epoch: string; first: number; top: number; tag: string; trimmed: string }[]) =>
    sizes(tops.map((each, i) => ({ name: "a".repeat(i + 1), state: each })));
  expect(await list(state(1), state(5))).toEqual([11, 21]);
  expect(await list(state(1), state(5))).toEqual([11, 21]);
  expect(await list(state(2), state(5))).toEqual([12, 21]);
  expect(await list(state(2), state(5, 3))).toEqual([12, 23]);
  expect(await list(state(2, 1, "other"), state(5, 3))).toEqual([14, 23]);
  expect(await sizes([])).toEqual([]);
  expect(asked).toEqual([["a", "aa"], ["a"], ["aa"], ["a"]]);
});

test("a topic that changes while it is measured is measured again", async () => {
  let bytes = 0;
  const sizes = createKeptSizes({ sizes: async () => [++bytes] });
  // The state was read before the measure: the next one differs.
  expect(await sizes([{ name: "a", state: state(1) }])).toEqual([1]);
  expect(await sizes([{ name: "a", state: state(2) }])).toEqual([2]);
});

test("the sizes of topics without end use bounded memory", async () => {
  let asked = 0;
  const sizes = createKeptSizes({
    sizes: async (names) => {
      asked += names.length;
      return names.map(() => 1);
    },
  });
  for (let i = 0; i < 30_000; i += 100)
    await sizes(Array.from({ length: 100 }, (_, n) => ({ name: `t${i + n}`, state: state(1) })));
  expect(asked).toBe(30_000);
  await sizes([{ name: "t29999", state: state(1) }]);
  expect(asked).toBe(30_000);
  await sizes([{ name: "t0", state: state(1) }]);
  expect(asked).toBe(30_001);
});
