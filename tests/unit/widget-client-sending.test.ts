import { describe, expect, test } from "bun:test";
import { createAreas, FakeServer } from "../support/widget-fakes.ts";
import { start } from "../support/widget-start.ts";

describe("sending", () => {
  test("a message is shown at once, stored once, and reported once", async () => {
    const { client, clock, server, of } = await start();
    const sent = client.send("lobby", "hello");
    expect(client.state.topics.lobby?.pending).toMatchObject([{ text: "hello" }]);
    await clock.pass(0);
    expect(await sent).toMatchObject({ topic: "lobby", offset: 1 });
    expect(client.state.topics.lobby?.pending).toEqual([]);
    expect(server.log()).toHaveLength(1);
    expect(of("sent")).toHaveLength(1);
    expect(of("message")).toMatchObject([{ mine: true, historical: false }]);
  });

  test("messages written offline are sent once, in order, on reconnecting", async () => {
    const { client, clock, server } = await start();
    server.isUp = false;
    server.drop();
    for (const text of ["1", "2", "3"]) void client.send("lobby", text);
    await clock.pass(60_000);
    expect(server.log()).toHaveLength(0);
    server.isUp = true;
    await clock.pass(60_000);
    expect(server.log().map((m) => m.text)).toEqual(["1", "2", "3"]);
    expect(client.state.topics.lobby?.pending).toEqual([]);
  });

  test("a message whose answer was lost is sent again with its id, and is stored once", async () => {
    const { client, clock, server } = await start();
    const handle = server.last.onframe;
    server.last.onframe = (frame) => {
      const socket = server.last;
      const { onmessage } = socket;
      if (frame.type === "publish") socket.onmessage = null;
      handle(frame);
      socket.onmessage = onmessage;
    };
    void client.send("lobby", "once");
    await clock.pass(0);
    expect(server.log()).toHaveLength(1);
    server.drop();
    await clock.pass(5_000);
    expect(server.log()).toHaveLength(1);
    expect(client.state.topics.lobby?.pending).toEqual([]);
  });

  test("a message over the rate limit keeps its text and is sent at the server's time", async () => {
    const { client, clock, server } = await start();
    let refusals = 2;
    server.refuse = (f) =>
      f.type === "publish" && refusals-- > 0
        ? { type: "error", code: "rate-limited", message: "Slow down.", retry: true, retryAfterMs: 4_000 }
        : undefined;
    void client.send("lobby", "eager");
    await clock.pass(3_999);
    expect(client.state.topics.lobby?.pending).toMatchObject([{ text: "eager", slowed: "rate-limited" }]);
    expect(server.log()).toHaveLength(0);
    await clock.pass(4_001);
    expect(server.log().map((m) => m.text)).toEqual(["eager"]);
  });

  test("a message refused for good is kept for the user to retry or delete", async () => {
    const { client, clock, server, of } = await start();
    let isOpen = false;
    server.refuse = (f) =>
      f.type === "publish" && !isOpen
        ? { type: "error", code: "forbidden", message: "No.", retry: false }
        : undefined;
    const refused = client.send("lobby", "a").catch((error: { code: string }) => error.code);
    const deleted = client.send("lobby", "b").catch((error: { code: string }) => error.code);
    await clock.pass(0);
    expect(await refused).toBe("forbidden");
    expect(of("send-failed")).toMatchObject([
      { reason: "forbidden", retryable: false },
      { reason: "forbidden" },
    ]);
    isOpen = true;
    const [first, second] = client.state.topics.lobby?.pending ?? [];
    client.retry(first?.id ?? "");
    client.discard(second?.id ?? "", "lobby");
    await clock.pass(0);
    expect(await deleted).toBe("forbidden");
    expect(server.log().map((m) => m.text)).toEqual(["a"]);
    expect(client.state.topics.lobby?.pending).toEqual([]);
  });

  test("nothing but white space is no message", async () => {
    const { client } = await start();
    expect(await client.send("lobby", " \n ").catch((error: { code: string }) => error.code)).toBe(
      "text-empty",
    );
  });

  test("the number of unsent messages is bounded", async () => {
    const { client, server } = await start();
    server.isUp = false;
    server.drop();
    for (let i = 0; i < 50; i++) client.send("lobby", `${i}`).catch(() => undefined);
    expect(client.isFull()).toBe(true);
    expect(await client.send("lobby", "x").catch((error: { code: string }) => error.code)).toBe(
      "too-many-unsent",
    );
  });

  test("a page that was closed too early sends on the next visit, with the same id", async () => {
    const areas = createAreas();
    const server = new FakeServer();
    const first = await start({ areas, server2: server });
    server.isUp = false;
    server.drop();
    void first.client.send("lobby", "left behind");
    first.client.stop();
    server.isUp = true;
    const second = await start({ areas, server2: server });
    await second.clock.pass(1_000);
    expect(server.log().map((m) => m.text)).toEqual(["left behind"]);
    expect(Object.keys(areas.local).filter((key) => key.includes(":unsent:"))).toEqual([]);
  });
});
