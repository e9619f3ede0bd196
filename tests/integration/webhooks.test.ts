/** The feed and the webhooks that push it: order, resume, signatures, failures, and refused addresses. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { readFeedOf } from "../support/feed.ts";
import { startReceiver } from "../support/hook-receiver.ts";
import { SLOW_MS } from "../support/parts.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
const ends: (() => unknown)[] = [];
beforeAll(async () => {
  kabar = await startKabar({
    env: { KABAR_TOPICS: "*", KABAR_HOOKS_ALLOW_PRIVATE: "true", KABAR_HOOKS_TIMEOUT_MS: "300" },
  });
});
afterAll(async () => {
  for (const end of ends) await end();
  await kabar.stop();
});

type Json = Record<string, unknown>;
async function admin(
  method: string,
  path: string,
  body?: object,
  url = kabar.url,
): Promise<Json & { http: number }> {
  const response = await fetch(`${url}/api/admin/${path}`, {
    method,
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { ...(text === "" ? {} : (JSON.parse(text) as Json)), http: response.status };
}
const publish = (topic: string, text: string) =>
  fetch(`${kabar.url}/api/topics/${topic}/messages`, { method: "POST", body: text }).then((r) => r.json());

/** The events of the feed until one passes `isLast`. */
const readFeed = (query: string, isLast: (event: Json) => boolean, key = kabar.operatorKey) =>
  readFeedOf(kabar.url, query, isLast, key);

test("the feed has everything that happens, in one order, and resumes over a restart", async () => {
  const key = (await admin("POST", "keys", { name: "Back end", scope: "feed", topics: ["shop*"] }))
    .secret as string;
  const guest = await Client.open(kabar.url, { name: "Ana" });
  await guest.ask("subscribe", { topic: "shop", people: true });
  const ask = (type: string, fields: object) => guest.ask(type, { topic: "shop", ...fields });
  await ask("publish", { messageId: "m-1", text: "Hello" });
  await ask("edit", { messageId: "e-1", target: 1, text: "Hello!" });
  await ask("report", { target: 1, why: "a test" });
  await publish("elsewhere", "not in the key's topics");
  const moderate = (action: string, body: object) =>
    fetch(`${kabar.url}/api/topics/shop/moderate/${action}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${kabar.operatorKey}` },
      body: JSON.stringify(body),
    });
  await moderate("mode", { mode: { hold: "all" }, why: "busy" });
  await ask("publish", { messageId: "m-2", text: "waits", title: "T" });
  await readFeed("after=0", ({ type }) => type === "joined");
  guest.close();
  const { events, ids } = await readFeed("after=0", ({ type }) => type === "left", key);
  const types = events.map(({ type }) => type);
  expect(types.filter((type) => type !== "joined" && type !== "left")).toEqual([
    "topic",
    "message",
    "change",
    "reported",
    "moderation",
    "held",
  ]);
  expect(types).toContain("joined");
  const of = (type: string) => events.find((event) => event.type === type)?.data as Json;
  expect(of("message")).toMatchObject({ topic: "shop", offset: 1, text: "Hello!", user: { name: "Ana" } });
  expect(of("change")).toMatchObject({ kind: "edit", target: 1, text: "Hello!" });
  expect(of("reported")).toMatchObject({ topic: "shop", target: 1, why: "a test", byName: "Ana" });
  expect(of("moderation")).toMatchObject({ action: "mode", hold: "all", by: "operator", why: "busy" });
  expect(of("held")).toMatchObject({ text: "waits", title: "T", heldFor: "review" });
  expect(JSON.stringify(events)).not.toContain("proof");
  expect(of("joined")).toMatchObject({ user: { name: "Ana" } });
  expect(events.every(({ topic }) => topic === "shop")).toBe(true);
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);

  await kabar.kill();
  await kabar.restart();
  await publish("shop-2", "after the crash");
  const later = await readFeed(
    `after=${ids.at(2)}`,
    ({ data }) => (data as Json).text === "after the crash",
    key,
  );
  expect(later.events.map(({ id }) => id).slice(0, events.length - 2)).toEqual(
    events.slice(2).map(({ id }) => id),
  );
  const some = await readFeed("after=0&kinds=topic&topics=shop-2", () => true);
  expect(some.events).toMatchObject([{ type: "topic", topic: "shop-2" }]);
});

test.each([
  ["", undefined, 403],
  ["", "guest", 403],
  ["kinds=nothing", "operator", 400],
  ["after=x", "operator", 400],
  ["topics=%24control", "operator", 400],
])("GET /api/feed?%s as %s is refused with %i", async (query, who, status) => {
  const headers: HeadersInit = who === "operator" ? { Authorization: `Bearer ${kabar.operatorKey}` } : {};
  expect((await fetch(`${kabar.url}/api/feed?${query}`, { headers })).status).toBe(status);
});

test("a webhook gets its events signed and in order, each until it is accepted, also from a receiver that lies or is slow", async () => {
  const receiver = startReceiver((_, count) =>
    count % 3 === 0 ? 599 : count % 4 === 0 ? Bun.sleep(600).then(() => 200) : 200,
  );
  ends.push(receiver.stop);
  await publish("push", "before the hook");
  const made = await admin("POST", "hooks/out", { url: receiver.url, topics: ["push"], kinds: ["message"] });
  expect(made).toEqual({
    http: 201,
    id: expect.stringMatching(/^[0-9a-f]{12}$/),
    secret: expect.stringMatching(/^whsec_/),
  });
  receiver.verify(made.secret as string);
  const texts = Array.from({ length: 6 }, (_, i) => `message ${i}`);
  for (const text of texts) await publish("push", text);
  await publish("other", "not wanted");
  await receiver.has(6);
  expect(receiver.texts()).toEqual(texts);
  expect(receiver.wrong).toEqual([]);
  expect(receiver.repeats.length).toBeGreaterThan(0);
  expect(receiver.accepted[0]).toMatchObject({
    type: "message",
    topic: "push",
    data: { offset: 2, text: "message 0" },
  });

  const { id } = made;
  const shown = await until("an active hook", async () => {
    const hook = await admin("GET", `hooks/out/${id}`);
    return hook.state === "active" ? hook : undefined;
  });
  expect(shown).toMatchObject({ id, state: "active", behind: expect.any(Number) });
  expect(shown.deliveries).toContainEqual(
    expect.objectContaining({ status: 200, type: "message", ms: expect.any(Number) }),
  );
  expect(shown.deliveries).toContainEqual(expect.objectContaining({ status: 500 }));
  expect(shown.deliveries).toContainEqual(expect.objectContaining({ error: "no answer in time" }));
  expect(JSON.stringify(shown)).not.toContain("whsec");

  receiver.behave(() => 200);
  expect(await admin("POST", `hooks/out/${id}/test`)).toMatchObject({ accepted: true, status: 200 });
  expect(receiver.accepted.at(-1)).toMatchObject({ type: "test" });
  await admin("POST", `hooks/out/${id}/pause`);
  await publish("push", "while paused");
  expect(await admin("GET", `hooks/out/${id}`)).toMatchObject({ state: "paused" });
  await admin("POST", `hooks/out/${id}/resume`);
  await until("the message of the pause", () => receiver.texts().includes("while paused"));
  const repeats = receiver.repeats.length;
  await admin("POST", `hooks/out/${id}/replay`, { from: 0 });
  await until("everything again", () => receiver.repeats.length >= repeats + 7);
  receiver.behave(() => 410);
  await publish("push", "gone");
  const stopped = await until("the end", async () => {
    const hook = await admin("GET", `hooks/out/${id}`);
    return hook.state === "paused" ? hook : undefined;
  });
  expect(stopped.why).toContain("410");
  expect((await admin("DELETE", `hooks/out/${id}`)).http).toBe(204);
  expect((await admin("GET", `hooks/out/${id}`)).http).toBe(404);
  expect(kabar.output()).not.toContain("of-the-address");
});

test("nothing is lost when the receiver and the server are killed", async () => {
  let receiver = startReceiver();
  const { id, secret } = await admin("POST", "hooks/out", {
    url: receiver.url,
    topics: ["audit"],
    kinds: ["message"],
  });
  const { port } = receiver;
  const stored: string[] = [];
  const got: string[] = [];
  const repeats: string[] = [];
  for (let round = 0; round < 3; round++) {
    receiver.verify(secret as string);
    // Every message is acknowledged before the next: what counts is what the server has promised.
    for (let i = 0; i < 15; i++) {
      const text = `${round}-${i}`;
      await publish("audit", text);
      stored.push(text);
      if (i === 5) receiver.stop();
      if (i === 8) await kabar.kill().then(kabar.restart);
      if (i === 11) {
        expect(receiver.wrong).toEqual([]);
        got.push(...(receiver.texts() as string[]));
        repeats.push(...receiver.repeats);
        receiver = startReceiver(() => 204, port);
        receiver.verify(secret as string);
      }
    }
    await until("all of the round", () => new Set([...got, ...receiver.texts()]).size === stored.length);
  }
  got.push(...(receiver.texts() as string[]));
  expect([...new Set(got)]).toEqual(stored);
  receiver.stop();
  await admin("DELETE", `hooks/out/${id}`);
});

test("a webhook that is asked first decides on what visitors write, and its fallback holds where it is away", async () => {
  const judge = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { data } = (await request.json()) as { data: { text: string } };
      return Response.json({ decision: data.text, why: "Because." });
    },
  });
  ends.push(() => judge.stop(true));
  const url = `http://127.0.0.1:${judge.port}/`;
  expect((await admin("GET", "hooks/ask")).http).toBe(404);
  const set = await admin("PUT", "hooks/ask", { url, topics: ["asked*"], fallback: "refuse" });
  expect(set).toEqual({ http: 200, secret: expect.stringMatching(/^whsec_/) });
  expect(await admin("GET", "hooks/ask")).toMatchObject({ url, topics: ["asked*"], fallback: "refuse" });
  const guest = await Client.open(kabar.url, { name: "Ask" });
  const say = (text: string) => guest.ask("publish", { topic: "asked-1", messageId: `a-${text}`, text });
  expect(await say("allow")).toMatchObject({ type: "ok", offset: 1 });
  expect(await say("hold")).toMatchObject({ type: "ok", held: true });
  expect(await say("refuse")).toMatchObject({ code: "text-blocked", message: "Because." });
  expect(await publish("asked-1", "mask")).toMatchObject({ offset: 2 });
  judge.stop(true);
  expect(await say("nobody")).toMatchObject({ code: "text-blocked" });
  expect(await publish("elsewhere", "not asked")).toMatchObject({ repeated: false });
  expect((await admin("DELETE", "hooks/ask")).http).toBe(204);
  expect(await say("free")).toMatchObject({ type: "ok", offset: 3 });
  guest.close();
});

test.each([
  ["http://127.0.0.1/", "private"],
  ["https://[::1]/x", "private"],
  ["https://[::ffff:10.0.0.1]/", "private"],
  ["http://0x7f.1/", "private"],
  ["http://2130706433/", "private"],
  ["http://169.254.169.254/latest/meta-data", "private"],
  ["http://localhost:8080/", "private"],
  ["ftp://a.example/", "must be"],
  ["https://user:word@a.example/", "user or password"],
  ["nothing", "must be"],
])("without hooks_allow_private %s is refused", async (url, why) => {
  strict ??= await startKabar();
  if (!ends.includes(stopStrict)) ends.push(stopStrict);
  const answer = await admin("POST", "hooks/out", { url }, strict.url);
  expect(answer.http).toBe(400);
  expect((answer.error as Json).message).toContain(why);
});
let strict: RunningKabar | undefined;
const stopStrict = () => strict?.stop();

test("a name that resolves to a private address is not connected to, and no redirect is followed", async () => {
  strict ??= await startKabar();
  if (!ends.includes(stopStrict)) ends.push(stopStrict);
  const target = startReceiver();
  ends.push(target.stop);
  const { hostname } = await import("node:os");
  const made = await admin("POST", "hooks/out", { url: `http://${hostname()}:${target.port}/` }, strict.url);
  if (made.http === 201) {
    const tried = await admin("POST", `hooks/out/${made.id}/test`, undefined, strict.url);
    expect(tried.accepted).toBe(false);
  }
  const redirecting = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(null, { status: 307, headers: { Location: target.url } }),
  });
  ends.push(() => redirecting.stop(true));
  const other = await admin("POST", "hooks/out", {
    url: `http://127.0.0.1:${redirecting.port}/`,
    topics: ["none"],
  });
  expect(await admin("POST", `hooks/out/${other.id}/test`)).toMatchObject({ accepted: false, status: 307 });
  expect(target.count()).toBe(0);
});

test("a click on a button reaches back ends once, with its user and the button", async () => {
  const user = await Client.open(kabar.url, { name: "Ana" });
  const target = await fetch(`${kabar.url}/api/topics/clicks/messages`, {
    method: "POST",
    headers: { Authorization: `Bearer ${kabar.operatorKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      text: "Ship it?",
      title: "Build 7",
      data: { build: 7 },
      id: "m-1",
      actions: [
        { type: "view", label: "Look", url: "https://ci.example/7" },
        { type: "http", label: "Approve", value: "yes" },
      ],
    }),
  }).then(async (r) => ((await r.json()) as { offset: number }).offset);
  const click = { topic: "clicks", messageId: "c-1", target, action: 1 };
  expect(await user.ask("click", { ...click, action: 0 })).toMatchObject({ code: "bad-command" });
  expect(await user.ask("click", { ...click, action: 3 })).toMatchObject({ code: "bad-command" });
  expect(await user.ask("click", { ...click, target: 99 })).toMatchObject({ code: "message-unknown" });
  expect(await user.ask("click", click)).toMatchObject({ type: "ok", repeated: false });
  expect(await user.ask("click", click)).toMatchObject({ type: "ok", repeated: true });
  expect(await user.ask("click", { ...click, messageId: "c-2" })).toMatchObject({ repeated: false });
  await user.publish("clicks", "done");
  const query = "after=0&topics=clicks&kinds=action,message";
  const { events } = await readFeed(query, ({ data }) => (data as Json).text === "done");
  const wanted = { topic: "clicks", target, action: 1, label: "Approve", value: "yes" };
  const more = { messageId: "m-1", title: "Build 7", data: { build: 7 }, user: { name: "Ana" } };
  const clicks = events.filter(({ type }) => type === "action").map(({ data }) => data);
  expect(clicks).toMatchObject([
    { ...wanted, ...more },
    { ...wanted, ...more },
  ]);
  user.close();
});
