/**
 * `bun run bench`: Kabar beside bare Bun and the servers one could pick instead, in one run on one machine; the server on
 * one core, the load on the other. Prints tables; `--json FILE` keeps the figures, `--compare FILE` shows the change
 * against earlier ones, `--rounds N` says how often each chat is put into a page, `--docs` writes what was measured into its part of docs/BENCHMARKS.md, `--folder DIR` keeps the log of a search for the next run. Figures are for people: nothing here passes or fails.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ms, progress } from "../measure/figures.ts";
import { measureEmbeds } from "./embeds.ts";
import { measurePeer } from "./measure.ts";
import { ENGINES, measureNodes, WHOLE } from "./nodes.ts";
import { drawNodesPlot, nodesReport } from "./nodes-report.ts";
import { CACHE, outputOf, type Peer } from "./peer.ts";
import { bareBun } from "./peers/bare-bun.ts";
import { centrifugo, centrifugoRedis } from "./peers/centrifugo.ts";
import { gorilla } from "./peers/gorilla.ts";
import { kabar } from "./peers/kabar.ts";
import { nchan } from "./peers/nchan.ts";
import { nodeWs, socketIo } from "./peers/node.ts";
import { drawPlot } from "./plot.ts";
import { compare, headOf, report, widgetReport } from "./report.ts";
import { describeMachine, loadAverage, type Results } from "./results.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { measureSearch, searchReport } from "./search.ts";
import { measurePostgresSearch, postgresSearchReport } from "./search-postgres.ts";
import { measureHistory, measureStart } from "./special.ts";

const DOCS = join(import.meta.dir, "..", "..", "docs");
/** The marks around the tables of single servers, of chats in a page, and of several nodes. */
const MARKS = ["<!-- bench: begin -->", "<!-- bench: end -->"] as const;
const WIDGET_MARKS = ["<!-- bench widget: begin -->", "<!-- bench widget: end -->"] as const;
const SEARCH_MARKS = ["<!-- bench search: begin -->", "<!-- bench search: end -->"] as const;
const POSTGRES_SEARCH_MARKS = [
  "<!-- bench search postgres: begin -->",
  "<!-- bench search postgres: end -->",
] as const;
const NODES_MARKS = ["<!-- bench nodes: begin -->", "<!-- bench nodes: end -->"] as const;
/** Peers measured between two of Kabar's turns. */
const BETWEEN = 3;
/** Seconds for which a page with a chat is a crowd's. */
const EMBED_SECONDS = 4;
/** Of so many rounds of the chats, one is throttled, too: its figures are read as ratios. */
const THROTTLED_EVERY = 3;
/** What a short run measures: enough to see that nothing has become much worse. */
const SHORT = ["saturated-1000", "steady-100", "steady-300", "durable", "resume"];

const OTHERS: readonly Peer[] = [nodeWs, socketIo, gorilla, nchan, centrifugo, centrifugoRedis];
/** Servers that one would like to see here and that this benchmark can't install by itself. */
const ABSENT: Record<string, string> = {
  Mercure: "not packaged as something to build here",
  ntfy: "not packaged as something to build here",
};

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    peers: { type: "string" },
    seconds: { type: "string", default: "2" },
    messages: { type: "string", default: "10000000" },
    rounds: { type: "string", default: "3" },
    json: { type: "string" },
    compare: { type: "string" },
    short: { type: "boolean", default: false },
    docs: { type: "boolean", default: false },
    from: { type: "string" },
    folder: { type: "string" },
  },
});

const wanted = (list: string | undefined): string[] => (list ?? "").split(",").filter(Boolean);
const only = values.only === undefined && values.short ? SHORT : wanted(values.only);
const named = (name: string): boolean =>
  only.length === 0 || only.some((word) => name === word || name.startsWith(`${word}-`));

/** Bare Bun and Kabar first, then again between every two of the others, in changing order. */
function orderOf(scenario: Scenario, others: readonly Peer[]): Peer[] {
  if (scenario.plan(bareBun, 1) === undefined) return [kabar];
  if (scenario.name === "idle") return [bareBun, kabar, ...others];
  if (scenario.duel) return [bareBun, kabar, kabar, bareBun, bareBun, kabar];
  const taking = others.filter((peer) => scenario.plan(peer, 1) !== undefined);
  const order: Peer[] = [bareBun, kabar];
  for (let i = 0; i < taking.length; i += BETWEEN) {
    order.push(...taking.slice(i, i + BETWEEN));
    order.push(...(i % (2 * BETWEEN) === 0 ? [kabar, bareBun] : [bareBun, kabar]));
  }
  return taking.length > 0 ? order : [...order, kabar, bareBun, bareBun, kabar];
}

async function measureScenario(scenario: Scenario, others: readonly Peer[], results: Results): Promise<void> {
  for (const peer of orderOf(scenario, others)) {
    const plan = scenario.plan(peer, results.seconds);
    if (!plan) continue;
    progress(`${scenario.name}: ${peer.title}`);
    try {
      const { figures, version } = await measurePeer(peer, plan, scenario.env);
      results.versions[peer.name] = version;
      results.runs.push({ scenario: scenario.name, peer: peer.name, figures });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      progress(`${scenario.name}: ${peer.title} failed, ${reason.split("\n")[0]}\n`);
    }
  }
}

async function measureAll(): Promise<Results> {
  const results: Results = {
    at: new Date().toISOString(),
    command: `bun run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(" ")}` : ""}`,
    machine: describeMachine(),
    load: { before: loadAverage(), after: "" },
    seconds: Number(values.seconds),
    versions: {},
    skipped: {},
    runs: [],
    history: undefined,
    start: undefined,
  };
  const others: Peer[] = [];
  const names = wanted(values.peers);
  const scenarios = SCENARIOS.filter(({ name }) => named(name));
  if (scenarios.length > 0 && !values.short) Object.assign(results.skipped, ABSENT);
  for (const peer of scenarios.length > 0 ? OTHERS : []) {
    if (values.short || (names.length > 0 && !names.includes(peer.name))) continue;
    progress(`preparing ${peer.title}`);
    const reason = await peer.missing();
    if (reason === undefined) others.push(peer);
    else results.skipped[peer.name] = reason;
  }
  for (const scenario of scenarios) await measureScenario(scenario, others, results);
  if (named("history") && !values.short) {
    const messages = Number(values.messages);
    progress(`history: a log of ${messages.toLocaleString("en")} messages`);
    results.history = { messages, figures: await measureHistory(messages) };
  }
  // Minutes to fill: only by its name.
  if (only.includes("search")) results.search = await measureSearch(Number(values.messages), values.folder);
  if (only.includes("search-postgres")) {
    const found = await measurePostgresSearch(Number(values.messages));
    if (typeof found === "string") results.skipped["the search over PostgreSQL"] = found;
    else results.postgresSearch = found;
  }
  if (named("start")) {
    progress("start");
    results.start = await measureStart();
  }
  if (named("widget") && !values.short) {
    progress("widget: chats in a page");
    const throttled = Math.ceil(rounds / THROTTLED_EVERY);
    const found = await measureEmbeds({ unthrottled: rounds, throttled, seconds: EMBED_SECONDS });
    if (typeof found === "string") results.skipped["chats in a page"] = found;
    else results.pages = found;
  }
  const isEnginesOnly = only.includes("engines");
  if ((named("nodes") || isEnginesOnly) && !values.short) {
    const found = await measureNodes(isEnginesOnly ? ENGINES : { ...WHOLE, peers: names });
    if (typeof found === "string") {
      results.skipped["several nodes"] = found;
      progress(`nodes: skipped, ${found}\n`);
    } else results.nodes = found;
  }
  results.load.after = loadAverage();
  return results;
}

/** Whether a run measured single servers. */
const hasServers = ({ runs, history, start }: Results): boolean =>
  runs.length > 0 || history !== undefined || start !== undefined;

function replaceBetween(page: string, [begin, end]: readonly [string, string], text: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`docs/BENCHMARKS.md has no place for the tables (${begin} … ${end})`);
  return `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
}

/** Puts the tables between their marks in docs/BENCHMARKS.md; what people wrote around them, and what was not measured, stays. */
function writeDocs(results: Results): void {
  const path = join(DOCS, "BENCHMARKS.md");
  let page = readFileSync(path, "utf8");
  if (hasServers(results)) {
    page = replaceBetween(page, MARKS, report(results));
    writeFileSync(join(DOCS, "benchmark.svg"), drawPlot(results));
  }
  if (results.pages) page = replaceBetween(page, WIDGET_MARKS, widgetReport(results));
  if (results.search)
    page = replaceBetween(page, SEARCH_MARKS, searchReport(results.search, headOf(results)));
  if (results.postgresSearch)
    page = replaceBetween(
      page,
      POSTGRES_SEARCH_MARKS,
      postgresSearchReport(results.postgresSearch, headOf(results)),
    );
  if (results.nodes) {
    page = replaceBetween(page, NODES_MARKS, nodesReport(results.nodes, headOf(results)));
    writeFileSync(join(DOCS, "benchmark-nodes.svg"), drawNodesPlot(results.nodes));
  }
  writeFileSync(path, page);
}

if (process.platform !== "linux" || outputOf(["taskset", "--version"]) === undefined || cpus().length < 2) {
  console.error("bench: needs Linux, taskset and two cores: one for the server, one for the load.");
  process.exit(2);
}
const seconds = Number(values.seconds);
if (!(seconds > 0 && seconds <= 60)) {
  console.error("bench: --seconds takes a number up to 60.");
  process.exit(2);
}
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 50) {
  console.error("bench: --rounds takes a whole number from 1 to 50.");
  process.exit(2);
}
const startedAt = performance.now();
const results =
  values.from === undefined ? await measureAll() : (JSON.parse(readFileSync(values.from, "utf8")) as Results);
mkdirSync(CACHE, { recursive: true });
if (values.from === undefined)
  writeFileSync(values.json ?? join(CACHE, "last.json"), `${JSON.stringify(results, null, 1)}\n`);
if (hasServers(results)) console.log(report(results));
if (results.pages) console.log(widgetReport(results));
if (results.search) console.log(searchReport(results.search, headOf(results)));
if (results.postgresSearch) console.log(postgresSearchReport(results.postgresSearch, headOf(results)));
if (results.nodes) console.log(nodesReport(results.nodes, headOf(results)));
if (values.compare !== undefined)
  console.log(compare(JSON.parse(readFileSync(values.compare, "utf8")) as Results, results));
if (values.docs) writeDocs(results);
progress(`took ${ms(performance.now() - startedAt)}\n`);
process.exit(0);
