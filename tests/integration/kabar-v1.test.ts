import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Client, Line } from "../support/client.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOPICS: "lobby help many-*", KABAR_MAX_TOPICS_PER_SESSION: "5" } });
});
afterAll(() => kabar.stop());

const cursorOf = (reply: Record<string, unknown>) =>
  reply.cursor as { epoch: string; offset: number; tag: string };

describe("a session", () => {
  test("must send hello first, and once", async () => {
    const line = await Line.open(kabar.url, "/websocket", ["kabar.v1"]);
    line.send('{"type":"ping","id":1}');
    expect(JSON.parse(await line.next())).toMatchObject({ id: 1, code: "hello-required" });
    line.send('{"type":"hello","id":2}');
    expect(JSON.parse(await line.next())).toMatchObject({ type: "ok", id: 2 });
    line.send('{"type":"hello","id":3}');
    expect(JSON.parse(await line.next())).toMatchObject({ id: 3, code: "hello-repeated" });
    line.close();
  });

  test("of a guest who returns with the credential belongs to the same guest", async () => {
    const first = await Client.open(kabar.url, { name: "Ana" });
    const { guest, user } = first.hello as { guest: string; user: { id: string } };
    const second = await Client.open(kabar.url, { guest });
    expect(second.hello).toMatchObject({
      guest,
      user: { id: user.id, name: expect.stringMatching(/^Guest-/) },
    });
    const stranger = await Client.open(kabar.url, { guest: `${guest.slice(0, -2)}AA` });
    expect((stranger.hello.user as { id: string }).id).not.toBe(user.id);
    for (const client of [first, second, stranger]) client.close();
  });

  test("of the operator needs the right key, and a wrong one ends it for good", async () => {
    const operator = await Client.open(kabar.url, { key: kabar.operatorKey, name: "Status" });
    expect(operator.hello.user).toEqual({ id: "operator", name: "Status", role: "operator" });
    expect(operator.hello.guest).toBeUndefined();
    const wrong = await Client.open(kabar.url, { key: "not-the-operators-key" });
    expect(wrong.hello).toMatchObject({ type: "error", code: "bad-credential", retry: false });
    expect(await wrong.line.closed).toEqual({ code: 4501, reason: "bad-credential" });
    operator.close();
  });

  test("carries many topics, each in its own order, up to the limit", async () => {
    const reader = await Client.open(kabar.url);
    const writer = await Client.open(kabar.url);
    const topics = ["many-1", "many-2", "many-3", "many-4", "many-5"];
    for (const topic of topics) await reader.ask("subscribe", { topic });
    expect(await reader.ask("subscribe", { topic: "many-6" })).toMatchObject({ code: "too-many-topics" });
    expect(await reader.ask("subscribe", { topic: "many-1" })).toMatchObject({ code: "already-subscribed" });
    await Promise.all(
      topics.flatMap((topic) => [1, 2, 3].map((n) => writer.publish(topic, `${topic} ${n}`))),
    );
    const seen = await reader.messages(15);
    for (const topic of topics) {
      expect(seen.filter((message) => message.topic === topic).map(({ offset }) => offset)).toEqual([
        1, 2, 3,
      ]);
    }
    reader.close();
    writer.close();
  });

  test("receives nothing from a topic after unsubscribing, and may subscribe again", async () => {
    const client = await Client.open(kabar.url);
    await client.ask("subscribe", { topic: "help" });
    await client.publish("help", "one");
    await client.messages(1);
    expect(await client.ask("unsubscribe", { topic: "help" })).toMatchObject({ type: "ok", topic: "help" });
    await client.publish("help", "two");
    await client.ask("ping");
    expect(client.events.kept()).toEqual([]);
    expect(await client.ask("unsubscribe", { topic: "help" })).toMatchObject({ code: "not-subscribed" });
    await client.ask("subscribe", { topic: "help", last: 1 });
    expect((await client.messages(1))[0]?.text).toBe("two");
    client.close();
  });

  test("with a broken frame receives the reason, and after twenty in a row a final close", async () => {
    const client = await Client.open(kabar.url);
    for (let i = 0; i < 19; i++) client.line.send("{");
    for (let i = 0; i < 19; i++)
      expect(await client.events.next()).toMatchObject({ code: "bad-json" } as never);
    await client.ask("ping");
    for (let i = 0; i < 20; i++) client.line.socket.send(new Uint8Array([1]));
    expect(await client.line.closed).toEqual({ code: 4500, reason: "bad-client" });
  });

  test("whose frame is too large is closed with 1009", async () => {
    const client = await Client.open(kabar.url);
    client.line.send("x".repeat(70_000));
    expect((await client.line.closed).code).toBe(1009);
  });

  test("under another name keeps its id", async () => {
    const client = await Client.open(kabar.url, { name: "Ana" });
    const id = (client.hello.user as { id: string }).id;
    expect(await client.ask("rename", { name: "  Anna  " })).toMatchObject({ user: { id, name: "Anna" } });
    expect(await client.ask("rename", { name: " " })).toMatchObject({
      code: "bad-name",
      message: "name: must be 1 to 40 visible characters.",
    });
    client.close();
  });

  test("that offers only other subprotocols is refused with the name of the right one", async () => {
    const response = await fetch(`${kabar.url}/websocket`, {
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": "graphql-ws",
      },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("must be kabar.v1");
  });
});

describe("a reader with a cursor", () => {
  test("receives exactly the missed messages, the first and the nth time", async () => {
    const writer = await Client.open(kabar.url);
    let reader = await Client.open(kabar.url);
    let cursor = cursorOf(await reader.ask("subscribe", { topic: "lobby" }));
    for (let round = 0; round < 5; round++) {
      reader.close();
      const texts = Array.from({ length: 7 }, (_, i) => `round ${round}, ${i}`);
      for (const text of texts) await writer.publish("lobby", text);
      reader = await Client.open(kabar.url);
      const reply = await reader.ask("subscribe", { topic: "lobby", cursor, last: 3 });
      expect(reply).toMatchObject({ recovered: true, cursor });
      const event = await reader.events.next();
      if (event.type !== "messages") throw new Error("expected messages");
      expect(event.messages.map(({ text }) => text)).toEqual(texts);
      cursor = { ...cursor, offset: event.messages.at(-1)?.offset ?? 0, tag: event.tag };
    }
    reader.close();
    writer.close();
  });

  test("resumes after kill -9 and a restart without loss or doubles, and repeats are still recognised", async () => {
    const before = await Client.open(kabar.url, { name: "Ana" });
    const { guest } = before.hello as { guest: string };
    const cursor = cursorOf(await before.ask("subscribe", { topic: "help" }));
    const sent = Array.from({ length: 20 }, (_, i) => `m-${i}`);
    const acked = await Promise.all(sent.map((id) => before.publish("help", `text of ${id}`, id)));
    await kabar.kill();
    await kabar.restart();
    const after = await Client.open(kabar.url, { guest });
    const again = await Promise.all(sent.map((id) => after.publish("help", `text of ${id}`, id)));
    expect(again.map((reply) => Reflect.get(reply, "offset"))).toEqual(
      acked.map((reply) => Reflect.get(reply, "offset")),
    );
    expect(again.every((reply) => Reflect.get(reply, "repeated") === true)).toBe(true);
    expect(await after.ask("subscribe", { topic: "help", cursor })).toMatchObject({ recovered: true });
    expect((await after.messages(20)).map(({ id }) => id)).toEqual(sent);
    after.close();
  });

  test("of thousands of messages is paged to the present while other users publish", async () => {
    const writer = await Client.open(kabar.url);
    const reader = await Client.open(kabar.url);
    const cursor = cursorOf(await reader.ask("subscribe", { topic: "many-9" }));
    reader.close();
    const total = 3000;
    for (let i = 0; i < total; i += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, n) => writer.publish("many-9", `text ${i + n}`)));
    }
    const late = await Client.open(kabar.url);
    await late.ask("subscribe", { topic: "many-9", cursor });
    const [missed] = await Promise.all([
      late.messages(total + 50),
      ...Array.from({ length: 50 }, (_, n) => writer.publish("many-9", `live ${n}`)),
    ]);
    expect(missed.map(({ offset }) => offset)).toEqual(
      Array.from({ length: total + 50 }, (_, i) => cursor.offset + 1 + i),
    );
    late.close();
    writer.close();
  });
});
