/** Two nodes on one PostgreSQL behind the nginx of examples/nodes, without stickiness. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from "bun:test";
import { openEventSource } from "../audit/event-source.ts";
import { hasNginx } from "../audit/nginx.ts";
import { startBalancer } from "../support/balancer.ts";
import { Client } from "../support/client.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const present = hasNginx && postgresBin !== undefined;

describe("two nodes behind nginx", async () => {
  const test = testWith("nginx or PostgreSQL", present, "apt install nginx postgresql");
  const postgres = present ? await startPostgres() : undefined;
  let nodes: RunningKabar[] = [];
  let balancer: Awaited<ReturnType<typeof startBalancer>>;

  beforeAll(async () => {
    if (!postgres) return;
    const env = { KABAR_LOG: await postgres.createDatabase(), KABAR_TRUSTED_PROXY_HOPS: "1" };
    const [first, second] = await Promise.all([startKabar({ env }), startKabar({ env })]);
    nodes = [first, second];
    balancer = await startBalancer([first.port, second.port]);
  });
  afterAll(async () => {
    await balancer?.stop();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(balancer.url + path, { method: "POST", body, headers });
  const publish = (text: string, key: string = crypto.randomUUID()) =>
    post("/api/topics/lobby/messages", text, { "Idempotency-Key": key });
  const sessionsAt = async (node: RunningKabar) => {
    const page = await (await fetch(`${node.url}/metrics`)).text();
    return Number(/^kabar_sessions\{mode="json"\} (\d+)/m.exec(page)?.[1]);
  };
  /** A stream's text as it comes: resolves to the first match of a pattern. */
  function readText(response: Response) {
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
    const decoder = new TextDecoder();
    let text = "";
    return {
      async until(pattern: RegExp): Promise<RegExpExecArray> {
        for (;;) {
          const match = pattern.exec(text);
          if (match) return match;
          const { value, done } = await reader.read();
          if (done) throw new Error(`the stream ended: ${text}`);
          text += decoder.decode(value, { stream: true });
        }
      },
      close: () => reader.cancel(),
    };
  }

  test("people whom nginx gives to different nodes chat over WebSocket", async () => {
    const ana = await Client.open(balancer.url, { name: "Ana" });
    const budi = await Client.open(balancer.url, { name: "Budi" });
    expect(await Promise.all(nodes.map(sessionsAt))).toEqual([1, 1]);
    for (const client of [ana, budi]) await client.ask("subscribe", { topic: "lobby" });
    const nextText = async (client: Client): Promise<string> => {
      for (;;) {
        const event = await client.events.next("a message");
        if (event.type === "messages") return event.messages[0]?.text ?? "";
      }
    };
    expect(await ana.publish("lobby", "Halo, Budi")).toMatchObject({ type: "ok" });
    expect([await nextText(ana), await nextText(budi)]).toEqual(["Halo, Budi", "Halo, Budi"]);
    expect(await budi.publish("lobby", "Halo, Ana")).toMatchObject({ type: "ok" });
    expect([await nextText(ana), await nextText(budi)]).toEqual(["Halo, Ana", "Halo, Ana"]);
    for (const client of [ana, budi]) client.close();
    await until("both are gone", async () => (await Promise.all(nodes.map(sessionsAt))).join() === "0,0");
  });

  test("a session without WebSocket streams from one node and sends its frames to the other", async () => {
    const stream = await fetch(`${balancer.url}/api/session`);
    const text = readText(stream);
    const [, secret = ""] = await text.until(/event: session\ndata: (\S+)\n/);
    const elsewhere: boolean[] = [];
    const send = async (frame: object) => {
      const { status, headers } = await post("/api/session", `${secret}\n${JSON.stringify(frame)}`);
      expect(status).toBe(204);
      elsewhere.push(headers.get("x-node") !== stream.headers.get("x-node"));
    };
    await send({ type: "hello", id: 1, name: "Ana" });
    await text.until(/data: .*"id":1\D/);
    await send({ type: "subscribe", id: 2, topic: "lobby" });
    await text.until(/data: .*"id":2\D/);
    await send({ type: "publish", id: 3, topic: "lobby", messageId: "m-3", text: "by POST" });
    await text.until(/data: .*"text":"by POST"/);
    expect(elsewhere).toContain(true);
    await text.close();
  });

  test("an EventSource receives every message once, in order, while each node is restarted in turn", async () => {
    const received: string[] = [];
    let opened = 0;
    let isLost = false;
    const source = openEventSource(`${balancer.url}/api/topics/lobby/events`, {
      haste: 10,
      onOpen: () => (opened += 1),
      onEvent: ({ type, data }) => {
        if (type === "message") received.push((JSON.parse(data) as { text: string }).text);
      },
      onSilence: () => undefined,
      onEnd: (isForGood) => (isLost = isForGood),
    });
    await until("the source is open", () => opened > 0);
    const sent: string[] = [];
    let isDone = false;
    const publishing = (async () => {
      while (!isDone) {
        const text = `message-${sent.length}`;
        // A publisher that got no answer sends the same again.
        await until(`${text} is stored`, async () => (await publish(text, text)).status < 300);
        sent.push(text);
      }
    })();
    publishing.catch(() => undefined); // awaited below
    for (const node of nodes) {
      const before = received.length;
      await until("messages arrive before", () => received.length > before);
      await node.restart();
    }
    const before = received.length;
    await until("messages arrive after", () => received.length > before);
    isDone = true;
    await publishing;
    await until("all have arrived", () => received.length >= sent.length);
    expect(received).toEqual(sent);
    expect(isLost).toBe(false);
    expect(opened).toBeGreaterThan(1);
    source.close();
  });
});
