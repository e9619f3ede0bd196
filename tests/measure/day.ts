/**
 * A day of use: messages received, topics switched, panels opened, in one page that is never reloaded; and what the page holds
 * after each part, collected garbage aside. Between the parts the page is back at the same picture, so that all that is left of
 * a part is a leak. Then the page rests, and all that wakes it is counted. Shared by `measure day` and its test.
 */
import type { CDPSession, Page } from "@playwright/test";
import { until } from "../support/until.ts";
import { publish } from "../support/messages.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { closeBrowser, host, visit } from "../support/windows.ts";
import { printTable, progress } from "./figures.ts";
import { publishSteadily } from "./widget.ts";

/** Settings of the server: a topic to rest in, a busy one, and rooms to walk through. */
export const DAY_SERVER = { KABAR_TOPICS: "quiet lobby room-*" };
/** Messages a second: many more than anybody reads, so that a day takes minutes. */
const RATE = 500;
/** An element that was removed lets go of its client within this time, and an emptied page of its last frames. */
const REST_MS = 1_300;
/** No timer of a page at rest may be shorter, but for the rest of one that is longer. */
export const SLOWEST_MS = 15_000;

/** How long a day is. */
export interface Day {
  messages: number;
  topics: number;
  panels: number;
  idleSeconds: number;
}

/** What a page holds. */
export interface Held {
  heapMib: number;
  nodes: number;
  listeners: number;
}

/** What woke a page at rest. */
export interface Rest {
  /** Timers shorter than `SLOWEST_MS` that fired or still wait, in milliseconds. */
  timers: number[];
  frames: number;
  /** The main thread's time for tasks, in milliseconds a second. */
  msPerSecond: number;
}

/** What a day left behind. */
export interface DayFigures {
  /** The page at rest: before the day, and after each part. */
  held: Record<"before" | "messages" | "topics" | "panels", Held>;
  /** Messages that the page received. */
  received: number;
  rest: Rest;
}

/** Counts timers and frames. Part of the page before any other script. */
const COUNTERS = `
  const counted = { waiting: new Map(), fired: [], frames: 0, received: 0 };
  const { setTimeout: wait, clearTimeout: forget, setInterval: repeat, requestAnimationFrame: frame } = window;
  window.setTimeout = (run, ms = 0, ...rest) => {
    const id = wait(() => { counted.waiting.delete(id); counted.fired.push(ms); run(...rest); }, ms);
    counted.waiting.set(id, ms);
    return id;
  };
  window.clearTimeout = (id) => { counted.waiting.delete(id); forget(id); };
  window.setInterval = (run, ms = 0, ...rest) => {
    const id = repeat(() => { counted.fired.push(ms); run(...rest); }, ms);
    counted.waiting.set(id, ms);
    return id;
  };
  window.clearInterval = window.clearTimeout;
  window.requestAnimationFrame = (run) => { counted.frames++; return frame(run); };
  document.addEventListener("kabar-message", ({ detail }) => { if (!detail.historical) counted.received++; });
  const listOf = (chat) => chat.shadowRoot?.querySelector("[part~=log]");
  /** Waits, frame by frame, until a chat's list shows a text. */
  const shows = (chat, text) => new Promise((resolve, reject) => {
    const deadline = performance.now() + 20_000;
    const look = () => {
      if (listOf(chat)?.textContent.includes(text)) resolve();
      else if (performance.now() > deadline) reject(new Error("the list never showed: " + text));
      else frame(look);
    };
    look();
  });
  const main = () => document.querySelector("kabar-chat:not([mode])");
  async function show(topic) {
    main().setTopic(topic);
    await shows(main(), "in " + topic);
  }
  /** Opens a new panel with its menus, closes it, opens it again, and removes it. */
  async function usePanel() {
    const chat = document.createElement("kabar-chat");
    chat.setAttribute("mode", "panel");
    chat.setAttribute("topic", "quiet");
    document.body.append(chat);
    chat.open();
    await shows(chat, "in quiet");
    const find = (part) => chat.shadowRoot.querySelector("[part~=" + part + "]");
    while (!find("menu-button")) await new Promise(frame);
    for (const part of ["menu-button", "members-button", "emoji-button"]) {
      find(part)?.click();
      await new Promise((resolve) => frame(() => frame(resolve)));
    }
    chat.close();
    chat.open();
    await new Promise((resolve) => frame(() => frame(resolve)));
    chat.close();
    chat.destroy();
  }
`;

/** Opens a page with one chat, at rest in the topic "quiet". */
export async function openDay(kabar: RunningKabar): Promise<Page> {
  await publish(kabar, "said in quiet", "quiet");
  const script = `<script>${COUNTERS}</script><script async src="${kabar.url}/widget.js" data-topic="quiet"></script>`;
  const page = await visit(host(script).url);
  await until("the chat is there", () => page.evaluate("!!main()?.shadowRoot"));
  await page.evaluate("shows(main(), 'in quiet')");
  return page;
}

/** Spends a day in a page of `openDay`. `topics` rooms get a message each. */
export async function spendDay(page: Page, kabar: RunningKabar, day: Day): Promise<DayFigures> {
  const cdp = await page.context().newCDPSession(page);
  await Promise.all(
    Array.from({ length: day.topics }, (_, i) => publish(kabar, `said in room-${i}`, `room-${i}`)),
  );
  // Each part once beforehand: code is loaded, caches are filled.
  await receive(page, kabar, 200);
  await page.evaluate(`show("room-0")`);
  await page.evaluate("usePanel()");
  const before = await hold(page, cdp);

  const received = await receive(page, kabar, day.messages);
  const messages = await hold(page, cdp);
  for (let i = 0; i < day.topics; i++) {
    await page.evaluate(`show("room-${i}")`);
    if (i % 20 === 0) progress(`day: topic ${i} of ${day.topics}`);
  }
  const topics = await hold(page, cdp);
  for (let i = 0; i < day.panels; i++) {
    await page.evaluate("usePanel()");
    if (i % 10 === 0) progress(`day: panel ${i} of ${day.panels}`);
  }
  const panels = await hold(page, cdp);
  return { held: { before, messages, topics, panels }, received, rest: await watchRest(page, cdp, day) };
}

/** Receives a crowd's messages in the lobby; resolves to how many came. */
async function receive(page: Page, kabar: RunningKabar, messages: number): Promise<number> {
  await publish(kabar, "said in lobby", "lobby");
  await page.evaluate(`show("lobby")`);
  await page.evaluate("counted.received = 0");
  progress(`day: ${messages} messages`);
  const total = await publishSteadily(kabar, RATE, messages / RATE);
  const received = () => page.evaluate<number>("counted.received");
  await until("all messages came", async () => (await received()) >= total);
  return received();
}

/** What the page holds at rest: in the topic "quiet", its garbage collected. */
async function hold(page: Page, cdp: CDPSession): Promise<Held> {
  await page.evaluate(`show("quiet")`);
  await page.evaluate(`performance.clearMarks(), new Promise((resolve) => wait(resolve, ${REST_MS}))`);
  // Twice: what the first collection finalises goes in the second.
  for (let i = 0; i < 2; i++) await cdp.send("HeapProfiler.collectGarbage");
  const { nodes, jsEventListeners: listeners } = await cdp.send("Memory.getDOMCounters");
  const { usedSize } = await cdp.send("Runtime.getHeapUsage");
  return { heapMib: usedSize / 2 ** 20, nodes, listeners };
}

/** Watches the page do nothing. */
async function watchRest(page: Page, cdp: CDPSession, { idleSeconds }: Day): Promise<Rest> {
  await cdp.send("Performance.enable");
  const taskSeconds = async (): Promise<number> => {
    const { metrics } = await cdp.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
  };
  progress(`day: ${idleSeconds} s of rest`);
  await page.evaluate("counted.fired = [], counted.frames = 0");
  const start = await taskSeconds();
  await Bun.sleep(idleSeconds * 1000);
  const tasks = (await taskSeconds()) - start;
  const { all, frames } = await page.evaluate<{ all: number[]; frames: number }>(
    "({ all: [...counted.fired, ...counted.waiting.values()], frames: counted.frames })",
  );
  return {
    timers: all.filter((ms) => ms < SLOWEST_MS),
    frames,
    msPerSecond: (tasks * 1000) / idleSeconds,
  };
}

/** Runs a whole day and prints its table. */
export async function measureDay(): Promise<void> {
  const kabar = await startKabar({ env: DAY_SERVER });
  const day: Day = { messages: 10_000, topics: 100, panels: 50, idleSeconds: 60 };
  const { held, received, rest } = await spendDay(await openDay(kabar), kabar, day);
  const show = ({ heapMib, nodes, listeners }: Held): string =>
    `${heapMib.toFixed(2)} MiB, ${nodes} nodes, ${listeners} listeners`;
  printTable("A day of use in one page, what it holds at rest", [
    ["before", show(held.before)],
    [`after ${received.toLocaleString("en")} messages received`, show(held.messages)],
    [`after ${day.topics} topics`, show(held.topics)],
    [`after ${day.panels} panels with their menus`, show(held.panels)],
    [
      `timers below ${SLOWEST_MS / 1000} s in ${day.idleSeconds} s of rest`,
      rest.timers.length === 0 ? "none" : rest.timers.join(", "),
    ],
    ["frames asked for meanwhile", `${rest.frames}`],
    ["the main thread's time for tasks, a second of rest", `${rest.msPerSecond.toFixed(2)} ms`],
  ]);
  await closeBrowser();
  await kabar.stop();
}
