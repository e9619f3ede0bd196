/**
 * A TCP proxy between a server and its database that has bad moments on command: stops forwarding without closing anything
 * (a black hole), loses an answer, refuses connections. Knows the first bytes of PostgreSQL's messages, no more.
 */
import { connect, createServer, type Socket } from "node:net";

interface Pair {
  client: Socket;
  server: Socket;
  /** Whether its bytes are swallowed, in both directions. */
  isSilent: boolean;
}

export interface TcpProxy {
  /** `url` with the proxy's port in place of the database's. */
  urlOf(url: string): string;
  /** Forwards nothing any more on the present connections, and on new ones while `isForNew`; closes none. */
  blackHole(isForNew: boolean): void;
  /** Ends all connections and forwards new ones to another port, as an address does that follows the primary. */
  forwardTo(port: number): void;
  /** New connections are forwarded again. */
  heal(): void;
  /**
   * Ends the next connection on which the database answers that a command is complete, as `COMMIT`, before the client receives it;
   * then the next one for each further command.
   */
  swallowAnswer(...commands: string[]): void;
  /** Number of answers that were swallowed. */
  swallowed(): number;
  stop(): void;
}

/** PostgreSQL's CommandComplete message (protocol 3.0, "Message Formats"): says that a command was done. */
function completion(command: string): Buffer {
  const bytes = Buffer.from(`C0000${command}\0`);
  bytes.writeInt32BE(bytes.length - 1, 1);
  return bytes;
}

/** Starts a proxy in front of a port of this machine. */
export async function startTcpProxy(port: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let target = port;
  let isBlackHole = false;
  let triggers: Buffer[] = [];
  let swallowed = 0;

  const proxy = createServer((client) => {
    const server = connect(target, "127.0.0.1");
    const pair: Pair = { client, server, isSilent: isBlackHole };
    pairs.add(pair);
    client.on("data", (bytes) => {
      if (pair.isSilent) return;
      server.write(bytes);
    });
    server.on("data", (bytes: Buffer) => {
      if (pair.isSilent) return;
      const [trigger] = triggers;
      if (trigger !== undefined && bytes.includes(trigger)) {
        triggers.shift();
        swallowed += 1;
        client.destroy();
        server.destroy();
      } else client.write(bytes);
    });
    const end = () => {
      // A black hole sends no FIN.
      if (pair.isSilent) return;
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.on("error", end);
      socket.on("close", end);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  const own = typeof address === "object" && address ? address.port : 0;

  return {
    urlOf: (url) => url.replace(/:\d+\//, `:${own}/`),
    blackHole(isForNew) {
      for (const pair of pairs) pair.isSilent = true;
      isBlackHole = isForNew;
    },
    forwardTo(port) {
      target = port;
      for (const { client, server } of [...pairs]) {
        client.destroy();
        server.destroy();
      }
    },
    heal() {
      isBlackHole = false;
    },
    swallowAnswer(...commands) {
      triggers = commands.map(completion);
    },
    swallowed: () => swallowed,
    stop() {
      proxy.close();
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
    },
  };
}
