import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { Client, Line } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { signToken, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar | undefined;
afterEach(async () => {
  await kabar?.stop();
  kabar = undefined;
});

/** A server with one limit that is soon reached. */
async function startStrict(limit: string, burst: number): Promise<string> {
  kabar = await startKabar({
    env: {
      KABAR_TOKEN_SECRET: TOKEN_SECRET,
      KABAR_TOPICS: "lobby other",
      [`KABAR_${limit}_RATE`]: "1",
      [`KABAR_${limit}_BURST`]: String(burst),
    },
  });
  return kabar.url;
}
const post = (url: string, topic: string, token: string) =>
  fetch(`${url}/api/topics/${topic}/messages`, {
    method: "POST",
    body: "x",
    headers: { Authorization: `Bearer ${token}` },
  });

test("a user writes no faster over many sessions or over HTTP than over one", async () => {
  const url = await startStrict("USER_PUBLISH", 2);
  const token = await signToken("1");
  const [one, two] = [await Client.open(url, { token }), await Client.open(url, { token })];
  expect(await one.publish("lobby", "1")).toMatchObject({ type: "ok" });
  expect(await two.publish("other", "2")).toMatchObject({ type: "ok" });
  expect(await two.publish("other", "3")).toMatchObject({
    code: "rate-limited",
    retry: true,
    retryAfterMs: expect.any(Number),
    message: expect.stringContaining("messages from you"),
  });
  const refused = await post(url, "lobby", token);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  const other = await Client.open(url, { name: "Ana" });
  expect(await other.publish("lobby", "4")).toMatchObject({ type: "ok" });
  for (const open of [one, two, other]) open.close();
});

test("a topic's rate limits its users together, and spares moderators and other topics", async () => {
  const url = await startStrict("TOPIC_PUBLISH", 2);
  const [ana, budi] = [await Client.open(url, { name: "Ana" }), await Client.open(url, { name: "Budi" })];
  await ana.publish("lobby", "1");
  await budi.publish("lobby", "2");
  expect(await ana.publish("lobby", "3")).toMatchObject({
    code: "rate-limited",
    message: expect.stringContaining("messages in this topic"),
  });
  expect(await budi.publish("other", "3")).toMatchObject({ type: "ok" });
  expect((await post(url, "lobby", kabar?.operatorKey ?? "")).status).toBe(201);
  for (const open of [ana, budi]) open.close();
});

test("a message that the log refuses takes nothing from its topic", async () => {
  const url = await startStrict("TOPIC_PUBLISH", 2);
  const [ana, budi] = [await Client.open(url, { name: "Ana" }), await Client.open(url, { name: "Budi" })];
  const refusals = [
    { type: "publish", messageId: "a", text: "to nothing", replyTo: 99 },
    { type: "edit", messageId: "b", text: "nothing", target: 99 },
    { type: "remove", messageId: "c", target: 99 },
  ];
  for (const { type, ...fields } of refusals)
    expect(await ana.ask(type, { topic: "lobby", ...fields })).toMatchObject({ code: "message-unknown" });
  expect(await budi.publish("lobby", "1")).toMatchObject({ type: "ok" });
  expect(await budi.publish("lobby", "2")).toMatchObject({ type: "ok" });
  for (const open of [ana, budi]) open.close();
});

test("an address reads no faster over WebSocket than over HTTP, and moderators are not limited", async () => {
  const url = await startStrict("ADDRESS_READ", 3); // an answer costs a little more than one
  const [one, two] = [await Client.open(url, { name: "Ana" }), await Client.open(url, { name: "Budi" })];
  // All at once: on a slow machine the budget grows meanwhile, but not by so much.
  const asks = Array.from({ length: 10 }, (_, i) => (i % 2 ? one : two).ask("history", { topic: "lobby" }));
  const [first, ...later] = await Promise.all(asks);
  expect(first).toMatchObject({ type: "ok" });
  expect(later.find(({ type }) => type === "error")).toMatchObject({
    code: "rate-limited",
    retry: true,
    message: expect.stringContaining("requests from your address"),
  });
  const reads = Array.from({ length: 10 }, () => fetch(`${url}/api/topics/lobby/messages`));
  expect((await Promise.all(reads)).map(({ status }) => status)).toContain(429);
  const operator = await Client.open(url, { key: kabar?.operatorKey });
  expect(await operator.ask("history", { topic: "lobby" })).toMatchObject({ type: "ok" });
  for (const open of [one, two, operator]) open.close();
});

test.each([
  ["ADDRESS_JOIN", "from your address"],
  ["JOIN", "Too many connections at once"],
])("sessions and streams that open too fast receive a time to retry (%s)", async (limit, sentence) => {
  const url = await startStrict(limit, 2);
  const line = await Line.open(url);
  const ended = new AbortController();
  const stream = await fetch(`${url}/api/topics/lobby/events`, { signal: ended.signal });
  expect(stream.status).toBe(200);
  const refused = await fetch(`${url}/api/topics/lobby/events`);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(await refused.text()).toContain(sentence);
  const upgrade = await fetch(`${url}/websocket`, {
    headers: { Upgrade: "websocket", Connection: "Upgrade" },
  });
  expect(upgrade.status).toBe(429);
  ended.abort();
  line.close();
});

test("one guest cannot fill the moderation queue of a topic", async () => {
  kabar = await startKabar();
  const { url, operatorKey } = kabar;
  const operator = await Client.open(url, { key: operatorKey });
  const [ana, budi] = [await Client.open(url, { name: "Ana" }), await Client.open(url, { name: "Budi" })];
  await operator.ask("moderate", { topic: "lobby", action: "mode", mode: { hold: "guests" } });
  for (let i = 1; i <= 10; i++)
    expect(await ana.publish("lobby", "x", `m-${i}`)).toMatchObject({ held: true });
  expect(await ana.publish("lobby", "x", "m-11")).toMatchObject({ code: "rate-limited", retry: true });
  expect(await ana.publish("lobby", "x", "m-1")).toMatchObject({ held: true });
  expect(await budi.publish("lobby", "x")).toMatchObject({ held: true });
  for (const open of [operator, ana, budi]) open.close();
});

test("an open stream counts toward its address's limit until it ends", async () => {
  kabar = await startKabar({ env: { KABAR_MAX_SESSIONS_PER_ADDRESS: "1" } });
  const { url } = kabar;
  const ended = new AbortController();
  const stream = await fetch(`${url}/api/topics/lobby/events`, { signal: ended.signal });
  expect(stream.status).toBe(200);
  expect((await fetch(`${url}/api/topics/lobby/events`)).status).toBe(429);
  expect((await fetch(`${url}/api/topics/nowhere/events`)).status).toBe(429);
  ended.abort();
  let line: Line | undefined;
  while (!line) line = await Line.open(url).catch(() => undefined);
  line.close();
});
