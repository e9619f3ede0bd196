import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client, Line } from "../support/client.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar();
});
afterAll(() => kabar.stop());

const explain = (query: string, key = kabar.operatorKey) =>
  fetch(`${kabar.url}/api/topics/lobby/explain?${query}`, { headers: { Authorization: `Bearer ${key}` } });
const asked = async (query: string) =>
  (await explain(query)).json() as Promise<{ messages: Record<string, unknown>[] }>;

test("an operator sees a message's time of storage, number of recipients, and the sessions that resumed past it", async () => {
  const reader = await Client.open(kabar.url);
  const { cursor } = (await reader.ask("subscribe", { topic: "lobby" })) as unknown as { cursor: object };
  const plain = await Line.open(kabar.url);
  plain.send("is everybody there?"); // answered by its own echo: the plain subscription is live
  await plain.next();
  await reader.publish("lobby", "hello", "m-1");
  await plain.next();
  const late = await Client.open(kabar.url);
  await late.ask("subscribe", { topic: "lobby", cursor });
  await late.messages(2);
  const { messages } = await asked("id=m-1");
  expect(messages).toEqual([
    {
      offset: 2,
      id: "m-1",
      user: (reader.hello.user as { id: string }).id,
      storedAt: expect.any(Number),
      delivered: { json: 1, plain: 1, events: 0 },
      retained: true,
      traced: true,
      resumes: [{ topic: "lobby", session: late.hello.session, from: 1, to: 2, at: expect.any(Number) }],
    },
  ]);
  expect((await asked("offset=2")).messages).toEqual(messages);
  expect((await asked("offset=3")).messages).toEqual([]);
  for (const open of [reader, late, plain]) open.close();
});

test("after a restart the answer comes from the log alone", async () => {
  await kabar.restart();
  expect((await asked("offset=2")).messages).toMatchObject([
    { offset: 2, id: "m-1", retained: true, traced: false },
  ]);
});

test("only the operator may explain a message, and a refusal names the missing right", async () => {
  expect((await fetch(`${kabar.url}/api/topics/lobby/explain?offset=1`)).status).toBe(403);
  expect((await explain("offset=1", "wrong-key-of-some-length")).status).toBe(401);
  expect((await explain("")).status).toBe(400);
  expect((await explain("offset=1&id=m-1")).status).toBe(400);
});
