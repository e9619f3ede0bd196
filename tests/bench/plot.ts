/** The plot: what a delivery costs against the number of subscribers, a line a server. Plain SVG, no library. */
import { titleOf } from "./report.ts";
import { medianFigure, type Results } from "./results.ts";

const SUBSCRIBERS = [100, 1000, 4000];
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [760, 420, 64, 190, 48, 52];
const COLORS: Record<string, string> = {
  kabar: "#2f5bea",
  bun: "#333333",
  ws: "#2e8b57",
  "socket.io": "#b8860b",
  gorilla: "#008b8b",
  centrifugo: "#9932cc",
  "centrifugo-redis": "#c71585",
  nchan: "#d2691e",
};

interface Line {
  peer: string;
  points: { subscribers: number; micros: number }[];
}

const x = (subscribers: number): number => {
  const share = Math.log(subscribers / 100) / Math.log(4000 / 100);
  return LEFT + share * (WIDTH - LEFT - RIGHT);
};

/** Draws the plot. */
export function drawPlot(results: Results): string {
  const lines: Line[] = Object.keys(COLORS).map((peer) => ({
    peer,
    points: SUBSCRIBERS.flatMap((subscribers) => {
      const micros = medianFigure(results, `saturated-${subscribers}`, peer);
      return micros === undefined ? [] : [{ subscribers, micros }];
    }),
  }));
  const all = lines.flatMap((line) => line.points.map((point) => point.micros));
  if (all.length === 0) return "";
  const [low, high] = [Math.min(...all) / 1.3, Math.max(...all) * 1.3];
  const y = (micros: number): number =>
    HEIGHT - BOTTOM - (Math.log(micros / low) / Math.log(high / low)) * (HEIGHT - TOP - BOTTOM);
  const ticks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].filter((tick) => tick > low && tick < high);
  const grid = ticks
    .map(
      (tick) =>
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}" stroke="#ddd"/>` +
        `<text x="${LEFT - 8}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${tick}</text>`,
    )
    .join("\n");
  const axis = SUBSCRIBERS.map(
    (n) =>
      `<text x="${x(n).toFixed(1)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${n.toLocaleString("en")}</text>`,
  ).join("\n");
  // Names beside the lines' ends, moved apart where they would overlap.
  const ends = lines
    .flatMap((line) => {
      const last = line.points.at(-1);
      return last ? [{ line, at: y(last.micros) }] : [];
    })
    .sort((a, b) => a.at - b.at);
  let lowest = 0;
  const drawn = ends
    .map(({ line, at }) => {
      const color = COLORS[line.peer] ?? "#000";
      const wide = line.peer === "kabar" ? 3 : 1.5;
      const path = line.points
        .map(
          ({ subscribers, micros }, i) =>
            `${i === 0 ? "M" : "L"}${x(subscribers).toFixed(1)} ${y(micros).toFixed(1)}`,
        )
        .join("");
      lowest = Math.max(at, lowest + 16);
      const name = titleOf(line.peer).replaceAll("*", "");
      return (
        `<path d="${path}" fill="none" stroke="${color}" stroke-width="${wide}"/>` +
        `<text x="${WIDTH - RIGHT + 10}" y="${(lowest + 4).toFixed(1)}" fill="${color}">${name}</text>`
      );
    })
    .join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13">
<title>Server CPU a delivery, saturated, by subscribers</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="24" font-size="15">µs of server CPU a delivery (less is better), saturated</text>
${grid}
${axis}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">subscribers</text>
${drawn}
</svg>
`;
}
