/** Results as Markdown: the machine, the targets, a table a scenario, and the change against an earlier run. */
import { compareEmbeds, embedTable } from "./embed-report.ts";
import { EMBED_TITLES } from "./embeds.ts";
import { medianRun, type Results, ratioToBun, scenarioOf } from "./results.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { judge, judgeWidget, type Outcome } from "./targets.ts";

const peerTitles: Record<string, string> = {
  bun: "bare Bun.serve",
  kabar: "**Kabar**",
  ws: "Node, ws",
  "socket.io": "Socket.IO",
  gorilla: "Go, gorilla/websocket",
  centrifugo: "Centrifugo, memory",
  "centrifugo-redis": "Centrifugo, Redis",
  nchan: "nginx, nchan",
};
/** The name of a peer in tables. */
export const titleOf = (peer: string): string => peerTitles[peer] ?? peer;

/** A figure for people: three digits, or thousands with commas. */
export const number = (value: number | undefined): string => {
  if (value === undefined || !Number.isFinite(value)) return "–";
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3);
};
/** A share as a percentage. */
export const percent = (value: number | undefined): string =>
  value === undefined ? "–" : `${Math.round(value * 100)} %`;

const ratioText = (scenario: Scenario, results: Results, peer: string): string => {
  const ratio = ratioToBun(results, scenario.name, peer);
  return ratio === undefined ? "–" : `${ratio.toFixed(2)} ×`;
};

/** One scenario's table. */
export function scenarioTable(results: Results, scenario: Scenario): string {
  const peers = [...new Set(results.runs.filter((r) => r.scenario === scenario.name).map((r) => r.peer))];
  if (peers.length === 0) return "";
  const lines = peers.map((peer) => {
    const all = results.runs.filter((r) => r.scenario === scenario.name && r.peer === peer);
    const run = medianRun(results, scenario.name, peer);
    if (!run) {
      const wrong = all[0]?.figures.wrong ?? 0;
      return `| ${titleOf(peer)} | not counted: ${wrong.toLocaleString("en")} messages lost, doubled or out of order | | | | | |`;
    }
    const latency = run.latency ? `${number(run.latency.p50)} / ${number(run.latency.p99)}` : "–";
    return (
      `| ${titleOf(peer)} | ${number(scenario.figure(run))} | ${ratioText(scenario, results, peer)} | ` +
      `${number(run.deliveriesPerSecond)} | ${percent(run.core)} | ${latency} | ${number(run.residentMib)} |`
    );
  });
  return (
    `\n### ${scenario.title[0]?.toUpperCase()}${scenario.title.slice(1)}\n\n` +
    `| | ${scenario.unit} | to bare Bun | messages/s | server's core | p50 / p99 ms | MiB |\n` +
    `|---|---|---|---|---|---|---|\n${lines.join("\n")}\n`
  );
}

function historyTable({ history }: Results): string {
  if (!history) return "";
  const titles = {
    query: "the query alone, no server",
    bun: "bare Bun.serve around the query",
    kabar: "**Kabar**",
  };
  const lines = Object.entries(titles).map(([name, title]) => {
    const cells = ["small", "big"].map((size) => {
      const latency = history.figures[`${name}-${size}`]?.latency;
      return latency ? `${number(latency.p50)} / ${number(latency.p99)}` : "–";
    });
    return `| ${title} | ${cells.join(" | ")} |`;
  });
  return (
    "\n### Random pages of 50 from the history\n\n" +
    `| | 10,000 messages, p50 / p99 ms | ${history.messages.toLocaleString("en")} messages, p50 / p99 ms |\n` +
    `|---|---|---|\n${lines.join("\n")}\n`
  );
}

/** The targets beside their figures. */
export function targetTable(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(
    ({ target, figure, met }) =>
      `| ${target} | ${figure} | ${met === undefined ? "–" : met ? "met" : "**not met**"} |`,
  );
  return `| target | figure | |\n|---|---|---|\n${lines.join("\n")}\n`;
}

/** When, where and how a run was made. */
export const headOf = (results: Results): string =>
  `\`${results.command}\` on ${results.at.slice(0, 10)}: ${results.machine}. Load average ${results.load.before} before, ` +
  `${results.load.after} after.`;

const skippedLines = (skipped: Record<string, string>): string[] =>
  Object.entries(skipped).map(([peer, reason]) => `- skipped: ${titleOf(peer)}, ${reason}`);

/** Everything that a run found of single servers, as Markdown. */
export function report(results: Results): string {
  const versions = Object.entries(results.versions).map(
    ([peer, version]) => `- ${titleOf(peer)}: ${version}`,
  );
  return [
    `${headOf(results)}\n`,
    ...versions,
    ...skippedLines(results.skipped),
    `\n## Targets\n\n${targetTable(judge(results))}`,
    "## Figures",
    ...SCENARIOS.map((scenario) => scenarioTable(results, scenario)).filter((table) => table !== ""),
    historyTable(results),
  ].join("\n");
}

/** Everything that a run found of chats in a page, as Markdown. */
export function widgetReport(results: Results): string {
  const { chats = [], skipped = {} } = results.pages ?? {};
  const versions = chats.flatMap(({ name, version }) =>
    version ? [`- ${EMBED_TITLES[name] ?? name}: ${version}`] : [],
  );
  const runs = [chats[0]?.unthrottled.length ?? 0, chats[0]?.throttled.length ?? 0];
  return [
    `${headOf(results)} Medians of ${runs[0]} runs, throttled of ${runs[1]}.\n`,
    ...versions,
    ...skippedLines(skipped),
    `\n${targetTable(judgeWidget(results))}`,
    embedTable(results),
  ].join("\n");
}

/** Kabar's ratios in two runs, side by side. */
export function compare(before: Results, now: Results): string {
  const lines = SCENARIOS.flatMap(({ name }) => {
    const { title, unit, less, figure } = scenarioOf(name);
    const [a, b] = [medianRun(before, name, "kabar"), medianRun(now, name, "kabar")];
    const [x, y] = [a && figure(a), b && figure(b)];
    if (x === undefined || y === undefined) return [];
    const [rx, ry] = [ratioToBun(before, name), ratioToBun(now, name)];
    const ratios = rx === undefined || ry === undefined ? "–" : `${rx.toFixed(2)} → ${ry.toFixed(2)}`;
    const change = (y / x - 1) * 100;
    const word = Math.abs(change) < 5 ? "same" : change < 0 === less ? "better" : "worse";
    const signed = `${change > 0 ? "+" : ""}${change.toFixed(0)} %`;
    return [`| ${title} (${unit}) | ${number(x)} → ${number(y)} | ${signed}, ${word} | ${ratios} |`];
  });
  const all = [...lines, ...compareEmbeds(before, now)];
  return `| | Kabar | change | ratio to bare Bun, or to plain elements |\n|---|---|---|---|\n${all.join("\n")}\n`;
}
