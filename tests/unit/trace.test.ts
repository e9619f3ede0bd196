import { expect, test } from "bun:test";
import type { Entry } from "../../src/log/log.ts";
import { createTraces } from "../../src/topics/trace.ts";

const entry = (offset: number, topic = "a"): Entry => ({
  topic,
  offset,
  id: `m${offset}`,
  userId: "u",
  at: 1000 + offset,
  tag: "t",
  body: "{}",
});

test("a trace keeps a message's time of storage and number of recipients", () => {
  const traces = createTraces();
  traces.stored([entry(1), entry(2)]);
  traces.delivered("a", 2, 2, { json: 3, plain: 1, events: 0 });
  expect(traces.find("a", 1)).toEqual({ offset: 1, id: "m1", user: "u", storedAt: 1001 });
  expect(traces.find("a", 2)?.delivered).toEqual({ json: 3, plain: 1, events: 0 });
  expect(traces.find("b", 1)).toBeUndefined();
  expect(traces.offsetsOf("a", "m2")).toEqual([2]);
  expect(traces.offsetsOf("b", "m2")).toEqual([]);
});

test("resumes are found by the offsets they replayed", () => {
  const traces = createTraces();
  traces.resumed({ topic: "a", session: "s1", from: 3, to: 9, at: 1 });
  traces.resumed({ topic: "b", session: "s2", from: 1, to: 9, at: 1 });
  expect(traces.resumesOver("a", 2)).toEqual([]);
  expect(traces.resumesOver("a", 3).map(({ session }) => session)).toEqual(["s1"]);
  expect(traces.resumesOver("a", 10)).toEqual([]);
});

test("messages and resumes are bounded, and the oldest are dropped", () => {
  const traces = createTraces(3, 2);
  traces.stored([1, 2, 3, 4, 5].map((offset) => entry(offset)));
  expect([1, 2, 3, 4, 5].filter((offset) => traces.find("a", offset))).toEqual([3, 4, 5]);
  for (let i = 0; i < 20; i++) traces.resumed({ topic: "a", session: `s${i}`, from: 1, to: 9, at: i });
  expect(traces.resumesOver("a", 5).map(({ session }) => session)).toEqual(["s18", "s19"]);
});
