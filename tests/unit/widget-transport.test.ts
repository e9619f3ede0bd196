import { describe, expect, test } from "bun:test";
import type { WebSocketLike } from "../../widget/client/socket.ts";
import { createTransport } from "../../widget/client/transport.ts";

/** Connections that open or fail as the test says, and which kind was asked for. */
function createNetwork(hasFailed = false) {
  const tried: { kind: "socket" | "streamed"; ws: WebSocketLike }[] = [];
  const make = (kind: "socket" | "streamed"): WebSocketLike => {
    const ws: WebSocketLike = {
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: () => undefined,
      close: () => undefined,
    };
    tried.push({ kind, ws });
    return ws;
  };
  let told = 0;
  const connect = createTransport({
    openSocket: () => make("socket"),
    loadStreamed: async () => () => make("streamed"),
    server: "http://kabar.test",
    hasFailed: () => hasFailed,
    onStreamed: () => told++,
  });
  return {
    kinds: () => tried.map(({ kind }) => kind),
    told: () => told,
    /** Connects; the connection opens, or closes at once. */
    async attempt(opens: boolean): Promise<string> {
      const events: string[] = [];
      const outer = connect("ws://kabar.test/websocket", "kabar.v1");
      outer.onopen = () => events.push("open");
      outer.onclose = ({ code }) => events.push(`close ${code}`);
      await Promise.resolve();
      await Promise.resolve();
      const { ws } = tried.at(-1) ?? {};
      if (opens) ws?.onopen?.();
      else ws?.onclose?.({ code: 1006, reason: "" });
      return events.join();
    },
  };
}

describe("a connection", () => {
  test("is a WebSocket as long as one opens", async () => {
    const network = createNetwork();
    for (let i = 0; i < 3; i++) expect(await network.attempt(true)).toBe("open");
    expect(network.kinds()).toEqual(["socket", "socket", "socket"]);
    expect(network.told()).toBe(0);
  });

  test("is streamed after a WebSocket failed to open, as long as streaming works", async () => {
    const network = createNetwork();
    expect(await network.attempt(false)).toBe("close 1006");
    for (let i = 0; i < 3; i++) expect(await network.attempt(true)).toBe("open");
    expect(network.kinds()).toEqual(["socket", "streamed", "streamed", "streamed"]);
    expect(network.told()).toBe(3);
  });

  test("alternates while neither opens, as a server that is down is no blocked network", async () => {
    const network = createNetwork();
    for (let i = 0; i < 4; i++) await network.attempt(false);
    await network.attempt(true);
    expect(network.kinds()).toEqual(["socket", "streamed", "socket", "streamed", "socket"]);
  });

  test("begins streamed where a WebSocket has failed before this code loaded", async () => {
    const network = createNetwork(true);
    await network.attempt(true);
    expect(network.kinds()).toEqual(["streamed"]);
  });
});
