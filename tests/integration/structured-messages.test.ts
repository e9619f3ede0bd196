/** Structured messages through every door: title, link, icon, priority, tags, expiry, data, and messages that are never stored. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client, Line } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({
    env: { KABAR_TOPICS: "lobby all ends rules brief held", KABAR_LOG_LEVEL: "error" },
  });
});
afterAll(() => kabar.stop());

const FIELDS = {
  title: "Build 7",
  link: "https://ci.example/7?a=1&b=2",
  icon: "🚀",
  priority: 4,
  tags: ["ci", "green"],
  data: { build: 7, steps: [1, { ok: true }] },
};

async function publish(topic: string, body: object, key?: string) {
  const response = await fetch(`${kabar.url}/api/topics/${topic}/messages`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...(key ? { Authorization: `Bearer ${key}` } : {}) },
  });
  const answer = (await response.json()) as { offset: number; error?: { code: string; message: string } };
  return { status: response.status, answer, error: answer.error };
}
const historyOf = async (topic: string) =>
  (
    (await fetch(`${kabar.url}/api/topics/${topic}/messages`).then((r) => r.json())) as {
      messages: Record<string, unknown>[];
    }
  ).messages;
const moderate = (topic: string, action: string, body: object) =>
  fetch(`${kabar.url}/api/topics/${topic}/moderate/${action}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
  });

test("the fields arrive unchanged in history, events, kabar.v1, plain mode and the transcript", async () => {
  const reader = await Client.open(kabar.url);
  await reader.ask("subscribe", { topic: "all" });
  const plain = await Line.open(kabar.url, "/websocket?topic=all&name=P");
  const { status } = await publish("all", { text: "214 tests <b>passed</b>", name: "CI", ...FIELDS });
  expect(status).toBe(201);
  const wanted = { text: "214 tests <b>passed</b>", ...FIELDS };
  expect(await reader.events.next()).toMatchObject({ type: "messages", messages: [wanted] });
  expect(await plain.next()).toBe("CI: Build 7 – 214 tests <b>passed</b> <https://ci.example/7?a=1&b=2>");
  expect(await historyOf("all")).toMatchObject([wanted]);
  const page = await fetch(`${kabar.url}/t/all`).then((r) => r.text());
  expect(page).toContain('<strong class="title">🚀 Build 7</strong>');
  expect(page).toContain('href="https://ci.example/7?a=1&amp;b=2"');
  expect(page).toContain("#ci #green");
  const repeat = { topic: "all", messageId: "r", text: "x", title: "A" };
  expect(await reader.ask("publish", repeat)).toMatchObject({ offset: 2, repeated: false });
  expect(await reader.ask("publish", repeat)).toMatchObject({ offset: 2, repeated: true });
  expect(await reader.ask("publish", { ...repeat, title: "B" })).toMatchObject({
    code: "message-id-conflict",
  });
  reader.line.close();
  plain.close();
});

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
test.each<[object, string]>([
  [{ actions: [{ type: "view", label: "A", url: "javascript:alert(1)" }] }, "actions.0.url"],
  [{ actions: [{ type: "http", label: "\u200b" }] }, "actions.0.label"],
  [{ actions: [{ type: "post", label: "A" }] }, "actions.0"],
  [{ actions: [1, 2, 3, 4].map(() => ({ type: "http", label: "A" })) }, "actions"],
  [{ actions: [{ type: "http", label: "A", value: "x".repeat(201) }] }, "actions.0.value"],
  [{ title: "x".repeat(201) }, "title"],
  [{ title: "\u200b" }, "title"],
  [{ link: "http://a.example" }, "link"],
  [{ link: "javascript:alert(1)" }, "link"],
  [{ link: "https://user:word@a.example" }, "link"],
  [{ link: `https://a.example/${"x".repeat(2048)}` }, "link"],
  [{ icon: "data:image/png;base64,x" }, "icon"],
  [{ priority: 0 }, "priority"],
  [{ priority: 2.5 }, "priority"],
  [{ tags: Array(11).fill("x") }, "tags"],
  [{ tags: [7] }, "tags"],
  [{ expiresAt: 1 }, "expiresAt"],
  [{ expiresAt: "soon" }, "expiresAt"],
  [{ data: "x".repeat(4095) }, "data"],
  [{ data: deep(33) }, "data"],
  [{ data: deep(20_000) }, "data"],
  [{ ephemeral: "yes" }, "ephemeral"],
])("%j is refused with the field's name", async (fields, field) => {
  const { status, error } = await publish("lobby", { text: "x", ...fields });
  expect(status).toBe(400);
  expect(error?.message).toStartWith(field);
  expect(error?.message).toContain("must be");
});

test("a message is gone from the log and all views at its end, also over a restart", async () => {
  const reader = await Client.open(kabar.url);
  await reader.ask("subscribe", { topic: "ends" });
  await publish("ends", { text: "secret-a", title: "secret-t", expiresAt: Date.now() + 300 });
  await reader.events.next();
  expect(await reader.events.next("the removal")).toMatchObject({
    messages: [{ kind: "remove", target: 1, text: "" }],
  });
  await publish("ends", { text: "secret-b", link: "https://secret.example", expiresAt: Date.now() + 1500 });
  await kabar.kill();
  await kabar.restart();
  const texts = await until("the end of both", async () => {
    const page = JSON.stringify(await historyOf("ends"));
    return page.includes("secret") ? undefined : page;
  });
  expect(JSON.parse(texts)).toMatchObject([
    { offset: 1, text: "", removed: "author" },
    { kind: "remove" },
    { offset: 3, text: "", removed: "author" },
    { kind: "remove", target: 3 },
  ]);
  expect(await fetch(`${kabar.url}/t/ends`).then((r) => r.text())).not.toContain("secret");
});

test("an ephemeral message reaches the readers of the moment, moves no cursor and is not stored", async () => {
  const reader = await Client.open(kabar.url);
  await reader.ask("subscribe", { topic: "brief" });
  const plain = await Line.open(kabar.url, "/websocket?topic=brief");
  const stream = await fetch(`${kabar.url}/api/topics/brief/events`);
  const chunks = (stream.body as ReadableStream<Uint8Array>).getReader();
  await chunks.read();
  const { status, answer } = await publish("brief", {
    text: "now",
    title: "T",
    ephemeral: true,
    name: "Ana",
  });
  expect([status, answer.offset]).toEqual([201, 0]);
  expect(await reader.events.next()).toMatchObject({
    type: "ephemeral",
    topic: "brief",
    messages: [{ offset: 0, text: "now", title: "T", ephemeral: true }],
  });
  expect(await plain.next()).toBe("Ana: T – now");
  const chunk = new TextDecoder().decode((await chunks.read()).value);
  expect(chunk).toStartWith("data: ");
  expect(chunk).toContain('"text":"now"');
  expect(chunk).not.toContain("id: ");
  expect(await historyOf("brief")).toEqual([]);
  await chunks.cancel();
  reader.line.close();
  plain.close();
});

test("word and link rules judge every field, and a held message keeps them", async () => {
  await moderate("rules", "words", {
    words: { block: ["badword"], mask: ["maskword"], hold: ["holdword"], links: "block" },
  });
  for (const fields of [
    { title: "a badword" },
    { tags: ["badword"] },
    { data: { deep: ["badword"] } },
    { data: "maskword" },
    { link: "https://a.example" },
    { title: "see https://a.example" },
  ])
    expect((await publish("rules", { text: "x", ...fields })).error?.code).toBe("text-blocked");
  await publish("rules", { text: "fine", title: "my maskword", tags: ["maskword", "b"] });
  expect(await historyOf("rules")).toMatchObject([{ title: "my ********", tags: ["********", "b"] }]);
  const held = await publish("rules", { text: "x", title: "holdword", id: "h-1", priority: 2 });
  expect(held.status).toBe(202);
  const queue = (await fetch(`${kabar.url}/api/topics/rules/queue`, {
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
  }).then((r) => r.json())) as { held: { user: { id: string } }[] };
  expect(queue.held).toMatchObject([{ title: "holdword", priority: 2, messageId: "h-1" }]);
  await moderate("rules", "approve", { user: queue.held[0]?.user.id, messageId: "h-1" });
  expect((await historyOf("rules")).at(-1)).toMatchObject({ text: "x", title: "holdword", priority: 2 });
});

test("an ephemeral message of a shadow-banned user reaches the moderators and the author only", async () => {
  const [author, reader, mod] = await Promise.all([
    Client.open(kabar.url),
    Client.open(kabar.url),
    Client.open(kabar.url, { key: kabar.operatorKey }),
  ]);
  const { user } = author.hello as unknown as { user: { id: string } };
  await mod.ask("moderate", { topic: "held", action: "shadow", user: user.id, on: true });
  for (const each of [author, reader, mod]) await each.ask("subscribe", { topic: "held" });
  const ephemeral = { topic: "held", messageId: "e-1", text: "veiled", ephemeral: true };
  expect(await author.ask("publish", ephemeral)).toMatchObject({ offset: 0, repeated: false });
  await mod.ask("publish", { ...ephemeral, messageId: "e-2", text: "open" });
  const textOf = (frame: unknown) => (frame as { messages: { text: string }[] }).messages[0]?.text;
  expect(textOf(await reader.events.next())).toBe("open");
  expect(textOf(await author.events.next())).toBe("veiled");
  for (let event = await mod.events.next(); ; event = await mod.events.next()) {
    if (event.type !== "ephemeral") continue;
    expect(event.messages).toMatchObject([{ text: "veiled", hidden: true }]);
    break;
  }
});
