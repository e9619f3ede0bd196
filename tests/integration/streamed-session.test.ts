import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { ServerFrame } from "../../src/protocol.ts";
import { type Client, createClient } from "../../widget/client/client.ts";
import { createKeeper } from "../../widget/client/storage.ts";
import { openStreamed } from "../../widget/client/streamed.ts";
import { Inbox } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
const opened: { stop(): void }[] = [];
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOPICS: "lobby order back", KABAR_MAX_QUEUED_BYTES: "1000000" } });
});
afterEach(() => {
  for (const each of opened.splice(0)) each.stop();
});
afterAll(() => kabar.stop());

interface Closed {
  code: number;
  reason: string;
}

/** A streamed session by hand: frames as they come, and what ended it. */
async function open(server = kabar) {
  const frames = new Inbox<ServerFrame>();
  const socket = openStreamed(server.url);
  opened.push({ stop: () => socket.close() });
  socket.onmessage = ({ data }) => frames.push(JSON.parse(String(data)) as ServerFrame);
  const closed = new Promise<Closed>((resolve) => {
    socket.onclose = resolve;
  });
  await new Promise<void>((resolve) => {
    socket.onopen = resolve;
  });
  const send = (command: object) => socket.send(JSON.stringify(command));
  return { frames, closed, send, next: () => frames.next(), socket };
}

/** The headless client over streamed sessions. */
function start(topic: string): Client {
  const none = () => {
    throw new Error("no storage");
  };
  const client = createClient({
    server: kabar.url,
    keeper: createKeeper(kabar.url, "none", { local: none, session: none }),
    connect: () => openStreamed(kabar.url),
  });
  opened.push(client);
  client.open(topic, 30);
  return client;
}

const textsOf = (client: Client, topic: string) =>
  client.state.topics[topic]?.messages.map((m) => m.text) ?? [];

/** Resolves when the client's state is as asked. */
async function when(client: Client, isSo: () => boolean): Promise<void> {
  if (isSo()) return;
  await new Promise<void>((resolve) => {
    const stop = client.listen(() => {
      if (!isSo()) return;
      stop();
      resolve();
    });
  });
}

const publish = (topic: string, text: string) =>
  fetch(`${kabar.url}/api/topics/${topic}/messages`, { method: "POST", body: text });
const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${kabar.url}/api/session`, { method: "POST", body, headers });
const errorOf = async (response: Response) =>
  [response.status, ((await response.json()) as { error: { code: string } }).error.code] as const;

describe("a session without WebSocket", () => {
  test("greets, subscribes and publishes as over WebSocket", async () => {
    const session = await open();
    session.send({ type: "hello", id: 1, name: "Ana" });
    session.send({ type: "subscribe", id: 2, topic: "lobby", last: 10 });
    session.send({ type: "publish", id: 3, topic: "lobby", messageId: "m1", text: "by POST" });
    expect(await session.next()).toMatchObject({ type: "ok", id: 1, user: { name: "Ana" } });
    expect(await session.next()).toMatchObject({ type: "ok", id: 2, topic: "lobby" });
    const both = [await session.next(), await session.next()];
    expect(both).toContainEqual(expect.objectContaining({ type: "ok", id: 3, offset: 1 }));
    expect(both).toContainEqual(
      expect.objectContaining({ type: "messages", messages: [expect.objectContaining({ text: "by POST" })] }),
    );
  });

  test("keeps the order of sent and received frames", async () => {
    const [writer, reader] = [await open(), start("order")];
    const wanted = Array.from({ length: 300 }, (_, i) => `line ${i}${"x".repeat(i * 3)}`);
    await when(reader, () => reader.state.connection === "online");
    writer.send({ type: "hello", id: "hello" });
    wanted.forEach((text, id) => {
      writer.send({ type: "publish", id, topic: "order", messageId: `m${id}`, text });
    });
    await when(reader, () => textsOf(reader, "order").length === wanted.length);
    expect(textsOf(reader, "order")).toEqual(wanted);
  });

  test("receives a retry at a restart, and misses nothing", async () => {
    const client = start("back");
    await publish("back", "before");
    await when(client, () => textsOf(client, "back").length === 1);
    await kabar.restart();
    await publish("back", "after");
    await when(client, () => textsOf(client, "back").length === 2);
    expect(textsOf(client, "back")).toEqual(["before", "after"]);
    expect(client.state.topics.back?.gaps).toEqual([]);
  });

  test("is closed with the codes of a socket", async () => {
    const session = await open();
    for (let i = 0; i < 25; i++) session.send({});
    expect(await session.closed).toEqual({ code: 4500, reason: "bad-client" });
    const guesser = await open();
    guesser.send({ type: "hello", id: 1, key: "not the operator's key" });
    expect(await guesser.closed).toEqual({ code: 4501, reason: "bad-credential" });
  });

  test("counts among the sessions until its stream is cut", async () => {
    const count = async () =>
      /kabar_sessions\{mode="json"\} (\d+)/.exec(await (await fetch(`${kabar.url}/metrics`)).text())?.[1];
    const before = Number(await count());
    const session = await open();
    expect(Number(await count())).toBe(before + 1);
    session.socket.close();
    while (Number(await count()) !== before) await Bun.sleep(5);
  });

  test("that does not read is disconnected instead of filling the memory", async () => {
    const stream = await fetch(`${kabar.url}/api/session`);
    const reader = stream.body?.getReader();
    const secret = /data: (\S+)/.exec(new TextDecoder().decode((await reader?.read())?.value))?.[1] ?? "";
    await post(`${secret}\n{"type":"hello","id":1}\n{"type":"subscribe","id":2,"topic":"lobby"}`);
    const fat = "x".repeat(7000);
    let isOpen = true;
    for (let i = 0; i < 4000 && isOpen; i++) {
      await publish("lobby", fat);
      if (i % 50 === 0) isOpen = (await post(secret)).ok;
    }
    expect(isOpen).toBe(false);
    await reader?.cancel();
  });
});

describe("frames by POST", () => {
  test("for no session, too many or too large are refused with a reason", async () => {
    expect(await errorOf(await post("nobody\n{}"))).toEqual([404, "not-found"]);
    expect(await errorOf(await post(""))).toEqual([404, "not-found"]);
    expect((await post("x".repeat(1_000_000))).status).toBe(413);
    const stream = await fetch(`${kabar.url}/api/session`);
    const reader = stream.body?.getReader();
    const secret = /data: (\S+)/.exec(new TextDecoder().decode((await reader?.read())?.value))?.[1] ?? "";
    expect(await errorOf(await post(secret + "\n{}".repeat(300)))).toEqual([400, "bad-request"]);
    expect((await post(`${secret}\n${"x".repeat(70_000)}`)).status).toBe(204);
    const told = new TextDecoder().decode((await reader?.read())?.value);
    expect(told).toContain('event: close\ndata: {"code":1009');
    expect((await reader?.read())?.done).toBe(true);
  });

  test("of a page that may not connect are refused at both requests", async () => {
    const closed = await startKabar({ env: { KABAR_ALLOWED_ORIGINS: "https://example.com" } });
    const headers = { Origin: "https://evil.example" };
    const url = `${closed.url}/api/session`;
    expect(await errorOf(await fetch(url, { headers }))).toEqual([403, "origin-denied"]);
    expect(await errorOf(await fetch(url, { method: "POST", body: "x", headers }))).toEqual([
      403,
      "origin-denied",
    ]);
    await closed.stop();
  });
});
