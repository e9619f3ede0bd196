import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Message } from "../../src/model.ts";
import { Client, Line } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { idOf, openGuest, openModerator, type Person, signToken, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
let mod: Person;
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "s-*" } });
  mod = await openModerator(kabar.url);
});
afterAll(() => kabar.stop());

const shadow = (topic: string, user: string, on = true) =>
  mod.ask("moderate", { topic, action: "shadow", user, on });
const said = ({ offset, text, kind, hidden }: Message) =>
  [offset, text, kind ?? "", hidden ? "marked" : ""].join("|");
const historyOf = async (client: Client, topic: string) =>
  ((await client.ask("history", { topic })) as unknown as { messages: Message[] }).messages;

describe("a shadow-banned user", () => {
  test("is acknowledged and sees the own message; moderators see it marked, others a placeholder, live and later", async () => {
    const topic = "s-live";
    const [ana, budi] = [await openGuest(kabar.url, topic), await openGuest(kabar.url, topic, { name: "B" })];
    const late = await Client.open(kabar.url, { guest: ana.hello.guest as string });
    await mod.ask("subscribe", { topic });
    await ana.publish(topic, "before");
    expect(await shadow(topic, idOf(ana))).toMatchObject({
      type: "ok",
      undo: { action: "shadow", user: idOf(ana), on: false },
    });
    expect(await ana.publish(topic, "secret", "m-1")).toMatchObject({ type: "ok", offset: 2 });
    expect(await ana.publish(topic, "secret", "m-1")).toMatchObject({ offset: 2, repeated: true });
    await budi.publish(topic, "after");
    const forAna = ["1|before||", "2|secret||", "3|after||"];
    const forBudi = ["1|before||", "2||hidden|", "3|after||"];
    const forMod = ["1|before||", "2|secret||marked", "3|after||"];
    expect((await ana.messages(3)).map(said)).toEqual(forAna);
    const seen = await budi.messages(3);
    expect(seen.map(said)).toEqual(forBudi);
    expect(seen[1]).toEqual({
      topic,
      offset: 2,
      id: "hidden-2",
      at: expect.any(Number),
      kind: "hidden",
      user: { id: "hidden", name: "Hidden", role: "guest" },
      text: "",
    });
    const marked = await nextMessages(mod, 3);
    expect(marked.map(said)).toEqual(forMod);
    expect(marked[1]?.user.id).toBe(idOf(ana));
    expect((await historyOf(ana, topic)).map(said)).toEqual(forAna);
    expect((await historyOf(budi, topic)).map(said)).toEqual(forBudi);
    expect((await historyOf(mod, topic)).map(said)).toEqual(forMod);
    await late.ask("subscribe", { topic, last: 10 });
    expect((await late.messages(3)).map(said)).toEqual(forAna);
    const stranger = await Client.open(kabar.url);
    await stranger.ask("subscribe", { topic, last: 10 });
    expect((await stranger.messages(3)).map(said)).toEqual(forBudi);
    for (const open of [ana, budi, late, stranger]) open.close();
  });

  test("reaches no other user by any door, also after a restart", async () => {
    const topic = "s-doors";
    const ana = await openGuest(kabar.url, topic);
    await shadow(topic, idOf(ana));
    const plain = await Line.open(kabar.url, `/websocket?topic=${topic}`);
    await ana.publish(topic, "secret");
    await mod.publish(topic, "open");
    expect(await plain.next()).toBe("User mod: open");
    plain.close();
    const read = async (path: string, headers: Record<string, string> = {}) => {
      const ended = new AbortController();
      const response = await fetch(kabar.url + path, { headers, signal: ended.signal });
      const reader = response.body?.getReader();
      let text = "";
      while (reader && !/open/.test(text)) text += new TextDecoder().decode((await reader.read()).value);
      ended.abort();
      return text;
    };
    const paths = [`/api/topics/${topic}/messages`, `/api/topics/${topic}/events?after=0`, `/t/${topic}`];
    const asAna = { Authorization: `Bearer ${ana.hello.guest as string}` };
    for (let run = 0; run < 2; run++) {
      for (const path of paths) expect(await read(path)).not.toMatch(new RegExp(`secret|${idOf(ana)}`));
      for (const path of paths.slice(0, 2)) expect(await read(path, asAna)).toContain("secret");
      if (run === 0) await kabar.restart();
    }
    mod = await openModerator(kabar.url);
  });

  test("sees the own lines in plain mode, and no other user does", async () => {
    const topic = "s-plain";
    const ana = await Line.open(kabar.url, `/websocket?topic=${topic}&name=Ana`);
    const budi = await Line.open(kabar.url, `/websocket?topic=${topic}&name=Budi`);
    ana.send("hello");
    expect(await ana.next()).toBe("Ana: hello");
    expect(await budi.next()).toBe("Ana: hello");
    const [first] = await historyOf(mod, topic);
    await shadow(topic, first?.user.id ?? "");
    ana.send("secret");
    expect(await ana.next()).toBe("Ana: secret");
    budi.send("anybody?");
    expect(await budi.next()).toBe("Budi: anybody?");
    for (const open of [ana, budi]) open.close();
  });

  test("hides an open message by an edit, and no message of others by any change", async () => {
    const topic = "s-changes";
    const [ana, budi] = [await openGuest(kabar.url, topic), await openGuest(kabar.url, topic, { name: "B" })];
    await ana.publish(topic, "one");
    await ana.publish(topic, "two");
    await budi.publish(topic, "three");
    await shadow(topic, idOf(ana));
    const change = (who: Client, type: string, target: number, more: object = {}) =>
      who.ask(type, { topic, messageId: crypto.randomUUID(), target, ...more });
    expect(await change(ana, "edit", 1, { text: "spam" })).toMatchObject({ offset: 4 });
    expect(await change(ana, "react", 3, { emoji: "👍", on: true })).toMatchObject({ offset: 5 });
    expect(await change(ana, "remove", 2)).toMatchObject({ offset: 6 });
    const shown = ["1||hidden|", "2|||", "3|three||", "4||hidden|", "5||hidden|", "6||remove|"];
    expect((await historyOf(budi, topic)).map(said)).toEqual(shown);
    expect((await historyOf(budi, topic))[2]).not.toHaveProperty("reactions");
    expect((await historyOf(ana, topic)).map(said).slice(0, 5)).toEqual([
      "1|spam||",
      "2|||",
      "3|three||",
      "4|spam|edit|",
      "5||react|",
    ]);
    expect(await change(budi, "react", 1, { emoji: "👍", on: true })).toMatchObject({
      code: "message-unknown",
    });
    expect(await budi.ask("report", { topic, target: 1 })).toMatchObject({ code: "message-unknown" });
    await change(mod, "remove", 1);
    const last = (await historyOf(budi, topic)).at(-1);
    expect(last).toMatchObject({ offset: 7, kind: "hidden" });
    for (const open of [ana, budi]) open.close();
  });

  test("writes for every reader again when the act is undone, and earlier shadow messages stay as they were", async () => {
    const topic = "s-undo";
    const [ana, budi] = [await openGuest(kabar.url, topic), await openGuest(kabar.url, topic, { name: "B" })];
    await shadow(topic, idOf(ana));
    await ana.publish(topic, "secret");
    await shadow(topic, idOf(ana), false);
    await ana.publish(topic, "open");
    expect((await budi.messages(2)).map(said)).toEqual(["1||hidden|", "2|open||"]);
    expect((await ana.messages(2)).map(said)).toEqual(["1|secret||", "2|open||"]);
    expect((await historyOf(ana, topic)).map(said)).toEqual(["1|secret||", "2|open||"]);
    for (const open of [ana, budi]) open.close();
  });

  test("is not shown as typing", async () => {
    const topic = "s-typing";
    const ana = await Client.open(kabar.url, { name: "Ana" });
    const budi = await Client.open(kabar.url, { name: "Budi" });
    for (const who of [ana, budi]) await who.ask("subscribe", { topic, people: true });
    await shadow(topic, idOf(ana));
    await ana.ask("typing", { topic });
    await budi.ask("typing", { topic });
    let event: { type: string; users?: { name: string }[] };
    do event = (await budi.events.next("typing")) as typeof event;
    while (event.type !== "typing");
    expect(event.users?.map(({ name }) => name)).toEqual(["Budi"]);
    for (const open of [ana, budi]) open.close();
  });

  test("is nowhere in the remaining shadow messages after an erasure", async () => {
    const topic = "s-erase";
    const ana = await openGuest(kabar.url, topic);
    await shadow(topic, idOf(ana));
    await ana.publish(topic, "secret");
    const erased = await fetch(`${kabar.url}/api/admin/users/${idOf(ana)}`, {
      method: "DELETE",
      headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    });
    expect(await erased.json()).toMatchObject({ erased: 1 });
    expect(JSON.stringify(await historyOf(mod, topic))).not.toMatch(new RegExp(`secret|${idOf(ana)}`));
    ana.close();
  });
});

test("a session that becomes a moderator's receives shadow messages from the next one on", async () => {
  const topic = "s-promoted";
  const [ana, budi] = [await openGuest(kabar.url, topic), await openGuest(kabar.url, topic, { name: "B" })];
  await shadow(topic, idOf(ana));
  await ana.publish(topic, "one");
  expect((await budi.messages(1)).map(said)).toEqual(["1||hidden|"]);
  await budi.ask("identify", { token: await signToken("budi", { role: "moderator" }) });
  await ana.publish(topic, "two");
  expect((await nextMessages(budi, 1)).map(said)).toEqual(["2|two||marked"]);
  for (const open of [ana, budi]) open.close();
});

/** Messages among other events. */
async function nextMessages(client: Client, count: number): Promise<Message[]> {
  const found: Message[] = [];
  while (found.length < count) {
    const event = await client.events.next("messages");
    if (event.type === "messages") found.push(...(event as { messages: Message[] }).messages);
  }
  return found;
}
