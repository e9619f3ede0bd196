import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Client, Line } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { idOf, nextOf, openModerator, type Person, signToken, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
let mod: Person;
beforeAll(async () => {
  kabar = await startKabar({
    env: { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "s-*" },
  });
  await setRule("s-news", { guests: "read" });
  mod = await openModerator(kabar.url, "boss");
});
afterAll(() => kabar.stop());

const admin = (method: string, path: string, body: object) =>
  fetch(`${kabar.url}/api/admin/${path}`, {
    method,
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    body: JSON.stringify(body),
  });
const setRule = (topic: string, body: object) => admin("PUT", `topics/${topic}`, body);
const moderate = (topic: string, act: object, who: Person = mod) => who.ask("moderate", { topic, ...act });
const openHere = async (topic: string, fields: object) => {
  const client = await Client.open(kabar.url, fields);
  const reply = await client.ask("subscribe", { topic, people: true });
  return Object.assign(client, { people: (reply as unknown as { people?: People }).people });
};
interface People {
  count: number;
  users?: { id: string; name: string }[];
}
/** Reads events until a topic's people event names a user. */
async function nextPeople(client: Client, userId: string) {
  for (;;) {
    const event = await nextOf(client, "people");
    if (JSON.stringify(event).includes(userId)) return event;
  }
}

describe.each([
  ["banned", { action: "ban" }],
  ["muted", { action: "timeout", seconds: 600 }],
])("a moderator who is %s from a topic", (state, act) => {
  const topic = `s-mod-${state}`;
  let deposed: Person;
  let token: string;
  beforeAll(async () => {
    const author = await openHere(topic, { name: "Budi" });
    await moderate(topic, { action: "shadow", user: idOf(author), on: true });
    await author.publish(topic, "a hidden text", "hidden-1");
    await mod.publish(topic, "a text", "open-1");
    token = await signToken(`mod-${state}`, { role: "moderator" });
    deposed = await openHere(topic, { token });
    await moderate(topic, { ...act, user: idOf(deposed) });
  });
  afterAll(() => deposed.close());

  test("removes no message and performs no act", async () => {
    expect(await deposed.ask("remove", { topic, messageId: "r-1", target: 2 })).toMatchObject({
      code: "forbidden",
    });
    for (const each of [{ action: "clear" }, { action: "unban", user: idOf(deposed) }])
      expect(await moderate(topic, each, deposed)).toMatchObject({ code: "forbidden" });
    expect(await deposed.ask("queue", { topic })).toMatchObject({ code: "forbidden" });
  });

  test("receives no shadow entry, in history or live", async () => {
    const page = JSON.stringify(await deposed.ask("history", { topic }));
    expect(page).not.toContain("a hidden text");
    const http = await fetch(`${kabar.url}/api/topics/${topic}/messages`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(await http.text()).not.toContain("a hidden text");
  });

  test("receives the loss of moderation at once, and its return when the sanction is lifted", async () => {
    expect(await nextOf(deposed, "rights")).toMatchObject({ topic, can: { write: true, moderate: false } });
    await moderate(topic, { action: "unban", user: idOf(deposed) });
    expect(await nextOf(deposed, "rights")).toMatchObject({ topic, can: { moderate: true } });
    await moderate(topic, { ...act, user: idOf(deposed) });
  });
});

describe.each([
  ["hidden", { action: "shadow", on: true }, { type: "ok" }, { type: "ok" }],
  ["banned", { action: "ban" }, { code: "banned" }, { code: "banned" }],
  ["muted", { action: "timeout", seconds: 600 }, { code: "muted" }, { code: "muted" }],
])("a guest who is %s", (state, act, typing, report) => {
  const topic = `s-guest-${state}`;

  test("is not listed, and neither a new name nor typing reaches others", async () => {
    const watcher = await openHere(topic, { name: "Watcher" });
    const guest = await openHere(topic, { name: "Budi" });
    await nextPeople(watcher, idOf(guest));
    await moderate(topic, { ...act, user: idOf(guest) });
    expect(await nextPeople(watcher, idOf(guest))).toMatchObject({ left: [idOf(guest)] });
    expect(await guest.ask("rename", { name: "cheap pills at evil.example" })).toMatchObject({ type: "ok" });
    expect(await guest.ask("typing", { topic })).toMatchObject(typing);
    const again = await openHere(topic, { guest: String(guest.hello.guest), name: "cheaper pills" });
    // An event about the next user would come after it.
    const next = await openHere(topic, { name: "Citra" });
    const told: unknown[] = [];
    do told.push(await watcher.events.next("an event"));
    while (!JSON.stringify(told.at(-1)).includes("Citra"));
    expect(JSON.stringify(told)).not.toContain("pills");
    expect(JSON.stringify(told)).not.toContain('"typing"');
    expect(JSON.stringify(next.people)).not.toContain("pills");
    for (const open of [watcher, guest, again, next]) open.close();
  });

  test("reports as the sanction allows", async () => {
    const guest = await openHere(topic, { name: "Dewi" });
    await mod.publish(topic, "a text");
    await moderate(topic, { ...act, user: idOf(guest) });
    expect(await guest.ask("report", { topic, target: 1, why: "x" })).toMatchObject(report);
    guest.close();
  });
});

test("a shadow-banned guest sees the own name in the list, and does not receive the own leaving", async () => {
  const topic = "s-self";
  const guest = await openHere(topic, { name: "Budi" });
  await nextPeople(guest, idOf(guest));
  await moderate(topic, { action: "shadow", on: true, user: idOf(guest) });
  const again = await openHere(topic, { guest: String(guest.hello.guest), name: "Budi" });
  expect(again.people?.users?.map(({ id }) => id)).toEqual([idOf(guest)]);
  const next = await openHere(topic, { name: "Citra" });
  const event = await nextPeople(guest, idOf(next));
  expect(event).toMatchObject({ count: 2 });
  expect(JSON.stringify(event)).not.toContain(idOf(guest));
  for (const open of [guest, again, next]) open.close();
});

test("a read-only guest is listed under a generated name, and typing reaches no one", async () => {
  const topic = "s-news";
  const watcher = await openHere(topic, { token: await signToken("watcher") });
  const reader = await openHere(topic, { name: "cheap pills" });
  const event = await nextPeople(watcher, idOf(reader));
  expect(JSON.stringify(event)).toContain("Guest-");
  expect(JSON.stringify(event)).not.toContain("pills");
  expect(await reader.ask("typing", { topic })).toMatchObject({ code: "forbidden" });
  for (const open of [watcher, reader]) open.close();
});

test("in a read-only topic neither a guest's new name nor typing reaches others", async () => {
  const topic = "s-closed";
  const watcher = await openHere(topic, { token: await signToken("watcher-2") });
  const guest = await openHere(topic, { name: "Budi" });
  await nextPeople(watcher, idOf(guest));
  await moderate(topic, { action: "mode", mode: { readOnly: true } });
  await guest.ask("rename", { name: "Budi Baru" });
  expect(await guest.ask("typing", { topic })).toMatchObject({ code: "read-only" });
  const next = await openHere(topic, { name: "Citra" });
  const told = JSON.stringify(await nextPeople(watcher, idOf(next)));
  expect(told).not.toContain("Baru");
  expect(told).not.toContain("Citra");
  await moderate(topic, { action: "mode", mode: { readOnly: false } });
  expect(JSON.stringify(await nextPeople(watcher, idOf(guest)))).toContain("Budi Baru");
  for (const open of [watcher, guest, next]) open.close();
});

test("the topic's word and link rules apply to a guest's name in messages, changes and the list of people", async () => {
  const topic = "s-words";
  await setRule(topic, { links: "none" });
  await moderate(topic, { action: "words", words: { block: ["wombat"] } });
  const watcher = await openHere(topic, { token: await signToken("watcher-3") });
  for (const name of ["A wombat", "win at evil.com"]) {
    const guest = await openHere(topic, { name });
    expect(JSON.stringify(await nextPeople(watcher, idOf(guest)))).toContain("Guest-");
    const { offset } = (await guest.publish(topic, "hello")) as unknown as { offset: number };
    await guest.ask("edit", { topic, messageId: "e-1", target: offset, text: "hi" });
    const line = await Line.open(kabar.url, `/websocket?topic=${topic}&name=${encodeURIComponent(name)}`);
    line.send("plainly");
    expect(await line.next()).toMatch(/^Guest-\w+: plainly$/);
    for (const open of [guest, line]) open.close();
  }
  const page = JSON.stringify(await watcher.ask("history", { topic }));
  expect(page).not.toMatch(/wombat|evil/);
  watcher.close();
});

test("mentions are ids of users, and the word and link rules apply unless the user is online", async () => {
  const topic = "s-mentions";
  await setRule(topic, { links: "none" });
  const guest = await openHere(topic, { name: "Budi" });
  const say = (mentions: string[]) =>
    guest.ask("publish", { topic, messageId: crypto.randomUUID(), text: "hi", mentions });
  expect(await say(["buy-pills-now"])).toMatchObject({ code: "bad-command" });
  expect(await say(["u:ana@evil.com"])).toMatchObject({ code: "text-blocked" });
  expect(await say(["u:somebody", "g-aaaaaaaaaaaa", "operator"])).toMatchObject({ type: "ok" });
  const ana = await openHere(topic, { token: await signToken("ana@evil.com") });
  expect(await say([idOf(ana)])).toMatchObject({ type: "ok" });
  for (const open of [guest, ana]) open.close();
});

test("a rule that hides people stops presence events to open sessions, and its removal starts them again", async () => {
  const topic = "s-people";
  await setRule(topic, { people: true });
  const watcher = await openHere(topic, { name: "Watcher" });
  await nextPeople(watcher, idOf(watcher));
  await setRule(topic, { people: false });
  expect(await nextOf(watcher, "rights")).toMatchObject({ can: { people: false } });
  const budi = await openHere(topic, { name: "Budi" });
  expect(budi.people).toBeUndefined();
  await budi.ask("typing", { topic });
  await setRule(topic, { people: true });
  expect(await nextOf(watcher, "people")).toMatchObject({ joined: expect.anything() });
  expect(JSON.stringify(await nextPeople(watcher, idOf(budi)))).toContain("Budi");
  for (const open of [watcher, budi]) open.close();
});

test("a ban by address holds at every door, for a guest over HTTP and for a guest who has left", async () => {
  const say = (topic: string) =>
    fetch(`${kabar.url}/api/topics/${topic}/messages`, { method: "POST", body: "hello" });
  const guest = await openHere("s-address", { name: "Budi" });
  await guest.publish("s-address", "hello");
  guest.close();
  await guest.line.closed;
  expect((await say("s-address-http")).status).toBe(201);
  const page = (await mod.ask("history", { topic: "s-address-http" })) as unknown as {
    messages: { user: { id: string } }[];
  };
  for (const [topic, user] of [
    ["s-address", idOf(guest)],
    ["s-address-http", page.messages[0]?.user.id],
  ] as const) {
    expect(await moderate(topic, { action: "ban", user, address: true })).toMatchObject({ addresses: 1 });
    const next = await openHere(topic, { name: "Somebody new" });
    expect(await next.publish(topic, "hello")).toMatchObject({ code: "banned" });
    const plain = await Line.open(kabar.url, `/websocket?topic=${topic}`);
    plain.send("hello");
    expect(await plain.next()).toMatch(/^! You are banned/);
    expect((await say(topic)).status).toBe(403);
    for (const open of [next, plain]) open.close();
  }
});
