/** Growing messages through every door: what their authors are promised, what readers receive, and what attackers get. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Message } from "../../src/model.ts";
import { createClient } from "../../widget/package/public-client.ts";
import { Client, Line } from "../support/client.ts";
import { follow } from "../support/follow.ts";
import { SLOW_MS } from "../support/parts.ts";
import { openSleeper } from "../support/raw.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
let bot: Client;
let reader: Client;

beforeAll(async () => {
  kabar = await startKabar({
    env: {
      KABAR_TOPICS: "t-* lobby",
      KABAR_LOG_LEVEL: "error",
      KABAR_GROWING_IDLE_S: "4",
      KABAR_MAX_GROWING_PER_USER: "5",
    },
  });
  bot = await Client.open(kabar.url, { key: kabar.operatorKey, name: "Bot" });
  reader = await Client.open(kabar.url);
});
afterAll(() => kabar.stop());

type Reply = Record<string, unknown> & { offset: number };
const begin = async (topic: string, fields: object = {}, client = bot) =>
  (await client.ask("publish", {
    topic,
    messageId: crypto.randomUUID(),
    text: "",
    growing: true,
    ...fields,
  })) as unknown as Reply;
const append = async (topic: string, target: number, sequence: unknown, text: string, more: object = {}) =>
  (await bot.ask("append", { topic, target, sequence, text, ...more })) as unknown as Reply;
const historyOf = async (topic: string) =>
  (
    (await fetch(`${kabar.url}/api/topics/${topic}/messages`).then((r) => r.json())) as {
      messages: Message[];
    }
  ).messages;
const messageAt = async (topic: string, offset: number) =>
  (await historyOf(topic)).find((message) => message.offset === offset);

async function untilEnd(client: Client, offset: number) {
  const seen = follow(offset);
  while (!seen.message() || seen.message()?.growing) seen.take(await client.events.next());
  return seen;
}

test("one message in the log, whole for those who were there, who came late, and who came after", async () => {
  const topic = "t-whole";
  await reader.ask("subscribe", { topic });
  const plain = await Line.open(kabar.url, `/websocket?topic=${topic}&name=P`);
  const stream = await fetch(`${kabar.url}/api/topics/${topic}/events`, {
    headers: { Accept: "text/event-stream" },
  });
  const { offset } = await begin(topic, { title: "Answer" });
  let whole = "";
  const asked: Promise<Reply>[] = [];
  const say = (text: string, sequence: number, more = {}) => {
    whole += text;
    asked.push(append(topic, offset, sequence, text, more));
  };
  for (let i = 1; i <= 500; i++) say(`${i}${i % 50 === 0 ? "\n" : " "}`, i);
  await Promise.all(asked);
  const late = await Client.open(kabar.url);
  await late.ask("subscribe", { topic, last: 10 });
  for (let i = 501; i <= 1000; i++) say(`${i} `, i);
  say("Ende 👋", 1001, { done: true });
  expect((await Promise.all(asked)).every(({ type, repeated }) => type === "ok" && repeated === false)).toBe(
    true,
  );
  for (const client of [reader, late]) expect((await untilEnd(client, offset)).text()).toBe(whole);
  const entries = await historyOf(topic);
  expect(entries).toHaveLength(2);
  expect(entries[0]).toMatchObject({ text: whole, done: 1001, edits: [2], title: "Answer" });
  expect(entries[0]).not.toContainAnyKeys(["growing", "edited"]);
  expect(entries[1]).toMatchObject({ kind: "edit", target: offset, text: whole, done: 1001 });
  // Plain mode has one line, at the end; a stream has the appends between the message and its end.
  await bot.publish(topic, "after");
  expect(await plain.next()).toBe(`Bot: Answer – ${whole.replaceAll("\n", "\n\t")}`);
  expect(await plain.next()).toBe("Bot: after");
  const seen = follow(offset);
  let buffer = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>) {
    buffer += decoder.decode(chunk, { stream: true });
    if (buffer.includes('"text":"after"')) break;
  }
  for (const block of buffer.split("\n\n")) {
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (data === undefined) continue;
    expect(block.startsWith("event: append")).toBe(!block.includes("id: "));
    seen.take(
      block.startsWith("event")
        ? JSON.parse(data)
        : ({ type: "messages", messages: [JSON.parse(data)] } as never),
    );
  }
  expect(seen.text()).toBe(whole);
  expect(buffer.split("event: append").length).toBeGreaterThan(3);
  late.close();
  plain.close();
});

test("a sequence counts once, a hole names the next, and an ended message grows no more", async () => {
  const topic = "t-order";
  const { offset } = await begin(topic, { messageId: "m" });
  expect(await begin(topic, { messageId: "m" })).toMatchObject({ offset, repeated: true });
  expect(await begin(topic, { messageId: "m", growing: false, text: "x" })).toMatchObject({
    code: "message-id-conflict",
  });
  expect(await append(topic, offset, 1, " a\r\n\u0007")).toMatchObject({ sequence: 1, repeated: false });
  expect(await append(topic, offset, 1, "other")).toMatchObject({ sequence: 1, repeated: true });
  expect(await append(topic, offset, 4, "d")).toMatchObject({
    code: "sequence-gap",
    message: "sequence: is 4, the next one is 2.",
    retry: false,
  });
  for (const wrong of [0, -1, 1.5, 2 ** 53, "x", null, Number.NaN])
    expect(await append(topic, offset, wrong, "x")).toMatchObject({ code: "bad-command" });
  // Two sockets of one author: each sequence is added once.
  const second = await Client.open(kabar.url, { key: kabar.operatorKey });
  const both = await Promise.all(
    [bot, second].map((client) => client.ask("append", { topic, target: offset, sequence: 2, text: "b" })),
  );
  expect(both.map(({ repeated }) => repeated as boolean).sort()).toEqual([false, true]);
  expect(await bot.ask("edit", { topic, messageId: "e", target: offset, text: "x" })).toMatchObject({
    code: "still-growing",
  });
  await bot.ask("react", { topic, messageId: "r", target: offset, emoji: "👍", on: true });
  expect(await append(topic, offset, 3, "c \n", { done: true })).toMatchObject({ repeated: false });
  expect(await append(topic, offset, 3, "c \n", { done: true })).toMatchObject({ repeated: true });
  expect(await append(topic, offset, 4, "d")).toMatchObject({
    code: "not-growing",
    message: "The message has ended.",
  });
  expect(await messageAt(topic, offset)).toMatchObject({
    text: " a\nbc",
    done: 3,
    reactions: { "👍": ["operator"] },
  });
  expect(await bot.ask("edit", { topic, messageId: "e", target: offset, text: "Edited" })).toMatchObject({
    type: "ok",
  });
  // The text at the end is gone from the log, as that of any replaced edit.
  const after = await historyOf(topic);
  expect(after.find(({ done }) => done === 3)).toMatchObject({ kind: "edit", text: "" });
  expect(after[0]).toMatchObject({ text: "Edited", edited: expect.any(Number) });
  const plain = (await bot.publish(topic, "plain")) as unknown as Reply;
  expect(await append(topic, plain.offset, 1, "x")).toMatchObject({ code: "not-growing" });
  expect(await append(topic, plain.offset + 1, 1, "x")).toMatchObject({ code: "message-unknown" });
  second.close();
});

test("only its author lets it grow, and only who is exempt from moderation begins one", async () => {
  const topic = "t-rights";
  const guest = await Client.open(kabar.url, { name: "Guest" });
  expect(await begin(topic, {}, guest)).toMatchObject({ code: "forbidden" });
  expect(await begin(topic, { ephemeral: true })).toMatchObject({ code: "bad-request" });
  const { offset } = await begin(topic, { text: "Mine" });
  expect(await guest.ask("append", { topic, target: offset, sequence: 1, text: "!" })).toMatchObject({
    code: "forbidden",
  });
  const made = await fetch(`${kabar.url}/api/admin/keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    body: JSON.stringify({ name: "other", scope: "publish", topics: ["t-*"] }),
  });
  const { secret: key } = (await made.json()) as { secret: string };
  const other = await Client.open(kabar.url, { key });
  expect(await other.ask("append", { topic, target: offset, sequence: 1, text: "!" })).toMatchObject({
    code: "forbidden",
  });
  expect(await append(topic, offset, 1, " alone", { done: true })).toMatchObject({ type: "ok" });
  // Over HTTP, by the message's own id.
  const post = (path: string, body: string | object, bearer = key) =>
    fetch(`${kabar.url}/api/topics/${topic}/messages${path}`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${bearer}`,
        ...(typeof body === "string" ? {} : { "Content-Type": "application/json" }),
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
    }).then(async (answer) => ({
      status: answer.status,
      ...((await answer.json()) as Reply & { error?: Reply }),
    }));
  const built = await post("", { id: "b-1", text: "Building\n", growing: true });
  expect(built.status).toBe(201);
  expect(await post("/b-1/append?sequence=1", "line 1\n")).toMatchObject({
    status: 200,
    target: built.offset,
    repeated: false,
  });
  expect(await post("/b-1/append", { sequence: 2, text: "line 2", done: true })).toMatchObject({
    status: 200,
    sequence: 2,
  });
  expect(await messageAt(topic, built.offset)).toMatchObject({ text: "Building\nline 1\nline 2", done: 2 });
  for (const [path, body, status] of [
    ["/b-1/append", "no sequence", 400],
    ["/b-1/append?sequence=1.5", "x", 400],
    ["/b-1/append?sequence=3&done=maybe", "x", 400],
    ["/b-1/append?sequence=3", "x", 409],
    ["/b-2/append?sequence=1", "x", 404],
    ["/b-1/append?sequence=3", "x".repeat(1_000_000), 413],
  ] as const)
    expect({ path, ...(await post(path, body)) }).toMatchObject({ path, status });
  expect(await post("/b-1/append?sequence=3", "x", kabar.operatorKey)).toMatchObject({ status: 404 });
  guest.close();
  other.close();
});

test("what is removed stays removed, and a text keeps to its limit", async () => {
  const topic = "t-limits";
  await reader.ask("subscribe", { topic });
  const { offset } = await begin(topic);
  const secret = "s3cret-half";
  await append(topic, offset, 1, secret);
  const racing = append(topic, offset, 2, " and more");
  await bot.ask("remove", { topic, messageId: "r", target: offset });
  await racing;
  expect(await append(topic, offset, 3, "x")).toMatchObject({ code: "message-unknown" });
  const late = await Client.open(kabar.url);
  await late.ask("subscribe", { topic, last: 10 });
  const served = JSON.stringify([await historyOf(topic), await late.messages(2)]);
  expect(served).not.toContain(secret);
  const full = await begin(topic);
  expect(await append(topic, full.offset, 1, "x".repeat(9000))).toMatchObject({ code: "text-too-long" });
  expect(await append(topic, full.offset, 1, "é".repeat(4096))).toMatchObject({ type: "ok" });
  expect(await append(topic, full.offset, 2, "x")).toMatchObject({ code: "text-too-long" });
  expect(await append(topic, full.offset, 2, "", { done: true })).toMatchObject({ type: "ok" });
  expect((await messageAt(topic, full.offset))?.text).toBe("é".repeat(4096));
  const blank = await begin(topic);
  expect(await append(topic, blank.offset, 1, " \n", { done: true })).toMatchObject({ code: "text-empty" });
  await bot.ask("remove", { topic, messageId: "r2", target: blank.offset });
  // Five at a time, and room again after an end.
  const many = await Promise.all(Array.from({ length: 6 }, () => begin(topic, { text: "x" })));
  expect(many.map(({ code }) => code ?? "ok").sort()).toEqual(["ok", "ok", "ok", "ok", "ok", "rate-limited"]);
  const open = many.flatMap((reply) => (reply.offset === undefined ? [] : [reply.offset]));
  await Promise.all(open.map((target) => append(topic, target, 1, "", { done: true })));
  await until("it changes", async () => (await begin(topic, { text: "y" })).type === "ok");
  late.close();
});

test("ten thousand appends cost a rewrite now and then, and a reader who never reads no more than their text", async () => {
  const topic = "t-many";
  const sleeper = await openSleeper(kabar.port, topic);
  const asleepAt = sleeper.bytesRead();
  await reader.ask("subscribe", { topic });
  const { offset } = await begin(topic);
  const before = await metric("kabar_commit_seconds_count");
  const replies: Reply[] = [];
  // In rounds: a busy machine answers each in time.
  for (let from = 0; from < 10_000; from += 2000) {
    const round = Array.from({ length: 2000 }, (_, i) => from + i);
    replies.push(...(await Promise.all(round.map((i) => append(topic, offset, i + 1, i < 8000 ? "x" : "")))));
  }
  const refused = replies.filter(({ code }) => code !== undefined);
  expect(refused.every(({ code }) => code === "rate-limited" || code === "sequence-gap")).toBe(true);
  const acked = replies.filter(({ repeated }) => repeated === false).length;
  const stored = await messageAt(topic, offset);
  expect(stored?.growing?.sequence).toBe(acked);
  expect(stored?.text).toBe("x".repeat(Math.min(acked, 8000)));
  const commits = (await metric("kabar_commit_seconds_count")) - before;
  expect(commits).toBeLessThan(acked / 10);
  const seen = follow(offset);
  while (seen.message()?.growing?.sequence !== acked) seen.take(await reader.events.next());
  expect(seen.text()).toBe(stored?.text ?? "");
  // What waited for the sleeper has each letter once, and a few fields for each store.
  let last = "";
  sleeper.socket.on("data", (bytes: Buffer) => (last = (last + bytes.toString("latin1")).slice(-5000)));
  await bot.publish(topic, "good morning");
  sleeper.resume();
  await until("the sleeper has read all", () => last.includes("good morning"));
  expect(sleeper.bytesRead() - asleepAt).toBeLessThan(acked + 1000 * (commits + 10));
  expect(await append(topic, offset, acked + 1, "", { done: true })).toMatchObject({ type: "ok" });
  sleeper.close();
});

async function metric(name: string): Promise<number> {
  const page = await fetch(`${kabar.url}/metrics`, {
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
  });
  return Number(new RegExp(`^${name} (\\S+)`, "m").exec(await page.text())?.[1]);
}

test("kill -9 costs nothing acknowledged, the package's client goes on, and silent messages end as they stand", async () => {
  const topic = "t-package";
  const silent = "t-silent";
  const begun = await begin(silent, { text: "Begin " });
  const empty = await begin(silent);
  await append(silent, begun.offset, 1, "acked ");
  const writer = createClient({ server: kabar.url, token: kabar.operatorKey, name: "Bot" });
  const follower = createClient({ server: kabar.url });
  await follower.subscribe(topic);
  const growing = await writer.begin(topic, "Begin ");
  const parts = Array.from({ length: 150 }, (_, i) =>
    i % 10 === 0 ? ["\ud83d", "\udc4b "] : `${i} `,
  ).flat();
  for (const [i, part] of parts.entries()) {
    void growing.append(part);
    if (i === 40) await growing.append("");
    if (i === 80) {
      // Stored or not: it has no reply.
      append(silent, begun.offset, 2, "sent").catch(() => undefined);
      await kabar.kill();
      await kabar.restart();
      bot = await Client.open(kabar.url, { key: kabar.operatorKey, name: "Bot" });
    }
  }
  await growing.done("End");
  const whole = `Begin ${parts.join("")}End`;
  const list = () => follower.messages(topic).find(({ offset }) => offset === growing.offset);
  await until("the reader has the end", () => list()?.done !== undefined);
  expect(list()).toMatchObject({ text: whole });
  expect(list()).not.toMatchObject({ growing: expect.anything() });
  expect(await messageAt(topic, growing.offset)).toMatchObject({ text: whole });
  expect(growing.append("more")).rejects.toMatchObject({ code: "not-growing" });
  await expect(follower.begin(topic)).rejects.toMatchObject({ code: "forbidden" });
  // Nothing was appended to the others since the kill.
  await until("it changes", async () => (await messageAt(silent, begun.offset))?.done !== undefined);
  const ended = await messageAt(silent, begun.offset);
  expect(ended).toMatchObject({ stopped: true, text: expect.stringMatching(/^Begin acked( sent)?$/) });
  await until("it changes", async () => (await messageAt(silent, empty.offset))?.removed !== undefined);
  expect(await append(silent, begun.offset, 3, "late")).toMatchObject({ code: "not-growing" });
  // The example does the same, in words.
  const example = Bun.spawn([process.execPath, "examples/thinking-bot.ts", kabar.url], {
    cwd: join(import.meta.dir, "../.."),
    env: { ...process.env, KABAR_KEY: kabar.operatorKey },
  });
  await follower.subscribe("lobby");
  await until("the bot answers", async () => {
    await follower.publish("lobby", "Is it raining?");
    return follower.messages("lobby").some(({ growing: { sequence } = { sequence: 0 } }) => sequence > 0);
  });
  await until("the answer ends", () =>
    follower.messages("lobby").some(({ text }) => text.endsWith("The answer is forty-two.")),
  );
  example.kill();
  await example.exited;
  writer.close();
  follower.close();
});

test("ntfy's subscribers and the search have the message once, at its end", async () => {
  const topic = "t-end";
  const poll = async () =>
    (await fetch(`${kabar.url}/ntfy/${topic}/json?poll=1&since=all`).then((r) => r.text()))
      .split("\n")
      .filter((line) => line.includes('"event":"message"'))
      .map((line) => (JSON.parse(line) as { message: string }).message);
  const find = async (q: string) =>
    (
      (await fetch(`${kabar.url}/api/search?q=${q}&topic=${topic}`).then((r) => r.json())) as {
        messages: Message[];
      }
    ).messages.length;
  const { offset } = await begin(topic, { text: "Quokka" });
  await bot.publish(topic, "numbat");
  await until("it changes", async () => (await find("numbat")) === 1);
  await append(topic, offset, 1, " wombat");
  expect(await find("quokka")).toBe(0);
  expect(await poll()).toEqual(["numbat"]);
  await append(topic, offset, 2, "", { done: true });
  expect(await find("wombat")).toBe(1);
  expect(await poll()).toEqual(["numbat", "Quokka wombat"]);
  await bot.ask("remove", { topic, messageId: "gone", target: offset });
  expect(await find("wombat")).toBe(0);
  expect(await poll()).toEqual(["numbat"]);
});
