/** Report on the costs of chats to their page, as Markdown, against the widget's budgets. */
import type { EmbedFigures } from "../measure/embed.ts";
import { percentile } from "../measure/figures.ts";
import { EMBED_TITLES } from "./embeds.ts";
import type { Results } from "./results.ts";

interface Column {
  title: string;
  figure: (run: EmbedFigures) => number | undefined;
  /** Whether it is shown as a ratio to plain elements, too. */
  ratio: boolean;
}

const perSecond = (run: EmbedFigures): number | undefined => run.crowd && run.crowd.cpuMs / run.crowd.seconds;
const COLUMNS = {
  first: { title: "first picture, ms", figure: (run) => run.first.cpuMs, ratio: true },
  list: { title: "list of 50, ms", figure: (run) => run.list?.cpuMs, ratio: true },
  settled: { title: "all loaded, ms", figure: (run) => run.settled?.cpuMs, ratio: false },
  longest: {
    title: "longest task, ms",
    figure: (run) => Math.max(run.first.longestMs, run.settled?.longestMs ?? 0),
    ratio: false,
  },
  crowd: { title: "a second of 50 messages, ms", figure: perSecond, ratio: true },
  crowdLongest: {
    title: "longest task in it, ms",
    figure: (run) => run.crowd?.longestMs,
    ratio: false,
  },
  rows: { title: "messages in the page", figure: (run) => run.rows, ratio: false },
  shift: { title: "layout shift", figure: (run) => run.shift, ratio: false },
  bytes: { title: "bytes, brotli", figure: (run) => run.bytes, ratio: false },
} satisfies Record<string, Column>;

/** The median of what a chat's runs found, or undefined where it was not measured. */
export function embedFigure(
  { embeds }: Results,
  name: string,
  column: keyof typeof COLUMNS,
): number | undefined {
  const figures = (embeds?.find((embed) => embed.name === name)?.runs ?? [])
    .map(COLUMNS[column].figure)
    .filter((figure) => figure !== undefined);
  return figures.length > 0 ? percentile(figures, 0.5) : undefined;
}

function show(value: number | undefined): string {
  if (value === undefined) return "–";
  if (value === 0) return "0";
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(2);
}

function ratioTo(results: Results, name: string, column: keyof typeof COLUMNS): number | undefined {
  const [own, plain] = [embedFigure(results, name, column), embedFigure(results, "plain", column)];
  return own === undefined || !plain ? undefined : own / plain;
}

/** One line a chat. */
export function embedTable(results: Results): string {
  const { embeds = [] } = results;
  if (embeds.length === 0) return "";
  const columns = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
  const lines = embeds.map(({ name, runs }) => {
    const cells = columns.map((column) => {
      const ratio = COLUMNS[column].ratio ? ratioTo(results, name, column) : undefined;
      return (
        show(embedFigure(results, name, column)) + (ratio === undefined ? "" : ` (${ratio.toFixed(1)} ×)`)
      );
    });
    const wrong = runs.some((run) => run.inOrder === false) ? ", messages lost or out of order" : "";
    return `| ${EMBED_TITLES[name] ?? name}${wrong} | ${cells.join(" | ")} |`;
  });
  const titles = columns.map((column) => COLUMNS[column].title);
  return (
    "\n### Chats in a page, main thread at a quarter of the machine's speed\n\n" +
    `| | ${titles.join(" | ")} |\n|${"---|".repeat(columns.length + 1)}\n${lines.join("\n")}\n`
  );
}

/** The widget's figures in two runs, side by side. */
export function compareEmbeds(before: Results, now: Results): string[] {
  return (["first", "list", "crowd"] as const).flatMap((column) => {
    const [x, y] = [embedFigure(before, "kabar", column), embedFigure(now, "kabar", column)];
    if (x === undefined || y === undefined) return [];
    const change = (y / x - 1) * 100;
    const word = Math.abs(change) < 10 ? "same" : change < 0 ? "better" : "worse";
    const [rx, ry] = [ratioTo(before, "kabar", column), ratioTo(now, "kabar", column)];
    const ratios = rx === undefined || ry === undefined ? "–" : `${rx.toFixed(1)} → ${ry.toFixed(1)}`;
    return [
      `| widget: ${COLUMNS[column].title} | ${show(x)} → ${show(y)} | ${change > 0 ? "+" : ""}${change.toFixed(0)} %, ${word} | ${ratios} |`,
    ];
  });
}
