/**
 * Costs of any chat to its page: main-thread time to its first picture, to a list of 50 messages, and while 50 messages
 * come in a second. The page's code (an `Embed`) says how to begin and what to look at.
 */
import type { Browser } from "@playwright/test";
import { brotliCompressSync } from "node:zlib";
import { hostPage, openLab, type Work } from "./main-thread.ts";

/** Messages in the list. */
export const LIST = 50;
/** Messages a second in a crowd. */
export const RATE = 50;

/** A chat to be measured. */
export interface Embed {
  name: string;
  version: string;
  /**
   * The page's code. `begin(kind)` puts the chat there: kind "first" is its first picture alone, "list" has 50 messages;
   * `hasFirst()` and `hasList()` say whether they are in the page, `rows()` how many messages are, `follow()` begins to
   * take what comes into `seen.offsets`.
   */
  script: string;
  /** Whether there is more to it than its first picture without a server of its own. */
  hasList: boolean;
  /** Brings messages at the rate for so long; resolves to how many. The page's own feed does it where this is missing. */
  feed?: (rate: number, seconds: number) => Promise<number>;
  /** Files of the page's own server. */
  file?: (path: string) => Response | undefined;
}

/** What one run found. */
export interface EmbedFigures {
  first: Work;
  /** What the page had asked for when the first picture stood. */
  firstRequests: number;
  /** Bytes after brotli of what was fetched until then, or until the list. */
  bytes: number;
  /** Until messages are to be seen, and until all that is loaded after them has done its work. */
  list?: Work;
  settled?: Work;
  listRequests?: number;
  crowd?: Work;
  /** Times that the list changed, a second. */
  drawings?: number;
  /** Messages in the page at the most. */
  rows?: number;
  nodes: number;
  heapMib: number;
  /** The layout shift, and as much of it as moved the page's own elements. */
  shift: number;
  hostShift: number;
  /** Messages that the page was handed, and whether each came once, in order. */
  received?: number;
  inOrder?: boolean;
}

type Shift = Pick<EmbedFigures, "shift" | "hostShift">;
const SHIFT = "({ shift: shifted.sum, hostShift: shifted.host })";

/** What every page has besides: what was seen, and the feed of the page's own server. */
const COMMON = `
  const place = document.querySelector("#place");
  const seen = { drawings: 0, rows: 0, offsets: [] };
  function start(kind) {
    performance.mark("begin");
    when(kind, kind === "first" ? hasFirst : hasList);
    begin(kind);
  }
  function watch(list) {
    new MutationObserver(() => {
      seen.drawings++;
      seen.rows = Math.max(seen.rows, rows());
    }).observe(list, { childList: true });
  }
  function listen(add) {
    const socket = new WebSocket(location.href.replace("http", "ws") + "feed");
    socket.onopen = () => performance.mark("listening");
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      seen.offsets.push(message.offset);
      add(message);
    };
  }
`;

/** What a message of a measurement says. */
export const textOf = (i: number): string => `message ${i}, of a usual length for a chat`;
export const NAMES = ["Ana", "Budi", "Citra", "Dewi", "Eka"];

/** Calls at a steady rate, at moments fixed in advance; resolves to how often. */
export async function steadily(rate: number, seconds: number, act: (i: number) => void): Promise<number> {
  const total = Math.round(rate * seconds);
  const start = performance.now();
  for (let i = 0; i < total; i++) {
    const wait = start + (i * 1000) / rate - performance.now();
    if (wait > 0) await Bun.sleep(wait);
    act(i);
  }
  return total;
}

/** A page on an origin of its own. */
export interface Site {
  url: string;
  /** Sends messages to whoever listens to the page's feed, at a steady rate; resolves to how many. */
  feed(rate: number, seconds: number): Promise<number>;
  stop(): Promise<void>;
}

/** Serves one page, the files that go with it, and a feed of messages. */
export function serveHost(script: string, file?: (path: string) => Response | undefined): Site {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request, app): Response | undefined {
      const { pathname } = new URL(request.url);
      if (pathname === "/feed") return app.upgrade(request) ? undefined : new Response(null, { status: 426 });
      const html = { headers: { "Content-Type": "text/html; charset=utf-8" } };
      return file?.(pathname) ?? new Response(hostPage(script), html);
    },
    websocket: {
      open: (socket) => void socket.subscribe("feed"),
      message() {},
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/`,
    feed: (rate, seconds) =>
      steadily(rate, seconds, (i) => {
        const message = { offset: i, name: NAMES[i % NAMES.length], text: textOf(i), at: Date.now() };
        server.publish("feed", JSON.stringify(message));
      }),
    stop: () => server.stop(true),
  };
}

async function weigh(urls: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const url of new Set(urls)) {
    // What a chat wants from elsewhere can't be had here, and is not counted.
    if (!/^http:\/\/127\.0\.0\.1/.test(url)) continue;
    bytes += brotliCompressSync(Buffer.from(await (await fetch(url)).arrayBuffer())).length;
  }
  return bytes;
}

/** One run of everything. */
export async function measureEmbed(browser: Browser, embed: Embed, seconds: number): Promise<EmbedFigures> {
  const site = serveHost(COMMON + embed.script, embed.file);
  try {
    const before = await openLab(browser, site.url);
    await before.ask("setTimeout(start, 50, 'first')");
    await before.reached("first");
    const firstRequests = before.requests.length;
    const first = (await before.record())("begin", "first");
    const figures: EmbedFigures = {
      first,
      firstRequests,
      bytes: await weigh(before.requests),
      ...(await before.memory()),
      ...(await before.ask<Shift>(SHIFT)),
    };
    await before.close();
    return embed.hasList ? { ...figures, ...(await measureList()) } : figures;
  } finally {
    await site.stop();
  }

  async function measureList(): Promise<Partial<EmbedFigures>> {
    const lab = await openLab(browser, site.url);
    await lab.ask("setTimeout(start, 50, 'list')");
    await lab.reached("list");
    const requests = [...lab.requests];
    await Bun.sleep(1500);
    await lab.ask("performance.mark('settled')");
    await lab.ask("follow()");
    if (!embed.feed) await lab.reached("listening");
    await lab.ask("performance.mark('crowd')");
    const bring = embed.feed ?? site.feed;
    const total = await bring(RATE, seconds);
    await lab.ask("performance.mark('end')");
    await lab.ask(`when("all", () => seen.offsets.length >= ${total})`);
    await lab.reached("all");
    const recording = await lab.record();
    type Seen = { drawings: number; rows: number; offsets: number[] };
    const { drawings, rows, offsets } = await lab.ask<Seen>("seen");
    const shift = await lab.ask<Shift>(SHIFT);
    const memory = await lab.memory();
    await lab.close();
    const crowd = recording("crowd", "end");
    return {
      list: recording("begin", "list"),
      settled: recording("begin", "settled"),
      listRequests: requests.length,
      bytes: await weigh(requests),
      crowd,
      drawings: drawings / crowd.seconds,
      rows,
      ...memory,
      ...shift,
      received: offsets.length,
      inOrder: offsets.every((offset, i) => offset === (offsets[0] ?? 0) + i),
    };
  }
}
