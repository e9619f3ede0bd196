import { describe, expect, test } from "bun:test";
import { createAreas, FakeServer } from "../support/widget-fakes.ts";
import { start } from "../support/widget-start.ts";

describe("arriving", () => {
  test("shows the newest messages after one round trip and sends nothing else", async () => {
    const server = new FakeServer();
    for (let i = 1; i <= 40; i++) server.publish(`m${i}`);
    const { client, texts, of } = await start({ server2: server });
    expect(server.last.received.map((f) => f.type)).toEqual(["hello", "subscribe"]);
    expect(texts()).toHaveLength(30);
    expect(client.state.connection).toBe("online");
    expect(of("message").every((n) => n.historical)).toBe(true);
    expect(client.state.topics.lobby?.unread).toBe(0);
  });

  test("older messages come page by page until there are none", async () => {
    const server = new FakeServer();
    for (let i = 1; i <= 120; i++) server.publish(`m${i}`);
    const { client, clock, texts } = await start({ server2: server });
    for (let page = 0; page < 5; page++) {
      void client.loadOlder("lobby");
      await clock.pass(0);
    }
    expect(texts()).toEqual(Array.from({ length: 120 }, (_, i) => `m${i + 1}`));
    expect(server.last.received.filter((f) => f.type === "history")).toHaveLength(2);
  });

  test("many topics share one connection, and a topic used twice one subscription", async () => {
    const { client, clock, server } = await start();
    client.open("help");
    const again = client.open("lobby");
    await clock.pass(0);
    expect(server.sockets).toHaveLength(1);
    expect(server.last.received.filter((f) => f.type === "subscribe").map((f) => f.topic)).toEqual([
      "lobby",
      "help",
    ]);
    again.close();
    again.close();
    expect(Object.keys(client.state.topics)).toEqual(["lobby", "help"]);
  });

  test("a refused topic reports the reason once", async () => {
    const server = new FakeServer();
    server.refuse = (f) =>
      f.type === "subscribe"
        ? { type: "error", code: "topic-unknown", message: "No such topic.", retry: false }
        : undefined;
    const { client, of } = await start({ server2: server });
    expect(client.state.topics.lobby).toMatchObject({ phase: "refused", refusal: { code: "topic-unknown" } });
    expect(of("error")).toMatchObject([{ code: "topic-unknown", topic: "lobby" }]);
  });

  test("a failed first connection asks the server for the reason once, and stops if it is final", async () => {
    const server = new FakeServer();
    server.isUp = false;
    let asked = 0;
    const diagnose = async () => (asked++ ? undefined : { code: "origin-denied", message: "Not from here." });
    const { client, clock, of } = await start({ server2: server, diagnose });
    await clock.pass(600_000);
    expect(client.state).toMatchObject({ connection: "denied", refusal: { code: "origin-denied" } });
    expect(of("error")).toHaveLength(1);
    expect({ asked, connections: server.sockets.length }).toEqual({ asked: 1, connections: 1 });
  });

  test("a first connection that fails for no known reason is retried until it works", async () => {
    const server = new FakeServer();
    server.isUp = false;
    const { client, clock } = await start({ server2: server, diagnose: async () => undefined });
    await clock.pass(120_000);
    expect(client.state.connection).toBe("reconnecting");
    server.isUp = true;
    await clock.pass(30_000);
    expect(client.state.connection).toBe("online");
  });
});

describe("coming back", () => {
  test("brings exactly the missed messages, for any number of messages and resumes", async () => {
    const { client, clock, server, texts } = await start();
    const expected: string[] = [];
    for (let round = 0; round < 5; round++) {
      server.publish(`live ${round}`);
      expected.push(`live ${round}`);
      server.drop();
      for (let i = 0; i < round * 45; i++) {
        server.publish(`missed ${round} ${i}`);
        expected.push(`missed ${round} ${i}`);
      }
      await clock.pass(30_000);
      expect(client.state.connection).toBe("online");
    }
    expect(texts()).toEqual(expected);
  });

  test("after ten minutes of sleep brings the missed messages within seconds", async () => {
    const { clock, server, texts, client } = await start();
    server.publish("before");
    server.last.isDead = true;
    await clock.sleep(600_000);
    server.publish("meanwhile");
    await clock.pass(10_000);
    expect(texts()).toEqual(["before", "meanwhile"]);
    expect(client.state.topics.lobby?.away).toEqual({ from: 2, count: 1 });
  });

  test("to another log forgets the old messages and shows the newest of the new log", async () => {
    const { clock, server, texts } = await start();
    for (let i = 0; i < 5; i++) server.publish(`old ${i}`);
    server.drop();
    server.epoch = "e2";
    server.logs.clear();
    for (let i = 0; i < 3; i++) server.publish(`new ${i}`);
    await clock.pass(5_000);
    expect(texts()).toEqual(["new 0", "new 1", "new 2"]);
  });

  test("to a log that lost its end shows that log's messages, not the remembered ones", async () => {
    const { clock, server, texts } = await start();
    server.publish("kept");
    server.publish("lost");
    server.drop();
    server.log().pop();
    server.publish("written instead");
    await clock.pass(5_000);
    expect(texts()).toEqual(["kept", "written instead"]);
  });

  test("a hole in the stream is requested again, not ignored", async () => {
    const { clock, server, texts } = await start();
    server.publish("1");
    server.last.isDead = true;
    server.publish("2, lost on the way");
    server.last.isDead = false;
    server.publish("3");
    expect(texts()).toEqual(["1"]);
    await clock.pass(0);
    expect(texts()).toEqual(["1", "2, lost on the way", "3"]);
  });

  test("a page that was put to sleep resumes where it was", async () => {
    const { client, clock, server, texts } = await start();
    server.publish("before");
    client.pause();
    expect(client.state.connection).toBe("idle");
    server.publish("meanwhile");
    client.resume();
    await clock.pass(0);
    expect(texts()).toEqual(["before", "meanwhile"]);
  });

  test("a client obeys a final close", async () => {
    const { client, clock, server } = await start();
    server.drop(4500);
    await clock.pass(600_000);
    expect(server.sockets).toHaveLength(1);
    expect(client.state.connection).toBe("denied");
    client.resume();
    await clock.pass(600_000);
    expect(server.sockets).toHaveLength(1);
  });
});

describe("the user's identity", () => {
  test("nothing is stored before the first message; afterwards the next visit has the same guest", async () => {
    const areas = createAreas();
    const server = new FakeServer();
    const first = await start({ areas, server2: server });
    expect([areas.local, areas.session]).toEqual([{}, {}]);
    void first.client.send("lobby", "hi");
    await first.clock.pass(0);
    first.client.stop();
    const second = await start({ areas, server2: server });
    expect(second.client.state.me?.id).toBe(first.client.state.me?.id ?? "");
    const third = await start({ server2: server });
    expect(third.client.state.me?.id).not.toBe(first.client.state.me?.id ?? "");
  });

  test("a chosen name applies at once, is stored and sent with the next hello, and a suggested name never replaces it", async () => {
    const areas = createAreas();
    const { client, clock, server, of } = await start({ areas, name: "Suggested" });
    expect(client.state.me?.name).toBe("Suggested");
    const taken = client.rename(" Budi ");
    expect(client.state.me?.name).toBe("Budi");
    expect(of("identity").at(-1)).toMatchObject({ me: { name: "Budi" } });
    await clock.pass(0);
    expect(await taken).toBe(undefined);
    server.drop();
    await clock.pass(5_000);
    expect(server.last.received[0]).toMatchObject({ type: "hello", name: "Budi" });
    expect(await client.rename("  ")).toBe("");
    expect(await client.rename("x".repeat(41))).toBe("");
  });

  test("a name that the server refuses is reverted with the server's refusal", async () => {
    const areas = createAreas();
    const { client, clock, server } = await start({ areas, name: "Suggested" });
    server.refuse = (f) =>
      f.type === "rename"
        ? { type: "error", code: "name-taken", message: "It is taken.", retry: false }
        : undefined;
    const refused = client.rename("Ana");
    await clock.pass(0);
    expect(await refused).toMatchObject({ code: "name-taken", message: "It is taken." });
    expect(client.state.me?.name).toBe("Suggested");
    expect(client.keeper.record.name).toBe(undefined);
    server.drop();
    await clock.pass(5_000);
    expect(server.last.received[0]).toMatchObject({ type: "hello", name: "Suggested" });
  });

  test("a stored name that the server refuses is dropped, and the user still connects", async () => {
    const areas = createAreas();
    areas.local["kabar:http://kabar.test"] = JSON.stringify({ guest: "g7", name: "\u200b" });
    const server = new FakeServer();
    server.refuse = (f) =>
      f.type === "hello" && f.name
        ? { type: "error", code: "bad-name", message: "", retry: false }
        : undefined;
    const { client, clock } = await start({ areas, server2: server });
    await clock.pass(5_000);
    expect(client.state).toMatchObject({ connection: "online", me: { id: "g7" } });
  });
});

describe("unread", () => {
  test("counts others' messages while the chat is not watched, and is zero while it is", async () => {
    const { client, server, use, of } = await start();
    server.publish("1");
    server.publish("2");
    expect(of("unread").map((n) => n.count)).toEqual([1, 2]);
    use.watch_(true);
    server.publish("3");
    expect(client.state.topics.lobby?.unread).toBe(0);
    use.watch_(false);
    server.publish("4");
    expect(client.state.topics.lobby?.unread).toBe(1);
    client.markRead("lobby");
    expect(client.state.topics.lobby?.unread).toBe(0);
  });

  test("is remembered from one visit to the next after the first message", async () => {
    const areas = createAreas();
    const server = new FakeServer();
    const first = await start({ areas, server2: server });
    first.use.watch_(true);
    void first.client.send("lobby", "hi");
    await first.clock.pass(5_000);
    first.client.stop();
    server.drop();
    server.publish("while away");
    const second = await start({ areas, server2: server });
    expect(second.client.state.topics.lobby).toMatchObject({ unread: 1, newFrom: 2 });
  });
});

test("unknown frames, broken frames and replies to no command are harmless", async () => {
  const { client, clock, server, texts } = await start();
  const { last } = server;
  for (const data of [
    "",
    "{",
    "null",
    "[]",
    "1",
    '{"type":"typing","topic":"lobby"}',
    '{"type":"ok","id":99}',
  ]) {
    last.onmessage?.({ data });
  }
  last.onmessage?.({ data: new ArrayBuffer(3) });
  last.say({ type: "error", code: "bad-json", message: "", retry: false });
  last.say({ type: "messages", topic: "nowhere", tag: "", messages: [] });
  last.say({ type: "messages", topic: "lobby", tag: "", messages: [] });
  server.publish("still here");
  await clock.pass(0);
  expect(texts()).toEqual(["still here"]);
  expect(client.state.connection).toBe("online");
});
