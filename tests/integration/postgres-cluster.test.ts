/** Nodes of a cluster: they share beyond the log: people, notices, sanctions, credentials, sessions, erasure. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createLogger } from "../../src/logger.ts";
import { createPostgresCluster } from "../../src/log/postgres-cluster.ts";
import { createLane } from "../../src/log/postgres-lane.ts";
import { prepareSchema } from "../../src/log/postgres-schema.ts";
import { Client } from "../support/client.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { nextOf } from "../support/people.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { startPushService, subscriptionOf } from "../support/push-stand-in.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

if (!postgresBin)
  testWith("PostgreSQL", false, "Debian: postgresql")("nodes share a database", async () => undefined);

const postgres = postgresBin ? await startPostgres() : undefined;

describe.skipIf(!postgres)("the nodes of a cluster", () => {
  const running: RunningKabar[] = [];
  let url = "";

  async function startNode(env: Record<string, string> = {}): Promise<RunningKabar> {
    const node = await startKabar({ env: { KABAR_LOG: url, ...env } });
    running.push(node);
    return node;
  }
  async function startTwo(env?: Record<string, string>): Promise<[RunningKabar, RunningKabar]> {
    url = await (postgres?.createDatabase() ?? Promise.reject(new Error("no PostgreSQL")));
    return Promise.all([startNode(env), startNode(env)]);
  }
  afterEach(async () => {
    await Promise.all(running.splice(0).map((node) => node.stop()));
  });

  const asOperator = { Authorization: `Bearer ${OPERATOR_KEY}`, "Content-Type": "application/json" };
  const admin = async (node: RunningKabar, path: string, init: RequestInit = {}) =>
    (await fetch(`${node.url}/api/${path}`, { headers: asOperator, ...init })).json() as Promise<
      Record<string, unknown>
    >;
  const nodesOf = async (node: RunningKabar) =>
    (await admin(node, "admin/nodes")).nodes as { id: string; name: string; version: string }[];
  const idOf = (client: { hello: Record<string, unknown> }) => (client.hello.user as { id: string }).id;
  const bothKnow = (...nodes: RunningKabar[]) =>
    until("every node knows all others", async () => {
      const lists = await Promise.all(nodes.map(nodesOf));
      return lists.every((list) => list.length === nodes.length);
    });

  const guestAt = async (node: RunningKabar, name: string, topic = "lobby") => {
    const client = await Client.open(node.url, { name });
    await client.ask("subscribe", { topic, people: true });
    return client;
  };
  const namesAt = async (node: RunningKabar, topic = "lobby") => {
    const client = await Client.open(node.url, { key: OPERATOR_KEY });
    const reply = (await client.ask("subscribe", { topic, people: true })) as unknown as {
      people: { users?: { name: string }[] };
    };
    client.close();
    return (reply.people.users ?? []).map(({ name }) => name);
  };

  test("show the users of all nodes, their typing and names, and those of a killed node no longer", async () => {
    const [first, second] = await startTwo();
    await bothKnow(first, second);
    expect((await nodesOf(first))[0]?.id).toBe((await nodesOf(second))[1]?.id as string);
    const metrics = await (await fetch(`${first.url}/metrics`, { headers: asOperator })).text();
    expect(metrics).toMatch(/^kabar_nodes 2$/m);
    expect(metrics).toContain(`kabar_node_info{node="${(await nodesOf(first))[0]?.id}"`);
    const ana = await guestAt(first, "Ana");
    const budi = await guestAt(second, "Budi");
    const hasBudi = ({ joined }: Record<string, unknown>) => JSON.stringify(joined ?? []).includes('"Budi"');
    expect(await nextOf(ana, "people", hasBudi)).toMatchObject({ count: 2 });
    await budi.ask("typing", { topic: "lobby" });
    expect(await nextOf(ana, "typing")).toMatchObject({ users: [{ name: "Budi" }] });
    await budi.publish("lobby", "hello");
    expect(await nextOf(ana, "typing")).toMatchObject({ users: [] });
    await budi.ask("rename", { name: "Budiman" });
    await nextOf(ana, "people", ({ joined }) => JSON.stringify(joined ?? []).includes('"Budiman"'));
    // A node that starts later knows them, too.
    const third = await startNode();
    await until("the third node shows both", async () => {
      const names = await namesAt(third);
      return names.includes("Ana") && names.includes("Budiman");
    });
    const gone = (await nodesOf(second))[0]?.id;
    await second.kill();
    // Its lease, as if its time were over.
    await postgres?.query(`UPDATE kabar_node SET seen = now() - interval '1 hour' WHERE id = '${gone}'`, url);
    await until(
      "the users of the killed node left",
      async () => !(await namesAt(first)).includes("Budiman") && !(await namesAt(third)).includes("Budiman"),
    );
    expect(await namesAt(first)).toContain("Ana");
    await until("it is in no list", async () => (await nodesOf(first)).length === 2);
    ana.close();
    await until("who leaves is shown nowhere", async () => !(await namesAt(third)).includes("Ana"));
  });

  test("bring a moderator's acts and the sizes of the queue to the sessions of all nodes", async () => {
    const [first, second] = await startTwo();
    await bothKnow(first, second);
    const ana = await guestAt(second, "Ana");
    const mod = await Client.open(first.url, { key: OPERATOR_KEY });
    await mod.ask("subscribe", { topic: "lobby" });
    const moderate = (act: object) => mod.ask("moderate", { topic: "lobby", ...act });
    expect(await moderate({ action: "mode", mode: { hold: "guests" } })).toMatchObject({ type: "ok" });
    expect(await nextOf(ana, "mode")).toMatchObject({ mode: { hold: "guests" } });
    expect(await ana.publish("lobby", "please", "m-1")).toMatchObject({ held: true });
    expect(await nextOf(mod, "queue", ({ held }) => held === 1)).toMatchObject({ topic: "lobby" });
    await moderate({ action: "reject", user: idOf(ana), messageId: "m-1", why: "no" });
    expect(await nextOf(ana, "rejected")).toMatchObject({ messageId: "m-1", why: "no" });
    await moderate({ action: "timeout", user: idOf(ana), seconds: 60, why: "calm down" });
    expect(await nextOf(ana, "standing")).toMatchObject({ state: "muted" });
    expect(await ana.publish("lobby", "again")).toMatchObject({ code: "muted" });
    // The author's address is known to the node of the author only.
    expect(await moderate({ action: "ban", user: idOf(ana), address: true })).toMatchObject({ addresses: 1 });
    for (const client of [ana, mod]) client.close();
  });

  test("keep a user to one message in the interval of slow mode, whichever nodes they reach at once", async () => {
    const [first, second] = await startTwo();
    await bothKnow(first, second);
    await admin(first, "topics/lobby/moderate", {
      method: "POST",
      body: JSON.stringify({ action: "mode", mode: { slowS: 60 } }),
    });
    const ana = await Client.open(first.url, { name: "Ana" });
    const again = await Client.open(second.url, { guest: ana.hello.guest });
    await again.ask("subscribe", { topic: "lobby" });
    await ana.ask("subscribe", { topic: "lobby" });
    const replies = await Promise.all([ana.publish("lobby", "one"), again.publish("lobby", "two")]);
    const codes = replies.map((reply) => (reply as unknown as { code?: string }).code);
    expect(codes.toSorted()).toEqual(["slow-mode", undefined]);
    expect(await again.publish("lobby", "three")).toMatchObject({ code: "slow-mode" });
    for (const client of [ana, again]) client.close();
  });

  test("clear a topic from the memory of every node", async () => {
    const [first, second] = await startTwo();
    await bothKnow(first, second);
    const ana = await guestAt(first, "Ana");
    const budi = await guestAt(second, "Budi");
    await ana.publish("lobby", "to be cleared");
    await nextOf(budi, "messages");
    await admin(first, "topics/lobby/moderate", {
      method: "POST",
      body: JSON.stringify({ action: "clear" }),
    });
    expect(await nextOf(budi, "cleared")).toMatchObject({ upTo: 1 });
    const late = await Client.open(second.url);
    await late.ask("subscribe", { topic: "lobby", last: 10 });
    await ana.publish("lobby", "after");
    expect((await nextOf(late, "messages")).messages).toMatchObject([{ text: "after" }]);
    for (const client of [ana, budi, late]) client.close();
  });

  test("accept the credentials of each other, of the operator and of guests, with secrets of the database", async () => {
    url = await (postgres?.createDatabase() ?? Promise.reject(new Error("no PostgreSQL")));
    const own = { KABAR_OPERATOR_KEY: "" };
    const first = await startNode(own);
    const second = await startNode(own);
    const key = (await Bun.file(`${first.dataDir}/operator.key`).text()).trim();
    expect(await Bun.file(`${second.dataDir}/operator.key`).exists()).toBe(false);
    const statusAt = async (node: RunningKabar, bearer: string) =>
      (await fetch(`${node.url}/api/admin/nodes`, { headers: { Authorization: `Bearer ${bearer}` } })).status;
    expect(await statusAt(first, key)).toBe(200);
    expect(await statusAt(second, key)).toBe(200);
    expect(await statusAt(second, "another-key-of-some-length")).toBe(401);
    const ana = await Client.open(first.url, { name: "Ana" });
    const again = await Client.open(second.url, { guest: ana.hello.guest });
    expect(idOf(again)).toBe(idOf(ana));
    expect(await postgres?.query("SELECT value FROM kabar_secret", url)).not.toContainEqual({ value: key });
    for (const client of [ana, again]) client.close();
  });

  test("take the frames of a session without WebSocket at any node", async () => {
    const [first, second] = await startTwo();
    await bothKnow(first, second);
    const stream = await fetch(`${first.url}/api/session`);
    const reader = (stream.body ?? new ReadableStream<Uint8Array>()).getReader();
    let text = "";
    const readUntil = async (pattern: RegExp): Promise<RegExpExecArray> => {
      for (;;) {
        const match = pattern.exec(text);
        if (match) return match;
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended: ${text}`);
        text += new TextDecoder().decode(value);
      }
    };
    const [, secret = ""] = await readUntil(/event: session\ndata: (\S+)\n/);
    const post = (body: string) => fetch(`${second.url}/api/session`, { method: "POST", body });
    expect((await post(`${secret}\n${JSON.stringify({ type: "hello", id: 1, name: "Ana" })}`)).status).toBe(
      204,
    );
    await readUntil(/data: .*"type":"ok".*\n|data: .*"type":"hello".*\n|data: .*"id":1.*\n/);
    expect((await post("no-such-session\n{}")).status).toBe(404);
    await reader.cancel();
  });

  test("end the sessions of an erased user, and keep nothing of the user's name", async () => {
    const [first, second] = await startTwo();
    await bothKnow(first, second);
    const ana = await guestAt(second, "Ana");
    await ana.publish("lobby", "from Ana");
    await admin(first, `admin/users/${idOf(ana)}`, { method: "DELETE", body: "{}" });
    await ana.line.closed;
    const late = await Client.open(second.url);
    const reply = await late.ask("history", { topic: "lobby" });
    expect(JSON.stringify(reply)).not.toContain("Ana");
    late.close();
  });

  test("serve each other's pinned files of the widget", async () => {
    const [first] = await startTwo();
    const { files } = (await admin(first, "../widget.json")) as unknown as { files: { path: string }[] };
    const pinned = files.find(({ path }) => path.startsWith("/widget@"))?.path ?? "";
    const content = await (await fetch(first.url + pinned)).text();
    await postgres?.query(
      "UPDATE kabar_file SET path = '/widget@0.0.9-0123abcd.js' WHERE path LIKE '/widget@%'",
      url,
    );
    const older = await fetch(`${first.url}/widget@0.0.9-0123abcd.js`);
    expect(await older.text()).toBe(content);
    expect(older.headers.get("cache-control")).toContain("immutable");
    expect((await fetch(`${first.url}/widget@0.0.8-0123abcd.js`)).status).toBe(404);
  });

  test("explain a message with what every node knows of it", async () => {
    const [first, second] = await startTwo();
    await bothKnow(first, second);
    const ana = await guestAt(second, "Ana");
    await ana.publish("lobby", "hello", "m-1");
    const explained = (await admin(first, "topics/lobby/explain?offset=1")) as unknown as {
      messages: { delivered?: object }[];
      others: { node: string; messages: { delivered?: { json: number } }[] }[];
      silent: string[];
    };
    expect(explained.messages).toHaveLength(1);
    expect(explained.others[0]?.messages[0]?.delivered).toMatchObject({ json: 1 });
    expect(explained.silent).toEqual([]);
    ana.close();
  });

  test("say which settings differ, and no value of theirs", async () => {
    url = await (postgres?.createDatabase() ?? Promise.reject(new Error("no PostgreSQL")));
    const first = await startNode({ KABAR_TOKEN_SECRET: "the-one-secret-of-32-characters-or-more" });
    const second = await startNode({ KABAR_TOKEN_SECRET: "another-secret-of-32-characters-or-more" });
    await until("a node says it", () => /other settings/.test(second.output() + first.output()));
    const said = second.output() + first.output();
    expect(said).toContain('"token_secret"');
    expect(said).not.toContain("secret-of-32");
  });

  test("let a message grow before readers of both, and go on with it when its writer's node is killed", async () => {
    const [first, second] = await startTwo();
    await bothKnow(first, second);
    const topic = "lobby";
    const writer = await Client.open(first.url, { key: OPERATOR_KEY, name: "Bot" });
    const reader = await Client.open(second.url);
    await reader.ask("subscribe", { topic });
    const fields = { topic, messageId: "grows", text: "Begin", growing: true };
    const { offset } = (await writer.ask("publish", fields)) as unknown as { offset: number };
    expect(await reader.messages(1)).toMatchObject([{ offset, text: "Begin", growing: { sequence: 0 } }]);
    const append = (client: Client, sequence: number, more: object = {}) =>
      client.ask("append", { topic, target: offset, sequence, text: ` ${sequence}`, ...more });
    // One after the other: each is an event of its own.
    for (const sequence of [1, 2]) {
      expect(await append(writer, sequence)).toMatchObject({ type: "ok", repeated: false });
      const event = await nextOf(reader, "append");
      expect(event).toMatchObject({ target: offset, after: sequence - 1, sequence, text: ` ${sequence}` });
    }
    await first.kill();
    const next = await Client.open(second.url, { key: OPERATOR_KEY, name: "Bot" });
    expect(await append(next, 4)).toMatchObject({
      code: "sequence-gap",
      message: "sequence: is 4, the next one is 3.",
    });
    expect(await append(next, 2)).toMatchObject({ type: "ok", repeated: true });
    expect(await append(next, 3)).toMatchObject({ type: "ok", repeated: false });
    expect(await nextOf(reader, "append")).toMatchObject({ after: 2, sequence: 3, text: " 3" });
    expect(await append(next, 4, { done: true })).toMatchObject({ type: "ok", repeated: false });
    const end = { kind: "edit", target: offset, text: "Begin 1 2 3 4", done: 4 };
    expect(await reader.messages(1)).toMatchObject([end]);
    for (const client of [next, reader]) client.close();
  });

  test("send each push message once, where no webhook wants a node that sends", async () => {
    const service = startPushService();
    const [first, second] = await startTwo({
      KABAR_PUSH_ALLOW_PRIVATE: "true",
      KABAR_PUSH_WAIT_MS: "0",
      KABAR_PUSH_EVERY_S: "0",
    });
    const reader = await Client.open(first.url, { name: "Ada" });
    const device = subscriptionOf(await service.browser("ada"));
    expect(await reader.ask("push", { topic: "lobby", mode: "all", ...device })).toMatchObject({
      mode: "all",
    });
    const writer = await Client.open(second.url, { name: "Ben" });
    for (const text of ["1", "2"]) {
      await writer.ask("publish", { topic: "lobby", messageId: text, text });
      await service.has("ada", Number(text));
    }
    expect(service.of("ada").map(({ notice }) => notice.body)).toEqual(["Ben: 1", "Ben: 2"]);
    expect(service.wrong).toEqual([]);
    service.stop();
  });

  test("go on telling each other after a crash of the database", async () => {
    const [first, second] = await startTwo();
    await bothKnow(first, second);
    const ana = await guestAt(first, "Ana");
    await until("the second node shows Ana", async () => (await namesAt(second)).includes("Ana"));
    await postgres?.restart("immediate");
    await bothKnow(first, second);
    const budi = await guestAt(second, "Budi");
    await until("both nodes show both", async () => {
      const names = [...(await namesAt(first)), ...(await namesAt(second))];
      return names.filter((name) => name === "Ana" || name === "Budi").length === 4;
    });
    for (const client of [ana, budi]) client.close();
  });
});

describe.skipIf(!postgres)("a task of one node for all", () => {
  const silent = createLogger("silent");
  const createCluster = (url: string) => createPostgresCluster({ url, logger: silent });

  async function openTwo() {
    const url = await (postgres?.createDatabase() ?? Promise.reject(new Error("no PostgreSQL")));
    const lane = createLane({ url, deadlineMs: 10_000 });
    await lane.inOrder(prepareSchema);
    await lane.close();
    const nodes = [createCluster(url), createCluster(url)] as const;
    for (const [i, node] of nodes.entries())
      await node.join({ name: `node ${i}`, version: "1.0.0", settings: {} });
    return { url, nodes };
  }

  test("runs on the node that has the duty, and on another when that node leaves", async () => {
    const { nodes } = await openTwo();
    const ran: number[] = [];
    const sweep = (i: 0 | 1) => nodes[i].onDuty("sweep", async () => void ran.push(i));
    expect([await sweep(0), await sweep(1), await sweep(0)]).toEqual([true, false, true]);
    await nodes[0].leave();
    expect(await sweep(1)).toBe(true);
    expect(ran).toEqual([0, 0, 1]);
    await nodes[1].leave();
  });

  test("passes on when its node says nothing for the time of a duty", async () => {
    const { url, nodes } = await openTwo();
    await nodes[0].onDuty("sweep", async () => undefined);
    await postgres?.query("UPDATE kabar_duty SET until = now() - interval '1 s'", url);
    expect(await nodes[1].onDuty("sweep", async () => undefined)).toBe(true);
    expect(await nodes[0].onDuty("sweep", async () => undefined)).toBe(false);
    for (const node of nodes) await node.leave();
  });

  test("asks the other nodes, names those that are silent, and answers with what they know", async () => {
    const { nodes } = await openTwo();
    const [first, second] = nodes;
    second.onQuestion("sum", (body) => (body as number[]).reduce((a, b) => a + b));
    await until("the first node knows the second", async () => {
      await first.ask("sum", [1]);
      return first.nodes().length === 2;
    });
    expect(await first.ask("sum", [1, 2])).toEqual({ answers: [3], silent: [] });
    expect(await first.ask("nothing", {})).toEqual({ answers: [], silent: [] });
    second.onQuestion("slow", () => new Promise(() => undefined));
    expect(await first.ask("slow", {})).toEqual({ answers: [], silent: [second.id] });
    for (const node of nodes) await node.leave();
  });

  test("receives large news, whole and in order", async () => {
    const { nodes } = await openTwo();
    const received: string[] = [];
    nodes[1].onNews("text", (body) => received.push(String(body)));
    const texts = ["x".repeat(200_000), "\u0000\ud800", "", "ün̈ï", "last"];
    for (const text of texts) nodes[0].tell("text", text);
    await until("the last news", () => received.length === texts.length);
    expect(received).toEqual(texts.map((text) => JSON.parse(JSON.stringify(text)) as string));
    for (const node of nodes) await node.leave();
  });
});
