/**
 * What the widget costs the page it stands in: main-thread time to the launcher and to a list of 50 messages, and while 50
 * messages come in a second. `measureChat` is one run, for whoever wants the figures; `measureWidget` prints them.
 */
import type { Browser } from "@playwright/test";
import { Client } from "../support/client.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { ms, percentile, printTable, progress } from "./figures.ts";
import { openBrowser, openLab, serveHost, THROTTLE, type Work } from "./main-thread.ts";

const LIST = 50;
export const RATE = 50;
const RUNS = 5;
const SECONDS = 20;

/** What one run found. */
export interface ChatFigures {
  launcher: Work;
  /** What the page had asked for when the launcher stood. */
  launcherRequests: number;
  /** Until messages are to be seen, and until all that is loaded after them has done its work. */
  list: Work;
  settled: Work;
  listRequests: number;
  crowd: Work;
  /** Times that the list changed, a second. */
  drawings: number;
  /** Rows mounted, at most. */
  rows: number;
  nodes: number;
  heapMib: number;
  /** The page's layout shift. */
  shift: number;
  /** Messages that the page was handed, and whether each came once, in order. */
  received: number;
  inOrder: boolean;
}

/** The page's part: how to begin, and what is counted while messages come. */
const script = (server: string): string => `
  function begin(mode) {
    performance.mark("begin");
    const tag = document.createElement("script");
    tag.src = "${server}/widget.js";
    Object.assign(tag.dataset, { topic: "lobby", history: "${LIST}", ...(mode === "panel" && { mode, load: "click" }) });
    const inside = (what) => document.querySelector("kabar-chat")?.shadowRoot?.querySelector(what);
    if (mode === "panel") when("launcher", () => inside("[part~=launcher]"));
    else when("list", () => inside("[part~=text]"));
    document.querySelector("#place").append(tag);
  }
  const seen = { drawings: 0, rows: 0, offsets: [] };
  function follow() {
    const root = document.querySelector("kabar-chat").shadowRoot;
    const list = root.querySelector("[part~=log] ol");
    new MutationObserver(() => {
      seen.drawings++;
      seen.rows = Math.max(seen.rows, list.children.length);
    }).observe(list, { childList: true });
    document.addEventListener("kabar-message", ({ detail }) => seen.offsets.push(detail.offset));
    performance.mark("crowd");
  }
`;

/** Publishes at a steady rate, at moments fixed in advance, in turn as a few people. */
export async function publishSteadily(server: RunningKabar, rate: number, seconds: number): Promise<number> {
  const names = ["Ana", "Budi", "Citra", "Dewi", "Eka"];
  const people = await Promise.all(names.map((name) => Client.open(server.url, { name })));
  const total = Math.round(rate * seconds);
  const start = performance.now();
  const acks: Promise<unknown>[] = [];
  for (let i = 0; i < total; i++) {
    const wait = start + (i * 1000) / rate - performance.now();
    if (wait > 0) await Bun.sleep(wait);
    acks.push(
      people[i % people.length]?.publish("lobby", `message ${i}, of a usual length for a chat`) ??
        Promise.resolve(),
    );
  }
  await Promise.all(acks);
  for (const person of people) person.line.close();
  return total;
}

/** One run of everything on a fresh server. */
export async function measureChat(browser: Browser, seconds: number): Promise<ChatFigures> {
  const kabar = await startKabar();
  const site = serveHost(script(kabar.url));
  await publishSteadily(kabar, 1000, LIST / 1000);

  const closed = await openLab(browser, site.url);
  await closed.ask("setTimeout(begin, 50, 'panel')");
  await closed.reached("launcher");
  const launcher = (await closed.record())("begin", "launcher");
  const launcherRequests = closed.requests.length;
  await closed.close();

  const lab = await openLab(browser, site.url);
  await lab.ask("setTimeout(begin, 50, 'inline')");
  await lab.reached("list");
  const listRequests = lab.requests.filter((url) => !/extras/.test(url)).length;
  await Bun.sleep(1500);
  await lab.ask("performance.mark('settled')");
  await lab.ask("follow()");
  const total = await publishSteadily(kabar, RATE, seconds);
  await lab.ask("performance.mark('end')");
  await lab.ask(`when("all", () => seen.offsets.length >= ${total})`);
  await lab.reached("all");
  const recording = await lab.record();
  const { drawings, rows, offsets, shift } = await lab.ask<{
    drawings: number;
    rows: number;
    offsets: number[];
    shift: number;
  }>("({ ...seen, shift: shifted.sum })");
  const memory = await lab.memory();
  await lab.close();
  await site.stop();
  await kabar.stop();
  const crowd = recording("crowd", "end");
  return {
    launcher,
    launcherRequests,
    list: recording("begin", "list"),
    settled: recording("begin", "settled"),
    listRequests,
    crowd,
    drawings: drawings / crowd.seconds,
    rows,
    ...memory,
    shift,
    received: offsets.length,
    inOrder: offsets.every((offset, i) => offset === LIST + 1 + i),
  };
}

const median = (values: readonly number[]): number => percentile(values, 0.5);
const perSecond = ({ cpuMs, seconds }: Work): number => cpuMs / seconds;

/** Runs the measurement and prints its table. */
export async function measureWidget(): Promise<void> {
  const browser = await openBrowser();
  const runs: ChatFigures[] = [];
  for (let i = 0; i < RUNS; i++) {
    progress(`widget: run ${i + 1} of ${RUNS}`);
    // The last run is the long one.
    runs.push(await measureChat(browser, i === RUNS - 1 ? SECONDS : 4));
  }
  await browser.close();
  const of = (look: (run: ChatFigures) => number): string => ms(median(runs.map(look)));
  const last = runs.at(-1);
  if (!last) return;
  printTable(`The widget in a page, main thread at ${THROTTLE} × throttle, median of ${RUNS} runs`, [
    ["to the launcher", of((run) => run.launcher.cpuMs)],
    ["requests until then", `${last.launcherRequests}`],
    [`to a list of ${LIST} messages, in sight`, of((run) => run.list.cpuMs)],
    ["requests until then", `${last.listRequests}`],
    ["the same, with everything that is loaded after it", of((run) => run.settled.cpuMs)],
    ["longest task until then", of((run) => run.settled.longestMs)],
    [`a second of ${RATE} messages`, of((run) => perSecond(run.crowd))],
    ["longest task among them", of((run) => run.crowd.longestMs)],
    ["times the list was drawn, a second", last.drawings.toFixed(1)],
    ["rows in the page, at most", `${last.rows}`],
    ["layout shift", `${last.shift}`],
    [
      `handed to the page in ${SECONDS} s`,
      `${last.received}, ${last.inOrder ? "every one once, in order" : "NOT in order"}`,
    ],
  ]);
}
