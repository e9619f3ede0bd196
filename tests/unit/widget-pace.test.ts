import { expect, test } from "bun:test";
import { createPace, PAUSE_MS } from "../../widget/extras/attention/pace.ts";
import { FakeClock } from "../support/widget-fakes.ts";

function start() {
  const clock = new FakeClock();
  const begin = clock.time;
  const drawn: number[] = [];
  const crowds: [at: number, isCrowd: boolean][] = [];
  const note = () => drawn.push(clock.time - begin);
  const pace = createPace({
    clock_: clock,
    draw: note,
    onBusy: () => crowds.push([clock.time - begin, pace.isBusy()]),
  });
  /** Messages at a steady rate. */
  async function come(perSecond: number, seconds: number): Promise<void> {
    for (let i = 0; i < perSecond * seconds; i++) {
      pace.add(1);
      if (pace.mayDraw_()) note();
      await clock.pass(1_000 / perSecond);
    }
  }
  return { pace, clock, drawn, crowds, come };
}

/** The most drawings within any second. */
const densest = (times: readonly number[]): number =>
  Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));

test("fifty messages a second are drawn four times a second, the last one included", async () => {
  const { drawn, come, clock } = start();
  await come(50, 60);
  // The first second only: the first five messages are no crowd yet.
  expect(densest(drawn.filter((at) => at > 1_000))).toBeLessThanOrEqual(4);
  expect(drawn.length).toBeGreaterThan(4 * 58);
  const last = drawn.at(-1) ?? 0;
  await clock.pass(PAUSE_MS);
  expect((drawn.at(-1) ?? 0) > last || last >= 59_980).toBe(true);
});

test("a readable pace is drawn at once", async () => {
  const { drawn, crowds, come } = start();
  await come(4, 10);
  expect(drawn).toHaveLength(40);
  expect(crowds).toEqual([]);
});

test("a topic is busy from more than five messages a second until clearly fewer", async () => {
  const { crowds, come } = start();
  await come(20, 5);
  expect(crowds).toHaveLength(1);
  expect(crowds[0]?.[0]).toBeLessThan(2_000);
  await come(4, 20);
  expect(crowds).toHaveLength(1);
  await come(2, 5);
  expect(crowds.map(([, isCrowd]) => isCrowd)).toEqual([true, false]);
});

test("a busy topic that falls silent becomes quiet by itself", async () => {
  const { crowds, come, clock } = start();
  await come(20, 3);
  await clock.pass(5_000);
  expect(crowds.map(([, isCrowd]) => isCrowd)).toEqual([true, false]);
});

test("many messages of one moment are drawn at once, and do not make a topic busy", async () => {
  const { pace, clock } = start();
  pace.add(100);
  expect(pace.mayDraw_()).toBe(true);
  expect(pace.mayDraw_()).toBe(false);
  await clock.pass(1_500);
  pace.add(1);
  expect(pace.isBusy()).toBe(false);
});

test("a change without messages is drawn at once when nothing else comes", () => {
  const { pace } = start();
  for (let i = 0; i < 10; i++) {
    pace.add(0);
    expect(pace.mayDraw_()).toBe(true);
  }
});

test("nothing is drawn after a stop", async () => {
  const { pace, clock, drawn } = start();
  pace.add(100);
  pace.mayDraw_();
  pace.mayDraw_();
  pace.stop_();
  await clock.pass(10_000);
  expect(drawn).toEqual([]);
});
