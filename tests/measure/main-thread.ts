/**
 * Work of a page's main thread at a quarter of the machine's speed: one throttled Chromium page, a trace of its tasks,
 * and moments that the page itself names with `performance.mark`. Time is the thread's own CPU time, so that other
 * programs on the machine don't count. Shared by `measure widget`, the benchmark and their tests.
 */
import type { Browser, CDPSession } from "@playwright/test";
import { chromium } from "@playwright/test";
import { CHROMIUM_FLAGS } from "../support/windows.ts";
import { chromiumPath } from "../support/parts.ts";

/** How much slower than the machine. */
export const THROTTLE = 4;
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
  /** Notes a moment, once what is drawn now is on the screen. */
  const painted = (name) => requestAnimationFrame(() => setTimeout(() => performance.mark(name)));
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

interface TraceEvent {
  name: string;
  cat?: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  tdur?: number;
}

/** The tasks between two moments. */
export interface Work {
  /** CPU time of all, in milliseconds. */
  cpuMs: number;
  longestMs: number;
  /** From the first moment to the second, by the clock. */
  seconds: number;
}

/** A recording: what lay between two of the page's marks. */
export type Recording = (from: string, to: string) => Work;

function readTrace(bytes: Buffer): Recording {
  const { traceEvents } = JSON.parse(bytes.toString()) as { traceEvents: TraceEvent[] };
  const at = (name: string): TraceEvent => {
    const mark = traceEvents.find((e) => e.cat?.includes("user_timing") && e.name === name);
    if (!mark) throw new Error(`the page never came to "${name}"`);
    return mark;
  };
  return (from, to) => {
    const [begin, end] = [at(from), at(to)];
    const tasks = traceEvents.filter(
      ({ name, pid, tid, ts }) =>
        name === "RunTask" && pid === begin.pid && tid === begin.tid && ts >= begin.ts && ts < end.ts,
    );
    const costs = tasks.map(({ tdur, dur }) => (tdur ?? dur ?? 0) / 1000);
    return {
      cpuMs: costs.reduce((sum, cost) => sum + cost, 0),
      longestMs: Math.max(0, ...costs),
      seconds: (end.ts - begin.ts) / 1e6,
    };
  };
}

/** One page under measurement. */
export interface Lab {
  /** Runs an expression in the page and returns its value. */
  ask<T>(expression: string): Promise<T>;
  /** Waits until the page has made a mark. */
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

/** Opens a page, waits until it is at rest, throttles it and begins to record. */
export async function openLab(browser: Browser, url: string): Promise<Lab> {
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
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as T;
  }
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
  await browser.startTracing(page, { categories: TRACED });
  return {
    ask,
    async reached(mark) {
      const deadline = Date.now() + DEADLINE_MS;
      while (!(await ask<boolean>(`performance.getEntriesByName(${JSON.stringify(mark)}).length > 0`))) {
        if (Date.now() > deadline) throw new Error(`the page did not come to "${mark}"`);
        await Bun.sleep(100);
      }
    },
    record: async () => readTrace(await browser.stopTracing()),
    async memory() {
      await cdp.send("Emulation.setCPUThrottlingRate", { rate: 1 });
      await cdp.send("HeapProfiler.collectGarbage");
      const { nodes } = await cdp.send("Memory.getDOMCounters");
      const { usedSize } = await cdp.send("Runtime.getHeapUsage");
      return { nodes, heapMib: usedSize / 2 ** 20 };
    },
    requests,
    close: () => context.close(),
  };
}
