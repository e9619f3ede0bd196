import { describe, expect, test } from "bun:test";
import { createLimits } from "../../src/limits.ts";
import { Bucket } from "../../src/token-bucket.ts";

const rate = { rate: 2, burst: 3 };

test("a bucket allows a burst, then the rate, and returns the time to wait", () => {
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
  addressReadRate: 1,
  addressReadBurst: 10,
  addressFileRate: 100,
  addressFileBurst: 100,
  addressGuessRate: 1,
  addressGuessBurst: 20,
  hookInRate: 1,
  hookInBurst: 2,
  maxTopics: 1000,
  addressNewTopics: 1000,
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

test("sessions are limited by address and in all, and each place is returned once", () => {
  const limits = createLimits(settings, () => 0);
  const crowded = ["too-many-sessions", 30_000];
  const answers = ["a", "a", "a", "b", "b", "c"].map((address) => answerOf(() => limits.join(address)));
  expect(answers).toEqual(["ok", "ok", crowded, "ok", "ok", crowded]);
  limits.leave("a");
  limits.leave("nobody");
  expect(["c", "c"].map((address) => answerOf(() => limits.join(address)))).toEqual(["ok", crowded]);
});

test("sessions open no faster than the server's rate and the rate of one address", () => {
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
    answerOf(() => {
      limits.takeSender({ address, user });
      limits.takeTopic(topic);
    });
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

test("an idle key is forgotten once its bucket is full", () => {
  let now = 0;
  const limits = createLimits(settings, () => now);
  limits.join("stays");
  limits.takeSender({ address: "goes", user: "1" });
  limits.takeTopic("t");
  limits.sweep();
  expect(limits.size()).toBe(5);
  now = 2000;
  limits.sweep();
  expect(limits.size()).toBe(1);
});

test("a message refused for its sender costs the topic nothing, and one not stored is credited back", () => {
  const limits = createLimits(settings, () => 0);
  for (let i = 0; i < 100; i++) answerOf(() => limits.takeSender({ address: "a", user: "1" }));
  for (let i = 0; i < 20; i++) {
    limits.takeTopic("t");
    limits.refundTopic("t");
  }
  expect([1, 2, 3, 4, 5].map(() => answerOf(() => limits.takeTopic("t")))).toEqual([
    "ok",
    "ok",
    "ok",
    "ok",
    ["rate-limited", 1000],
  ]);
});

describe("an IPv6 network", () => {
  const unit = (i: number) => `2001:db8:1:${i.toString(16)}::/64`;

  test("opens eight times the sessions of one of its addresses, and no more", () => {
    const roomy = { ...settings, maxSessions: 1000 };
    const limits = createLimits(roomy, () => 0);
    const opened = Array.from({ length: 40 }, (_, i) => answerOf(() => limits.join(unit(i))));
    expect(opened.filter((answer) => answer === "ok").length).toBe(16);
    expect(answerOf(() => limits.join("2001:db8:2:0::/64"))).toBe("ok");
    for (let i = 0; i < 16; i++) limits.leave(unit(i));
    expect(answerOf(() => limits.join(unit(99)))).toBe("ok");
  });

  test("publishes eight times what one of its addresses may", () => {
    const limits = createLimits(settings, () => 0);
    const sent = Array.from({ length: 100 }, (_, i) =>
      answerOf(() => limits.takeSender({ address: unit(i), user: String(i) })),
    );
    expect(sent.filter((answer) => answer === "ok").length).toBe(24);
  });
});

test("long responses cost an address more than short ones", () => {
  const limits = createLimits(settings, () => 0);
  limits.takeRead("a");
  limits.spendRead("a", 20 * 16_384);
  expect(answerOf(() => limits.takeRead("a"))).toEqual(["rate-limited", 12_000]);
  expect(answerOf(() => limits.takeRead("b"))).toBe("ok");
});

test("an address with too many wrong keys waits before the next check", () => {
  const limits = createLimits(settings, () => 0);
  const tries = Array.from({ length: 21 }, () => {
    const answer = answerOf(() => limits.requireFewGuesses("a"));
    limits.noteGuess("a");
    return answer;
  });
  expect(tries.slice(0, 20).every((answer) => answer === "ok")).toBe(true);
  expect(tries[20]).toMatchObject(["rate-limited", expect.any(Number)]);
  expect(answerOf(() => limits.requireFewGuesses("b"))).toBe("ok");
});

test("new topics are limited by address and in all, and the error names the limit", () => {
  const limits = createLimits({ ...settings, addressNewTopics: 3, maxTopics: 10 }, () => 0);
  for (let count = 0; count < 3; count++) limits.takeNewTopic("203.0.113.7", count);
  const codeOf = (address: string, count: number) => {
    try {
      limits.takeNewTopic(address, count);
    } catch (error) {
      return String(error);
    }
    return "taken";
  };
  expect(codeOf("203.0.113.7", 3)).toContain("address_new_topics allows 3 an hour");
  expect(codeOf("203.0.113.8", 3)).toBe("taken");
  expect(codeOf("203.0.113.9", 10)).toContain("max_topics allows 10");
});
