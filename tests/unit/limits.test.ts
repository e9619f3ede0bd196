import { expect, test } from "bun:test";
import { Bucket, createLimits } from "../../src/limits.ts";

const rate = { rate: 2, burst: 3 };

test("a bucket lets a burst through, then the rate, and says how long to wait", () => {
  const bucket = new Bucket(rate.burst, 0);
  expect([1, 2, 3].map(() => bucket.take(rate, 0))).toEqual([0, 0, 0]);
  expect(bucket.take(rate, 0)).toBe(500);
  expect(bucket.take(rate, 250)).toBe(250);
  expect(bucket.take(rate, 500)).toBe(0);
  expect(bucket.take(rate, 500)).toBe(500);
});

test("a bucket never holds more than its burst, and a clock that goes back adds nothing", () => {
  const bucket = new Bucket(rate.burst, 0);
  for (let i = 0; i < 3; i++) bucket.take(rate, 1_000_000);
  expect(bucket.take(rate, 1_000_000)).toBe(500);
  expect(bucket.take(rate, 0)).toBe(500);
});

const settings = {
  maxSessions: 4,
  maxSessionsPerAddress: 2,
  joinRate: 1,
  joinBurst: 100,
  addressJoinRate: 1,
  addressJoinBurst: 100,
  addressPublishRate: 2,
  addressPublishBurst: 3,
  userPublishRate: 1,
  userPublishBurst: 2,
  topicPublishRate: 1,
  topicPublishBurst: 4,
};

/** What a refused call says; "ok" when it is not. */
function answerOf(call: () => void): unknown {
  try {
    call();
    return "ok";
  } catch (error) {
    const { code, retryAfterMs } = error as { code: string; retryAfterMs: number };
    return [code, retryAfterMs];
  }
}

test("an address has as many sessions as it may, all have, and each place is given back once", () => {
  const limits = createLimits(settings, () => 0);
  const crowded = ["too-many-sessions", 30_000];
  const answers = ["a", "a", "a", "b", "b", "c"].map((address) => answerOf(() => limits.join(address)));
  expect(answers).toEqual(["ok", "ok", crowded, "ok", "ok", crowded]);
  limits.leave("a");
  limits.leave("nobody");
  expect(["c", "c"].map((address) => answerOf(() => limits.join(address)))).toEqual(["ok", crowded]);
});

test("sessions come no faster than the server takes them, and than one address may bring", () => {
  let now = 0;
  const roomy = { ...settings, maxSessions: 100, maxSessionsPerAddress: 100 };
  const byAddress = createLimits({ ...roomy, addressJoinBurst: 2 }, () => now);
  const join = (limits: typeof byAddress, address: string) => answerOf(() => limits.join(address));
  expect([1, 2, 3].map(() => join(byAddress, "a"))).toEqual(["ok", "ok", ["rate-limited", 1000]]);
  expect(join(byAddress, "b")).toBe("ok");
  now = 1000;
  expect(join(byAddress, "a")).toBe("ok");
  const inAll = createLimits({ ...roomy, joinBurst: 2 }, () => now);
  expect(["a", "b", "c"].map((address) => join(inAll, address))).toEqual([
    "ok",
    "ok",
    ["rate-limited", 1000],
  ]);
});

test("messages are limited by user over all addresses, by address over all users, and by topic over both", () => {
  const limits = createLimits(settings, () => 0);
  const say = (address: string, user: string, topic: string) =>
    answerOf(() => limits.takePublish({ address, user, topic }));
  expect([say("a", "1", "t"), say("b", "1", "t"), say("c", "1", "t")]).toEqual([
    "ok",
    "ok",
    ["rate-limited", 1000],
  ]);
  expect([say("d", "2", "u"), say("d", "3", "u"), say("d", "4", "u"), say("d", "5", "u")]).toEqual([
    "ok",
    "ok",
    "ok",
    ["rate-limited", 500],
  ]);
  expect([say("e", "6", "t"), say("f", "7", "t"), say("g", "8", "t")]).toEqual([
    "ok",
    "ok",
    ["rate-limited", 1000],
  ]);
});

test("who is gone and has waited long enough is forgotten", () => {
  let now = 0;
  const limits = createLimits(settings, () => now);
  limits.join("stays");
  limits.takePublish({ address: "goes", user: "1", topic: "t" });
  limits.sweep();
  expect(limits.size()).toBe(5);
  now = 2000;
  limits.sweep();
  expect(limits.size()).toBe(1);
});
