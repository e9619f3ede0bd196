/**
 * The bad network between clients and server: a TCP proxy on loopback that cuts, stalls, throttles, swallows replies, and
 * leaves the server with connections whose client is long gone. It never changes a byte.
 */
import { createServer, connect, type Socket } from "node:net";
import type { Findings } from "./findings.ts";
import type { Random } from "./random.ts";

/** What may befall a connection, and how often relative to the others. */
const TROUBLES = {
  /** Both sides at once, without a goodbye. */
  cut: 3,
  /** The same in the middle of what the server sends next, at any byte. */
  sever: 3,
  /** Nothing from the server for a while, then all of it. */
  stall: 3,
  /** From the server only a little at a time. */
  throttle: 3,
  /** What the client sent arrives; the replies do not, then it is cut. */
  swallow: 2,
  /** The client's side is gone, the server's stays: the new socket comes before the old one is known dead. */
  ghost: 2,
} as const;
type Trouble = keyof typeof TROUBLES;
const DICE = (Object.keys(TROUBLES) as Trouble[]).flatMap((name) =>
  Array.from({ length: TROUBLES[name] }, () => name),
);

/** How often it is decided whether something befalls a connection. */
const TICK_MS = 50;
/** A throttled connection is given this many bytes at a time. */
const DRIP_BYTES = 4096;
const DRIP_MS = 20;
/** The first byte of a close frame (RFC 6455 section 5.2); clients send it alone. */
const CLOSE_FRAME = 0x88;
/** This share of connections begins throttled or stalled: a reader who was away catches up over a bad line. */
const SLOW_FROM_BIRTH = 0.15;

interface Pair {
  down: Socket;
  up: Socket;
  isOpen: boolean;
  swallows: boolean;
  drips: boolean;
  /** Ends within the next bytes. */
  isSevered: boolean;
  isWebSocket: boolean;
  /** The client began to close: the server's end is its answer. */
  saidClose: boolean;
  holdsUntil: number;
}

export type Proxy = Awaited<ReturnType<typeof startProxy>>;

export interface ProxyOptions {
  /** Where the server listens at the moment. */
  targetPort: () => number;
  random: Random;
  findings: Findings;
  /** How many troubles a connection meets per second, on average. */
  rate: number;
}

/** Starts the proxy on a free port; it lets nobody in until `up`. */
export async function startProxy({ targetPort, random, findings, rate }: ProxyOptions) {
  const pairs = new Set<Pair>();
  const ghosts = new Set<Socket>();
  let isUp = false;
  let isCalm = false;
  let isServerEnding = false;

  function end(pair: Pair): void {
    if (!pair.isOpen) return;
    pair.isOpen = false;
    pairs.delete(pair);
    pair.down.destroy();
    pair.up.destroy();
  }

  /** Passes the server's bytes on as slowly as the pair's state and the client allow. */
  function relay(pair: Pair): void {
    pair.up.on("data", (bytes: Buffer) => {
      if (pair.swallows || !pair.isOpen) return;
      if (pair.isSevered)
        return void pair.down.end(bytes.subarray(0, random.int(0, bytes.length)), () => end(pair));
      const hasRoom = pair.down.write(bytes);
      const now = performance.now();
      if (pair.drips)
        pair.holdsUntil = Math.max(pair.holdsUntil, now + (bytes.length / DRIP_BYTES) * DRIP_MS);
      if (pair.holdsUntil > now) {
        pair.up.pause();
        setTimeout(() => pair.up.resume(), pair.holdsUntil - now);
      } else if (!hasRoom) {
        pair.up.pause();
        pair.down.once("drain", () => pair.up.resume());
      }
    });
    pair.down.on("data", (bytes: Buffer) => {
      pair.isWebSocket ||= bytes.subarray(0, 14).toString("latin1") === "GET /websocket";
      pair.saidClose ||= bytes[0] === CLOSE_FRAME;
      if (pair.isOpen) pair.up.write(bytes);
    });
  }

  function drip(pair: Pair): void {
    pair.drips = true;
    setTimeout(() => (pair.drips = false), random.int(500, 5000));
  }

  function stall(pair: Pair): void {
    const ms = random.int(200, 4000);
    pair.holdsUntil = performance.now() + ms;
    pair.up.pause();
    setTimeout(() => pair.up.resume(), ms);
  }

  function accept(down: Socket): void {
    if (!isUp) return void down.destroy();
    const up = connect(targetPort(), "127.0.0.1");
    const pair: Pair = {
      down,
      up,
      isOpen: true,
      swallows: false,
      drips: false,
      isSevered: false,
      isWebSocket: false,
      saidClose: false,
      holdsUntil: 0,
    };
    pairs.add(pair);
    if (!isCalm && random.chance(SLOW_FROM_BIRTH)) random.pick([drip, stall])(pair);
    down.setNoDelay(true);
    up.setNoDelay(true);
    down.on("error", () => end(pair));
    up.on("error", () => end(pair));
    down.on("close", () => end(pair));
    up.on("close", () => {
      if (pair.isOpen && pair.isWebSocket && !pair.saidClose && !isServerEnding)
        findings.add("connections the server ended");
      // What the server sent before it closed is still on its way.
      if (pair.isOpen) pair.down.end(() => end(pair));
    });
    relay(pair);
  }

  const TROUBLE: Record<Trouble, (pair: Pair) => void> = {
    cut: end,
    sever: (pair) => (pair.isSevered = true),
    stall,
    throttle: drip,
    swallow(pair) {
      pair.swallows = true;
      setTimeout(() => end(pair), random.int(20, 300));
    },
    ghost(pair) {
      if (!pair.isOpen) return;
      pair.isOpen = false;
      pairs.delete(pair);
      pair.down.destroy();
      pair.up.pause();
      ghosts.add(pair.up);
      setTimeout(() => bury(pair.up), random.int(500, 3000));
    },
  };
  function bury(ghost: Socket): void {
    ghosts.delete(ghost);
    ghost.destroy();
  }

  const ticker = setInterval(() => {
    if (!isUp || isCalm) return;
    for (const pair of pairs) {
      if (!random.chance((rate * TICK_MS) / 1000)) continue;
      const trouble = random.pick(DICE);
      findings.add(`connections ${trouble}`);
      TROUBLE[trouble](pair);
    }
  }, TICK_MS);

  const listener = createServer(accept);
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  const port = typeof address === "object" && address ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    /** Lets clients through. */
    up(): void {
      isUp = true;
      isServerEnding = false;
    },
    /** The server is about to be stopped: that it ends connections is no news. */
    expectEnd(isExpected = true): void {
      isServerEnding = isExpected;
    },
    /** Ends every connection and lets nobody in. */
    down(): void {
      isUp = false;
      for (const pair of [...pairs]) end(pair);
      for (const ghost of [...ghosts]) bury(ghost);
    },
    /** No more troubles, for the last round. */
    calm(): void {
      isCalm = true;
      for (const pair of pairs) {
        pair.drips = false;
        pair.isSevered = false;
      }
    },
    stop(): void {
      clearInterval(ticker);
      this.down();
      listener.close();
    },
  };
}
