/**
 * Work of a page's main thread: one Chromium page, throttled or not, a trace of its tasks, and moments that the page itself
 * names with `mark`. Time is the thread's own CPU time, so that other programs on the machine don't count. Nothing asks the
 * page while it works: it reports its marks by itself. Shared by `measure widget`, the benchmark and their tests.
 */
import type { Browser, CDPSession } from "@playwright/test";
import { chromium } from "@playwright/test";
import { CHROMIUM_FLAGS } from "../support/windows.ts";
import { chromiumPath } from "../support/parts.ts";
import { readTrace, type Recording, type TraceEvent } from "./recording.ts";

/** The slow-down that a throttled page asks for. What it gets is more: see `measureThrottle`. */
export const THROTTLE = 4;
/** Rounds of arithmetic that take a desktop about 50 ms, unthrottled. */
const ROUNDS = 50_000_000;
const DEADLINE_MS = 120_000;
const TRACED = ["disabled-by-default-devtools.timeline", "blink.user_timing"];

/** The page's own helpers: part of every measured page, before anything is measured. */
const HELPERS = `
  const shifted = { sum: 0, host: 0 };
  /** The page's own elements are those outside of the place that a chat has; nodes of a shadow root are not named. */
  const isOwn = ({ node }) => node && !document.querySelector("#place").contains(node);
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      shifted.sum += value;
      if (sources.some(isOwn)) shifted.host += value;
    }
  })
    .observe({ type: "layout-shift", buffered: true });
  const moments = new Map();
  const moment = (name) => {
    if (!moments.has(name)) {
      const made = {};
      made.reached = new Promise((resolve) => { made.reach = resolve; });
      moments.set(name, made);
    }
    return moments.get(name);
  };
  /** Names the present moment. */
  const mark = (name) => { performance.mark(name); moment(name).reach(true); };
  /** Names a moment, once what is drawn now is on the screen. */
  const painted = (name) => requestAnimationFrame(() => setTimeout(mark, 0, name));
  /** Arithmetic of a known length: rounds of a generator of random numbers. */
  const spin = (rounds) => {
    let x = 1;
    for (let i = 0; i < rounds; i++) x = (Math.imul(x, 1103515245) + 12345) | 0;
    return x;
  };
  /** Looks that wait. They look when something changes in the page, shadow roots included: nothing runs in between. */
  const waiting = new Map();
  const check = () => {
    for (const [name, look] of waiting) if (look() && waiting.delete(name)) painted(name);
  };
  const changes = new MutationObserver(check);
  const watchTree = (root) => changes.observe(root, { childList: true, subtree: true });
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (init) {
    const root = attachShadow.call(this, init);
    watchTree(root);
    return root;
  };
  watchTree(document);
  /** Notes the moment at which a look gives true. */
  const when = (name, look) => { waiting.set(name, look); check(); };
`;

/** A page of prose, as a host has it, with a place for the chat in its middle, in which \`script\` defines what the measurement calls. */
export const hostPage = (script: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">` +
  `</head><body style="font-family: system-ui"><h1>A page</h1><p>With <b>words</b>, <small>small print</small> and ` +
  `<code>code</code>, as pages have.</p><p><button>A button</button> <input aria-label="A field" value="A field">` +
  `</p><div id="place" style="height: 480px"></div><p>More of the page, below the chat.</p><script>${HELPERS}${script}</script></body></html>`;

/** One page under measurement. */
export interface Lab {
  /** Runs an expression in the page and returns its value. */
  ask<T>(expression: string): Promise<T>;
  /** Waits until the page has set a mark. Called before the work begins, it costs the work nothing. */
  reached(mark: string): Promise<void>;
  /** The trace so far; ends it. */
  record(): Promise<Recording>;
  /** Nodes in the page, and MiB of JavaScript's heap, after a collection. */
  memory(): Promise<{ nodes: number; heapMib: number }>;
  /** What the page asked for, in order: addresses, WebSockets included. */
  requests: readonly string[];
  close(): Promise<void>;
}

/** A browser for measurements. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ ...(chromiumPath ? { executablePath: chromiumPath } : {}), args: CHROMIUM_FLAGS });

/** Opens a page, waits until it is at rest, throttles it (a rate of 1 does not) and begins to record. */
export async function openLab(browser: Browser, url: string, rate: number): Promise<Lab> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  const page = await context.newPage();
  const requests: string[] = [];
  await page.goto(url, { waitUntil: "networkidle" });
  page.on("request", (request) => requests.push(request.url()));
  page.on("websocket", (socket) => requests.push(socket.url()));
  const cdp: CDPSession = await context.newCDPSession(page);
  // Not the page's own: Playwright's helpers would be compiled on the measured thread.
  async function ask<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await cdp.send("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as T;
  }
  await cdp.send("Emulation.setCPUThrottlingRate", { rate });
  await browser.startTracing(page, { categories: TRACED });
  let isRecording = true;
  async function stopRecording(): Promise<Buffer> {
    isRecording = false;
    return browser.stopTracing();
  }
  return {
    ask,
    async reached(mark) {
      const name = JSON.stringify(mark);
      const inTime = await Promise.race([
        ask<boolean>(`moment(${name}).reached`),
        Bun.sleep(DEADLINE_MS).then(() => false),
      ]);
      if (!inTime) throw new Error(`the page did not come to ${name} within ${DEADLINE_MS / 1000} seconds`);
    },
    record: async () =>
      readTrace(
        (JSON.parse((await stopRecording()).toString()) as { traceEvents: TraceEvent[] }).traceEvents,
      ),
    async memory() {
      await cdp.send("Emulation.setCPUThrottlingRate", { rate: 1 });
      await cdp.send("HeapProfiler.collectGarbage");
      const { nodes } = await cdp.send("Memory.getDOMCounters");
      const { usedSize } = await cdp.send("Runtime.getHeapUsage");
      return { nodes, heapMib: usedSize / 2 ** 20 };
    },
    requests,
    async close() {
      // A browser records one page at a time: what failed in between must not keep the next from it.
      if (isRecording) await stopRecording();
      await context.close();
    },
  };
}

/** Times that the throttle makes plain arithmetic slower, compiled code that is warm: the least that it slows anything. */
export async function measureThrottle(browser: Browser): Promise<number> {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(hostPage(""), { headers: { "Content-Type": "text/html; charset=utf-8" } }),
  });
  const costOf = async (rate: number): Promise<number> => {
    const lab = await openLab(browser, `http://127.0.0.1:${server.port}/`, rate);
    try {
      await lab.ask(`void spin(${ROUNDS})`);
      await lab.ask(`mark("begin"), void spin(${ROUNDS})`);
      await lab.ask(`mark("end")`);
      return (await lab.record())("begin", "end").longestMs;
    } finally {
      await lab.close();
    }
  };
  try {
    const free = await costOf(1);
    return (await costOf(THROTTLE)) / free;
  } finally {
    await server.stop(true);
  }
}
