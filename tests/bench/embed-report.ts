/** Report on the costs of chats to their page, as Markdown: each figure unthrottled, then throttled. */
import type { EmbedFigures } from "../measure/embed.ts";
import { percentile } from "../measure/figures.ts";
import { EMBED_TITLES } from "./embeds.ts";
import type { Results } from "./results.ts";

interface Column {
  title: string;
  figure: (run: EmbedFigures) => number | undefined;
  /** The floor whose figure is the 1 of its ratio. */
  floor?: "script" | "plain";
  /** Whether the throttle changes it: if not, the unthrottled figure stands alone. */
  timed: boolean;
}

const perSecond = (run: EmbedFigures): number | undefined => run.crowd && run.crowd.cpuMs / run.crowd.seconds;
const COLUMNS = {
  first: { title: "first picture, ms", figure: (run) => run.first.cpuMs, floor: "script", timed: true },
  rowsFirst: { title: "first rows, ms", figure: (run) => run.rowsFirst?.cpuMs, floor: "plain", timed: true },
  list: { title: "all 50 rows, ms", figure: (run) => run.list?.cpuMs, floor: "plain", timed: true },
  settled: { title: "all loaded, ms", figure: (run) => run.settled?.cpuMs, floor: "plain", timed: true },
  longest: {
    title: "longest task until then, ms",
    figure: (run) => Math.max(run.first.longestMs, run.settled?.longestMs ?? 0),
    timed: true,
  },
  crowd: { title: "a second of 50 messages, ms", figure: perSecond, floor: "plain", timed: true },
  crowdLongest: { title: "longest task in it, ms", figure: (run) => run.crowd?.longestMs, timed: true },
  rows: { title: "messages in the page", figure: (run) => run.rows, timed: false },
  shift: { title: "layout shift", figure: (run) => run.shift, timed: false },
  bytes: { title: "bytes, brotli", figure: (run) => run.bytes, timed: false },
} satisfies Record<string, Column>;

/** A column of the table. */
export type EmbedColumn = keyof typeof COLUMNS;

/** The median of a chat's runs, or undefined where it was not measured. */
export function embedFigure(
  { pages }: Results,
  name: string,
  column: EmbedColumn,
  throttled: boolean,
): number | undefined {
  const chat = pages?.chats.find((one) => one.name === name);
  const figures = (chat?.[throttled ? "throttled" : "unthrottled"] ?? [])
    .map(COLUMNS[column].figure)
    .filter((figure) => figure !== undefined);
  return figures.length > 0 ? percentile(figures, 0.5) : undefined;
}

function show(value: number | undefined): string {
  if (value === undefined) return "–";
  if (value === 0) return "0";
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(2);
}

/** A chat's figure as a ratio to that of the column's floor, at one speed. */
function ratioToFloor(
  results: Results,
  name: string,
  column: EmbedColumn,
  throttled: boolean,
): number | undefined {
  const { floor }: Column = COLUMNS[column];
  if (!floor) return undefined;
  const [own, least] = [
    embedFigure(results, name, column, throttled),
    embedFigure(results, floor, column, throttled),
  ];
  return own === undefined || !least ? undefined : own / least;
}

/** Times that the throttle slowed a chat, until all was loaded or, without a list, until its first picture. */
function slowDown(results: Results, name: string): number | undefined {
  for (const column of ["settled", "first"] as const) {
    const [free, throttled] = [false, true].map((slow) => embedFigure(results, name, column, slow));
    if (free && throttled) return throttled / free;
  }
  return undefined;
}

function cell(results: Results, name: string, column: EmbedColumn): string {
  const at = (throttled: boolean): string => {
    const value = show(embedFigure(results, name, column, throttled));
    const ratio = ratioToFloor(results, name, column, throttled);
    return ratio === undefined ? value : `${value} (${ratio.toFixed(1)} ×)`;
  };
  const free = at(false);
  return COLUMNS[column].timed && free !== "–" ? `${free} / ${at(true)}` : free;
}

/** One line a chat, and how much the throttle really slows. */
export function embedTable(results: Results): string {
  const { chats = [], throttle } = results.pages ?? {};
  if (chats.length === 0 || !throttle) return "";
  const columns = Object.keys(COLUMNS) as EmbedColumn[];
  const factors = chats.map(({ name }) => slowDown(results, name));
  const lines = chats.map(({ name, unthrottled, throttled }, i) => {
    const cells = columns.map((column) => cell(results, name, column));
    const wrong = [...unthrottled, ...throttled].some((run) => run.inOrder === false)
      ? ", messages lost or out of order"
      : "";
    const factor = factors[i];
    cells.push(factor === undefined ? "–" : `${factor.toFixed(1)} ×`);
    return `| ${EMBED_TITLES[name] ?? name}${wrong} | ${cells.join(" | ")} |`;
  });
  const titles = [...columns.map((column) => COLUMNS[column].title), "slowed by the throttle"];
  const known = factors.filter((factor) => factor !== undefined);
  return (
    "\n### Chats in a page, main thread, unthrottled / throttled\n\n" +
    `The throttle is asked for ${throttle.asked} ×. A loop of arithmetic became ${throttle.arithmetic.toFixed(1)} × slower, ` +
    `these pages ${Math.min(...known).toFixed(1)} to ${Math.max(...known).toFixed(1)} ×.\n\n` +
    `| | ${titles.join(" | ")} |\n|${"---|".repeat(titles.length + 1)}\n${lines.join("\n")}\n`
  );
}

/** The widget's unthrottled figures in two runs, side by side. */
export function compareEmbeds(before: Results, now: Results): string[] {
  return (["first", "rowsFirst", "list", "settled", "longest", "crowd", "crowdLongest"] as const).flatMap(
    (column) => {
      const [x, y] = [before, now].map((results) => embedFigure(results, "kabar", column, false));
      if (x === undefined || y === undefined) return [];
      const change = (y / x - 1) * 100;
      const word = Math.abs(change) < 10 ? "same" : change < 0 ? "better" : "worse";
      const [rx, ry] = [before, now].map((results) => ratioToFloor(results, "kabar", column, false));
      const ratios = rx === undefined || ry === undefined ? "–" : `${rx.toFixed(1)} → ${ry.toFixed(1)}`;
      return [
        `| widget: ${COLUMNS[column].title} | ${show(x)} → ${show(y)} | ${change > 0 ? "+" : ""}${change.toFixed(0)} %, ${word} | ${ratios} |`,
      ];
    },
  );
}
