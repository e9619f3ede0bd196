import { describe, expect, test } from "bun:test";
import type { Message, User } from "../../src/model.ts";
import {
  hasOlder,
  initialState,
  MAX_KEPT,
  oldestOffset,
  reduce,
  type State,
  type StateEvent,
} from "../../widget/client/state.ts";
import { createRandom } from "../support/seed.ts";

const ana: User = { id: "ana", name: "Ana", role: "guest" };
const me: User = { id: "me", name: "Me", role: "guest" };
const topic = "lobby";
const limits = initialState.limits;

const message = (offset: number, user = ana, id = `m${offset}`): Message => ({
  topic,
  offset,
  id,
  user,
  text: `text ${offset}`,
  at: offset * 1_000,
});
const range = (from: number, to: number, user = ana) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => message(from + i, user));
const messages = (from: number, to: number, user = ana): StateEvent => ({
  type: "messages",
  topic,
  tag: `t${to}`,
  messages: range(from, to, user),
});
const subscribed = (offset: number, top: number, gap?: object, epoch = "e1"): StateEvent =>
  ({
    type: "subscribed",
    topic,
    reply: {
      topic,
      cursor: { epoch, offset, tag: "s" },
      first: 1,
      top,
      can: { read: true, write: true },
      recovered: !gap,
      gap,
    },
  }) as StateEvent;
const run = (...events: StateEvent[]): State => {
  const opened: StateEvent[] = [
    { type: "me", me, limits },
    { type: "opened", topic, pending: [] },
  ];
  return [...opened, ...events].reduce(reduce, initialState);
};
const lobby = (state: State) => {
  const t = state.topics[topic];
  if (!t) throw new Error("no topic");
  return t;
};
const offsets = (state: State) => lobby(state).messages.map((m) => m.offset);

describe("messages", () => {
  test("are held once and in order, however often they arrive", () => {
    const state = run(subscribed(2, 4), messages(3, 4), messages(3, 4), messages(4, 6), messages(5, 5));
    expect(offsets(state)).toEqual([3, 4, 5, 6]);
    expect(lobby(state).cursor).toEqual({ epoch: "e1", offset: 6, tag: "t6" });
  });

  test("that do not continue the list are not added, and the hole is detected", () => {
    const state = run(subscribed(0, 0), messages(1, 2), messages(4, 5));
    expect(offsets(state)).toEqual([1, 2]);
    expect(lobby(state)).toMatchObject({ hole: true, last: 2, cursor: { offset: 2, tag: "t2" } });
    expect(lobby(reduce(state, subscribed(2, 5))).hole).toBe(false);
  });

  test("with a hole inside are refused as a whole", () => {
    const state = run(subscribed(0, 0), {
      type: "messages",
      topic,
      tag: "t",
      messages: [message(1), message(3)],
    });
    expect(offsets(state)).toEqual([]);
    expect(lobby(state).hole).toBe(true);
  });

  test("of a topic that is not open change nothing", () => {
    expect(reduce(initialState, messages(1, 2))).toBe(initialState);
  });

  test("beyond a topic's bound drop the oldest, and history can load them again", () => {
    const state = run(subscribed(0, 0), messages(1, MAX_KEPT), messages(MAX_KEPT + 1, MAX_KEPT + 5));
    expect(lobby(state).messages.length).toBe(MAX_KEPT);
    expect(oldestOffset(lobby(state))).toBe(6);
    expect(hasOlder(lobby(state))).toBe(true);
  });
});

describe("coming back", () => {
  test("counts the missed messages and marks their beginning", () => {
    const state = run(subscribed(0, 2), messages(1, 2), subscribed(2, 5), messages(3, 5));
    expect(lobby(state).away).toEqual({ from: 3, count: 3 });
    expect(offsets(state)).toEqual([1, 2, 3, 4, 5]);
  });

  test("after a trim keeps the list and shows the gap", () => {
    const gap = { from: 3, to: 7, reason: "trimmed" };
    const state = run(subscribed(0, 2), messages(1, 2), subscribed(7, 9, gap), messages(8, 9));
    expect(offsets(state)).toEqual([1, 2, 8, 9]);
    expect(lobby(state).gaps).toMatchObject([{ from: 3, to: 7 }]);
  });

  test.each(["epoch", "tag"])("to another log (%s) shows nothing of the old one", (reason) => {
    const gap = { from: 1, to: 3, reason };
    const state = run(subscribed(0, 2), messages(1, 2), subscribed(3, 5, gap, "e2"), messages(4, 5));
    expect(offsets(state)).toEqual([4, 5]);
    expect(lobby(state)).toMatchObject({ cursor: { epoch: "e2", offset: 5 }, gaps: [], unread: 0 });
  });

  test("after a gap keeps the old cursor until a message with a tag arrives", () => {
    const gap: StateEvent = { type: "gap", topic, gap: { from: 3, to: 6, reason: "trimmed" } };
    const between = run(subscribed(0, 9), messages(1, 2), gap);
    expect(lobby(between)).toMatchObject({ last: 6, cursor: { offset: 2, tag: "t2" } });
    const after = reduce(between, messages(7, 9));
    expect(offsets(after)).toEqual([1, 2, 7, 8, 9]);
    expect(lobby(after).gaps).toMatchObject([{ from: 3, to: 6 }]);
    // The connection ends between the two: the gap arrives again, and is one gap.
    const again = reduce(between, subscribed(7, 9, { from: 3, to: 7, reason: "trimmed" }));
    expect(lobby(again).gaps).toMatchObject([{ from: 3, to: 7 }]);
  });
});

describe("history", () => {
  const older = (from: number, to: number, epoch = "e1", more = true): StateEvent =>
    ({
      type: "older",
      topic,
      reply: { topic, epoch, first: 1, top: 9, messages: range(from, to), more },
    }) as StateEvent;

  test("messages cleared meanwhile are gone after reconnecting", () => {
    const back = subscribed(4, 4) as StateEvent & { type: "subscribed" };
    const state = run(subscribed(0, 4), messages(1, 4), { ...back, reply: { ...back.reply, first: 4 } });
    expect(lobby(state).messages.map((m) => m.offset)).toEqual([4]);
  });

  test("adds only messages that adjoin the oldest one", () => {
    const start = run(subscribed(6, 9), messages(7, 9));
    expect(hasOlder(lobby(start))).toBe(true);
    expect(offsets(reduce(start, older(4, 6)))).toEqual([4, 5, 6, 7, 8, 9]);
    expect(offsets(reduce(start, older(5, 8)))).toEqual([5, 6, 7, 8, 9]);
    expect(offsets(reduce(start, older(1, 3)))).toEqual([7, 8, 9]);
    expect(offsets(reduce(start, older(4, 6, "e2")))).toEqual([7, 8, 9]);
  });

  test("that has nothing more ends the requests", () => {
    const start = run(subscribed(6, 9), messages(7, 9));
    expect(hasOlder(lobby(reduce(start, older(9, 8, "e1", false))))).toBe(false);
  });
});

describe("unread", () => {
  test("counts others' messages while the chat is not watched, and marks the first", () => {
    const state = run(subscribed(0, 2), messages(1, 2), messages(3, 3, me), messages(4, 5));
    expect(lobby(state)).toMatchObject({ unread: 2, newFrom: 4 });
    expect(lobby(reduce(state, { type: "seeing", topic, seeing: true }))).toMatchObject({
      unread: 0,
      readTo: 5,
      newFrom: 4,
    });
  });

  test("counts nothing while the chat is watched", () => {
    const state = run(subscribed(0, 0), { type: "seeing", topic, seeing: true }, messages(1, 3));
    expect(lobby(state)).toMatchObject({ unread: 0, readTo: 3 });
    expect(lobby(state).newFrom).toBeUndefined();
  });

  test("begins after the read marker of the last visit, if it is of this log", () => {
    const reply = (subscribed(0, 4) as StateEvent & { type: "subscribed" }).reply;
    const visit = (mark: [string, number]) => run({ type: "subscribed", topic, reply, mark }, messages(1, 4));
    expect(lobby(visit(["e1", 2]))).toMatchObject({ unread: 2, newFrom: 3 });
    expect(lobby(visit(["e0", 2]))).toMatchObject({ unread: 0 });
    expect(lobby(visit(["e1", 99]))).toMatchObject({ unread: 0 });
  });
});

describe("unsent messages", () => {
  const item = { id: "p1", topic, text: "hello", at: 1 };
  const queued: StateEvent = { type: "queued", topic, item };
  const echo: StateEvent = { type: "messages", topic, tag: "t1", messages: [message(1, me, "p1")] };

  test("disappear when the stored message arrives, before or after the reply", () => {
    const acked: StateEvent = { type: "acked", topic, id: "p1", offset: 1 };
    for (const order of [
      [echo, acked],
      [acked, echo],
    ]) {
      const state = run(subscribed(0, 0), queued, ...order);
      expect(lobby(state).pending).toEqual([]);
      expect(offsets(state)).toEqual([1]);
    }
  });

  test("of another user with the same id do not count", () => {
    const state = run(subscribed(0, 0), queued, { ...echo, messages: [message(1, ana, "p1")] } as StateEvent);
    expect(lobby(state).pending).toHaveLength(1);
  });

  test("fail, are retried, and are deleted", () => {
    const failed = run(queued, { type: "pending", topic, id: "p1", change: { failed: "forbidden" } });
    expect(lobby(failed).pending).toMatchObject([{ failed: "forbidden" }]);
    const again = reduce(failed, { type: "pending", topic, id: "p1", change: { failed: undefined } });
    expect(lobby(again).pending[0]?.failed).toBeUndefined();
    expect(lobby(reduce(again, { type: "discarded", topic, id: "p1" })).pending).toEqual([]);
  });
});

test("any frames in any order leave the list sorted, without doubles and without silent holes", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = createRandom(seed);
    let state = run();
    for (let step = 0; step < 60; step++) {
      const from = random.int(1, 40);
      const to = from + random.int(0, 8);
      const gap = random.int(0, 3)
        ? undefined
        : { from, to, reason: random.pick(["trimmed", "epoch", "tag"]) };
      const events: StateEvent[] = [
        messages(from, to),
        subscribed(from, to, gap, random.pick(["e1", "e2"])),
        { type: "gap", topic, gap: { from, to, reason: "trimmed" } },
        {
          type: "older",
          topic,
          reply: {
            topic,
            epoch: random.pick(["e1", "e2"]),
            first: 1,
            top: 50,
            messages: range(from, to),
            more: true,
          },
        },
      ];
      // A server's own stream: mostly it continues.
      const next = lobby(state).last + 1;
      state = reduce(state, random.int(0, 2) ? messages(next, next + random.int(0, 3)) : random.pick(events));
      const held = lobby(state);
      let before: number | undefined;
      for (const { offset } of held.messages) {
        if (before !== undefined && offset !== before + 1) {
          const start = before;
          const said = held.gaps.some((g) => g.from <= start + 1 && g.to >= offset - 1);
          expect({ seed, step, before, offset, said: said && offset > start }).toMatchObject({ said: true });
        }
        before = offset;
      }
      expect(before ?? 0).toBeLessThanOrEqual(held.last);
    }
  }
});
