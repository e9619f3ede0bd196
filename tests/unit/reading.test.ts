/** Pages of history whose topic was trimmed between the reading of its state and of the page. */
import { expect, test } from "bun:test";
import { firstOf } from "../../src/chat/reading.ts";
import type { Entry } from "../../src/log/log.ts";

const entries = (from: number, to: number): Entry[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => ({
    topic: "t",
    userId: "u",
    id: `m${from + i}`,
    body: "{}",
    offset: from + i,
    at: 0,
    tag: "a",
  }));

test.each([
  ["upwards, nothing was trimmed", { after: 4, limit: 3 }, entries(5, 7), 1],
  ["upwards from below the first", { after: 0, limit: 3 }, entries(1, 3), 1],
  ["upwards, part of it is gone", { after: 4, limit: 3 }, entries(8, 10), 8],
  ["upwards, all of it is gone", { after: 4, limit: 3 }, [], 11],
  ["upwards, at the top", { after: 10, limit: 3 }, [], 1],
  ["downwards, nothing was trimmed", { before: 8, limit: 3 }, entries(5, 7), 1],
  ["downwards to the first", { before: 3, limit: 3 }, entries(1, 2), 1],
  ["downwards, part of it is gone", { before: 8, limit: 3 }, entries(6, 7), 6],
  ["downwards, all of it is gone", { before: 8, limit: 3 }, [], 8],
])("%s: the page says the first offset that it shows", (_, page, found, first) => {
  expect(firstOf(page, found, { first: 1, top: 10 })).toBe(first);
});
