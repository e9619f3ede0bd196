import { expect, test } from "bun:test";
import { createSteadyClock } from "../../src/steady-clock.ts";

const HOUR = 3_600_000;

function setUp(startsInDoubt = false) {
  let wall = 1_700_000_000_000;
  let uptime = 0;
  const judge = createSteadyClock(
    () => wall,
    () => uptime,
    startsInDoubt,
  );
  return {
    judge,
    pass: (ms: number) => {
      wall += ms;
      uptime += ms;
    },
    jump: (ms: number) => (wall += ms),
  };
}

test("a steady clock and one corrected in small steps are trusted", () => {
  const { judge, pass, jump } = setUp();
  for (let i = 0; i < 100; i++) {
    pass(HOUR);
    jump(60_000);
    expect(judge()).toBe("sure");
  }
});

test.each([10 * 365 * 24 * HOUR, -24 * HOUR, HOUR])(
  "a clock that jumps by %d ms and back is doubted meanwhile",
  (ms) => {
    const { judge, pass, jump } = setUp();
    jump(ms);
    expect(judge()).toBe("doubt");
    pass(HOUR / 2);
    expect(judge()).toBe("doubt");
    jump(-ms);
    expect([judge(), judge()]).toEqual(["back", "sure"]);
  },
);

test("a clock that was set is trusted after running for an hour", () => {
  const { judge, pass, jump } = setUp();
  jump(24 * HOUR);
  judge();
  pass(HOUR - 1);
  expect(judge()).toBe("doubt");
  jump(24 * HOUR);
  pass(HOUR - 1);
  expect([judge(), judge()]).toEqual(["doubt", "doubt"]);
  pass(HOUR);
  expect(judge()).toBe("sure");
  jump(-48 * HOUR);
  expect(judge()).toBe("doubt");
});

test("an implausible start is doubted for an hour", () => {
  const { judge, pass } = setUp(true);
  expect(judge()).toBe("doubt");
  pass(HOUR);
  expect(judge()).toBe("sure");
});
