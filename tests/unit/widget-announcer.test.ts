import { expect, test } from "bun:test";
import { createAnnouncer } from "../../widget/extras/attention/announcer.ts";
import { FakeClock } from "../support/widget-fakes.ts";

function start() {
  const clock = new FakeClock();
  const said: { line: string; at: number }[] = [];
  const shown = new Set<string>();
  const begin = clock.time;
  const announcer = createAnnouncer({
    clock_: clock,
    sayCount: (count) => `${count} new messages`,
    write(line) {
      said.push({ line, at: clock.time - begin });
      shown.add(line);
      return () => shown.delete(line);
    },
  });
  return { announcer, clock, said, shown };
}

test("a message is read out once, and its line is gone within two seconds", async () => {
  const { announcer, clock, said, shown } = start();
  announcer.announce_("Ana: hello");
  await clock.pass(500);
  expect([...shown]).toEqual(["Ana: hello"]);
  await clock.pass(1_500);
  expect([...shown]).toEqual([]);
  await clock.pass(60_000);
  expect(said).toHaveLength(1);
});

test("a few messages are read out one a second", async () => {
  const { announcer, clock, said } = start();
  for (const line of ["a", "b", "c"]) announcer.announce_(line);
  await clock.pass(5_000);
  expect(said.map((s) => s.line)).toEqual(["a", "b", "c"]);
  expect(said.every((s, i) => i === 0 || s.at - (said[i - 1]?.at ?? 0) >= 1_000)).toBe(true);
});

test("fifty messages in a second are at most two announcements, the last with a count", async () => {
  const { announcer, clock, said } = start();
  for (let i = 0; i < 50; i++) {
    announcer.announce_(`m${i}`);
    await clock.pass(20);
  }
  await clock.pass(5_000);
  expect(said.length).toBeLessThanOrEqual(2);
  expect(said.at(-1)?.line).toMatch(/^\d+ new messages$/);
});

test("a stopped announcer says nothing more", async () => {
  const { announcer, clock, said } = start();
  announcer.announce_("a");
  announcer.stop_();
  await clock.pass(5_000);
  expect(said).toEqual([]);
});
