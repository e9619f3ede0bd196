import { expect, test } from "bun:test";
import { createPresence } from "../../src/topics/presence.ts";
import type { User } from "../../src/model.ts";

const user = (id: string, name = id): User => ({ id, name, role: "guest" });

/** Presence on a clock of its own. */
function setUp() {
  let now = 0;
  let due: { at: number; run: () => void }[] = [];
  let events: Record<string, unknown>[] = [];
  const presence = createPresence({
    publish: (_, frame) => events.push(JSON.parse(frame)),
    publishTo: (_, userId, frame) => events.push({ userId, ...JSON.parse(frame) }),
    now: () => now,
    later: (run, ms) => {
      due.push({ at: now + ms, run });
      return 1 as unknown as ReturnType<typeof setTimeout>;
    },
  });
  return {
    presence,
    /** Moves on and returns what was published meanwhile. */
    after(ms: number) {
      const until = now + ms;
      for (;;) {
        const next = due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        due = due.filter((item) => item !== next);
        now = next.at;
        next.run();
      }
      now = until;
      const found = events;
      events = [];
      return found;
    },
  };
}

test("joins and leaves within a second are one event", () => {
  const { presence, after } = setUp();
  for (const id of ["a", "b", "c"]) presence.join("t", user(id));
  presence.leave("t", user("b"));
  expect(after(1000)).toEqual([
    { type: "people", topic: "t", count: 2, joined: [user("a"), user("c")], left: ["b"] },
  ]);
  expect(after(5000)).toEqual([]);
  expect(presence.people("t")).toEqual({ count: 2, users: [user("a"), user("c")] });
});

test("a user with two sessions is listed once until the last one ends", () => {
  const { presence, after } = setUp();
  presence.join("t", user("a"));
  presence.join("t", user("a"));
  after(1000);
  presence.leave("t", user("a"));
  expect(after(1000)).toEqual([]);
  presence.leave("t", user("a"));
  expect(after(1000)).toEqual([{ type: "people", topic: "t", count: 0, left: ["a"] }]);
  expect(presence.people("t")).toEqual({ count: 0 });
});

test("a new name is sent as a join", () => {
  const { presence, after } = setUp();
  presence.join("t", user("a"));
  after(1000);
  presence.rename("t", user("a", "Ana"));
  expect(after(1000)).toEqual([{ type: "people", topic: "t", count: 1, joined: [user("a", "Ana")] }]);
});

test("a large audience receives only its count, and rarely", () => {
  const { presence, after } = setUp();
  for (let i = 0; i < 500; i++) presence.join("t", user(`u${i}`));
  expect(after(10_000)).toEqual([{ type: "people", topic: "t", count: 500 }]);
  presence.join("t", user("one more"));
  expect(after(1000)).toEqual([]);
  expect(after(4000)).toEqual([{ type: "people", topic: "t", count: 501 }]);
  expect(presence.people("t")).toEqual({ count: 501 });
});

test("the cost of many joins grows linearly with the users", () => {
  // All of a storm come within ten seconds; each event goes to all users who are online by then.
  const bytesFor = (people: number) => {
    const { presence, after } = setUp();
    let bytes = 0;
    for (let i = 0; i < people; i++) {
      presence.join("t", user(`u${i}`));
      if (i % (people / 100) !== 0) continue;
      for (const event of after(100)) bytes += JSON.stringify(event).length * (i + 1);
    }
    return bytes;
  };
  expect(bytesFor(10_000)).toBeLessThan(2.3 * bytesFor(5000));
});

test("typing is sent once, lasts while repeated, and ends by itself or with the message", () => {
  const { presence, after } = setUp();
  for (const id of ["a", "b"]) presence.join("t", user(id));
  after(1000);
  presence.typing("t", "a");
  expect(after(1000)).toEqual([{ type: "typing", topic: "t", users: [user("a")] }]);
  presence.typing("t", "a");
  expect(after(3000)).toEqual([]);
  expect(after(3000)).toEqual([{ type: "typing", topic: "t", users: [] }]);
  presence.typing("t", "b");
  after(1000);
  presence.stopTyping("t", user("b"));
  expect(after(1000)).toEqual([{ type: "typing", topic: "t", users: [] }]);
});

test("a user who is not online is not typing", () => {
  const { presence, after } = setUp();
  presence.typing("t", "stranger");
  presence.leave("t", user("stranger"));
  expect(after(5000)).toEqual([]);
});

test("a shadow-banned user counts for that user only, and never sees the own departure", () => {
  const { presence, after } = setUp();
  for (const id of ["a", "b"]) presence.join("t", user(id));
  after(1000);
  presence.leave("t", user("b"));
  presence.addShadowed("t", "b");
  expect(after(1000)).toEqual([
    { type: "people", topic: "t", count: 1, left: ["b"] },
    { userId: "b", type: "people", topic: "t", count: 2, left: [] },
  ]);
  expect(presence.people("t")).toEqual({ count: 1, users: [user("a")] });
});
