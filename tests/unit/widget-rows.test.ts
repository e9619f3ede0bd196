import { describe, expect, test } from "bun:test";
import type { Message, User } from "../../src/model.ts";
import { buildRows } from "../../widget/chat/rows.ts";
import { weaveRows } from "../../widget/extras/message/ephemeral.ts";
import {
  cut,
  FIRST,
  follow,
  FOLLOWED,
  hold,
  MOUNTED,
  slideDown,
  slideUp,
  type Span,
} from "../../widget/chat/mounted-range.ts";
import { initialState, reduce, type TopicState } from "../../widget/client/state.ts";

const ana: User = { id: "ana", name: "Ana", role: "guest" };
const budi: User = { id: "budi", name: "Budi", role: "guest" };
const noon = new Date(2025, 5, 10, 12).getTime();
const minute = 60_000;

const message = (
  offset: number,
  user = ana,
  at = noon + offset * 1_000,
  more: Partial<Message> = {},
): Message => ({
  topic: "lobby",
  offset,
  id: `id${offset}`,
  user,
  text: `${offset}`,
  at,
  ...more,
});
const topic = (more: Partial<TopicState> = {}): TopicState => {
  const state = reduce(initialState, { type: "opened", topic: "lobby", pending: [] });
  return { ...(state.topics.lobby as TopicState), phase: "ready", ...more };
};
const show = (t: TopicState, messages: Message[], isNewest = true, me: User | undefined = budi) =>
  buildRows(t, messages, isNewest, me).map((row) =>
    row.type === "message"
      ? `${row.head ? `${row.name}:` : ""}${row.text}${row.state ? ` ${row.state}` : ""}`
      : row.type,
  );

describe("groups", () => {
  test("one author's messages within five minutes stand together", () => {
    const messages = [
      message(1),
      message(2, ana, noon + 4 * minute),
      message(3, ana, noon + 9.5 * minute),
      message(4, budi, noon + 9.6 * minute),
      message(5, { ...budi, name: "B." }, noon + 9.7 * minute),
    ];
    expect(show(topic(), messages)).toEqual(["day", "Ana:1", "2", "Ana:3", "Budi:4", "B.:5"]);
  });

  test("a day begins with its divider, and with a new group", () => {
    const midnight = new Date(2025, 5, 11).getTime();
    expect(show(topic(), [message(1, ana, midnight - 1), message(2, ana, midnight)])).toEqual([
      "day",
      "Ana:1",
      "day",
      "Ana:2",
    ]);
  });

  test("entries of an unknown kind are not shown and do not split a group", () => {
    expect(show(topic(), [message(1), message(2, budi, noon, { kind: "react" }), message(3)])).toEqual([
      "day",
      "Ana:1",
      "3",
    ]);
  });
});

describe("lines", () => {
  test("a gap is shown at its place", () => {
    const gaps = [{ from: 3, to: 6, reason: "trimmed" as const }];
    expect(show(topic({ gaps }), [message(1), message(2), message(7)])).toEqual([
      "day",
      "Ana:1",
      "2",
      "gap",
      "Ana:7",
    ]);
    expect(show(topic({ gaps }), [message(7)])).toEqual(["gap", "day", "Ana:7"]);
    expect(show(topic({ gaps }), [message(9)])).toEqual(["day", "Ana:9"]);
    expect(show(topic({ gaps }), [message(1), message(2)])).toEqual(["day", "Ana:1", "2", "gap"]);
  });

  test("new messages begin after a line if that is in sight", () => {
    expect(show(topic({ newFrom: 2 }), [message(1), message(2), message(3)])).toEqual([
      "day",
      "Ana:1",
      "new",
      "Ana:2",
      "3",
    ]);
    expect(show(topic({ newFrom: 2 }), [message(5), message(6)])).toEqual(["day", "Ana:5", "6"]);
  });

  test("messages missed offline are marked with their count", () => {
    const rows = buildRows(
      topic({ newFrom: 2, away: { from: 2, count: 9 } }),
      [message(1), message(2)],
      true,
      budi,
    );
    expect(rows.filter((row) => row.type === "new")).toEqual([{ type: "new", key: "new", count: 9 }]);
  });
});

describe("unsent messages", () => {
  const pending = [
    { id: "p1", topic: "lobby", text: "a", at: noon + 2_000 },
    { id: "p2", topic: "lobby", text: "b", at: noon + 3_000, failed: "forbidden" },
  ];

  test("stand after the newest, in the author's group", () => {
    expect(show(topic({ pending }), [message(1, budi)])).toEqual(["day", "Budi:1", "a pending", "b failed"]);
    expect(show(topic({ pending }), [message(1)])).toEqual(["day", "Ana:1", "Budi:a pending", "b failed"]);
    expect(show(topic({ pending }), [message(1)], false)).toEqual(["day", "Ana:1"]);
  });

  test("keep their key when they are stored", () => {
    const keyOf = (t: TopicState, messages: Message[]) =>
      buildRows(t, messages, true, budi).find((r) => r.key === "p1");
    expect(keyOf(topic({ pending }), [])).toBeDefined();
    expect(keyOf(topic(), [message(1, budi, noon, { id: "p1" })])).toBeDefined();
    expect(keyOf(topic(), [message(1, ana, noon, { id: "p1" })])).toBeUndefined();
  });
});

describe("the mounted range", () => {
  const all = Array.from({ length: 1_000 }, (_, i) => message(i + 1));
  const size = (messages: Message[], span: Span) => cut(messages, span).end_ - cut(messages, span).start_;

  test("is the newest messages while the reader is at the end", () => {
    expect(cut(all, undefined)).toEqual({ start_: 1_000 - FIRST, end_: 1_000 });
    expect(cut(all.slice(0, 3), undefined)).toEqual({ start_: 0, end_: 3 });
    expect(cut([], undefined)).toEqual({ start_: 0, end_: 0 });
  });

  test("begins with the usual first list, extends a moment later, and then grows only with new messages", () => {
    let from = Number.POSITIVE_INFINITY;
    const sizes: number[] = [];
    for (let next = follow(all, from); next !== undefined; next = follow(all, from)) {
      from = next;
      const { start_: start, end_: end } = cut(all, undefined, from);
      sizes.push(end - start);
    }
    expect(cut(all, undefined)).toEqual({ start_: 1_000 - FIRST, end_: 1_000 });
    expect(sizes).toEqual([FOLLOWED]);
    const more = [...all, message(1_001), message(1_002)];
    expect(cut(more, undefined, from)).toEqual({ start_: 1_000 - FOLLOWED, end_: 1_002 });
    expect(follow(more, from)).toBeUndefined();
  });

  test("drops rows at its beginning only far above its bound, and not with each new message", () => {
    let from = all[0]?.offset ?? 0;
    let taken = 0;
    for (let held = 1; held <= all.length; held++) {
      const messages = all.slice(0, held);
      const before = cut(messages, undefined, from);
      // What has just come stands below rows that have all stayed.
      if (held <= MOUNTED || taken > 0) expect(messages[before.start_]?.offset).toBeLessThanOrEqual(from);
      const next = follow(messages, from);
      if (next === undefined || next === from) continue;
      taken++;
      from = next;
      const { start_: start, end_: end } = cut(messages, undefined, from);
      expect(end - start).toBe(FOLLOWED);
    }
    expect(taken).toBeGreaterThan(5);
    expect(taken).toBeLessThan(25);
  });

  test("never exceeds its bound, however many messages arrive at once", () => {
    const { start_: start, end_: end } = cut(all, undefined, 1);
    expect(end - start).toBe(MOUNTED);
  });

  test("moves to the first message and back to the last within its bound", () => {
    let span = hold(all, undefined);
    for (let i = 0; i < 30; i++) {
      span = slideUp(all, span);
      expect(size(all, span)).toBeLessThanOrEqual(MOUNTED);
    }
    expect(cut(all, span).start_).toBe(0);
    for (let i = 0; i < 30; i++) {
      span = slideDown(all, span);
      expect(size(all, span)).toBeLessThanOrEqual(MOUNTED);
    }
    expect(cut(all, span).end_).toBe(1_000);
  });

  test("stays where it is when messages are added at either end", () => {
    const some = all.slice(200, 500);
    const span = hold(some, undefined);
    expect(cut(all, span)).toEqual({ start_: 500 - FIRST, end_: 500 });
  });

  test("of a list that lost its beginning is the remaining part", () => {
    const span = slideUp(all, hold(all.slice(0, 100), undefined));
    expect(cut(all.slice(90), span)).toEqual({ start_: 0, end_: 10 });
    expect(size(all.slice(900), span)).toBe(0);
  });
});

test("ephemeral messages stand after the message that was the newest when they came", () => {
  const brief = (after: number) => ({
    message: message(0, budi, noon, { id: `e${after}`, ephemeral: true }),
    after,
    key: `e${after}`,
  });
  const rowsOf = (messages: Message[]) => buildRows(topic({ messages, last: 12 }), messages, true, ana);
  const shown = (messages: Message[], passing: number[], isNewest = true) =>
    weaveRows(rowsOf(messages), passing.map(brief), isNewest, "ana").map((row) =>
      "text" in row ? `${row.message?.ephemeral ? "e" : ""}${row.text}${row.head ? "+" : ""}` : row.type,
    );
  const list = [message(10), message(11), message(12)];
  expect(shown(list, [])).toEqual(["day", "10+", "11", "12"]);
  // The group of one author begins again behind it; those of one author are a group of their own.
  expect(shown(list, [10, 10, 12])).toEqual(["day", "10+", "e0+", "e0", "11+", "12", "e0+"]);
  // Those before the rows shown, and those after them, belong to rows that are not mounted.
  expect(shown(list, [4, 12], false)).toEqual(["day", "10+", "11", "12"]);
  expect(shown(list, [9])).toEqual(["day", "e0+", "10+", "11", "12"]);
  expect(shown([], [0])).toEqual(["e0+"]);
});

test("ephemeral messages are grouped as stored ones are, and the last of a group has the note", () => {
  const writers = [ana, ana, budi, budi, budi, { ...budi, name: "B." }, ana];
  const times = [0, 4, 4, 5, 10.5, 10.6, 10.7].map((minutes) => noon + minutes * minute);
  const all = writers.map((user, i) => message(i + 1, user, times[i]));
  const stored = buildRows(topic(), all, true, ana).filter((row) => "text" in row);
  const passing = all.map((each) => ({ message: { ...each, ephemeral: true }, after: 0, key: each.id }));
  const woven = weaveRows([], passing, true, "ana").filter((row) => "text" in row);
  expect(woven.map(({ head }) => head)).toEqual(stored.map(({ head }) => head));
  expect(woven.map(({ isLast_ }) => isLast_)).toEqual([false, true, false, true, true, true, true]);
  // A stored message behind an ephemeral one of its author continues the group.
  const [first, second] = [message(1), message(2)];
  const between = { message: message(0, ana, noon + 1_500, { ephemeral: true }), after: 1, key: "e" };
  const rows = weaveRows(buildRows(topic(), [first, second], true, budi), [between], true, "budi");
  expect(rows.map((row) => "head" in row && row.head)).toEqual([false, true, false, false]);
});
