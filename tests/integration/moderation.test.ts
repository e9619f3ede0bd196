import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { SignJWT } from "jose";
import { Client, Line } from "../support/client.ts";
import { nextOf } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

const SECRET = "a-shared-secret-of-thirty-two-or-more";
let kabar: RunningKabar;
let mod: Client;
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOKEN_SECRET: SECRET, KABAR_TOPICS: "t-*" } });
  mod = await openModerator();
});
afterAll(() => kabar.stop());

async function openModerator() {
  const token = await new SignJWT({ name: "Mod", topics: { "t-*": "moderate" } })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject("mod")
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(SECRET));
  return Client.open(kabar.url, { token });
}
const idOf = (client: Client) => (client as unknown as { hello: { user: { id: string } } }).hello.user.id;
const moderate = (topic: string, act: object) => mod.ask("moderate", { topic, ...act });
async function openGuest(topic: string) {
  const client = await Client.open(kabar.url, { name: "Ana" });
  await client.ask("subscribe", { topic });
  return client;
}

describe("a moderator", () => {
  test("removes one message, or all of a user, for every reader and for good", async () => {
    const ana = await openGuest("t-remove");
    for (const text of ["one", "two", "three"]) await ana.publish("t-remove", text);
    expect(await moderate("t-remove", { action: "remove", target: 2, why: "rude" })).toMatchObject({
      type: "ok",
    });
    expect((await ana.messages(4)).at(-1)).toMatchObject({ kind: "remove", target: 2 });
    await moderate("t-remove", { action: "remove-all", user: idOf(ana) });
    const { messages } = (await fetch(`${kabar.url}/api/topics/t-remove/messages`).then((r) => r.json())) as {
      messages: { text: string; removed?: string; kind?: string }[];
    };
    const said = messages.filter(({ kind }) => kind === undefined);
    expect(said.map(({ text, removed }) => [text, removed])).toEqual(Array(3).fill(["", "moderator"]));
    ana.close();
  });

  test("mutes a user, who receives the event; the mute survives a restart and can be lifted", async () => {
    const ana = await openGuest("t-timeout");
    await moderate("t-timeout", { action: "timeout", user: idOf(ana), seconds: 600, why: "spam" });
    expect(await nextOf(ana, "standing")).toMatchObject({
      state: "muted",
      until: expect.any(Number),
      why: "spam",
    });
    expect(await ana.publish("t-timeout", "x")).toMatchObject({
      code: "muted",
      retry: true,
      retryAfterMs: expect.any(Number),
      message: expect.stringContaining(": spam."),
    });
    expect(await ana.publish("t-other", "x")).toMatchObject({ type: "ok" });
    const { guest } = ana.hello as { guest: string };
    await kabar.restart();
    mod = await openModerator();
    const again = await Client.open(kabar.url, { guest });
    expect(await again.ask("subscribe", { topic: "t-timeout" })).toMatchObject({
      standing: { state: "muted", why: "spam" },
    });
    await moderate("t-timeout", { action: "unban", user: idOf(again) });
    expect(await nextOf(again, "standing")).toMatchObject({ state: "ok" });
    expect(await again.publish("t-timeout", "x")).toMatchObject({ type: "ok" });
    again.close();
  });

  test("bans a guest with the address, so that a new credential does not help, and reading goes on", async () => {
    const ana = await openGuest("t-ban");
    await moderate("t-ban", { action: "ban", user: idOf(ana), address: true });
    expect(await nextOf(ana, "standing")).toMatchObject({ state: "banned" });
    const fresh = await openGuest("t-ban");
    expect(await fresh.publish("t-ban", "me again")).toMatchObject({ code: "banned", retry: false });
    const plain = await Line.open(kabar.url, "/websocket?topic=t-ban");
    plain.send("me too");
    expect(await plain.next()).toBe("! You are banned from writing here.");
    const post = await fetch(`${kabar.url}/api/topics/t-ban/messages`, { method: "POST", body: "and me" });
    expect(post.status).toBe(403);
    await mod.publish("t-ban", "calm now");
    expect((await fresh.messages(1))[0]?.text).toBe("calm now");
    await moderate("t-ban", { action: "unban", user: idOf(ana) });
    expect(await fresh.publish("t-ban", "thanks")).toMatchObject({ type: "ok" });
    for (const open of [ana, fresh, plain]) open.close();
  });

  test("is received by every subscriber: guests, other moderators, and shadow-banned users", async () => {
    const topic = "t-heard";
    const [ana, hidden] = [await openGuest(topic), await openGuest(topic)];
    await mod.ask("subscribe", { topic });
    await moderate(topic, { action: "shadow", user: idOf(hidden), on: true });
    await ana.publish(topic, "one");
    await moderate(topic, { action: "mode", mode: { slowS: 1 } });
    await moderate(topic, { action: "pin", target: 1, on: true });
    await moderate(topic, { action: "clear" });
    for (const client of [ana, hidden, mod]) {
      expect(await nextOf(client, "mode")).toMatchObject({ mode: { slowS: 1 } });
      expect(await nextOf(client, "pins")).toMatchObject({ pins: [1] });
      expect(await nextOf(client, "cleared")).toMatchObject({ upTo: 2 });
    }
    for (const open of [ana, hidden]) open.close();
  });

  test("changes two modes at once, and both hold", async () => {
    const acts = [{ readOnly: true }, { slowS: 7 }, { emojiOnly: true }];
    await Promise.all(acts.map((mode) => moderate("t-twice", { action: "mode", mode })));
    const late = await Client.open(kabar.url);
    expect(await late.ask("subscribe", { topic: "t-twice" })).toMatchObject({
      mode: { readOnly: true, slowS: 7, emojiOnly: true },
    });
    late.close();
  });

  test("sets modes that reach every subscriber and bind all but moderators", async () => {
    const ana = await openGuest("t-mode");
    await moderate("t-mode", { action: "mode", mode: { slowS: 60 } });
    expect(await nextOf(ana, "mode")).toMatchObject({
      mode: { slowS: 60, readOnly: false, emojiOnly: false, hold: "none" },
    });
    expect(await ana.publish("t-mode", "one")).toMatchObject({ type: "ok" });
    expect(await ana.publish("t-mode", "two")).toMatchObject({
      code: "slow-mode",
      retryAfterMs: expect.any(Number),
    });
    expect(await mod.publish("t-mode", "one")).toMatchObject({ type: "ok" });
    expect(await mod.publish("t-mode", "two")).toMatchObject({ type: "ok" });
    await moderate("t-mode", { action: "mode", mode: { slowS: 0, emojiOnly: true } });
    expect(await ana.publish("t-mode", "words")).toMatchObject({ code: "emoji-only" });
    expect(await ana.publish("t-mode", "👍 👩‍💻")).toMatchObject({ type: "ok" });
    await moderate("t-mode", { action: "mode", mode: { emojiOnly: false, readOnly: true } });
    expect(await ana.publish("t-mode", "x")).toMatchObject({ code: "read-only" });
    const late = await Client.open(kabar.url);
    expect(await late.ask("subscribe", { topic: "t-mode" })).toMatchObject({
      mode: { readOnly: true, slowS: 0 },
    });
    expect(await moderate("t-mode", { action: "mode", mode: { slow: 3 } })).toMatchObject({
      code: "bad-request",
    });
    for (const open of [ana, late]) open.close();
  });

  test("sets words that are refused, masked or held, in edits too", async () => {
    const ana = await openGuest("t-words");
    await moderate("t-words", {
      action: "words",
      words: { block: ["badger"], mask: ["weasel"], hold: ["casino"] },
    });
    expect(await ana.publish("t-words", "a b4dger")).toMatchObject({ code: "text-blocked" });
    await ana.publish("t-words", "a weasel", "m-1");
    expect((await ana.messages(1))[0]?.text).toBe("a ******");
    expect(await ana.publish("t-words", "a weasel", "m-1")).toMatchObject({ repeated: true });
    expect(await ana.publish("t-words", "the casino", "m-2")).toMatchObject({ held: true, offset: 0 });
    const edit = (text: string) =>
      ana.ask("edit", { topic: "t-words", messageId: crypto.randomUUID(), target: 1, text });
    expect(await edit("badger")).toMatchObject({ code: "text-blocked" });
    expect(await edit("casino")).toMatchObject({ code: "text-blocked" });
    expect(await moderate("t-words", { action: "words", words: { block: ["a[b"] } })).toMatchObject({
      code: "bad-request",
    });
    ana.close();
  });

  test("approves a held message under its author's name, rejects another, and repeats change nothing", async () => {
    const ana = await openGuest("t-hold");
    await mod.ask("subscribe", { topic: "t-hold" });
    await moderate("t-hold", { action: "mode", mode: { hold: "guests" } });
    for (const id of ["m-1", "m-2", "m-1"]) {
      expect(await ana.publish("t-hold", `text of ${id}`, id)).toMatchObject({ held: true, offset: 0 });
    }
    // The moderator still receives the queues of the topics before.
    expect(await nextOf(mod, "queue", ({ topic }) => topic === "t-hold")).toMatchObject({ held: 1 });
    const { held } = (await mod.ask("queue", { topic: "t-hold" })) as unknown as { held: object[] };
    expect(held).toMatchObject([
      { messageId: "m-1", text: "text of m-1", heldFor: "review", user: { name: "Ana" } },
      { messageId: "m-2" },
    ]);
    await moderate("t-hold", { action: "approve", user: idOf(ana), messageId: "m-1" });
    await moderate("t-hold", { action: "reject", user: idOf(ana), messageId: "m-2", why: "no" });
    expect(await nextOf(ana, "rejected")).toMatchObject({ messageId: "m-2", why: "no" });
    expect(await ana.publish("t-hold", "text of m-1", "m-1")).toMatchObject({ offset: 1, repeated: true });
    expect(await moderate("t-hold", { action: "approve", user: idOf(ana), messageId: "m-2" })).toMatchObject({
      code: "message-unknown",
    });
    ana.close();
  });

  test("sees reports and closes them", async () => {
    const ana = await openGuest("t-report");
    await ana.publish("t-report", "something");
    await ana.ask("report", { topic: "t-report", target: 1, why: "rude" });
    expect(await ana.ask("report", { topic: "t-report", target: 9 })).toMatchObject({
      code: "message-unknown",
    });
    expect(await mod.ask("queue", { topic: "t-report" })).toMatchObject({
      reports: [{ offset: 1, by: idOf(ana), why: "rude" }],
    });
    await moderate("t-report", { action: "dismiss", target: 1 });
    expect(await mod.ask("queue", { topic: "t-report" })).toMatchObject({ reports: [] });
    ana.close();
  });

  test("pins messages, five at most, and clears a topic", async () => {
    const ana = await openGuest("t-pin");
    for (let i = 1; i <= 6; i++) await ana.publish("t-pin", `m${i}`);
    for (let i = 1; i <= 6; i++) await moderate("t-pin", { action: "pin", target: i, on: true });
    for (let i = 1; i <= 5; i++) await nextOf(ana, "pins");
    expect(await nextOf(ana, "pins")).toMatchObject({ pins: [2, 3, 4, 5, 6] });
    await moderate("t-pin", { action: "clear", why: "a fresh start" });
    expect(await nextOf(ana, "cleared")).toMatchObject({ upTo: 12 });
    expect(await ana.publish("t-pin", "first of the new")).toMatchObject({ offset: 13 });
    const late = await Client.open(kabar.url);
    expect(await late.ask("subscribe", { topic: "t-pin", last: 50 })).toMatchObject({ first: 13, top: 13 });
    for (const open of [ana, late]) open.close();
  });

  test("leaves an audit trail of moderator, act, time and reason", async () => {
    await moderate("t-audit", { action: "clear", why: "for the trail" });
    const response = await fetch(`${kabar.url}/api/admin/audit?limit=1`, {
      headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    });
    expect(await response.json()).toMatchObject({
      entries: [
        {
          key: "act:t-audit",
          by: "u:mod",
          why: "for the trail",
          value: { action: "clear" },
          at: expect.any(Number),
        },
      ],
    });
  });
});

describe("every other user", () => {
  test("may not moderate by any door", async () => {
    const ana = await openGuest("t-no");
    const acts = [
      { action: "clear" },
      { action: "ban", user: "u:mod" },
      { action: "mode", mode: { readOnly: true } },
    ];
    for (const act of acts)
      expect(await ana.ask("moderate", { topic: "t-no", ...act })).toMatchObject({ code: "forbidden" });
    expect(await ana.ask("queue", { topic: "t-no" })).toMatchObject({ code: "forbidden" });
    for (const path of ["moderate", "queue"]) {
      const response = await fetch(
        `${kabar.url}/api/topics/t-no/${path}`,
        path === "queue" ? {} : { method: "POST", body: '{"action":"clear"}' },
      );
      expect(response.status).toBe(403);
    }
    ana.close();
  });

  test("an unknown act is refused by name", async () => {
    expect(await moderate("t-no", { action: "explode" })).toMatchObject({
      code: "bad-command",
      message: expect.stringContaining("must be one of remove, remove-all, timeout"),
    });
  });
});

test("a script moderates over HTTP with the operator's key, one request an act", async () => {
  const ana = await openGuest("t-http");
  const act = (body: object) =>
    fetch(`${kabar.url}/api/topics/t-http/moderate`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    });
  expect((await act({ action: "timeout", user: idOf(ana), seconds: 60 })).status).toBe(200);
  expect(await ana.publish("t-http", "x")).toMatchObject({ code: "muted" });
  expect((await act({ action: "timeout", user: idOf(ana) })).status).toBe(400);
  ana.close();
});
