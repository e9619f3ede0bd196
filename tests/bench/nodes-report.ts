/** Report of several nodes: what was measured as Markdown, beside the targets, and its plot. */
import type { Figures } from "./jobs.ts";
import type { NodesResult } from "./nodes.ts";
import { number, percent } from "./report.ts";
import { scenarioOf } from "./results.ts";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [760, 360, 64, 210, 48, 52];
const COLORS = ["#2f5bea", "#9932cc", "#c71585", "#2e8b57"];

/** The run with the median of a figure; of an even number of runs the lower one of the middle. */
function median(
  runs: readonly Figures[],
  figure: (figures: Figures) => number | undefined,
): Figures | undefined {
  const counted = runs.filter((run) => run.wrong === 0 && Number.isFinite(figure(run)));
  return counted.sort((a, b) => (figure(a) ?? 0) - (figure(b) ?? 0))[Math.floor((counted.length - 1) / 2)];
}

const fanoutOf = (result: NodesResult, peer: string, nodes: number): Figures | undefined =>
  median(
    result.fanout.filter((run) => run.peer === peer && run.nodes === nodes).map(({ figures }) => figures),
    ({ microsPerDelivery }) => microsPerDelivery,
  );

/**
 * The fan-out of several nodes as a ratio to one node's, at equal CPU time for each node: what a busy machine takes from one of
 * them does not count.
 */
function scaleOf(result: NodesResult, peer: string, nodes: number): number | undefined {
  const [one, all] = [1, nodes].map((count) => fanoutOf(result, peer, count)?.microsPerDelivery);
  return one === undefined || all === undefined ? undefined : (nodes * one) / all;
}

/** An engine's run with the median figure of a scenario. */
const engineOf = (result: NodesResult, engine: string, scenario: string): Figures | undefined =>
  median(
    result.engines
      .filter((run) => run.engine === engine && run.scenario === scenario)
      .map(({ figures }) => figures),
    scenarioOf(scenario).figure,
  );

const numbersOf = (result: NodesResult): number[] =>
  [...new Set(result.fanout.map(({ nodes }) => nodes))].sort((a, b) => a - b);
const peersOf = (result: NodesResult): string[] => [...new Set(result.hops.map(({ peer }) => peer))];

const line = (...cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const latency = (found: Figures["latency"]): string =>
  found ? `${number(found.p50)} / ${number(found.p99)}` : "–";
const signed = (ms: number): string => `${ms >= 0 ? "+" : "−"}${Math.abs(ms).toFixed(2)} ms`;

/** What a hop adds to a node's own latency, in milliseconds. */
function added({ latency: own, latencyElsewhere: other }: Figures, which: "p50" | "p99"): number | undefined {
  return own && other && other[which] - own[which];
}

interface Target {
  target: string;
  figure: string;
  met: boolean | undefined;
}

function judge(
  target: string,
  value: number | undefined,
  show: (value: number) => string,
  met: (value: number) => boolean,
): Target {
  if (value === undefined || !Number.isFinite(value))
    return { target, figure: "not measured", met: undefined };
  return { target, figure: show(value), met: met(value) };
}

const ratioOf = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a / b;
const times = (value: number): string => `${value.toFixed(2)} ×`;

/** The targets beside what was measured. */
export function judgeNodes(result: NodesResult): Target[] {
  const hop = result.hops.find(({ peer, rate }) => peer === "kabar" && rate === 100)?.figures;
  const cost = (engine: string, scenario: string): number | undefined =>
    engineOf(result, engine, scenario)?.microsPerDelivery;
  const idle = result.idle.map(({ nodes, statementsPerSecond }) => statementsPerSecond / nodes);
  return [
    judge(
      "from node to node, 100/s: p50 at most 3 ms above the node's own",
      hop && added(hop, "p50"),
      signed,
      (v) => v <= 3,
    ),
    judge(
      "from node to node, 100/s: p99 at most 15 ms above the node's own",
      hop && added(hop, "p99"),
      signed,
      (v) => v <= 15,
    ),
    judge(
      "durable publishes over one PostgreSQL: at least 20,000 acks/s",
      engineOf(result, "postgres", "durable")?.acksPerSecond,
      (v) => `${number(v)}/s`,
      (v) => v >= 20_000,
    ),
    ...["steady-100", "saturated-1000"].map((name) =>
      judge(
        `${scenarioOf(name).title}: the node's CPU a delivery at most 1.15 × that with SQLite`,
        ratioOf(cost("postgres", name), cost("sqlite", name)),
        times,
        (v) => v <= 1.15,
      ),
    ),
    judge(
      "fan-out of two nodes, at equal CPU: at least 1.8 × one node's",
      scaleOf(result, "kabar", 2),
      times,
      (v) => v >= 1.8,
    ),
    judge(
      "an idle node: at most 5 statements/s",
      idle.length > 0 ? Math.max(...idle) : undefined,
      (v) => `${v.toFixed(1)}/s`,
      (v) => v <= 5,
    ),
  ];
}

function hopTable(result: NodesResult): string {
  const rows = result.hops.map(({ peer, rate, figures }) => {
    const [p50, p99] = [added(figures, "p50"), added(figures, "p99")];
    const more = p50 === undefined || p99 === undefined ? "–" : `${signed(p50)} / ${signed(p99)}`;
    const cells =
      figures.wrong === 0
        ? [latency(figures.latency), latency(figures.latencyElsewhere), more]
        : [`not counted: ${figures.wrong} lost, doubled or out of order`, "", ""];
    return line(result.titles[peer] ?? peer, `${rate}/s`, ...cells);
  });
  if (rows.length === 0) return "";
  return `### From node to node\n\nThe same messages, received at the node that took them and at another one.\n\n${[
    line("", "messages", "own node, p50 / p99 ms", "other node, p50 / p99 ms", "added, p50 / p99"),
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n")}\n`;
}

function engineTable(result: NodesResult): string {
  const scenarios = [...new Set(result.engines.map(({ scenario }) => scenario))];
  const rows = scenarios.flatMap((name) => {
    const { title, figure, unit } = scenarioOf(name);
    const sqlite = engineOf(result, "sqlite", name);
    return (["sqlite", "postgres"] as const).map((engine) => {
      const run = engineOf(result, engine, name);
      const value = run && figure(run);
      const ratio = ratioOf(value, sqlite && figure(sqlite));
      return line(
        `${title}: ${engine === "sqlite" ? "SQLite" : "PostgreSQL"}`,
        `${number(value)} ${unit}`,
        ratio === undefined ? "–" : times(ratio),
        run?.storeMicros === undefined ? "–" : `${number(run.storeMicros)} µs`,
        percent(run?.core),
        latency(run?.latency),
        number(run?.residentMib),
      );
    });
  });
  if (rows.length === 0) return "";
  const follower = result.follower?.microsPerAck;
  const following =
    follower === undefined
      ? ""
      : `\nA second node, none of whose readers wants these messages, uses ${number(follower)} µs of CPU for each message of the last kind ` +
        `(${number(result.follower?.acksPerSecond)}/s meanwhile).\n`;
  return `### One node, SQLite and PostgreSQL\n\n${[
    line("", "the node", "to SQLite", "the database, CPU for each", "node's core", "p50 / p99 ms", "MiB"),
    "|---|---|---|---|---|---|---|",
    ...rows,
  ].join("\n")}\n${following}`;
}

function fanoutTable(result: NodesResult): string {
  const { cpuShare, subscribers } = result;
  const rows = peersOf(result).flatMap((peer) =>
    numbersOf(result).map((nodes) => {
      const run = fanoutOf(result, peer, nodes);
      const ratio = scaleOf(result, peer, nodes);
      return line(
        result.titles[peer] ?? peer,
        `${nodes}`,
        number(run?.deliveriesPerSecond),
        ratio === undefined ? "–" : times(ratio),
        number(run?.microsPerDelivery),
        run?.storeMicros === undefined ? "–" : number(run.storeMicros),
        percent(run?.core),
        percent(run?.loadCore),
      );
    }),
  );
  if (rows.length === 0) return "";
  const limit =
    cpuShare === undefined
      ? "The nodes share one core and could not be limited here: compare the CPU time only."
      : `Each node may use ${Math.round(cpuShare * 100)} % of a core, like a small machine of its own.`;
  return `### Fan-out of several nodes\n\nOne topic, saturated, ${subscribers} readers and 64 messages on their way for each node. ${limit}\n\n${[
    line(
      "",
      "nodes",
      "deliveries/s",
      "to one node, at equal CPU",
      "nodes' CPU a delivery, µs",
      "store's CPU a delivery, µs",
      "nodes' core",
      "load's core",
    ),
    "|---|---|---|---|---|---|---|---|",
    ...rows,
  ].join("\n")}\n`;
}

function idleTable(result: NodesResult): string {
  const rows = result.idle.map((each) =>
    line(
      `${each.nodes}`,
      (each.statementsPerSecond / each.nodes).toFixed(1),
      (each.connections / each.nodes).toFixed(1),
      number(each.residentMib),
    ),
  );
  if (rows.length === 0) return "";
  const sorted = [...result.recoveries].sort((a, b) => a - b);
  const [middle, last] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  const recovery =
    middle === undefined || last === undefined
      ? ""
      : `\nThe database was killed under two nodes in use ${sorted.length} times. From the moment that it takes connections again, the next message ` +
        `reached a reader at the other node after ${Math.round(middle)} ms (median), ${Math.round(last)} ms at most.` +
        `${result.notRecovered > 0 ? ` ${result.notRecovered} more times none came within a minute.` : ""}\n`;
  return `### Idle nodes, and a killed database\n\n${[
    line("nodes", "statements/s a node", "connections a node", "MiB a node"),
    "|---|---|---|---|",
    ...rows,
  ].join("\n")}\n${recovery}`;
}

/** Everything that was found, as Markdown. `head` says when, where and how. */
export function nodesReport(result: NodesResult, head: string): string {
  const { postgres = "", ...versions } = result.versions;
  const targets = judgeNodes(result).map(({ target, figure, met }) =>
    line(target, figure, met === undefined ? "–" : met ? "met" : "**not met**"),
  );
  return [
    `${head}\n`,
    ...Object.entries(versions).map(([peer, version]) => `- ${result.titles[peer] ?? peer}: ${version}`),
    `- PostgreSQL ${postgres} on the same machine and disk, with its defaults (\`fsync\` on)`,
    ...Object.entries(result.skipped).map(
      ([peer, reason]) => `- skipped: ${result.titles[peer] ?? peer}, ${reason}`,
    ),
    "",
    ["| target | figure | |", "|---|---|---|", ...targets].join("\n"),
    "",
    hopTable(result),
    fanoutTable(result),
    engineTable(result),
    idleTable(result),
  ]
    .filter((part, i, all) => part !== "" || all[i - 1] !== "")
    .join("\n");
}

/** Draws the fan-out against the number of nodes, as ratios to one node. Empty when there is nothing to draw. */
export function drawNodesPlot(result: NodesResult): string {
  const counts = numbersOf(result);
  const most = Math.max(...counts);
  if (counts.length < 2) return "";
  const x = (nodes: number): number => LEFT + ((nodes - 1) / (most - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (ratio: number): number => HEIGHT - BOTTOM - (ratio / (most * 1.1)) * (HEIGHT - TOP - BOTTOM);
  const steps = Array.from({ length: most }, (_, i) => i + 1);
  const path = (points: readonly (readonly [number, number])[]): string =>
    points
      .map(([nodes, ratio], i) => `${i === 0 ? "M" : "L"}${x(nodes).toFixed(1)} ${y(ratio).toFixed(1)}`)
      .join("");
  const grid = steps.map(
    (step) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(step).toFixed(1)}" y2="${y(step).toFixed(1)}" stroke="#ddd"/>` +
      `<text x="${LEFT - 8}" y="${(y(step) + 4).toFixed(1)}" text-anchor="end">${step} ×</text>` +
      `<text x="${x(step).toFixed(1)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${step}</text>`,
  );
  let lowest = 0;
  const drawn = peersOf(result)
    .map((peer, i) => {
      const points = counts.flatMap((nodes): [number, number][] => {
        const ratio = scaleOf(result, peer, nodes);
        return ratio === undefined ? [] : [[nodes, ratio]];
      });
      return { peer, points, color: COLORS[i % COLORS.length] ?? "#000" };
    })
    .filter(({ points }) => points.length > 0)
    .sort((a, b) => (b.points.at(-1)?.[1] ?? 0) - (a.points.at(-1)?.[1] ?? 0))
    .map(({ peer, points, color }) => {
      lowest = Math.max(y(points.at(-1)?.[1] ?? 0), lowest + 16);
      const name = (result.titles[peer] ?? peer).replaceAll("*", "");
      return (
        `<path d="${path(points)}" fill="none" stroke="${color}" stroke-width="${peer === "kabar" ? 3 : 1.5}"/>` +
        `<text x="${WIDTH - RIGHT + 10}" y="${(lowest + 4).toFixed(1)}" fill="${color}">${name}</text>`
      );
    });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13">
<title>Fan-out by number of nodes</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="24" font-size="15">fan-out at equal CPU for each node, as a ratio to one node (dotted: 1 for each)</text>
${grid.join("\n")}
<path d="${path([
    [1, 1],
    [most, most],
  ])}" fill="none" stroke="#999" stroke-dasharray="2 4"/>
${drawn.join("\n")}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">nodes</text>
</svg>
`;
}
