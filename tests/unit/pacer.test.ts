import { expect, test } from "bun:test";
import { createPacer } from "../../src/pacer.ts";

/** A pacer on a clock of its own: `at(t)` moves to t and runs what is due. */
function setUp(maxWindowMs: number) {
  let now = 0;
  let flushedAt: number[] = [];
  let due: { at: number; run: () => void } | undefined;
  const pacer = createPacer({
    flush: () => flushedAt.push(now),
    maxWindowMs,
    now: () => now,
    later: (run, ms) => (due = { at: now + ms, run }),
  });
  const advance = (to: number, inclusive: boolean): void => {
    while (due && (inclusive ? due.at <= to : due.at < to)) {
      const { at, run } = due;
      due = undefined;
      now = at;
      run();
    }
    now = to;
  };
  return {
    pacer,
    requestAt(t: number) {
      advance(t, false); // input of one moment is read before anything scheduled for it runs
      pacer.request();
    },
    flushes(to: number): number[] {
      advance(to, true);
      const found = flushedAt;
      flushedAt = [];
      return found;
    },
  };
}

test("the first message after silence is not delayed", () => {
  const { requestAt, flushes } = setUp(20);
  requestAt(1000);
  expect(flushes(1000)).toEqual([1000]);
});

test("messages of one moment share one flush", () => {
  const { requestAt, flushes } = setUp(20);
  for (let i = 0; i < 50; i++) requestAt(1000);
  expect(flushes(1100)).toEqual([1000]);
});

test("a slow conversation is never delayed", () => {
  const { requestAt, flushes } = setUp(20);
  const times = Array.from({ length: 20 }, (_, i) => 1000 + i * 200);
  const seen = times.flatMap((t) => {
    requestAt(t);
    return flushes(t);
  });
  expect(seen).toEqual(times);
});

test("under load messages share flushes, and none waits longer than the window", () => {
  const { requestAt, flushes } = setUp(20);
  const sentAt = Array.from({ length: 600 }, (_, i) => 1000 + i * 3.3);
  for (const t of sentAt) requestAt(t);
  const seen = flushes(10_000);
  expect(seen.length).toBeLessThan(sentAt.length / 3);
  for (const t of sentAt) {
    const flushed = seen.find((at) => at >= t) ?? Number.POSITIVE_INFINITY;
    expect(flushed - t).toBeLessThanOrEqual(20);
  }
});

test("the window closes again when the load is over", () => {
  const { pacer, requestAt, flushes } = setUp(20);
  for (let i = 0; i < 300; i++) requestAt(1000 + i * 3);
  flushes(2000);
  expect(pacer.windowMs()).toBeGreaterThan(0);
  requestAt(10_000);
  expect(flushes(10_000)).toEqual([10_000]);
  expect(pacer.windowMs()).toBe(0);
});

test("with a window of 0 nothing ever waits", () => {
  const { requestAt, flushes } = setUp(0);
  for (let i = 0; i < 100; i++) requestAt(1000 + i);
  expect(flushes(2000)).toHaveLength(100);
});
