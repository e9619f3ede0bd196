/**
 * Costs of any chat to its page: main-thread time to its first picture, to the first and to all rows of a list of 50 messages,
 * to the end of all that is loaded, and while 50 messages come in a second. One rule for every chat: the page's own task
 * counts from the moment at which it begins, and the list is there when all 50 messages are in the page and painted. The
 * page's code (an `Embed`) says how to begin and what to look at.
 */
import type { Browser } from "@playwright/test";
import { brotliCompressSync } from "node:zlib";
import { hostPage, type Lab, openLab } from "./main-thread.ts";
import type { Work } from "./recording.ts";

/** Messages in the list. */
export const LIST = 50;
/** Messages a second in a crowd. */
export const RATE = 50;
/** What is loaded after the list has done its work by then, throttled pages included. */
const SETTLE_MS = 3000;

/** A chat to be measured. */
export interface Embed {
  name: string;
  version: string;
  /**
   * The page's code. `begin(kind)` puts the chat there: kind "first" is its first picture alone, which `hasFirst()` sees;
   * "list" has 50 messages, those of `stored` or a server's own with the same texts. `messages()` are the elements of all
   * messages in the page, texts included; `follow()` begins to take what comes into `seen.offsets`.
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
  /** Bytes after brotli of what was fetched until then, or until all was loaded. */
  bytes: number;
  /** Until messages are to be seen, until all of them are, and until all that is loaded after them has done its work. */
  rowsFirst?: Work;
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
const common = (): string => `
  const place = document.querySelector("#place");
  const seen = { drawings: 0, rows: 0, offsets: [] };
  const stored = ${JSON.stringify(Array.from({ length: LIST }, (_, i) => ({ name: NAMES[i % NAMES.length], text: textOf(i) })))};
  function start(kind) {
    mark("begin");
    if (kind === "first") when("first", hasFirst);
    else {
      when("rows", () => messages().length > 0);
      when("list", () => messages().length >= ${LIST});
    }
    begin(kind);
  }
  /** Messages of the list that nobody can see: their text is not in the page, or has no box. */
  function unseen() {
    const drawn = [...messages()].filter((row) => row.getBoundingClientRect().height > 0);
    const texts = drawn.map((row) => row.textContent);
    return stored.filter(({ text }) => !texts.some((shown) => shown.includes(text))).map(({ text }) => text);
  }
  function watch(list) {
    new MutationObserver(() => {
      seen.drawings++;
      seen.rows = Math.max(seen.rows, messages().length);
    }).observe(list, { childList: true });
  }
  function listen(add) {
    const socket = new WebSocket(location.href.replace("http", "ws") + "feed");
    socket.onopen = () => mark("listening");
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

/** How a run is made. */
export interface RunOptions {
  /** The slow-down that the page is asked for: 1 is the machine's own speed. */
  throttle: number;
  /** Seconds of a crowd; 0 measures none. */
  seconds: number;
}

/** One run of everything. Throws when the chat's list does not show every message. */
export async function measureEmbed(
  browser: Browser,
  embed: Embed,
  { throttle, seconds }: RunOptions,
): Promise<EmbedFigures> {
  const site = serveHost(common() + embed.script, embed.file);
  try {
    const first = await inLab(measureFirst);
    return embed.hasList ? { ...first, ...(await inLab(measureList)) } : first;
  } finally {
    await site.stop();
  }

  async function inLab<T>(measure: (lab: Lab) => Promise<T>): Promise<T> {
    const lab = await openLab(browser, site.url, throttle);
    try {
      return await measure(lab);
    } finally {
      await lab.close();
    }
  }

  async function measureFirst(lab: Lab): Promise<EmbedFigures> {
    const first = lab.reached("first");
    await lab.ask("void setTimeout(start, 50, 'first')");
    await first;
    const requests = [...lab.requests];
    return {
      first: (await lab.record())("begin", "first"),
      firstRequests: requests.length,
      bytes: await weigh(requests),
      ...(await lab.memory()),
      ...(await lab.ask<Shift>(SHIFT)),
    };
  }

  async function measureList(lab: Lab): Promise<Partial<EmbedFigures>> {
    const moments = Promise.all([lab.reached("rows"), lab.reached("list")]);
    await lab.ask("void setTimeout(start, 50, 'list')");
    await moments;
    const listRequests = lab.requests.length;
    await Bun.sleep(SETTLE_MS);
    await lab.ask("mark('settled')");
    const requests = [...lab.requests];
    const unseen = await lab.ask<string[]>("unseen()");
    if (unseen.length > 0)
      throw new Error(
        `${embed.name}: ${unseen.length} of ${LIST} messages are not to be seen, "${unseen[0]}" first`,
      );
    if (seconds > 0) await sendCrowd(lab);
    const recording = await lab.record();
    return {
      rowsFirst: recording("begin", "rows"),
      list: recording("begin", "list"),
      settled: recording("begin", "settled"),
      listRequests,
      bytes: await weigh(requests),
      ...(seconds === 0 ? {} : await readCrowd(lab, recording("crowd", "end"))),
      ...(await lab.ask<Shift>(SHIFT)),
      ...(await lab.memory()),
    };
  }

  /** Sends a crowd's messages and waits until the page has them all. */
  async function sendCrowd(lab: Lab): Promise<void> {
    await lab.ask("follow()");
    if (!embed.feed) await lab.reached("listening");
    await lab.ask("mark('crowd')");
    const total = await (embed.feed ?? site.feed)(RATE, seconds);
    await lab.ask("mark('end')");
    const all = lab.reached("all");
    await lab.ask(`when("all", () => seen.offsets.length >= ${total})`);
    await all;
  }
}

async function readCrowd(lab: Lab, crowd: Work): Promise<Partial<EmbedFigures>> {
  type Seen = { drawings: number; rows: number; offsets: number[] };
  const { drawings, rows, offsets } = await lab.ask<Seen>("seen");
  return {
    crowd,
    drawings: drawings / crowd.seconds,
    rows,
    received: offsets.length,
    inOrder: offsets.every((offset, i) => offset === (offsets[0] ?? 0) + i),
  };
}
