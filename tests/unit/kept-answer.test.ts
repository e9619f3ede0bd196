import { expect, test } from "bun:test";
import { createKeptAnswer } from "../../src/kept-answer.ts";
import { until } from "../support/until.ts";

test("an answer is kept for a while, asked for again when wanted, and survives a failure", async () => {
  let now = 0;
  let asked = 0;
  const answer = createKeptAnswer({
    ask: async () => {
      asked += 1;
      if (asked === 2) throw new Error("away");
      return asked;
    },
    everyMs: 100,
    patienceMs: 1000,
    now: () => now,
  });
  expect(await Promise.all([answer(), answer()])).toEqual([1, 1]);
  now = 99;
  expect([await answer(), asked]).toEqual([1, 1]);
  now = 100;
  expect([await answer(), asked]).toEqual([1, 2]);
  now = 199;
  expect([await answer(), asked]).toEqual([1, 2]);
  now = 200;
  await until("the new answer", async () => (await answer()) === 3);
  expect(asked).toBe(3);
});

test("an answer that never comes is asked for once, and holds nobody up", async () => {
  let asked = 0;
  const answer = createKeptAnswer({
    ask: () => {
      asked += 1;
      return new Promise<number>(() => {});
    },
    everyMs: 0,
    patienceMs: 1,
  });
  for (let i = 0; i < 5; i++) expect(await answer()).toBeUndefined();
  expect(asked).toBe(1);
});
