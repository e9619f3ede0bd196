import { afterEach, describe, expect, test } from "bun:test";
import type { Identity } from "../../src/users/identity.ts";
import type { MessageLog } from "../../src/log/log.ts";
import { createTestChat } from "../support/chat.ts";
import { createFolder } from "../support/folder.ts";
import { entryOf } from "../support/log.ts";

const root = createFolder();
let opened: MessageLog[] = [];
afterEach(async () => {
  for (const log of opened) await log.close();
  opened = [];
});

const ana: Identity = { user: { id: "g-ana", name: "Ana", role: "guest" } };
const operator: Identity = { user: { id: "operator", name: "Operator", role: "operator" } };

async function setUp(file: Record<string, unknown> = {}, now?: () => number) {
  const parts = await createTestChat(root, { file, now });
  opened.push(parts.log);
  return parts;
}

describe("publishing", () => {
  test("stores the cleaned text under the user's name of the moment", async () => {
    const { chat, log } = await setUp();
    await chat.publish(ana, "lobby", "m1", { text: "\n hi \u0007\n" });
    const [entry] = await log.read("lobby", { after: 0, limit: 1 });
    expect(JSON.parse(entry?.body ?? "")).toEqual({ user: ana.user, text: " hi" });
  });

  test("a repeat is answered with the first offset, also after a change of name", async () => {
    const { chat } = await setUp();
    await chat.publish(ana, "lobby", "m1", { text: "hi" });
    await chat.publish(ana, "lobby", "m2", { text: "there" });
    expect(
      await chat.publish({ user: { ...ana.user, name: "Anna" } }, "lobby", "m1", { text: "hi " }),
    ).toEqual({
      topic: "lobby",
      offset: 1,
      repeated: true,
    });
    expect(chat.publish(ana, "lobby", "m1", { text: "another" })).rejects.toMatchObject({
      code: "message-id-conflict",
    });
  });

  test.each([
    ["nowhere", "x", "topic-unknown"],
    ["news", "x", "forbidden"],
    ["staff", "x", "forbidden"],
    ["lobby", " \n ", "text-empty"],
    ["lobby", "é".repeat(4097), "text-too-long"],
  ])("a guest in %s with %.5j is refused: %s", async (topic, text, code) => {
    const { chat, log } = await setUp();
    expect(chat.publish(ana, topic, "m1", { text })).rejects.toMatchObject({ code });
    expect(log.countTopics()).toBe(0);
  });

  test("the operator may write wherever there is a topic", async () => {
    const { chat } = await setUp();
    expect((await chat.publish(operator, "staff", "m1", { text: "x" })).offset).toBe(1);
    expect(chat.publish(operator, "nowhere", "m1", { text: "x" })).rejects.toMatchObject({
      code: "topic-unknown",
    });
  });
});

describe("a reply", () => {
  const budi: Identity = { user: { id: "g-budi", name: "Budi", role: "guest" } };
  test("refers to a retained message and to nothing else", async () => {
    const { chat, log } = await setUp();
    await chat.publish(ana, "lobby", "m1", { text: "one" });
    await chat.publish(ana, "lobby", "m2", { text: "two" });
    await chat.change(ana, "lobby", "c1", { kind: "react", target: 2, emoji: "👍", on: true });
    await log.trim("lobby", 1);
    for (const replyTo of [1, 3, 4, 900_000, Number.MAX_SAFE_INTEGER])
      expect(chat.publish(budi, "lobby", `to-${replyTo}`, { text: "?", replyTo })).rejects.toMatchObject({
        code: "message-unknown",
        message: `replyTo: there is no message at offset ${replyTo}.`,
      });
    expect(await chat.publish(budi, "lobby", "to-2", { text: "!", replyTo: 2 })).toMatchObject({ offset: 4 });
  });
});

describe("a change", () => {
  const budi: Identity = { user: { id: "g-budi", name: "Budi", role: "guest" } };
  const setUpMessage = async () => {
    const kabar = await setUp();
    await kabar.chat.publish(ana, "lobby", "m1", { text: "Helo", mentions: ["g-budi"] });
    const message = async () =>
      JSON.parse((await kabar.chat.history(ana, "lobby", { limit: 1, before: 2 })).messages[0] ?? "");
    return { ...kabar, message };
  };

  test("is an entry of its own, and the message is served in its new form", async () => {
    const { chat, message } = await setUpMessage();
    expect((await chat.change(ana, "lobby", "c1", { kind: "edit", target: 1, text: "Hello " })).offset).toBe(
      2,
    );
    expect(
      (await chat.change(budi, "lobby", "c2", { kind: "react", target: 1, emoji: "👍", on: true })).offset,
    ).toBe(3);
    expect(await message()).toMatchObject({
      offset: 1,
      id: "m1",
      user: ana.user,
      text: "Hello",
      mentions: ["g-budi"],
      edited: expect.any(Number),
      reactions: { "👍": ["g-budi"] },
    });
    const { messages } = await chat.history(ana, "lobby", { after: 1 });
    expect(messages.map((json) => JSON.parse(json))).toMatchObject([
      { offset: 2, kind: "edit", target: 1, text: "Hello" },
      { offset: 3, kind: "react", target: 1, emoji: "👍", on: true },
    ]);
  });

  test("a repeat of it changes nothing more, and of its message is still known", async () => {
    const { chat } = await setUpMessage();
    const edit = { kind: "edit", target: 1, text: "Hello" } as const;
    await chat.change(ana, "lobby", "c1", edit);
    expect(await chat.change(ana, "lobby", "c1", edit)).toMatchObject({ offset: 2, repeated: true });
    const first = { text: "Helo", mentions: ["g-budi"] };
    expect(await chat.publish(ana, "lobby", "m1", first)).toMatchObject({ offset: 1, repeated: true });
    expect(chat.change(ana, "lobby", "m1", edit)).rejects.toMatchObject({ code: "message-id-conflict" });
  });

  test("a removed text is gone from the log, and no change applies to it", async () => {
    const { chat, message, log } = await setUpMessage();
    await chat.change(ana, "lobby", "c1", { kind: "remove", target: 1 });
    expect(await message()).toMatchObject({ text: "", removed: "author", user: ana.user });
    expect((await log.read("lobby", { after: 0, limit: 9 })).map(({ body }) => body).join()).not.toContain(
      "Helo",
    );
    expect(chat.change(ana, "lobby", "c2", { kind: "edit", target: 1, text: "x" })).rejects.toMatchObject({
      code: "message-unknown",
    });
  });

  test("a removed text is gone from its edits too, and an earlier edit keeps its place and loses its text", async () => {
    const { chat, log } = await setUpMessage();
    const texts = async () =>
      (await log.read("lobby", { after: 0, limit: 9 })).map(({ body }) => JSON.parse(body).text);
    await chat.change(ana, "lobby", "c1", { kind: "edit", target: 1, text: "first edit" });
    await chat.change(ana, "lobby", "c2", { kind: "edit", target: 1, text: "second edit" });
    expect(await texts()).toEqual(["second edit", "", "second edit"]);
    await chat.change(ana, "lobby", "c3", { kind: "remove", target: 1 });
    expect(await texts()).toEqual(["", "", "", ""]);
  });

  test.each([
    ["edit somebody else's", { kind: "edit", target: 1, text: "x" }, "forbidden"],
    ["remove somebody else's", { kind: "remove", target: 1 }, "forbidden"],
    ["change what is not there", { kind: "react", target: 9, emoji: "👍", on: true }, "message-unknown"],
    ["edit to nothing", { kind: "edit", target: 1, text: " " }, "text-empty"],
  ] as const)("a guest can't %s, and nothing is stored", async (_, change, code) => {
    const { chat, log } = await setUpMessage();
    expect(chat.change(budi, "lobby", "c1", change)).rejects.toMatchObject({ code });
    expect((await log.state("lobby")).top).toBe(1);
  });

  test("the operator may remove everything; one refused change does not hurt its batch", async () => {
    const { chat, message, log } = await setUpMessage();
    const results = await Promise.allSettled([
      chat.publish(budi, "lobby", "b1", { text: "one" }),
      chat.change(budi, "lobby", "b2", { kind: "remove", target: 1 }),
      chat.change(operator, "lobby", "o1", { kind: "remove", target: 1 }),
      chat.publish(budi, "lobby", "b3", { text: "two" }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect(await message()).toMatchObject({ removed: "moderator" });
    expect((await log.state("lobby")).top).toBe(4);
  });

  test("a reaction can be taken back, and is counted once a user", async () => {
    const { chat, message } = await setUpMessage();
    const react = (user: Identity, id: string, on: boolean) =>
      chat.change(user, "lobby", id, { kind: "react", target: 1, emoji: "🎉", on });
    await react(ana, "r1", true);
    await react(budi, "r2", true);
    await react(budi, "r3", true);
    expect(await message()).toMatchObject({ reactions: { "🎉": ["g-ana", "g-budi"] } });
    await react(ana, "r4", false);
    await react(budi, "r5", false);
    expect((await message()).reactions).toBeUndefined();
  });

  test("there are at most twenty different reactions on a message", async () => {
    const { chat, message } = await setUpMessage();
    const emoji = [..."😀😁😂😃😄😅😆😇😈😉😊😋😌😍😎😏😐😑😒😓😔"];
    const results = await Promise.allSettled(
      emoji.map((one, i) =>
        chat.change(ana, "lobby", `r${i}`, { kind: "react", target: 1, emoji: one, on: true }),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual([...Array(20).fill("fulfilled"), "rejected"]);
    expect(Object.keys((await message()).reactions)).toHaveLength(20);
  });
});

describe("a subscription begins", () => {
  const filled = async (count: number) => {
    const kabar = await setUp();
    await Promise.all(
      Array.from({ length: count }, (_, i) => kabar.log.append(entryOf("lobby", `m${i + 1}`))),
    );
    return kabar;
  };
  const cursorAt = async (log: MessageLog, offset: number) => {
    const [entry] = await log.read("lobby", { after: offset - 1, limit: 1 });
    return { epoch: (await log.state("lobby")).epoch, offset, tag: entry?.tag ?? "" };
  };

  test("live without a cursor, and at the last N when asked", async () => {
    const { chat } = await filled(10);
    expect(await chat.subscribe(ana, "lobby", { session: "s" })).toMatchObject({
      cursor: { offset: 10 },
      top: 10,
      recovered: true,
    });
    expect((await chat.subscribe(ana, "lobby", { last: 3, session: "s" })).cursor.offset).toBe(7);
    expect((await chat.subscribe(ana, "lobby", { last: 200, session: "s" })).cursor.offset).toBe(0);
  });

  test("after a cursor of this log, with that very cursor", async () => {
    const { chat, log } = await filled(10);
    for (const offset of [1, 4, 10]) {
      const cursor = await cursorAt(log, offset);
      expect(await chat.subscribe(ana, "lobby", { from: cursor, last: 5, session: "s" })).toMatchObject({
        cursor,
        recovered: true,
      });
    }
  });

  test("with a gap of reason epoch for a cursor of another log", async () => {
    const { chat, log } = await filled(10);
    const cursor = { ...(await cursorAt(log, 4)), epoch: "another" };
    expect(await chat.subscribe(ana, "lobby", { from: cursor, last: 3, session: "s" })).toMatchObject({
      cursor: { offset: 7 },
      recovered: false,
      gap: { from: 1, to: 7, reason: "epoch" },
    });
  });

  test("with a gap of reason tag for a fork with the same numbers, and for an offset that is not there yet", async () => {
    const { chat, log } = await filled(10);
    const cursor = await cursorAt(log, 4);
    for (const fork of [
      { ...cursor, tag: "other" },
      { ...cursor, offset: 11 },
    ]) {
      expect(await chat.subscribe(ana, "lobby", { from: fork, session: "s" })).toMatchObject({
        recovered: false,
        gap: { from: 1, to: 10, reason: "tag" },
      });
    }
  });

  test("with the exact range when retention went past the cursor, and without a gap right at its edge", async () => {
    const { chat, log } = await filled(10);
    const [at3, at6] = [await cursorAt(log, 3), await cursorAt(log, 6)];
    await log.trim("lobby", 6);
    expect(await chat.subscribe(ana, "lobby", { from: at3, session: "s" })).toMatchObject({
      cursor: { offset: 6 },
      first: 7,
      recovered: false,
      gap: { from: 4, to: 6, reason: "trimmed" },
    });
    expect(await chat.subscribe(ana, "lobby", { from: at6, session: "s" })).toMatchObject({
      cursor: { offset: 6 },
      recovered: true,
    });
  });

  test("only for users who may read", async () => {
    const { chat } = await setUp();
    expect(chat.subscribe(ana, "staff", { session: "s" })).rejects.toMatchObject({ code: "forbidden" });
    expect((await chat.subscribe(ana, "news", { session: "s" })).can).toMatchObject({
      read: true,
      write: false,
    });
    expect(chat.subscribe(ana, "lobby", { last: 201, session: "s" })).rejects.toThrow(
      "last: is 201, must be a whole number from 0 to 200.",
    );
  });
});

test("history pages meet without overlap and say whether there is more", async () => {
  const { chat, log } = await setUp();
  await Promise.all(Array.from({ length: 25 }, (_, i) => log.append(entryOf("lobby", `m${i + 1}`))));
  const offsetsOf = (messages: string[]) =>
    messages.map((json) => (JSON.parse(json) as { offset: number }).offset);
  const seen: number[] = [];
  let before: number | undefined;
  for (let pages = 0; pages < 3; pages++) {
    const page = await chat.history(ana, "lobby", { before, limit: 10 });
    seen.unshift(...offsetsOf(page.messages));
    before = seen[0];
    expect(page.more).toBe(pages < 2);
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  expect(offsetsOf((await chat.history(ana, "lobby", { after: 20, limit: 3 })).messages)).toEqual([
    21, 22, 23,
  ]);
  expect(chat.history(ana, "lobby", { after: 1, before: 2 })).rejects.toMatchObject({ code: "bad-request" });
});
