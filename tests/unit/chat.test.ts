import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { createAuth } from "../../src/auth.ts";
import { createChat } from "../../src/chat.ts";
import { buildConfig } from "../../src/config.ts";
import type { MessageLog } from "../../src/log.ts";
import type { User } from "../../src/protocol.ts";
import { trimTopics } from "../../src/retention.ts";
import { createLogger } from "../../src/logger.ts";
import { createTopics } from "../../src/topics.ts";
import { createTraces } from "../../src/trace.ts";
import { createFolder } from "../support/folder.ts";
import { entryOf, openTestLog } from "../support/log.ts";

const root = createFolder();
let opened: MessageLog[] = [];
afterEach(async () => {
  for (const log of opened) await log.close();
  opened = [];
});

const ana: User = { id: "g-ana", name: "Ana", role: "guest" };
const operator: User = { id: "operator", name: "Operator", role: "operator" };

function setUp(file: Record<string, unknown> = {}, now?: () => number) {
  const { log, metrics } = openTestLog(root, now);
  opened.push(log);
  const config = buildConfig(
    {
      data_dir: mkdtempSync(join(root, "data-")),
      topics: { lobby: {}, news: { guests: "read" }, staff: { guests: "none" } },
      ...file,
    },
    {},
  );
  const traces = createTraces();
  const topics = createTopics({ log, metrics, traces, ringEntries: 8, publish: () => {} });
  const auth = createAuth(config);
  return { log, config, metrics, chat: createChat({ config, log, topics, auth, metrics, traces }) };
}

describe("publishing", () => {
  test("stores the cleaned text under the user's name of the moment", async () => {
    const { chat, log } = setUp();
    await chat.publish(ana, "lobby", "m1", "\n hi \u0007\n");
    const [entry] = await log.read("lobby", { after: 0, limit: 1 });
    expect(JSON.parse(entry?.body ?? "")).toEqual({ user: ana, text: " hi" });
  });

  test("a repeat is answered with the first offset, also after a change of name", async () => {
    const { chat } = setUp();
    await chat.publish(ana, "lobby", "m1", "hi");
    await chat.publish(ana, "lobby", "m2", "there");
    expect(await chat.publish({ ...ana, name: "Anna" }, "lobby", "m1", "hi ")).toEqual({
      topic: "lobby",
      offset: 1,
      id: "m1",
      repeated: true,
    });
    expect(chat.publish(ana, "lobby", "m1", "another")).rejects.toMatchObject({
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
    const { chat, log } = setUp();
    expect(chat.publish(ana, topic, "m1", text)).rejects.toMatchObject({ code });
    expect(await log.topics()).toEqual([]);
  });

  test("the operator may write wherever there is a topic", async () => {
    const { chat } = setUp();
    expect((await chat.publish(operator, "staff", "m1", "x")).offset).toBe(1);
    expect(chat.publish(operator, "nowhere", "m1", "x")).rejects.toMatchObject({ code: "topic-unknown" });
  });
});

describe("a subscription begins", () => {
  const filled = async (count: number) => {
    const kabar = setUp();
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

  test("only for those who may read", async () => {
    const { chat } = setUp();
    expect(chat.subscribe(ana, "staff", { session: "s" })).rejects.toMatchObject({ code: "forbidden" });
    expect((await chat.subscribe(ana, "news", { session: "s" })).can).toEqual({ read: true, write: false });
    expect(chat.subscribe(ana, "lobby", { last: 201, session: "s" })).rejects.toThrow(
      "last: is 201, must be a whole number from 0 to 200.",
    );
  });
});

test("history pages meet without overlap and say whether there is more", async () => {
  const { chat, log } = setUp();
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

test("retention trims each topic by its own count and age", async () => {
  const day = 86_400_000;
  let now = 0;
  const kabar = setUp(
    { topics: { lobby: { retain_messages: 4 }, news: { retain_days: 2 }, "keep-*": { retain_messages: 0 } } },
    () => now,
  );
  for (let i = 0; i < 6; i++) {
    now = 1_700_000_000_000 + i * day;
    for (const topic of ["lobby", "news", "keep-all"]) await kabar.log.append(entryOf(topic, `m${i}`));
  }
  await trimTopics({ ...kabar, logger: createLogger("silent"), now: () => now });
  const firsts = await Promise.all(
    ["lobby", "news", "keep-all"].map(async (topic) => (await kabar.log.state(topic)).first),
  );
  expect(firsts).toEqual([3, 4, 1]);
});
