import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS } from "../support/parts.ts";
import { nextOf, openGuest, openModerator, type Person, signToken, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

const RULES = `
[topics.lobby]
max_text_bytes = 20
links = "guests-no"

[topics.news]
title = "News & <b>more</b>"
guests = "read"
users = "read"

[topics.staff]
title = "Secret plans"
guests = "none"
users = "none"

[topics.door]
first_messages = "hold"

[topics.quiet]
react = false
people = false
links = "none"

[topics."room-*"]
guests = "read"

[topics."room-open-*"]
retain_messages = 3
`;

const dataDir = createFolder();
let kabar: RunningKabar;
let guest: Person;
let member: Person;
let mod: Person;
beforeAll(async () => {
  const file = join(dataDir, "kabar.toml");
  await Bun.write(file, RULES);
  kabar = await startKabar({ dataDir, env: { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_CONFIG: file } });
  guest = await Client.open(kabar.url, { name: "Ana" });
  member = await Client.open(kabar.url, { token: await signToken("1") });
  mod = await openModerator(kabar.url);
});
afterAll(() => kabar.stop());

const setRule = (pattern: string, body?: object) =>
  fetch(`${kabar.url}/api/admin/topics/${pattern}`, {
    method: body ? "PUT" : "DELETE",
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const answerTo = async (client: Client, topic: string, text: string) => {
  const reply = (await client.publish(topic, text)) as unknown as { type: string; code?: string };
  return reply.code ?? reply.type;
};

describe("a topic's table decides", () => {
  test("the writers: guests read an announcement topic, back ends and moderators write it", async () => {
    expect(await answerTo(guest, "news", "x")).toBe("forbidden");
    expect(await answerTo(member, "news", "x")).toBe("forbidden");
    expect(await answerTo(mod, "news", "x")).toBe("ok");
    const post = await fetch(`${kabar.url}/api/topics/news/messages`, {
      method: "POST",
      body: "v2 is out",
      headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    });
    expect(post.status).toBe(201);
    expect(await guest.ask("history", { topic: "news" })).toMatchObject({ top: 2 });
  });

  test("the title: readers receive it with the subscription, and pages show it as text", async () => {
    const reader = await Client.open(kabar.url, { name: "Rina" });
    expect(await reader.ask("subscribe", { topic: "news" })).toMatchObject({ title: "News & <b>more</b>" });
    expect(await reader.ask("subscribe", { topic: "quiet" })).not.toHaveProperty("title");
    const page = async (path: string) => (await fetch(kabar.url + path)).text();
    const escaped = "News &amp; &lt;b&gt;more&lt;/b&gt;";
    expect(await page("/t/news")).toContain(`<h1>${escaped}</h1>`);
    expect(await page("/embed/news")).toContain(`<title>${escaped}</title>`);
    expect(await page("/t/quiet")).toContain("<h1>quiet</h1>");
    reader.close();
  });

  test("the title's readers: nobody else learns the title of a private topic", async () => {
    for (const path of ["/t/staff", "/embed/staff", "/api/topics/staff/messages"])
      expect(await (await fetch(kabar.url + path)).text()).not.toContain("Secret");
    expect(JSON.stringify(await guest.ask("subscribe", { topic: "staff" }))).not.toContain("Secret");
    expect(await mod.ask("subscribe", { topic: "staff" })).toMatchObject({ title: "Secret plans" });
    await mod.ask("unsubscribe", { topic: "staff" });
  });

  test("the readers: a private topic opens by token only, at every door", async () => {
    for (const client of [guest, member]) {
      expect(await client.ask("subscribe", { topic: "staff" })).toMatchObject({ code: "forbidden" });
      expect(await client.ask("history", { topic: "staff" })).toMatchObject({ code: "forbidden" });
    }
    for (const path of ["/api/topics/staff/messages", "/api/topics/staff/events", "/t/staff"])
      expect((await fetch(kabar.url + path)).status).toBe(403);
    const one = await Client.open(kabar.url, { token: await signToken("2", { topics: { staff: "write" } }) });
    expect(await answerTo(one, "staff", "x")).toBe("ok");
    one.close();
  });

  test("the length of a text", async () => {
    expect(await answerTo(guest, "lobby", "x".repeat(20))).toBe("ok");
    expect(await answerTo(guest, "lobby", "x".repeat(21))).toBe("text-too-long");
    expect(await answerTo(guest, "lobby", "é".repeat(11))).toBe("text-too-long");
  });

  test("the users who may write links, in edits too; moderators always may", async () => {
    expect(await answerTo(guest, "lobby", "see a.example.com")).toBe("text-blocked");
    expect(await answerTo(member, "lobby", "see a.example.com")).toBe("ok");
    expect(await answerTo(member, "quiet", "see https://a.b")).toBe("text-blocked");
    expect(await answerTo(mod, "quiet", "see https://a.b")).toBe("ok");
    const stored = (await guest.publish("lobby", "no link")) as unknown as { offset: number };
    expect(
      await guest.ask("edit", {
        topic: "lobby",
        messageId: "e",
        target: stored.offset,
        text: "www.a.b",
      }),
    ).toMatchObject({ code: "text-blocked", message: "Links are not allowed here." });
  });

  test("reactions, and the list of people", async () => {
    expect(await guest.ask("subscribe", { topic: "quiet", people: true })).toMatchObject({
      can: { react: false, people: false, write: true },
    });
    expect(
      await guest.ask("react", { topic: "quiet", messageId: "r", target: 1, emoji: "👍", on: true }),
    ).toMatchObject({ code: "forbidden" });
  });

  test("by the longest matching pattern; without one there is no topic, and none is created", async () => {
    expect(await answerTo(guest, "room-1", "x")).toBe("forbidden");
    expect(await answerTo(guest, "room-open-1", "x")).toBe("ok");
    expect(await answerTo(guest, "rooms", "x")).toBe("topic-unknown");
    expect(await answerTo(mod, "rooms", "x")).toBe("topic-unknown");
    expect((await fetch(`${kabar.url}/api/topics/rooms/messages`)).status).toBe(404);
  });
});

describe("a rule set at run time", () => {
  test("holds for the next message of a session that was open before", async () => {
    const ana = await openGuest(kabar.url, "lobby", { name: "Ana" });
    await setRule("lobby", { links: "allow", max_text_bytes: 100 });
    expect(await answerTo(ana, "lobby", "see https://a.example.com/long")).toBe("ok");
    await setRule("lobby", { links: "none", max_text_bytes: 5 });
    expect(await answerTo(ana, "lobby", "www.")).toBe("text-blocked");
    expect(await answerTo(ana, "lobby", "123456")).toBe("text-too-long");
    await setRule("lobby", { react: false });
    expect(await nextOf(ana, "rights")).toMatchObject({ topic: "lobby", can: { react: false } });
    await setRule("lobby");
    expect(await nextOf(ana, "rights")).toMatchObject({ topic: "lobby", can: { react: true } });
    expect(await answerTo(ana, "lobby", "123456")).toBe("ok");
    ana.close();
  });

  test("gives a topic a title and takes it back", async () => {
    const titleNow = async () => {
      const reader = await Client.open(kabar.url, { name: "Rina" });
      const { title } = (await reader.ask("subscribe", { topic: "quiet" })) as { title?: string };
      reader.close();
      return title;
    };
    await setRule("quiet", { title: "The quiet room" });
    expect(await titleNow()).toBe("The quiet room");
    await setRule("quiet", { title: "" });
    expect(await titleNow()).toBeUndefined();
    const refused = await setRule("quiet", { title: "x".repeat(61) });
    expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining("60 visible") } });
    await setRule("quiet");
  });

  test("creates and removes a topic for every user", async () => {
    const ana = await Client.open(kabar.url, { name: "Ana" });
    expect(await answerTo(ana, "popup", "x")).toBe("topic-unknown");
    await setRule("popup", {});
    await ana.ask("subscribe", { topic: "popup" });
    expect(await answerTo(ana, "popup", "x")).toBe("ok");
    await setRule("popup");
    expect(await nextOf(ana, "rights")).toMatchObject({ topic: "popup", can: { read: false } });
    expect(await answerTo(ana, "popup", "x")).toBe("topic-unknown");
    ana.close();
  });

  test("changes retention at once", async () => {
    for (let i = 1; i <= 6; i++) await guest.publish("room-open-2", `m${i}`);
    await setRule("room-open-2", { guests: "write", retain_messages: 2 });
    let first: unknown = 1;
    while (first === 1) ({ first } = (await guest.ask("history", { topic: "room-open-2" })) as never);
    expect(first).toBe(5);
  });

  test("that is invalid is refused with the rule that it breaks", async () => {
    const refused = await setRule("lobby", { links: "sometimes" });
    expect(await refused.json()).toMatchObject({
      error: {
        code: "bad-request",
        message: 'topics.lobby: links: is "sometimes", must be one of allow, guests-no, none.',
      },
    });
  });
});

test("holds first messages until one is approved, also after a restart, and the inbox lists them with those that are shown", async () => {
  const as = async (sub: string) => Client.open(kabar.url, { token: await signToken(sub) });
  let [cleo, dian] = [await as("cleo"), await as("dian")];
  const eve = await as("eve");
  const admin = async (path: string, body?: object) => {
    const answer = await fetch(`${kabar.url}/api/admin/${path}`, {
      headers: { Authorization: `Bearer ${kabar.operatorKey}` },
      ...(body ? { method: "POST", body: JSON.stringify(body) } : {}),
    });
    return (await answer.json()) as { cases: Record<string, unknown>[]; count: number };
  };
  await setRule("porch", { first_messages: "show" });
  expect(await cleo.publish("door", "hello", "c1")).toMatchObject({ held: true });
  expect(await dian.publish("door", "hello", "d1")).toMatchObject({ held: true });
  expect(await eve.publish("porch", "shown", "e1")).toMatchObject({ offset: 1 });
  expect(await eve.publish("porch", "not the first", "e2")).toMatchObject({ offset: 2 });
  const { cases } = await admin("inbox?kind=first");
  expect(cases).toMatchObject([
    { kind: "held", topic: "door", held: { messageId: "c1", heldFor: "first" } },
    { kind: "held", topic: "door", held: { messageId: "d1" } },
    { kind: "first", topic: "porch", offset: 1, message: { text: "shown", user: { id: "u:eve" } } },
  ]);
  await admin("topics/door/moderate", { action: "approve", user: "u:cleo", messageId: "c1" });
  await kabar.restart();
  [cleo, dian] = [await as("cleo"), await as("dian")];
  expect(await cleo.publish("door", "again", "c2")).toMatchObject({ offset: 2 });
  expect(await dian.publish("door", "again", "d2")).toMatchObject({ held: true });

  await admin("topics/porch/moderate", { action: "dismiss", target: 1 });
  expect((await admin("inbox?kind=first")).cases).toMatchObject([
    { held: { messageId: "d1" } },
    { held: { messageId: "d2" } },
  ]);
  expect(await admin("inbox?kind=reported")).toMatchObject({ cases: [], count: 0 });
  await fetch(`${kabar.url}/api/admin/users/u:cleo`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
  });
  const later = await as("cleo");
  expect(await later.publish("door", "new again", "c3")).toMatchObject({ held: true });
});
