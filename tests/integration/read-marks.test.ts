/** Read marks: the same on every device, over a restart, within rights, and gone with the user. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { publish } from "../support/messages.ts";
import { SLOW_MS } from "../support/parts.ts";
import { signToken, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOPICS: "lobby help busy", KABAR_TOKEN_SECRET: TOKEN_SECRET } });
});
afterAll(() => kabar.stop());

type Unread = { topic: string; read: number; top: number; unread: number; more?: true };
async function unreadOf(credential: string): Promise<Unread[]> {
  const headers = { Authorization: `Bearer ${credential}` };
  const response = await fetch(`${kabar.url}/api/me/unread`, { headers });
  expect(response.status).toBe(200);
  return ((await response.json()) as { topics: Unread[] }).topics;
}

test("a mark reaches all devices, never goes back, and is there after a restart", async () => {
  const token = await signToken("ana");
  const [phone, laptop] = [await Client.open(kabar.url, { token }), await Client.open(kabar.url, { token })];
  for (const text of ["1", "2", "3"]) await publish(kabar, text);
  await publish(kabar, "1", "help");
  expect(await unreadOf(token)).toEqual([]);
  expect((await phone.ask("read", { topic: "lobby" })) as object).not.toHaveProperty("offset");
  expect(await phone.ask("read", { topic: "lobby", offset: 2 })).toMatchObject({ topic: "lobby", offset: 2 });
  expect(await laptop.events.next()).toEqual({ type: "read", topic: "lobby", offset: 2 });
  expect(await laptop.ask("read", { topic: "lobby", offset: 1 })).toMatchObject({ type: "ok", offset: 2 });
  expect(await phone.ask("read", { topic: "lobby", offset: 4 })).toMatchObject({ code: "message-unknown" });
  expect(await phone.ask("read", { topic: "secret", offset: 0 })).toMatchObject({ code: "topic-unknown" });
  expect(await phone.ask("read", { topic: "help", offset: 0 })).toMatchObject({ type: "ok" });
  // Nothing of the earlier offset came between.
  expect(await laptop.events.next()).toEqual({ type: "read", topic: "help", offset: 0 });
  const wanted = [
    { topic: "lobby", read: 2, top: 3, unread: 1 },
    { topic: "help", read: 0, top: 1, unread: 1 },
  ];
  expect(await unreadOf(token)).toEqual(wanted);
  await kabar.restart();
  expect(await unreadOf(token)).toEqual(wanted);
  const again = await Client.open(kabar.url, { token });
  // Of a topic without messages, too.
  await again.ask("read", { topic: "busy", offset: 0 });
  expect(await again.ask("read", { topic: "busy" })).toMatchObject({
    offset: 0,
    top: 0,
    unread: 0,
  } as object);
  const asked = { topic: "lobby", offset: 2, top: 3, unread: 1 };
  expect(await again.ask("read", { topic: "lobby" })).toMatchObject(asked as object);
  expect(await again.ask("read", { topic: "secret" })).toMatchObject({ code: "topic-unknown" });
  // Of marks that are sent together, the highest is in force, and sessions receive no lower one after it.
  const [high, low] = [
    again.ask("read", { topic: "lobby", offset: 3 }),
    again.ask("read", { topic: "lobby", offset: 2 }),
  ];
  expect([await high, await low]).toMatchObject([{ offset: 3 }, { offset: 3 }]);
  await again.publish("lobby", "mine");
  expect((await unreadOf(token)).at(-1)).toEqual({ topic: "lobby", read: 3, top: 4, unread: 0 });
  await again.ask("read", { topic: "lobby", offset: 4 });
  expect((await unreadOf(token)).map(({ topic, unread }) => [topic, unread])).toEqual([
    ["help", 1],
    ["lobby", 0],
  ]);
  await kabar.restart();
  expect((await unreadOf(token)).at(-1)).toEqual({ topic: "lobby", read: 4, top: 4, unread: 0 });
});

test("counts end at 100, whatever lies after the mark", async () => {
  const token = await signToken("ben");
  const user = await Client.open(kabar.url, { token });
  for (let i = 0; i < 101; i++) await publish(kabar, `${i}`, "busy");
  await user.ask("read", { topic: "busy", offset: 0 });
  expect(await unreadOf(token)).toEqual([{ topic: "busy", read: 0, top: 101, unread: 100, more: true }]);
  await user.ask("read", { topic: "busy", offset: 1 });
  expect(await unreadOf(token)).toEqual([{ topic: "busy", read: 1, top: 101, unread: 100 }]);
  user.close();
});

test("the export has a user's marks, and an erasure removes them", async () => {
  const token = await signToken("cem");
  const user = await Client.open(kabar.url, { token });
  await user.ask("read", { topic: "lobby", offset: 1 });
  const headers = { Authorization: `Bearer ${kabar.operatorKey}` };
  const address = `${kabar.url}/api/admin/users/${encodeURIComponent("u:cem")}`;
  const data = (await (await fetch(`${address}/export`, { headers })).json()) as { reads: object };
  expect(data.reads).toMatchObject({ lobby: { offset: 1 } });
  // Stored before the restart, so that the erasure is one of the log.
  await kabar.restart();
  expect((await fetch(address, { method: "DELETE", headers })).status).toBe(200);
  expect(await unreadOf(token)).toEqual([]);
});
