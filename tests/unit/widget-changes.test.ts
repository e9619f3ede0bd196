import { describe, expect, test } from "bun:test";
import type { Message, User } from "../../src/model.ts";
import { applyChanges } from "../../widget/client/changes.ts";
import { addFact } from "../../widget/client/topic-facts.ts";
import { initialState, reduce, type State, type StateEvent } from "../../widget/client/state.ts";

const ana: User = { id: "ana", name: "Ana", role: "guest" };
const budi: User = { id: "budi", name: "Budi", role: "moderator" };
const message = (offset: number, more: Partial<Message> = {}): Message => ({
  topic: "lobby",
  offset,
  id: `m${offset}`,
  user: ana,
  text: `text ${offset}`,
  at: offset,
  ...more,
});
const edit = (offset: number, target: number, text: string) =>
  message(offset, { kind: "edit", target, text });
const react = (offset: number, user: User, on: boolean, emoji = "👍") =>
  message(offset, { kind: "react", target: 1, emoji, on, user, text: "" });
const fold = (...entries: Message[]) => applyChanges([message(1), message(2)], entries)[0];

describe("a change", () => {
  test("gives the message its new text and time", () => {
    expect(fold(edit(3, 1, "better"))).toMatchObject({ text: "better", edited: 3 });
  });

  test("removes the message for good, and a repeated edit does not restore it", () => {
    const removed = fold(message(3, { kind: "remove", target: 1, text: "" }), edit(4, 1, "again"));
    expect(removed).toMatchObject({ text: "", removed: "author" });
    expect(fold(message(3, { kind: "remove", target: 1, user: budi }))?.removed).toBe("moderator");
  });

  test("counts a user's reaction once, and removes it", () => {
    expect(fold(react(3, ana, true), react(4, ana, true), react(5, budi, true))?.reactions).toEqual({
      "👍": ["ana", "budi"],
    });
    expect(fold(react(3, ana, true), react(4, budi, true, "🎉"), react(5, ana, false))?.reactions).toEqual({
      "🎉": ["budi"],
    });
  });

  test("of an unknown kind, or of a message that is not held, changes nothing", () => {
    const strange = message(3, { kind: "sing" as "edit", target: 1 });
    expect(fold(strange, edit(4, 99, "x"), react(5, ana, false))).toEqual(message(1, { reactions: {} }));
    expect(fold(strange)).toEqual(message(1));
  });

  test("applied twice has the same result", () => {
    const entries = [
      edit(3, 1, "a"),
      react(4, ana, true),
      edit(5, 1, "b"),
      react(6, ana, false),
      react(7, budi, true),
    ];
    const once = fold(...entries);
    expect(applyChanges([once ?? message(1)], entries)[0]).toEqual(once ?? message(1));
  });
});

test("changes count as offsets, and never as unread", () => {
  const events: StateEvent[] = [
    { type: "me", me: budi },
    { type: "opened", topic: "lobby", pending: [] },
    {
      type: "subscribed",
      topic: "lobby",
      reply: {
        topic: "lobby",
        cursor: { epoch: "e", offset: 0, tag: "" },
        first: 1,
        top: 0,
        can: { read: true, write: true, react: true, people: true, moderate: false },
        recovered: true,
      },
    },
    { type: "messages", topic: "lobby", tag: "a", messages: [message(1)] },
    { type: "messages", topic: "lobby", tag: "b", messages: [edit(2, 1, "new"), react(3, ana, true)] },
  ];
  const state: State = events.reduce(reduce, initialState);
  expect(state.topics.lobby).toMatchObject({ last: 3, unread: 1, cursor: { offset: 3, tag: "b" } });
  expect(state.topics.lobby?.messages[0]).toMatchObject({ text: "new", reactions: { "👍": ["ana"] } });
  const cleared = reduce(state, {
    type: "told",
    topic: "lobby",
    news: { type: "cleared", topic: "lobby", upTo: 3 },
  });
  expect(cleared.topics.lobby).toMatchObject({ messages: [], first: 4, last: 3 });
});

test("people join, change their name and leave, and a large audience is only a count", () => {
  const event = { type: "people", topic: "lobby" } as const;
  const some = addFact({ people: { count: 1, users: [ana] } }, { ...event, count: 2, joined: [budi] });
  expect(some.people).toEqual({ count: 2, users: [ana, budi] });
  const named = addFact(some, { ...event, count: 2, joined: [{ ...ana, name: "A." }] });
  expect(named.people?.users?.map(({ name }) => name)).toEqual(["Budi", "A."]);
  expect(addFact(named, { ...event, count: 1, left: ["ana"] }).people).toEqual({ count: 1, users: [budi] });
  expect(addFact(named, { ...event, count: 101 }).people).toEqual({ count: 101 });
});
