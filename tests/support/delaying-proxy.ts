/**
 * A TCP proxy that stands as far from a server as a network is long, and counts round trips. Bytes arrive `oneWayMs` after they
 * were sent; the first bytes of a connection wait for the two ways of its handshake, too.
 *
 * Rounds are counted by cause, not by the clock: whatever the browser sends belongs to the latest round that it has heard of, and
 * an answer belongs to the round after its request. So a slow machine changes no count.
 */
import { connect, createServer, type Socket } from "node:net";

/** Bytes that have arrived. */
export interface Flight {
  /** Its connection, counted from 0. */
  connection: number;
  to: "server" | "browser";
  /** For the server: how many round trips the browser had waited for when it sent them. For the browser: with the one that brought them. */
  round: number;
  text: string;
}

export interface DelayingProxy {
  url: string;
  /** All that has arrived since `begin`, in order. */
  flights: readonly Flight[];
  /** Counts from now on; open connections are closed, so that the next visit needs its own. */
  begin(): void;
  stop(): void;
}

/** The round trip of TCP's handshake (RFC 9293 section 3.5). */
const HANDSHAKE = 1;

/** Starts the proxy in front of a port of this machine. */
export async function startDelayingProxy(port: number, oneWayMs: number): Promise<DelayingProxy> {
  const sockets = new Set<Socket>();
  const flights: Flight[] = [];
  let heard = 0;
  let connections = 0;

  const proxy = createServer((browser) => {
    const server = connect(port, "127.0.0.1");
    const connection = connections++;
    let handshake = HANDSHAKE;
    /** The round of the latest bytes that have reached the server. */
    let asked = 0;
    browser.on("data", (bytes) => {
      const round = heard + handshake;
      const waitMs = oneWayMs * (1 + 2 * handshake);
      handshake = 0;
      setTimeout(() => {
        if (!sockets.has(browser)) return;
        asked = Math.max(asked, round);
        flights.push({ connection, to: "server", round, text: bytes.toString("latin1") });
        server.write(bytes);
      }, waitMs);
    });
    server.on("data", (bytes) => {
      const round = asked + 1;
      setTimeout(() => {
        if (!sockets.has(browser)) return;
        heard = Math.max(heard, round);
        flights.push({ connection, to: "browser", round, text: bytes.toString("latin1") });
        browser.write(bytes);
      }, oneWayMs);
    });
    const end = () => {
      for (const socket of [browser, server]) {
        sockets.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of [browser, server]) {
      sockets.add(socket);
      socket.on("error", end);
      socket.on("close", () => setTimeout(end, oneWayMs));
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  const own = typeof address === "object" && address ? address.port : 0;

  function closeAll(): void {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  }
  return {
    url: `http://127.0.0.1:${own}`,
    flights,
    begin() {
      closeAll();
      flights.length = heard = connections = 0;
    },
    stop() {
      proxy.close();
      closeAll();
    },
  };
}
