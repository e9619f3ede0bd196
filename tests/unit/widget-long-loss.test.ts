/** A long loss of the connection: when the client asks for the reason, and when it stops. */
import { expect, test } from "bun:test";
import type { Refusal } from "../../widget/client/state.ts";
import { watchLongLoss } from "../../widget/extras/attention/long-loss.ts";
import { FakeClock } from "../support/widget-fakes.ts";

const DENIED = { code: "origin-denied", message: "Pages from here are not allowed to connect." };
const SECOND = 1000;

/** A client whose connection a test sets, and the questions for its reason. */
function setUp(reasons: (Refusal | undefined)[]) {
  const clock = new FakeClock();
  const asked: number[] = [];
  const denied: Refusal[] = [];
  let listener = () => {};
  const state = { connection: "online", topics: { lobby: {} } };
  const start = clock.now();
  const stop = watchLongLoss({
    client: {
      state,
      listen: (next: () => void) => {
        listener = next;
        return () => (listener = () => {});
      },
      deny: (refusal: Refusal) => denied.push(refusal),
    } as never,
    clock,
    diagnose: async () => {
      asked.push((clock.now() - start) / SECOND);
      return reasons.shift();
    },
    random: () => 0.5,
  });
  return {
    asked,
    denied,
    stop,
    async be(connection: string, seconds: number) {
      state.connection = connection;
      listener();
      await clock.pass(seconds * SECOND);
    },
  };
}

test("a restart of the server is no reason to ask", async () => {
  const { be, asked } = setUp([]);
  for (let i = 0; i < 5; i++) {
    await be("reconnecting", 50);
    await be("online", 50);
  }
  expect(asked).toEqual([]);
});

test("a page that may no longer connect stops after one question, a network that is away never", async () => {
  const unreachable = undefined;
  const elsewhere = { code: "topic-unknown", message: "There is no such topic." };
  const { be, asked, denied } = setUp([unreachable, elsewhere, DENIED]);
  await be("reconnecting", 100);
  await be("reconnecting", 100);
  expect([asked.length, denied]).toEqual([2, []]);
  await be("reconnecting", 100);
  expect([asked.length, denied]).toEqual([3, [DENIED]]);
});

test("an answer that comes after the connection is back stops nothing, and a chat that is gone asks nothing", async () => {
  const { be, asked, denied, stop } = setUp([DENIED, DENIED]);
  await be("reconnecting", 10);
  await be("online", 200);
  expect([asked, denied]).toEqual([[], []]);
  await be("reconnecting", 10);
  stop();
  await be("reconnecting", 200);
  expect([asked, denied]).toEqual([[], []]);
});
