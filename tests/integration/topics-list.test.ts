/** The list of topics of the admin door, which the console's Topics shows. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { idOf } from "../support/people.ts";
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

test("topics are listed by people, messages, size or last message, either way, and by name page by page", async () => {
  const names = ["sort-a", "sort-b", "sort-c", "sort-empty"];
  for (const name of names) await admin(`topics/${name}`, { method: "PUT", body: "{}" });
  const [ana, ben] = [
    await Client.open(kabar.url, { name: "Ana" }),
    await Client.open(kabar.url, { name: "Ben" }),
  ];
  await ana.publish("sort-b", "x".repeat(2000));
  for (const text of ["1", "2", "3"]) await ana.publish("sort-c", text);
  for (const text of ["x".repeat(300), "y".repeat(300)]) await ana.publish("sort-a", text);
  await ana.ask("subscribe", { topic: "sort-c", people: true });
  for (const client of [ana, ben]) await client.ask("subscribe", { topic: "sort-b", people: true });
  const list = async (query: string): Promise<string[]> => {
    const answer = (await (await admin(`log/topics?search=sort-&${query}`)).json()) as {
      topics: { name: string }[];
    };
    return answer.topics.map(({ name }) => name.slice(5));
  };
  expect(await list("")).toEqual(["a", "b", "c", "empty"]);
  expect(await list("sort=name&order=desc")).toEqual(["empty", "c", "b", "a"]);
  expect(await list("sort=people")).toEqual(["b", "c", "a", "empty"]);
  expect(await list("sort=messages")).toEqual(["c", "a", "b", "empty"]);
  expect(await list("sort=messages&order=asc")).toEqual(["empty", "b", "a", "c"]);
  expect(await list("sort=size")).toEqual(["b", "a", "c", "empty"]);
  expect(await list("sort=last")).toEqual(["a", "c", "b", "empty"]);
  expect(await list("sort=last&order=asc")).toEqual(["empty", "b", "c", "a"]);
  const cut = (await (await admin("log/topics?search=sort-&sort=size&limit=2")).json()) as object;
  expect(cut).toMatchObject({ topics: [{ name: "sort-b" }, { name: "sort-a" }], more: true });
  expect(cut).not.toHaveProperty("incomplete");
  expect(await list("after=sort-b")).toEqual(["c", "empty"]);
  expect((await admin("log/topics?after=sort-b&sort=size")).status).toBe(400);
  expect((await admin("log/topics?sort=bytes")).status).toBe(400);
  for (const client of [ana, ben]) client.close();
});

test("a case of the inbox is there while it waits, however it comes and goes", async () => {
  await admin("topics/cases", { method: "PUT", body: "{}" });
  const moderate = async (act: object) =>
    expect((await admin("topics/cases/moderate", { method: "POST", body: JSON.stringify(act) })).status).toBe(
      200,
    );
  const kinds = async () => {
    const { cases } = (await (await admin("inbox?limit=200")).json()) as {
      cases: { kind: string; topic: string; reports?: unknown[]; held?: object }[];
    };
    return cases
      .filter(({ topic }) => topic === "cases")
      .map(({ kind, reports }) => (reports ? `${kind} ${reports.length}` : kind));
  };
  const [author, reader] = [
    await Client.open(kabar.url, { name: "Author" }),
    await Client.open(kabar.url, { name: "Reader" }),
  ];
  await author.publish("cases", "published");
  expect(await kinds()).toEqual([]);
  await reader.ask("report", { topic: "cases", target: 1, why: "rude" });
  expect(await kinds()).toEqual(["reported 1"]);
  await moderate({ action: "mode", mode: { hold: "guests" } });
  await author.ask("publish", { topic: "cases", messageId: "held-1", text: "waits" });
  expect(await kinds()).toEqual(["reported 1", "held"]);
  const { cases } = (await (await admin("inbox?kind=held")).json()) as { cases: { held: object }[] };
  expect(cases[0]?.held).not.toHaveProperty("proof");
  await author.ask("report", { topic: "cases", target: 1, why: "me too" });
  expect(await kinds()).toEqual(["reported 2", "held"]);
  await moderate({ action: "dismiss", target: 1 });
  expect(await kinds()).toEqual(["held"]);
  await moderate({ action: "approve", user: idOf(author), messageId: "held-1" });
  expect(await kinds()).toEqual([]);
  for (const client of [author, reader]) client.close();
});
