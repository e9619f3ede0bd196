import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Client, Line } from "../support/client.ts";
import { startRun } from "../support/run.ts";
import { startKabar } from "../support/server.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

describe("a shutdown", () => {
  test("sends each session a goodbye with its own delay, closes with 4000, and exits with 0", async () => {
    const kabar = await startKabar({ env: { KABAR_DRAIN_WINDOW_MS: "60000" } });
    const clients = await Promise.all(Array.from({ length: 20 }, () => Client.open(kabar.url)));
    const plain = await Line.open(kabar.url);
    const stopped = kabar.stop();
    const goodbyes = await Promise.all(clients.map((client) => client.events.next("goodbye")));
    const delays = goodbyes.map((event) => {
      if (event.type !== "goodbye") throw new Error(`expected goodbye, got ${event.type}`);
      expect(event.reason).toBe("shutting-down");
      return event.retryAfterMs;
    });
    expect(new Set(delays).size).toBeGreaterThan(15);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(20_000);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(500);
    for (const client of clients)
      expect(await client.line.closed).toEqual({ code: 4000, reason: "shutting-down" });
    expect(await plain.next()).toBe("! The server is restarting. Connect again in a moment.");
    expect(await stopped).toBe(0);
  });

  test("stores and acknowledges messages under way", async () => {
    const kabar = await startKabar({ env: { KABAR_MAX_COMMIT_WINDOW_MS: "1000" } });
    const client = await Client.open(kabar.url);
    // Load opens the commit window, so that the last ones are still waiting when the signal comes.
    await Promise.all(Array.from({ length: 200 }, () => client.publish("lobby", "load")));
    const ids = Array.from({ length: 50 }, (_, i) => `last-${i}`);
    const replies = Promise.all(ids.map((id) => client.publish("lobby", id, id)));
    const pong = client.ask("ping");
    await pong;
    const restarted = kabar.restart();
    expect((await replies).map((reply) => reply.type)).toEqual(ids.map(() => "ok"));
    await restarted;
    const history = await fetch(`${kabar.url}/api/topics/lobby/messages?limit=50`).then((r) => r.json());
    expect((history as { messages: { id: string }[] }).messages.map(({ id }) => id)).toEqual(ids);
    await kabar.stop();
  });

  test("is announced by /readyz before any session is closed", async () => {
    const kabar = await startKabar({ env: { KABAR_DRAIN_DELAY_MS: "1500" } });
    const client = await Client.open(kabar.url);
    const stopped = kabar.stop();
    let ready = "";
    for (;;) {
      ready = await fetch(`${kabar.url}/readyz`).then((r) => `${r.status} ${r.statusText}`);
      if (ready.startsWith("503")) break;
    }
    expect(await client.ask("ping")).toMatchObject({ type: "ok" });
    expect(await client.events.next("goodbye")).toMatchObject({ type: "goodbye" } as never);
    expect(await stopped).toBe(0);
  });

  test("ends a server with 0 that still waits for its database, as the first process of a container must", async () => {
    const reached = Promise.withResolvers<void>();
    using database = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data() {}, open: () => reached.resolve() },
    });
    const waiting = startRun([], { env: { KABAR_LOG: `postgres://kabar@127.0.0.1:${database.port}/kabar` } });
    await reached.promise;
    waiting.kill("SIGTERM");
    expect(await waiting.exited).toBe(0);
  });
});
