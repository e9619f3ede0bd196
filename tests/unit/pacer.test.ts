import { expect, test } from "bun:test";
import { createPacer } from "../../src/log/pacer.ts";

/** A pacer on a clock of its own, whose flushes take `costMs`. */
function setUp(maxWindowMs: number, costMs: number) {
  let now = 0;
  let flushedAt: number[] = [];
  let due: { at: number; run: () => void }[] = [];
  const pacer = createPacer({
    flush: () => {
      flushedAt.push(now);
      now += costMs;
    },
    maxWindowMs,
    now: () => now,
    later: (run, ms) => void due.push({ at: now + ms, run }),
  });
  /** Moves to a moment, running what is due; `inclusive` runs what is due at that very moment too. */
  const advance = (to: number, inclusive: boolean): void => {
    for (;;) {
      const next = due.filter(({ at }) => (inclusive ? at <= to : at < to)).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      due = due.filter((item) => item !== next);
      now = Math.max(now, next.at);
      next.run();
    }
    now = Math.max(now, to);
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

const everyMs = (ms: number, count: number) => Array.from({ length: count }, (_, i) => 1000 + i * ms);

test("the first message after silence is not delayed", () => {
  const { requestAt, flushes } = setUp(20, 3);
  requestAt(1000);
  requestAt(1004);
  flushes(2000);
  requestAt(3000);
  expect(flushes(3000)).toEqual([3000]);
});

test("messages of one moment share one flush", () => {
  const { requestAt, flushes } = setUp(20, 3);
  for (let i = 0; i < 50; i++) requestAt(1000);
  expect(flushes(1100)).toEqual([1000]);
});

test("a conversation at human speed is never delayed", () => {
  const { requestAt, flushes } = setUp(20, 3);
  const times = everyMs(100, 20);
  const seen = times.flatMap((t) => {
    requestAt(t);
    return flushes(t);
  });
  expect(seen).toEqual(times);
});

test("the more expensive a flush, the more messages share it, and none waits longer than the window", () => {
  const sentAt = everyMs(3.3, 600);
  const flushCount = (costMs: number) => {
    const { requestAt, flushes } = setUp(20, costMs);
    for (const t of sentAt) requestAt(t);
    const seen = flushes(10_000);
    for (const t of sentAt) {
      const flushed = seen.find((at) => at >= t) ?? Number.POSITIVE_INFINITY;
      expect(flushed - t).toBeLessThanOrEqual(20 + costMs);
    }
    return seen.length;
  };
  expect(flushCount(0.1)).toBe(600);
  expect(flushCount(3)).toBeLessThan(200);
  expect(flushCount(10)).toBeLessThan(flushCount(3));
});

test("flushing takes at most a fifth of the time while the window has room", () => {
  const { requestAt, flushes } = setUp(1000, 3);
  for (const t of everyMs(0.5, 4000)) requestAt(t);
  const seen = flushes(3000).slice(20);
  const span = (seen.at(-1) ?? 0) - (seen[0] ?? 0);
  expect((seen.length * 3) / span).toBeLessThan(0.27);
});

test("one publisher who waits for each reply is hardly slowed when flushes are cheap", () => {
  const { pacer, requestAt, flushes } = setUp(20, 0.3);
  let at = 1000;
  for (let i = 0; i < 100; i++) {
    requestAt(at);
    at = (flushes(at + 5)[0] ?? at) + 0.3;
  }
  expect(pacer.windowMs()).toBeLessThan(1.5);
});

test("with a window of 0 nothing ever waits", () => {
  const { requestAt, flushes } = setUp(0, 3);
  for (const t of everyMs(5, 100)) requestAt(t);
  expect(flushes(2000)).toHaveLength(100);
});

test("a full batch does not wait for the end of the window", () => {
  const { requestAt, flushes } = setUp(20, 5);
  requestAt(1000);
  for (let i = 0; i < 64; i++) requestAt(1006);
  expect(flushes(1006)).toEqual([1000, 1006]);
});

test("messages that arrive during a flush are flushed after it, once", () => {
  const { pacer, flushes } = setUp(0, 5);
  pacer.request();
  for (let i = 0; i < 200; i++) pacer.request();
  expect(flushes(100)).toHaveLength(1);
  for (let i = 0; i < 200; i++) pacer.request();
  expect(flushes(200)).toHaveLength(1);
});

test("a flush that throws is followed by the next one", () => {
  let flushes = 0;
  const due: (() => void)[] = [];
  const pacer = createPacer({
    flush: () => {
      flushes += 1;
      throw new Error("no");
    },
    maxWindowMs: 20,
    now: () => 0,
    later: (run) => void due.push(run),
  });
  for (let i = 0; i < 2; i++) {
    pacer.request();
    for (let run = due.shift(); run; run = due.shift()) {
      try {
        run();
      } catch {
        // The next flush comes all the same.
      }
    }
  }
  expect(flushes).toBe(2);
});
