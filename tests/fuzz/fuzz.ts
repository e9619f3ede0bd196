/**
 * Hostile input: `bun run fuzz`. Sends broken frames, commands, lines and requests to a real server, from a seed, and
 * exits with 1 when one of them crashes it, goes unanswered, is answered wrongly, disturbs a healthy client, or when
 * memory grows. Then lets single attackers loose on a server with its own limits, and a healthy client must not wait.
 */
import { parseArgs } from "node:util";
import { type LatencyResult, MAX_WAIT_MS, runLatency } from "./latency.ts";
import { flatWithinMb } from "./memory.ts";
import { type FuzzResult, runFuzz } from "./run.ts";

const HELP = `Hostile input.

  bun run fuzz -- --cases 20000    how many cases (default 1000000)
  bun run fuzz -- --seed 7         repeat another run's cases (default: by the clock)
  bun run fuzz -- --flood 500      how many ms each single attacker works (default 2000)
  bun run fuzz -- --json           the result as JSON
`;

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "1000000" },
    seed: { type: "string" },
    flood: { type: "string", default: "2000" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

function readWhole(name: "cases" | "seed" | "flood", fallback: number): number {
  const value = Number(values[name] ?? fallback);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`fuzz: --${name} is "${values[name]}", must be a whole number.\n`);
  process.exit(2);
}

const whole = (value: number): string => value.toLocaleString("en-US");

function lines({
  cases,
  kinds,
  wrong,
  sentences,
  crashes,
  heartbeats,
  held,
  heldEnded,
  memory,
  seconds,
}: FuzzResult): string[] {
  const { secondQuarterMb, lastQuarterMb, highestMb, mbPer100kCases } = memory;
  return [
    ...Object.entries(kinds).map(([kind, count]) => `${kind.padEnd(20)} ${whole(count).padStart(10)}`),
    `half connections: ${whole(held)} opened; at the end the server had given up ${whole(heldEnded)} of those still held`,
    `healthy client: ${whole(heartbeats)} messages published and handed back meanwhile`,
    `memory: ${secondQuarterMb.toFixed(1)} MB in the second quarter, ${lastQuarterMb.toFixed(1)} MB in the last, ` +
      `${highestMb.toFixed(1)} MB at most, ${mbPer100kCases.toFixed(2)} MB per 100,000 cases in the second half; ` +
      `flat is at most ${flatWithinMb(cases)} MB more than in the second quarter: ${memory.isFlat ? "flat" : "NOT FLAT"}`,
    ...sentences.map((sentence) => `  ${sentence}`),
    `${wrong === 0 ? "kept" : "BROKEN"}: ${whole(cases)} cases, ${crashes} crashes, ${wrong} wrong (${Math.round(seconds)} s)`,
  ];
}

function floodLines({ floods, wrong }: LatencyResult): string[] {
  const slowest = floods.reduce((most, row) => (row.longestMs > most.longestMs ? row : most));
  const sum = (of: "sent" | "beats") => whole(floods.reduce((total, row) => total + row[of], 0));
  return [
    ...floods.map(
      ({ name, sent, longestMs }) =>
        `${name.padEnd(46)} ${whole(sent).padStart(10)} sent, the healthy client waited ${longestMs.toFixed(0).padStart(3)} ms at most`,
    ),
    ...wrong.map((sentence) => `  ${sentence}`),
    `${wrong.length === 0 ? "kept" : "BROKEN"}: ${floods.length} single attackers, ${sum("sent")} frames and requests, ` +
      `${sum("beats")} pings and messages of the healthy client, ${slowest.longestMs.toFixed(0)} ms at most, ${MAX_WAIT_MS} allowed`,
  ];
}

const cases = readWhole("cases", 0);
const seed = readWhole("seed", Date.now() % 1_000_000);
const say = (line: string) => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
say(`fuzz: seed ${seed}, ${whole(cases)} cases`);
/** Interrupted, nothing is left behind. */
function onStart(abandon: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      abandon();
      process.exit(130);
    });
  }
}
const result = await runFuzz({ cases, seed, onProgress: say, onStart });
const latency = await runLatency({ seed, floodMs: readWhole("flood", 0), onProgress: say });
const isKept = result.wrong === 0 && latency.wrong.length === 0;
if (values.json)
  process.stdout.write(`${JSON.stringify({ kept: isKept, seed, ...result, latency }, null, 2)}\n`);
else say(`\n${[...lines(result), "", ...floodLines(latency)].join("\n")}`);
process.exit(isKept ? 0 : 1);
