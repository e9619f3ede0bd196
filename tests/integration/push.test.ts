/** Web Push on a running server, with a push service that stands in for those of browsers. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { publish } from "../support/messages.ts";
import { SLOW_MS } from "../support/parts.ts";
import { signToken, TOKEN_SECRET } from "../support/people.ts";
import { type Browser, startPushService, subscriptionOf } from "../support/push-stand-in.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const ENV = {
  KABAR_TOPICS: "*",
  KABAR_TOKEN_SECRET: TOKEN_SECRET,
  KABAR_PUSH_ALLOW_PRIVATE: "true",
  KABAR_PUSH_WAIT_MS: "0",
  KABAR_PUSH_EVERY_S: "0",
  KABAR_PUSH_CONTACT: "mailto:me@example.org",
};
let kabar: RunningKabar;
let service: ReturnType<typeof startPushService>;
beforeAll(async () => {
  service = startPushService();
  kabar = await startKabar({ env: ENV });
});
afterAll(async () => {
  await kabar.stop();
  service.stop();
  expect(service.wrong).toEqual([]);
});

/** A signed user with a browser that wants messages of a topic. The session stays open, and follows no topic. */
async function follower(name: string, topic: string, fields: object = { mode: "all" }) {
  const token = await signToken(name);
  const session = await Client.open(kabar.url, { token });
  const browser = await service.browser(name);
  const choose = (more: object) => session.ask("push", { topic, ...subscriptionOf(browser), ...more });
  const reply = await choose(fields);
  expect(reply).toMatchObject({ type: "ok" });
  return {
    id: `u:${name}`,
    token,
    session,
    browser,
    choose,
    reply: reply as unknown as Record<string, unknown>,
  };
}
const admin = (method: string, path: string) =>
  fetch(`${kabar.url}/api/admin/users/${path}`, {
    method,
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
  });
const devicesOf = async (id: string): Promise<object[]> => {
  const data = await (await admin("GET", `${encodeURIComponent(id)}/export`)).json();
  return (data as { devices: object[] }).devices;
};
/** Resolves when everything that a message of a topic leads to was sent: a witness of the same topic has it. */
async function witness(topic: string) {
  const name = `witness-of-${topic}`;
  await follower(name, topic);
  return () => service.has(name, service.of(name).length + 1);
}

test("a message reaches who is not looking, encrypted and signed: all messages, mentions, or none", async () => {
  const ana = await follower("ana", "lobby", {
    mode: "all",
    page: "https://site.example/room#x",
    language: "de",
  });
  service.expectKey(String(ana.reply.key));
  expect(ana.reply).toMatchObject({ mode: "all", text: true });
  await follower("ben", "lobby", { mode: "mentions" });
  const cem = await follower("cem", "lobby");
  const dan = await follower("dan", "lobby");
  await dan.session.ask("subscribe", { topic: "lobby" });
  const eva = await follower("eva", "lobby");
  await eva.session.ask("subscribe", { topic: "lobby" });
  expect(await eva.session.ask("away", { on: true })).toMatchObject({ type: "ok" });
  expect(await cem.choose({ mode: "none" })).toMatchObject({ mode: "none" });
  expect(await cem.choose({})).toMatchObject({ mode: "none" });
  const author = await follower("author", "lobby");
  await author.session.ask("publish", {
    topic: "lobby",
    messageId: "1",
    text: "Hello *all*",
    mentions: ["u:ben", "u:author"],
  });
  const [first] = await service.has("ana", 1);
  expect(first).toMatchObject({ ttl: 86_400, urgency: "normal", subject: "mailto:me@example.org" });
  expect(first?.notice).toEqual({
    tag: "kabar-lobby",
    url: "https://site.example/room#x",
    language: "de",
    title: "lobby",
    body: "User author: Hello *all*",
    count: 1,
    at: expect.any(Number),
  });
  expect((await service.has("ben", 1))[0]).toMatchObject({ urgency: "high" });
  await service.has("eva", 1);
  await publish(kabar, "no mention");
  await service.has("eva", 2);
  await service.has("ana", 2);
  expect(["ben", "cem", "dan", "author"].map((name) => service.of(name).length)).toEqual([1, 0, 0, 1]);
});

test("what is read on one device disappears on the other, and what is removed is not sent", async () => {
  const gil = await follower("gil", "read");
  const mod = await Client.open(kabar.url, { token: await signToken("mod", { role: "moderator" }) });
  await publish(kabar, "1", "read");
  await service.has("gil", 1);
  await gil.session.ask("read", { topic: "read", offset: 1 });
  const [shown, closed] = await service.has("gil", 2);
  expect(closed?.notice).toEqual({ tag: "kabar-read", close: true });
  expect(closed?.topic).toBe(shown?.topic ?? "");
  await publish(kabar, "2", "read");
  await service.has("gil", 3);
  await mod.ask("moderate", { topic: "read", action: "remove", target: 2 });
  expect((await service.has("gil", 4))[3]?.notice).toEqual({ tag: "kabar-read", close: true });
});

test("a device that is gone is dropped; a push service that fails is asked again, and holds up nobody", async () => {
  const [hal, ida, jon, kim] = await Promise.all(
    ["hal", "ida", "jon", "kim"].map((name) => follower(name, "trouble")),
  );
  const lea = await follower("lea", "trouble");
  const tries = new Map<string, number[]>();
  service.behave((name) => {
    tries.set(name, [...(tries.get(name) ?? []), performance.now()]);
    const isFirst = tries.get(name)?.length === 1;
    if (name === "hal") return 404;
    if (name === "ida") return 410;
    if (name === "jon" && isFirst) return { status: 429, retryAfter: "1" };
    if (name === "kim" && isFirst) return 500;
    return name === "lea" ? "silent" : 201;
  });
  await publish(kabar, "1", "trouble");
  await Promise.all(["jon", "kim"].map((name) => service.has(name, 2)));
  const [first = 0, second = 0] = tries.get("jon") ?? [];
  expect(second - first).toBeGreaterThan(900);
  for (const gone of [hal, ida]) expect(await gone?.choose({})).toMatchObject({ mode: "none" });
  for (const kept of [jon, kim, lea]) expect(await kept?.choose({})).toMatchObject({ mode: "all" });
  service.behave(() => 201);
});

test("a ban, a revocation and an erasure end push messages; the export has the devices, the log has none", async () => {
  const sees = await witness("end");
  const mia = await follower("mia", "end", {
    mode: "all",
    quiet: { from: "01:00", to: "01:01", zone: "UTC" },
  });
  const [nia, ole] = [await follower("nia", "end"), await follower("ole", "end")];
  const mod = await Client.open(kabar.url, { token: await signToken("mod", { role: "moderator" }) });
  expect(await devicesOf(mia.id)).toEqual([
    {
      id: expect.any(String),
      endpoint: mia.browser.endpoint,
      quiet: { from: "01:00", to: "01:01", zone: "UTC" },
      topics: { end: { mode: "all" } },
      seenAt: expect.any(Number),
    },
  ]);
  await kabar.restart();
  expect(await devicesOf(mia.id)).toHaveLength(1);
  const moderator = await Client.open(kabar.url, { token: await signToken("mod", { role: "moderator" }) });
  mod.close();
  expect(await moderator.ask("moderate", { topic: "end", action: "ban", user: nia.id })).toMatchObject({
    type: "ok",
  });
  expect((await admin("POST", `${encodeURIComponent(ole.id)}/revoke`)).status).toBe(204);
  expect((await admin("DELETE", encodeURIComponent(mia.id))).status).toBe(200);
  for (const { id } of [mia, nia, ole])
    await until(`no device of ${id}`, async () => (await devicesOf(id)).length === 0);
  const seen = sees();
  await publish(kabar, "1", "end");
  await seen;
  expect([mia, nia, ole].map(({ browser }) => service.of(browser.endpoint.split("/").at(-1) ?? ""))).toEqual([
    [],
    [],
    [],
  ]);
  expect(await publishAs(nia.token, "nia", "end")).toMatchObject({ code: "banned" });
  expect(kabar.output()).not.toContain("/push/");
});
async function publishAs(token: string, name: string, topic: string) {
  const session = await Client.open(kabar.url, { token });
  return session.ask("push", { topic, ...subscriptionOf(await service.browser(name)), mode: "all" });
}

test("a user keeps ten devices, each its own, and only true subscriptions to topics that the user may read", async () => {
  const pia = await follower("pia", "bounds");
  const { session, browser } = pia;
  const add = async (name: string, more: object = {}) =>
    session.ask("push", {
      topic: "bounds",
      ...subscriptionOf(await service.browser(name)),
      mode: "all",
      ...more,
    });
  for (let i = 2; i <= 10; i++) expect(await add(`pia-${i}`)).toMatchObject({ type: "ok" });
  expect(await add("pia-11")).toMatchObject({ code: "rate-limited" });
  // The same device again is no new one, and its quiet hours stay.
  const quiet = { from: "22:00", to: "07:00", zone: "Asia/Tokyo" };
  expect(await pia.choose({ mode: "mentions", quiet })).toMatchObject({ quiet });
  expect(await pia.choose({ mode: "all" })).toMatchObject({ mode: "all", quiet });
  expect(await pia.choose({ mode: "all", quiet: null })).not.toHaveProperty("quiet");
  const other = await Client.open(kabar.url, { name: "Quin" });
  const theft = { topic: "bounds", ...subscriptionOf(browser), mode: "all" };
  expect(await other.ask("push", { ...theft, auth: "A".repeat(22) })).toMatchObject({ code: "forbidden" });
  expect(await other.ask("push", theft)).toMatchObject({ type: "ok" });
  expect(await pia.choose({})).toMatchObject({ mode: "none" });
  for (const [wrong, code] of [
    [{ topic: "$push" }, "bad-topic"],
    [{ endpoint: "ftp://push.example/" }, "bad-command"],
    [{ p256dh: `B${"A".repeat(86)}` }, "bad-command"],
    [{ endpoint: undefined }, "bad-command"],
    [{ quiet: { ...quiet, zone: "Mars/Base" } }, "bad-command"],
    [{ quiet: { ...quiet, from: "24:00" } }, "bad-command"],
    [{ page: "javascript:alert(1)" }, "bad-command"],
    [{ mode: "some" }, "bad-command"],
  ] as const)
    expect(await add(`wrong-${JSON.stringify(wrong).length}`, wrong)).toMatchObject({ code });
});

test("without text a message only says that there is one; those of a minute come as one; quiet hours have none", async () => {
  const first = kabar;
  kabar = await startKabar({
    env: { ...ENV, KABAR_PUSH_PAYLOAD: "none", KABAR_PUSH_DEVICES: "2", KABAR_PUSH_EVERY_S: "1" },
  });
  try {
    const hour = (ms: number) => new Date(Date.now() + ms).toISOString().slice(11, 16);
    const quiet = { from: hour(-3_600_000), to: hour(3_600_000), zone: "UTC" };
    service.expectKey(String((await follower("ria", "lobby", { mode: "all", quiet })).reply.key));
    const sam = await follower("sam", "lobby");
    expect(sam.reply).toMatchObject({ text: false });
    const tom: Browser = await service.browser("tom");
    const full = await sam.session.ask("push", { topic: "lobby", ...subscriptionOf(tom), mode: "all" });
    expect(full).toMatchObject({ code: "rate-limited" });
    await publish(kabar, "a secret");
    const [message] = await service.has("sam", 1);
    const sentAt = performance.now();
    expect(message?.notice).toEqual({ tag: "kabar-lobby", count: 1, at: expect.any(Number) });
    for (const text of ["2", "3", "4"]) await publish(kabar, text);
    const [, second] = await service.has("sam", 2);
    expect(performance.now() - sentAt).toBeGreaterThan(800);
    expect(second?.notice).toMatchObject({ tag: "kabar-lobby", count: 3 });
    // The push service replaces the first with the second where the device is off, and learns no name of a topic.
    expect(second?.topic).toBe(message?.topic ?? "");
    expect(Buffer.from(message?.topic ?? "", "base64url").toString("latin1")).not.toContain("lobby");
    expect(service.of("ria")).toEqual([]);
  } finally {
    await kabar.stop();
    kabar = first;
  }
});

test("with push = false nothing is sent, also not to devices from before; they are there when it is on again", async () => {
  const first = kabar;
  const dataDir = createFolder();
  const startWith = async (push: boolean) => {
    kabar = await startKabar({ dataDir, env: { ...ENV, KABAR_PUSH: String(push) } });
  };
  await startWith(true);
  try {
    service.expectKey(String((await follower("una", "lobby")).reply.key));
    await kabar.stop();
    await startWith(false);
    for (let i = 0; i < 30; i++) await publish(kabar, "while it is off");
    await kabar.stop();
    await startWith(true);
    await publish(kabar, "on again");
    const [message] = await service.has("una", 1);
    expect(message?.notice).toMatchObject({ count: 1, body: expect.stringContaining("on again") });
  } finally {
    await kabar.stop();
    kabar = first;
  }
});

test("an operator sees a user's devices without their addresses, and removes one", async () => {
  const { id, browser } = await follower("gone-device", "device-room");
  const path = encodeURIComponent(id);
  const read = async () => (await admin("GET", path)).text();
  const { devices } = JSON.parse(await read()) as { devices: { id: string; service: string }[] };
  expect(devices).toEqual([
    { id: expect.any(String), service: "127.0.0.1", topics: ["device-room"], seenAt: expect.any(Number) },
  ] as never);
  for (const secret of Object.values(subscriptionOf(browser))) expect(await read()).not.toContain(secret);
  const [device] = devices;
  const remove = async (of: string) =>
    (
      await fetch(`${kabar.url}/api/admin/users/${encodeURIComponent(of)}/devices/${device?.id}`, {
        method: "DELETE",
        headers: { Authorization: `Bearer ${kabar.operatorKey}` },
        body: JSON.stringify({ why: "lost" }),
      })
    ).status;
  expect(await remove("u:somebody-else")).toBe(404);
  expect(await remove(id)).toBe(204);
  expect(await remove(id)).toBe(404);
  expect(await devicesOf(id)).toEqual([]);
  const audit = await fetch(`${kabar.url}/api/admin/audit?limit=5`, {
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
  });
  expect(await audit.text()).toContain(`"devices:removed ${id}"`);
});
