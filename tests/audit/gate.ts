/**
 * The network between nodes and their database: a TCP proxy on loopback that can become a black hole, where nothing
 * passes and no end of a connection is reported, and that can lead to another database. It never changes a byte.
 */
import { connect, createServer, type Socket } from "node:net";

interface Pair {
  node: Socket;
  database: Socket;
}

export type Gate = Awaited<ReturnType<typeof startGate>>;

/** Starts the gate on a free port; `targetPort` is where new connections lead. */
export async function startGate(targetPort: () => number) {
  const pairs = new Set<Pair>();
  /** Nodes that connected while the gate was a hole: their connection is accepted, and nobody is behind it. */
  const waiting = new Set<Socket>();
  let isHole = false;

  function end(pair: Pair): void {
    pairs.delete(pair);
    pair.node.destroy();
    pair.database.destroy();
  }
  function relay(from: Socket, to: Socket, pair: Pair): void {
    from.setNoDelay(true);
    from.on("data", (bytes: Buffer) => {
      if (to.write(bytes)) return;
      from.pause();
      to.once("drain", () => !isHole && from.resume());
    });
    from.on("error", () => end(pair));
    from.on("close", () => end(pair));
  }
  function join(node: Socket): void {
    const database = connect(targetPort(), "127.0.0.1");
    const pair = { node, database };
    pairs.add(pair);
    relay(node, database, pair);
    relay(database, node, pair);
  }

  const listener = createServer((node) => {
    if (!isHole) return join(node);
    node.pause();
    waiting.add(node);
    node.on("error", () => waiting.delete(node));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();

  return {
    port: typeof address === "object" && address ? address.port : 0,

    /** Lets nothing pass from now on, neither bytes nor the end of a connection. */
    hole(): void {
      isHole = true;
      for (const { node, database } of pairs) {
        node.pause();
        database.pause();
      }
    },
    /** Ends the hole: what waited goes on, or every connection of before is lost. */
    open({ isLost }: { isLost: boolean }): void {
      isHole = false;
      for (const pair of [...pairs]) {
        if (isLost) end(pair);
        else {
          pair.node.resume();
          pair.database.resume();
        }
      }
      for (const node of waiting) {
        if (isLost) node.destroy();
        else join(node);
      }
      waiting.clear();
    },
    /** Ends every connection. */
    cut(): void {
      for (const pair of [...pairs]) end(pair);
    },
    stop(): void {
      this.open({ isLost: true });
      listener.close();
    },
  };
}
