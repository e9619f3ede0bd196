import { expect, test } from "bun:test";
import { BURST, createRequestSpread, REFILL_MS } from "../../widget/extras/message/request-spread.ts";
import { FakeClock } from "../support/widget-fakes.ts";

function start(random: () => number) {
  const clock = new FakeClock();
  const begin = clock.time;
  const sent: { key: string; at: number }[] = [];
  const spread = createRequestSpread({ clock_: clock, random });
  const add = (key: string, isNeeded = () => true) =>
    spread.add_(key, 1_000, () => {
      if (isNeeded()) sent.push({ key, at: clock.time - begin });
      return isNeeded();
    });
  return { clock, sent, add, spread };
}

test("of ten requests a few leave together and the others two a second", async () => {
  const { clock, sent, add } = start(() => 0.5);
  for (let n = 0; n < 10; n++) add(`${n}`);
  expect(sent).toEqual([]);
  await clock.pass(500);
  expect(sent.length).toBe(BURST);
  for (let n = BURST + 1; n <= 10; n++) {
    await clock.pass(REFILL_MS);
    expect(sent.length).toBe(n);
  }
});

test("the first request waits for a random part of the longest delay", async () => {
  const times = [0, 0.25, 0.75].map(async (part) => {
    const { clock, sent, add } = start(() => part);
    add("a");
    await clock.pass(1_000);
    return sent[0]?.at;
  });
  expect(await Promise.all(times)).toEqual([0, 250, 750]);
});

test("a request leaves once for its key, and one that is no longer needed costs nothing", async () => {
  const { clock, sent, add } = start(() => 0);
  for (let n = 0; n < 20; n++) add(`scrolled away ${n}`, () => false);
  for (let n = 0; n < BURST; n++) {
    add(`${n}`);
    add(`${n}`);
  }
  await clock.pass(0);
  expect(sent.map(({ key }) => key)).toEqual(["0", "1", "2", "3"]);
});

test("nothing leaves after the stop", async () => {
  const { clock, sent, add, spread } = start(() => 0.5);
  add("a");
  spread.stop_();
  await clock.pass(10_000);
  expect(sent).toEqual([]);
});
