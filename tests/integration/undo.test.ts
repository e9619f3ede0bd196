import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { idOf, nextOf, openGuest, openModerator, type Person, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
let mod: Person;
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "u-*" } });
  mod = await openModerator(kabar.url);
});
afterAll(() => kabar.stop());

const moderate = async (topic: string, act: object) =>
  (await mod.ask("moderate", { topic, ...act })) as unknown as { type: string; undo?: object };
const queueOf = async (topic: string) =>
  (await mod.ask("queue", { topic })) as unknown as Record<"held" | "reports" | "sentences", object[]>;

describe("the answer to an act holds the act that undoes it", () => {
  test("a mute and a ban are lifted, and a lifted one is imposed again for its remaining time", async () => {
    const ana = await openGuest(kabar.url, "u-a");
    const user = idOf(ana);
    const { undo } = await moderate("u-a", { action: "timeout", user, seconds: 600, why: "spam" });
    expect(undo).toEqual({ action: "unban", user });
    const lifted = await moderate("u-a", { action: "unban", user });
    expect(lifted.undo).toEqual({ action: "timeout", user, seconds: expect.any(Number), why: "spam" });
    expect((lifted.undo as { seconds: number }).seconds).toBeWithin(590, 601);
    expect(await ana.publish("u-a", "free")).toMatchObject({ type: "ok" });
    await moderate("u-a", lifted.undo ?? {});
    expect(await ana.publish("u-a", "not free")).toMatchObject({ code: "muted" });
    const banned = await moderate("u-a", { action: "ban", user });
    expect(banned.undo).toMatchObject({ action: "timeout", user });
    await moderate("u-a", banned.undo ?? {});
    expect(await ana.publish("u-a", "still not")).toMatchObject({ code: "muted" });
    expect((await moderate("u-a", { action: "unban", user: "g-nobody" })).undo).toBeUndefined();
    ana.close();
  });

  test("modes, word rules and pins go back to what they were", async () => {
    await moderate("u-b", { action: "mode", mode: { slowS: 5 } });
    expect((await moderate("u-b", { action: "mode", mode: { slowS: 60, readOnly: true } })).undo).toEqual({
      action: "mode",
      mode: { slowS: 5, readOnly: false },
    });
    await moderate("u-b", { action: "words", words: { block: ["badger"] } });
    const { undo } = await moderate("u-b", { action: "words", words: { links: "block" } });
    expect(undo).toMatchObject({ action: "words", words: { block: ["badger"], links: "allow" } });
    expect(await moderate("u-b", undo ?? {})).toMatchObject({ type: "ok" });
    await mod.publish("u-b", "one");
    expect((await moderate("u-b", { action: "pin", target: 1, on: true })).undo).toEqual({
      action: "pin",
      target: 1,
      on: false,
    });
  });

  test("an act that removes data for good has no undo", async () => {
    const ana = await openGuest(kabar.url, "u-c");
    await ana.publish("u-c", "one");
    for (const act of [
      { action: "remove", target: 1 },
      { action: "remove-all", user: idOf(ana) },
      { action: "clear" },
    ])
      expect(await moderate("u-c", act)).toEqual({ type: "ok", id: expect.any(Number) } as never);
    ana.close();
  });
});

describe("the queue", () => {
  test("lists mutes, bans and shadow bans with end, reason and moderator, and none that has ended", async () => {
    const [ana, budi, citra] = await Promise.all(
      ["Ana", "Budi", "Citra"].map((name) => openGuest(kabar.url, "u-d", { name })),
    );
    if (!ana || !budi || !citra) throw new Error("three came");
    await ana.publish("u-d", "hello");
    await mod.ask("subscribe", { topic: "u-d" });
    await moderate("u-d", { action: "timeout", user: idOf(ana), seconds: 600, why: "spam" });
    expect(await nextOf(mod, "queue")).toMatchObject({ held: 0, reports: 0, sentences: 1 });
    await moderate("u-d", { action: "ban", user: idOf(budi), address: true });
    await moderate("u-d", { action: "shadow", user: idOf(citra), on: true });
    await moderate("u-d", { action: "timeout", user: "g-short", seconds: 1 });
    const by = { by: "u:mod", at: expect.any(Number) };
    const expected = [
      { user: idOf(ana), name: "Ana", kind: "mute", until: expect.any(Number), why: "spam", ...by },
      { user: idOf(budi), kind: "ban", address: true, ...by },
      { user: idOf(citra), kind: "shadow", ...by },
    ];
    let { sentences } = await queueOf("u-d");
    while (sentences.length > 3) ({ sentences } = await queueOf("u-d"));
    expect(sentences).toEqual(expected);
    const over = await fetch(`${kabar.url}/api/topics/u-d/queue`, {
      headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    });
    expect(await over.json()).toMatchObject({ sentences: expected });
    for (const open of [ana, budi, citra]) open.close();
  });

  test("of one topic has nothing of a topic whose name begins alike", async () => {
    await moderate("u-e:u", { action: "ban", user: "g-1" });
    await moderate("u-e", { action: "ban", user: "u:2" });
    expect((await queueOf("u-e")).sentences).toMatchObject([{ user: "u:2" }]);
    expect((await queueOf("u-e:u")).sentences).toMatchObject([{ user: "g-1" }]);
  });

  test("lists reported messages with current text and author, and their reporters", async () => {
    const ana = await openGuest(kabar.url, "u-f");
    const budi = await openGuest(kabar.url, "u-f", { name: "Budi" });
    await ana.publish("u-f", "something rude");
    await budi.ask("report", { topic: "u-f", target: 1, why: "rude" });
    await ana.ask("edit", { topic: "u-f", messageId: "e", target: 1, text: "something nice" });
    expect((await queueOf("u-f")).reports).toMatchObject([
      {
        offset: 1,
        by: idOf(budi),
        byName: "Budi",
        why: "rude",
        message: { text: "something nice", user: { id: idOf(ana), name: "Ana" } },
      },
    ]);
    await moderate("u-f", { action: "clear" });
    expect((await queueOf("u-f")).reports[0]).not.toHaveProperty("message");
    for (const open of [ana, budi]) open.close();
  });
});

test("a ban of an address ends with its user's ban, even long after the user left", async () => {
  const ana = await openGuest(kabar.url, "u-g");
  const user = idOf(ana);
  await moderate("u-g", { action: "ban", user, address: true });
  ana.close();
  await ana.line.closed;
  const fresh = await Client.open(kabar.url);
  expect(await fresh.publish("u-g", "me again")).toMatchObject({ code: "banned" });
  expect((await moderate("u-g", { action: "unban", user })).undo).toMatchObject({
    action: "ban",
    address: true,
  });
  expect(await fresh.publish("u-g", "thanks")).toMatchObject({ type: "ok" });
  fresh.close();
});

test("a muted user may remove own messages, and neither edit nor react", async () => {
  const ana = await openGuest(kabar.url, "u-h");
  await ana.publish("u-h", "one");
  await moderate("u-h", { action: "timeout", user: idOf(ana), seconds: 600 });
  const change = (type: string, more: object) =>
    ana.ask(type, { topic: "u-h", messageId: type, target: 1, ...more });
  expect(await change("edit", { text: "two" })).toMatchObject({ code: "muted" });
  expect(await change("react", { emoji: "👍", on: true })).toMatchObject({ code: "muted" });
  expect(await change("remove", {})).toMatchObject({ type: "ok" });
  ana.close();
});

test("a moderator who is banned from a topic neither writes nor moderates there", async () => {
  const other = await openModerator(kabar.url, "other");
  await moderate("u-i", { action: "ban", user: "u:other" });
  expect(await other.publish("u-i", "x")).toMatchObject({ code: "banned" });
  expect(await other.ask("moderate", { topic: "u-i", action: "unban", user: "u:other" })).toMatchObject({
    code: "forbidden",
  });
  expect(await other.publish("u-j", "x")).toMatchObject({ type: "ok" });
  other.close();
});
