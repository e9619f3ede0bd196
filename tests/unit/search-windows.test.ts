/** Windows of a search in PostgreSQL: none leaves out a moment, and none has more buckets than a statement should have. */
import { expect, test } from "bun:test";
import { BUCKETS, longer, shorter, type Span, windowBefore } from "../../src/log/postgres-search-windows.ts";

/** The buckets that the database computes for a time, by the same expression. */
const bucketsOf = (at: number): number[] =>
  [...BUCKETS.matchAll(/\(at >> (\d+)\) \* (\d+) \+ (\d+)/g)].map(([, bits, levels, level]) =>
    Number((BigInt(at) >> BigInt(Number(bits))) * BigInt(Number(levels)) + BigInt(Number(level))),
  );

test("a window has each moment from its start to its end, and none before", () => {
  const end = 1_700_000_123_456;
  for (const ms of [1, 1000, 70_000, 5_000_000, 1e9, 3e10, 1e11]) {
    const window = windowBefore(end, ms);
    if (!window) throw new Error(`no window of ${ms} ms`);
    const has = (at: number): boolean => bucketsOf(at).some((bucket) => window.buckets.includes(bucket));
    expect(window.buckets.length).toBeLessThanOrEqual(512);
    expect(window.start).toBeLessThanOrEqual(end - ms + 1);
    for (const at of [end, end - ms + 1, window.start, Math.floor((window.start + end) / 2)])
      expect(has(at)).toBe(true);
    expect(has(window.start - 1)).toBe(false);
  }
  expect(windowBefore(end, 1.6e12)).toBeUndefined();
});

test("windows grow to all that is older, and shrink to a millisecond", () => {
  let span: Span | undefined = { firstMs: 500, ms: 500 };
  const lengths: number[] = [];
  for (; span; span = longer(span)) lengths.push(span.ms);
  expect(lengths).toEqual([500, 32_000]);
  let short: Span = { firstMs: 500, ms: 500 };
  for (let i = 0; i < 20; i++) short = shorter(short);
  expect(short.ms).toBe(1);
});
