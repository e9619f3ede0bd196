/** The list of topics of the admin door, which the console's Topics shows. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOPICS: "lobby help" } });
});
afterAll(() => kabar.stop());

const admin = (path: string, init: RequestInit = {}) =>
  fetch(`${kabar.url}/api/admin/${path}`, { headers: { Authorization: `Bearer ${OPERATOR_KEY}` }, ...init });
async function listed(name: string) {
  const { topics } = (await (await admin(`log/topics?search=${name}`)).json()) as {
    topics: ({ name: string } & Record<string, unknown>)[];
  };
  return topics.find((topic) => topic.name === name);
}
const inboxCount = async () => ((await (await admin("inbox")).json()) as { count: number }).count;

test("a message that several readers reported waits once, in the list as in the inbox", async () => {
  await admin("topics/lobby", { method: "PUT", body: JSON.stringify({ first_messages: "show" }) });
  const [author, ana, ben] = [
    await Client.open(kabar.url, { name: "Author" }),
    await Client.open(kabar.url, { name: "Ana" }),
    await Client.open(kabar.url, { name: "Ben" }),
  ];
  await author.publish("lobby", "the first of its author");
  await author.publish("lobby", "the second");
  expect(await listed("lobby")).toMatchObject({ waiting: 1, reports: 0, held: 0 });
  for (const reader of [ana, ben])
    for (const target of [1, 2])
      expect(await reader.ask("report", { topic: "lobby", target, why: "spam" })).toMatchObject({
        type: "ok",
      });
  expect(await listed("lobby")).toMatchObject({ waiting: 2, reports: 4, held: 0 });
  expect(await inboxCount()).toBe(2);
  for (const client of [author, ana, ben]) client.close();
});

test("a topic is listed with about the bytes of its messages", async () => {
  const client = await Client.open(kabar.url);
  await client.publish("help", "x".repeat(3000));
  const one = Number((await listed("help"))?.bytes);
  expect(one).toBeGreaterThan(3000);
  for (let i = 0; i < 99; i++) await client.publish("help", "x".repeat(3000));
  const all = Number((await listed("help"))?.bytes) / one;
  expect([all > 95, all < 105]).toEqual([true, true]);
  client.close();
});
