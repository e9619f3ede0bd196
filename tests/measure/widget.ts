/** Costs of Kabar's widget to its page, printed; and Kabar as an `Embed`, which the benchmark measures, too. */
import { Client } from "../support/client.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { type Embed, type EmbedFigures, LIST, measureEmbed, NAMES, RATE, steadily, textOf } from "./embed.ts";
import { ms, percentile, printTable, progress } from "./figures.ts";
import { measureThrottle, openBrowser, THROTTLE } from "./main-thread.ts";
import type { Work } from "./recording.ts";

const RUNS = 5;
const SECONDS = 20;

/** The page's part. Later chunks are known by their later requests. */
const script = (server: string): string => `
  const root = () => document.querySelector("kabar-chat")?.shadowRoot;
  const hasFirst = () => root()?.querySelector("[part~=launcher]");
  const messages = () => root()?.querySelectorAll("[part~=log] [part~=text]") ?? [];
  function begin(kind) {
    const tag = document.createElement("script");
    tag.src = "${server}/widget.js";
    const closed = kind === "first" && { mode: "panel", load: "click" };
    Object.assign(tag.dataset, { topic: "lobby", history: "${LIST}", ...closed });
    place.append(tag);
  }
  function follow() {
    watch(root().querySelector("[part~=log] ol"));
    document.addEventListener("kabar-message", ({ detail }) => seen.offsets.push(detail.offset));
  }
`;

/** Publishes at a steady rate, in turn as a few people. */
export async function publishSteadily(server: RunningKabar, rate: number, seconds: number): Promise<number> {
  const people = await Promise.all(NAMES.map((name) => Client.open(server.url, { name })));
  const acks: Promise<unknown>[] = [];
  const total = await steadily(rate, seconds, (i) => {
    const person = people[i % people.length];
    if (person) acks.push(person.publish("lobby", textOf(i)));
  });
  await Promise.all(acks);
  for (const person of people) person.line.close();
  return total;
}

/** Kabar on a server of its own, with a list's messages. */
export async function startEmbed(): Promise<Embed & { stop(): Promise<unknown> }> {
  const kabar = await startKabar();
  await publishSteadily(kabar, 1000, LIST / 1000);
  return {
    name: "kabar",
    version: "",
    script: script(kabar.url),
    hasList: true,
    feed: (rate, seconds) => publishSteadily(kabar, rate, seconds),
    stop: kabar.stop,
  };
}

const median = (values: readonly number[]): number => percentile(values, 0.5);
const perSecond = ({ cpuMs, seconds }: Work): number => cpuMs / seconds;

/** Runs the measurement and prints its table: each figure unthrottled, then throttled. */
export async function measureWidget(): Promise<void> {
  const browser = await openBrowser();
  const unthrottled: EmbedFigures[] = [];
  const throttled: EmbedFigures[] = [];
  const arithmetic: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    progress(`widget: run ${i + 1} of ${RUNS}`);
    arithmetic.push(await measureThrottle(browser));
    for (const [throttle, runs] of [
      [1, unthrottled],
      [THROTTLE, throttled],
    ] as const) {
      const embed = await startEmbed();
      // The last run is the long one.
      runs.push(await measureEmbed(browser, embed, { throttle, seconds: i === RUNS - 1 ? SECONDS : 4 }));
      await embed.stop();
    }
  }
  await browser.close();
  const of = (look: (run: EmbedFigures) => number | undefined): string =>
    [unthrottled, throttled]
      .map((runs) => ms(median(runs.map((run) => look(run) ?? Number.NaN))))
      .join(" / ");
  const last = throttled.at(-1);
  if (!last) return;
  printTable(`The widget in a page, main thread unthrottled / throttled, medians of ${RUNS} runs`, [
    [`a loop of arithmetic, slowed by a throttle of ${THROTTLE}`, `${median(arithmetic).toFixed(1)} ×`],
    ["to the launcher", of((run) => run.first.cpuMs)],
    ["requests until then", `${last.firstRequests}`],
    ["to the first rows", of((run) => run.rowsFirst?.cpuMs)],
    [`to all ${LIST} rows`, of((run) => run.list?.cpuMs)],
    ["requests until then, what is fetched at leisure included", `${last.listRequests}`],
    ["the same, with everything that is loaded after it", of((run) => run.settled?.cpuMs)],
    ["longest task until then", of((run) => run.settled?.longestMs)],
    [`a second of ${RATE} messages`, of((run) => run.crowd && perSecond(run.crowd))],
    ["longest task among them", of((run) => run.crowd?.longestMs)],
    ["times the list was drawn, a second, throttled", (last.drawings ?? 0).toFixed(1)],
    ["rows in the page, at most", `${last.rows}`],
    ["layout shift of the page's own elements", last.hostShift.toFixed(3)],
    ["layout shift, rows of the chat included", last.shift.toFixed(3)],
    [
      `handed to the page in ${SECONDS} s`,
      `${last.received}, ${last.inOrder ? "every one once, in order" : "NOT in order"}`,
    ],
  ]);
}
