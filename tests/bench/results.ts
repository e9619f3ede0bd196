/** The result of a run as it stands in its JSON file, and reading figures back out of it. */
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import type { EmbedResults } from "./embeds.ts";
import type { Figures } from "./jobs.ts";
import type { NodesResult } from "./nodes.ts";
import { type Scenario, SCENARIOS } from "./scenarios.ts";
import type { SearchResult } from "./search.ts";
import type { PostgresSearchResult } from "./search-postgres.ts";

/** One measurement. */
export interface Run {
  scenario: string;
  peer: string;
  figures: Figures;
}

/** A whole run of the benchmark. */
export interface Results {
  at: string;
  command: string;
  machine: string;
  /** Load averages at the beginning and at the end: what else the machine was doing. */
  load: { before: string; after: string };
  seconds: number;
  versions: Record<string, string>;
  /** Peers that took no part, and why. */
  skipped: Record<string, string>;
  runs: Run[];
  history: { messages: number; figures: Record<string, Figures> } | undefined;
  start: Figures | undefined;
  /** Costs of chats to their page. Results of earlier versions have none, or some of an older measurement as `embeds`. */
  pages?: EmbedResults | undefined;
  /** The search of one log, where it was asked for. */
  search?: SearchResult | undefined;
  postgresSearch?: PostgresSearchResult | undefined;
  /** Several nodes over one database. Results of earlier versions have none. */
  nodes?: NodesResult | undefined;
}

/** The machine in words. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores of ${model}, ${gib} GiB, Linux ${release()}`;
}

/** The load averages of 1, 5 and 15 minutes. */
export const loadAverage = (): string =>
  readFileSync("/proc/loadavg", "utf8").split(" ").slice(0, 3).join(" ");

/** The scenario by its name. */
export function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`there is no scenario "${name}"`);
  return found;
}

/** The run with the median figure, of all that a peer had in a scenario; those that lost messages don't count. */
export function medianRun(results: Results, name: string, peer: string): Figures | undefined {
  const { figure } = scenarioOf(name);
  const runs = results.runs
    .filter((run) => run.scenario === name && run.peer === peer && run.figures.wrong === 0)
    .map(({ figures }) => figures)
    .filter((figures) => Number.isFinite(figure(figures)))
    .sort((a, b) => (figure(a) ?? 0) - (figure(b) ?? 0));
  return runs[Math.floor((runs.length - 1) / 2)];
}

/** The median figure itself. */
export function medianFigure(results: Results, name: string, peer: string): number | undefined {
  const run = medianRun(results, name, peer);
  return run && scenarioOf(name).figure(run);
}

/** Kabar's figure as a ratio to bare Bun's in the same run. */
export function ratioToBun(results: Results, name: string, peer = "kabar"): number | undefined {
  const [own, bun] = [medianFigure(results, name, peer), medianFigure(results, name, "bun")];
  return own === undefined || bun === undefined ? undefined : own / bun;
}
