import { expect, test } from "bun:test";
import {
  authorAudience,
  encodeFor,
  PUBLIC_AUDIENCE,
  isShown,
  MODERATOR_AUDIENCE,
} from "../../src/topics/audience.ts";
import { encodeBody, isHiddenBody } from "../../src/log/message-body.ts";

const user = { id: "g-1", name: "Ana", role: "guest" } as const;
const entryOf = (body: string) => ({ topic: "a", offset: 7, id: "m", userId: "g-1", at: 5, tag: "t", body });
const open = entryOf(encodeBody({ user, text: "hello" }));
const hidden = entryOf(encodeBody({ user, text: "secret", replyTo: 3, mentions: ["u:2"], hidden: "g-1" }));
const seenBy = (entry: typeof open, audience: string) => JSON.parse(encodeFor(entry, audience));

test("an open message is the same for every reader", () => {
  for (const audience of [
    PUBLIC_AUDIENCE,
    MODERATOR_AUDIENCE,
    authorAudience("g-1"),
    authorAudience("g-2"),
  ]) {
    expect(seenBy(open, audience)).toEqual({ topic: "a", offset: 7, id: "m", at: 5, user, text: "hello" });
    expect(isShown(open, audience)).toBe(true);
  }
});

test("a shadow message is complete for its author, marked for moderators, and an empty placeholder for others", () => {
  const message = {
    topic: "a",
    offset: 7,
    id: "m",
    at: 5,
    user,
    text: "secret",
    replyTo: 3,
    mentions: ["u:2"],
  };
  expect(seenBy(hidden, authorAudience("g-1"))).toEqual(message);
  expect(seenBy(hidden, MODERATOR_AUDIENCE)).toEqual({ ...message, hidden: true });
  for (const audience of [PUBLIC_AUDIENCE, authorAudience("g-2"), authorAudience("moderators"), ""]) {
    expect(seenBy(hidden, audience)).toEqual({
      topic: "a",
      offset: 7,
      id: "hidden-7",
      at: 5,
      kind: "hidden",
      user: { id: "hidden", name: "Hidden", role: "guest" },
      text: "",
    });
    expect(isShown(hidden, audience)).toBe(false);
  }
});

test("no text can imitate a mark", () => {
  for (const text of ['{"hidden":"g-1"', '"hidden":"g-1"', '","hidden":"x'])
    expect(isHiddenBody(encodeBody({ user, text }))).toBe(false);
});
