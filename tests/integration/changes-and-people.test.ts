import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client, Line } from "../support/client.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOPICS: "changes people" } });
});
afterAll(() => kabar.stop());

const userOf = (client: { hello: Record<string, unknown> }) =>
  client.hello.user as { id: string; name: string };

test("changes reach live subscribers and resuming ones, and not the lines of plain mode", async () => {
  const ana = await Client.open(kabar.url, { name: "Ana" });
  const budi = await Client.open(kabar.url, { name: "Budi" });
  const plain = await Line.open(kabar.url, "/websocket?topic=changes");
  const { cursor } = (await budi.ask("subscribe", { topic: "changes" })) as unknown as { cursor: object };
  await ana.publish("changes", "Helo", "m-1");
  await plain.next();
  await ana.ask("edit", { topic: "changes", messageId: "m-2", target: 1, text: "Hello" });
  await budi.ask("react", { topic: "changes", messageId: "m-1", target: 1, emoji: "👋", on: true });
  await budi.publish("changes", "Hi Ana", "m-2");
  const kinds = [
    { text: "Helo" },
    { kind: "edit", target: 1, text: "Hello" },
    { kind: "react", emoji: "👋" },
    { text: "Hi Ana" },
  ];
  expect(await budi.messages(4)).toMatchObject(kinds);
  expect(await plain.next()).toBe("Budi: Hi Ana");
  const late = await Client.open(kabar.url);
  await late.ask("subscribe", { topic: "changes", cursor });
  expect((await late.messages(4))[0]).toMatchObject({
    text: "Hello",
    reactions: { "👋": [userOf(budi).id] },
  });
  await ana.ask("remove", { topic: "changes", messageId: "m-3", target: 1 });
  const history = await fetch(`${kabar.url}/api/topics/changes/messages`).then((response) => response.text());
  expect(history).not.toMatch(/Helo|"text":"Hello","edited"/);
  expect(await budi.ask("remove", { topic: "changes", messageId: "m-9", target: 2 })).toMatchObject({
    code: "message-unknown",
  });
  for (const open of [ana, budi, late, plain]) open.close();
});

test("a subscriber to people receives users who are online, join, type and leave", async () => {
  const ana = await Client.open(kabar.url, { name: "Ana" });
  expect(await ana.ask("subscribe", { topic: "people", people: true })).toMatchObject({
    people: { count: 1, users: [{ name: "Ana" }] },
  });
  const budi = await Client.open(kabar.url, { name: "Budi" });
  await budi.ask("subscribe", { topic: "people", people: true });
  const nextOf = async (type: string) => {
    for (;;) {
      const event = (await ana.events.next(type)) as unknown as Record<string, unknown>;
      if (event.type === type && JSON.stringify(event).includes(userOf(budi).id)) return event;
    }
  };
  expect(await nextOf("people")).toMatchObject({ count: 2 });
  await budi.ask("typing", { topic: "people" });
  expect(await nextOf("typing")).toMatchObject({ users: [{ name: "Budi" }] });
  await budi.ask("rename", { name: "Budiman" });
  expect(await nextOf("people")).toMatchObject({ joined: [{ id: userOf(budi).id, name: "Budiman" }] });
  budi.close();
  expect(await nextOf("people")).toMatchObject({ count: 1, left: [userOf(budi).id] });
  expect(await ana.ask("typing", { topic: "changes" })).toMatchObject({ code: "not-subscribed" });
  ana.close();
});
