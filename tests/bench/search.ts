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
import { createTexts, fillSearchLog, openLog, TOPICS, bodyOf } from "./search-fill.ts";

/** Queries of one kind, after some that nobody counts. */
const QUERIES = 200;
const WARM = 10;
const PAGE = 20;
const APPENDS = 5000;
const AT_ONCE = 200;
/** The goal for three words. */
const GOAL_MS = 100;

/** The times of one kind of query, in milliseconds. */
export interface SearchRow {
  kind: string;
  p50: number;
  p95: number;
  longest: number;
  /** CPU time of the process: what the query takes while nothing else uses the machine. */
  cpuP50: number;
  cpuP95: number;
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
}

type Query = Pick<SearchQuery, "terms" | "topic" | "user">;

/** The kinds of queries, each different every time. */
function kindsOf(): [kind: string, make: () => Query][] {
  const { any, frequent, rare, han, author } = createTexts(23);
  const words = (...makers: (() => string)[]) => ({ terms: termsOf(makers.map((make) => make()).join(" ")) });
  const topic = (): string => `t${1 + Math.floor(Math.random() * TOPICS)}`;
  return [
    ["one frequent word", () => words(frequent)],
    ["one rare word", () => words(rare)],
    ["two words, as people write", () => words(any, any)],
    ["**three words, as people write**", () => words(any, any, any)],
    ["three frequent words", () => words(frequent, frequent, frequent)],
    ["three rare words", () => words(rare, rare, rare)],
    ["two words in a topic", () => ({ ...words(any, any), topic: topic() })],
    ["a frequent word of an author", () => ({ ...words(frequent), user: `g-${author()}` })],
    ["an author in a topic, without words", () => ({ terms: [], user: `g-${author()}`, topic: topic() })],
    ["two letters", () => ({ terms: termsOf(any().slice(0, 2)) })],
    ["one Chinese character", () => words(() => han(1))],
    ["three Chinese characters", () => words(() => han(3))],
  ];
}

async function timeQueries(log: MessageLog, kind: string, make: () => Query): Promise<SearchRow> {
  const times: number[] = [];
  const cpu: number[] = [];
  let cut = 0;
  for (let i = -WARM; i < QUERIES; i++) {
    const [startedAt, before] = [performance.now(), process.cpuUsage()];
    const page = await log.search({ ...make(), limit: PAGE, isShown: () => true });
    if (i < 0) continue;
    times.push(performance.now() - startedAt);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
    if (page.reachedAt !== undefined) cut += 1;
  }
  return {
    kind,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    longest: Math.max(...times),
    cpuP50: percentile(cpu, 0.5),
    cpuP95: percentile(cpu, 0.95),
    cut: cut / QUERIES,
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

/** Measures a log of so many messages. */
export async function measureSearch(messages: number): Promise<SearchResult> {
  const dataDir = mkdtempSync(join(tmpdir(), "kabar-bench-"));
  try {
    const { entry, index, indexUs } = await fillSearchLog(dataDir, messages);
    const log = openLog(dataDir, true);
    const rows: SearchRow[] = [];
    for (const [kind, make] of kindsOf()) {
      progress(`search: ${kind}`);
      rows.push(await timeQueries(log, kind, make));
    }
    await log.close();
    const appends: [number, number] = [await appendsASecond(false), await appendsASecond(true)];
    return { messages, rows, entryBytes: entry, indexBytes: index, indexUs, appends };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The tables of the result, for the terminal and docs/BENCHMARKS.md. */
export function searchReport(result: SearchResult, head: string): string {
  const { messages, rows, entryBytes, indexBytes, indexUs, appends } = result;
  const three = rows.find(({ kind }) => kind.includes("**"))?.p95 ?? Number.NaN;
  const line = ({ kind, p50, p95, longest, cpuP50, cpuP95, cut }: SearchRow): string =>
    `| ${kind} | ${ms(p50)} | ${ms(p95)} | ${ms(longest)} | ${ms(cpuP50)} | ${ms(cpuP95)} | ${cut === 0 ? "" : `${Math.round(cut * 100)} %`} |`;
  const [without, with_] = appends.map((rate) => Math.round(rate).toLocaleString("en"));
  return [
    head,
    "",
    `SQLite, ${messages.toLocaleString("en")} messages in ${TOPICS} topics, pages of ${PAGE}, ${QUERIES} different queries a line, one after the other. Three words: p95 ${ms(three)}, goal ${GOAL_MS} ms: ${three <= GOAL_MS ? "met" : "**not met**"}.`,
    "",
    "| query | p50 | p95 | longest | CPU p50 | CPU p95 | cut off by the time limit |",
    "|---|---|---|---|---|---|---|",
    ...rows.map(line),
    "",
    `The index takes ${Math.round(indexBytes)} bytes a message beside ${Math.round(entryBytes)} of the message, and ${Math.round(indexUs)} µs of CPU to make. Appends of ${AT_ONCE} at once: ${without} a second without it, ${with_} with it.`,
  ].join("\n");
}
