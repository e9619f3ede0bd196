/** Servers on one PostgreSQL, through their doors. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

if (!postgresBin)
  testWith("PostgreSQL", false, "Debian: postgresql")("servers share a database", async () => undefined);

const postgres = postgresBin ? await startPostgres() : undefined;

describe.skipIf(!postgres)("servers on one database", () => {
  const running: RunningKabar[] = [];

  async function startNodes(count: number, url: string): Promise<RunningKabar[]> {
    const env = { KABAR_LOG: url, KABAR_GUEST_SECRET: "the-same-secret-on-every-node" };
    const nodes = await Promise.all(Array.from({ length: count }, () => startKabar({ env })));
    running.push(...nodes);
    return nodes;
  }
  const createDatabase = (): Promise<string> =>
    postgres?.createDatabase() ?? Promise.reject(new Error("no PostgreSQL"));
  const publish = (node: RunningKabar, text: string, key: string) =>
    fetch(`${node.url}/api/topics/lobby/messages`, {
      method: "POST",
      headers: { Authorization: `Bearer ${node.operatorKey}`, "Idempotency-Key": key },
      body: text,
    });
  async function textsAt(client: Client, count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) {
      const event = await client.events.next();
      if (event.type === "messages") texts.push(...event.messages.map((message) => message.text));
    }
    return texts;
  }

  /** Asks again until an answer has the wanted status, for at most 10 seconds; returns the last one. */
  async function statusOnce(ask: () => Promise<Response>, wanted: number): Promise<number> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const { status } = await ask();
      if (status === wanted || Date.now() > deadline) return status;
      await Bun.sleep(20);
    }
  }

  afterAll(async () => {
    await Promise.all(running.map((node) => node.stop()));
  });

  test("subscribers of every node receive every message once and in one order", async () => {
    const nodes = await startNodes(2, await createDatabase());
    const clients = await Promise.all(nodes.map((node) => Client.open(node.url)));
    for (const client of clients) await client.ask("subscribe", { topic: "lobby" });
    for (let i = 0; i < 20; i++) {
      const node = nodes[i % 2];
      if (node) expect((await publish(node, `text ${i}`, `key-${i}`)).status).toBe(201);
    }
    const expected = Array.from({ length: 20 }, (_, i) => `text ${i}`);
    for (const client of clients) expect(await textsAt(client, 20)).toEqual(expected);
    for (const client of clients) client.line.close();
  });

  test("a message that was sent twice, to two nodes, is stored once", async () => {
    const nodes = await startNodes(2, await createDatabase());
    const answers = await Promise.all(nodes.map((node) => publish(node, "once", "the-key")));
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { offset: number }[];
    expect(bodies.map(({ offset }) => offset)).toEqual([1, 1]);
  });

  test("a node that is killed costs its readers a reconnect to another, and nothing acknowledged", async () => {
    const [first, second] = await startNodes(2, await createDatabase());
    if (!first || !second) throw new Error("two nodes");
    for (let i = 0; i < 10; i++) await publish(first, `text ${i}`, `key-${i}`);
    await first.kill();
    const history = (await (await fetch(`${second.url}/api/topics/lobby/messages?limit=20`)).json()) as {
      messages: { text: string }[];
    };
    expect(history.messages.map(({ text }) => text)).toEqual(
      Array.from({ length: 10 }, (_, i) => `text ${i}`),
    );
    await first.restart();
  });

  test("an API key made on one node is good on the other, and revoked for both", async () => {
    const [first, second] = await startNodes(2, await createDatabase());
    if (!first || !second) throw new Error("two nodes");
    const headers = { Authorization: `Bearer ${first.operatorKey}`, "Content-Type": "application/json" };
    const made = await fetch(`${first.url}/api/admin/keys`, {
      method: "POST",
      headers,
      body: JSON.stringify({ name: "deploys", scope: "publish", topics: ["lobby"] }),
    });
    const { id, secret } = (await made.json()) as { id: string; secret: string };
    const post = () =>
      fetch(`${second.url}/api/topics/lobby/messages`, {
        method: "POST",
        headers: { Authorization: `Bearer ${secret}` },
        body: "hello",
      });
    expect(await statusOnce(post, 201)).toBe(201);
    await fetch(`${first.url}/api/admin/keys/${id}`, { method: "DELETE", headers });
    expect(await statusOnce(post, 401)).toBe(401);
  });
});
