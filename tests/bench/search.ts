/**
 * The search of a SQLite log of many messages: how long queries take, by how frequent their words are, and what the index costs.
 * The thread that searches is the server's own; times are those that a caller waits.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MessageLog, SearchQuery } from "../../src/log/log.ts";
import { termsOf } from "../../src/log/search-text.ts";
import { ms, percentile, progress } from "../measure/figures.ts";
import {
  bodyOf,
  createTexts,
  fillOnce,
  openLog,
  START_MS,
  type Texts,
  timeOf,
  TOPICS,
} from "./search-fill.ts";

/** Queries of one kind, after some that nobody counts; fewer where each takes a second. */
const QUERIES = 200;
const WORST_QUERIES = 20;
const WARM_SHARE = 0.05;
const PAGE = 20;
const APPENDS = 5000;
const AT_ONCE = 200;
/** The goal for three words. */
const GOAL_MS = 100;
/** Kinds of queries that others name. */
export const WORST = "a phrase of frequent words that nobody wrote";
export const THREE = "**three words, as people write**";
/** Searches that take longest, all the time, while others are timed. */
const BURDENS = 8;
const REMOVED = 2000;

/** The times of one kind of query, in milliseconds. */
export interface SearchRow {
  kind: string;
  p50: number;
  p95: number;
  longest: number;
  /** CPU time of the process: what the query takes while nothing else uses the machine. Absent where other queries ran, too. */
  cpuP50?: number | undefined;
  cpuP95?: number | undefined;
  /** The share of the queries that ended before the page was full, because the time for a search was over. */
  cut: number;
}

export interface SearchResult {
  messages: number;
  rows: SearchRow[];
  /** Bytes of a message, and of its part of the index; microseconds of CPU for indexing one. */
  entryBytes: number;
  indexBytes: number;
  indexUs: number;
  /** Appends a second without and with the index. */
  appends: [without: number, with_: number];
  /** Microseconds of CPU for removing a message, its words in the index included. */
  removeUs: number;
}

type Query = Pick<SearchQuery, "terms" | "topic" | "user" | "before">;

/** The query that takes longest: a phrase of words that are in a third and a quarter of all messages, and that nobody wrote. */
const worst = (texts: Texts): Query => ({ terms: termsOf(`"${texts.top(0)} / ${texts.top(1)}"`) });

/** The kinds of queries, each different every time. */
export function kindsOf(newestAt: number): [kind: string, make: () => Query][] {
  const texts = createTexts(23);
  const { any, frequent, rare, han, author, top } = texts;
  const words = (...makers: (() => string)[]) => ({ terms: termsOf(makers.map((make) => make()).join(" ")) });
  const topic = (): string => `t${1 + Math.floor(Math.random() * TOPICS)}`;
  const before = () => ({ at: newestAt - Math.floor(Math.random() * (newestAt - START_MS)) });
  return [
    ["one frequent word", () => words(frequent)],
    ["one rare word", () => words(rare)],
    ["two words, as people write", () => words(any, any)],
    [THREE, () => words(any, any, any)],
    ["three frequent words", () => words(frequent, frequent, frequent)],
    [
      "the three most frequent words, each in about a third of the messages",
      () => words(...[0, 1, 2].map((rank) => () => top(rank))),
    ],
    ["a frequent and a rare word", () => words(frequent, rare)],
    ["three rare words", () => words(rare, rare, rare)],
    ["three words in a topic", () => ({ ...words(any, any, any), topic: topic() })],
    ["three words before a time", () => ({ ...words(any, any, any), before: before() })],
    ["a frequent word of an author", () => ({ ...words(frequent), user: `g-${author()}` })],
    ["an author in a topic, without words", () => ({ terms: [], user: `g-${author()}`, topic: topic() })],
    ["two letters", () => ({ terms: termsOf(any().slice(0, 2)) })],
    ["one Chinese character", () => words(() => han(1))],
    ["a phrase of three Chinese characters", () => words(() => han(3))],
    [WORST, () => worst(texts)],
  ];
}

/** Milliseconds on a processor of this process, the thread that searches included. */
function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Times queries of one kind. */
export async function timeQueries(
  log: MessageLog,
  kind: string,
  make: () => Query,
  cpuMs: () => number = ownCpuMs,
): Promise<SearchRow> {
  const times: number[] = [];
  const cpu: number[] = [];
  const queries = kind === WORST ? WORST_QUERIES : QUERIES;
  let cut = 0;
  for (let i = -queries * WARM_SHARE; i < queries; i++) {
    const [startedAt, before] = [performance.now(), cpuMs()];
    const page = await log.search({ ...make(), limit: PAGE, isShown: () => true });
    if (i < 0) continue;
    times.push(performance.now() - startedAt);
    cpu.push(cpuMs() - before);
    if (page.reachedAt !== undefined) cut += 1;
  }
  return {
    kind,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    longest: Math.max(...times),
    cpuP50: percentile(cpu, 0.5),
    cpuP95: percentile(cpu, 0.95),
    cut: cut / queries,
  };
}

async function appendsASecond(search: boolean): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), "kabar-bench-"));
  const log = openLog(dataDir, search);
  const texts = createTexts(5);
  const append = () =>
    log.append({ topic: "live", userId: "g-1", id: crypto.randomUUID(), body: bodyOf(texts.text(), 1) });
  const many = async (count: number): Promise<void> => {
    for (let from = 0; from < count; from += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, append));
  };
  try {
    await many(AT_ONCE * 5);
    const startedAt = performance.now();
    await many(APPENDS);
    return (APPENDS / (performance.now() - startedAt)) * 1000;
  } finally {
    await log.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Times searches for a rare word while others keep the thread busy with the query that takes longest. */
async function timeUnderBurden(log: MessageLog): Promise<SearchRow> {
  const texts = createTexts(29);
  let isOver = false;
  const burden = async (): Promise<void> => {
    while (!isOver) await log.search({ ...worst(texts), limit: PAGE, isShown: () => true });
  };
  const burdens = Array.from({ length: BURDENS }, burden);
  const row = await timeQueries(log, `one rare word, while ${BURDENS} others ask the line above`, () => ({
    terms: termsOf(texts.rare()),
  }));
  isOver = true;
  await Promise.all(burdens);
  return { ...row, cpuP50: undefined, cpuP95: undefined };
}

/** Removes a topic's oldest messages. Returns the microseconds of the processor for each. */
async function removalUs(log: MessageLog): Promise<number> {
  const { first } = await log.state("t1");
  const before = process.cpuUsage();
  const removed = await log.trim("t1", first + REMOVED - 1);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / removed;
}

/** Measures a log of so many messages; of the log in `folder`, when there is one, which is filled once and kept. */
export async function measureSearch(messages: number, folder: string | undefined): Promise<SearchResult> {
  const dataDir = folder ?? mkdtempSync(join(tmpdir(), "kabar-bench-"));
  try {
    const { entry, index, indexUs } = await fillOnce(dataDir, messages);
    const log = openLog(dataDir, true);
    const rows: SearchRow[] = [];
    for (const [kind, make] of kindsOf(timeOf(messages))) {
      progress(`search: ${kind}`);
      rows.push(await timeQueries(log, kind, make));
    }
    rows.push(await timeUnderBurden(log));
    const removeUs = await removalUs(log);
    await log.close();
    const appends: [number, number] = [await appendsASecond(false), await appendsASecond(true)];
    return { messages, rows, entryBytes: entry, indexBytes: index, indexUs, appends, removeUs };
  } finally {
    if (folder === undefined) rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The table of rows. */
export function tableOf(rows: readonly SearchRow[]): string[] {
  const cpu = (value: number | undefined): string => (value === undefined ? "–" : ms(value));
  const line = ({ kind, p50, p95, longest, cpuP50, cpuP95, cut }: SearchRow): string =>
    `| ${kind} | ${ms(p50)} | ${ms(p95)} | ${ms(longest)} | ${cpu(cpuP50)} | ${cpu(cpuP95)} | ${cut === 0 ? "" : `${Math.round(cut * 100)} %`} |`;
  return [
    "| query | p50 | p95 | longest | CPU p50 | CPU p95 | cut off by the time limit |",
    "|---|---|---|---|---|---|---|",
    ...rows.map(line),
  ];
}

/** The tables of the result, for the terminal and docs/BENCHMARKS.md. */
export function searchReport(result: SearchResult, head: string): string {
  const { messages, rows, entryBytes, indexBytes, indexUs, appends, removeUs } = result;
  const three = rows.find(({ kind }) => kind === THREE)?.p95 ?? Number.NaN;
  const [without, with_] = appends.map((rate) => Math.round(rate).toLocaleString("en"));
  return [
    head,
    "",
    `SQLite, ${messages.toLocaleString("en")} messages in ${TOPICS} topics, pages of ${PAGE}, ${QUERIES} different queries a line (${WORST_QUERIES} of the worst), one after the other. Three words: p95 ${ms(three)}, goal ${GOAL_MS} ms: ${three <= GOAL_MS ? "met" : "**not met**"}.`,
    "",
    ...tableOf(rows),
    "",
    `The index takes ${Math.round(indexBytes)} bytes a message beside ${Math.round(entryBytes)} of the message, and ${Math.round(indexUs)} µs of CPU to make. Appends of ${AT_ONCE} at once: ${without} a second without it, ${with_} with it. Removing a message takes ${Math.round(removeUs)} µs of CPU.`,
  ].join("\n");
}
