/**
 * The delivery audit: `bun run audit`. Publishes numbered, hashed messages through many clients to a server that is
 * killed over and over, behind a network that cuts and stalls, and checks all that every client received against the promise of docs/PROTOCOL.md. One line a clause; exits with 1 when one is broken.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pgbouncer } from "../support/pgbouncer.ts";
import { postgresBin } from "../support/postgres.ts";
import { reportJson, reportLines } from "./report.ts";
import { runAudit } from "./run.ts";
import { runNodesAudit } from "./run-nodes.ts";

const HELP = `The delivery audit.

  bun run audit -- --kills 200        how often the server is killed (default 20)
  bun run audit -- --nodes 3          several servers on one PostgreSQL, which has troubles of its own
  bun run audit -- --databases 2      with nodes: the topics are shared by several databases
  bun run audit -- --pooler           with nodes: PgBouncer in transaction mode before the database
  bun run audit -- --minutes 5        end after so long, even with fewer kills
  bun run audit -- --seed 7           repeat the decisions of another run (default: by the clock)
  bun run audit -- --json             the result as JSON
  bun run audit -- --sabotage NAME    break the server on purpose, to see the audit fail:
                                      fan-out-first, no-dedupe, lossy-replay, lossy-events, silent-gap, lossy-stream, lossy-append;
                                      with nodes: own-over-holes, hand-before-commit, lossy-tail, no-dedupe-nodes, blind-fork, forget-lease
`;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    minutes: { type: "string", default: "60" },
    nodes: { type: "string", default: "1" },
    databases: { type: "string", default: "1" },
    pooler: { type: "boolean", default: false },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
    sabotage: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

function fail(sentence: string): never {
  process.stderr.write(`audit: ${sentence}\n`);
  process.exit(2);
}

function readNumber(name: "kills" | "minutes" | "nodes" | "databases", min: number): number {
  const value = Number(values[name]);
  return value >= min ? value : fail(`--${name} is "${values[name]}", must be a number from ${min}.`);
}

if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const { sabotage } = values;
if (sabotage !== undefined && !existsSync(join(import.meta.dir, "sabotage", `${sabotage}.ts`))) {
  fail(`there is no sabotage "${sabotage}".`);
}
const kills = Math.floor(readNumber("kills", 1));
const minutes = readNumber("minutes", 0.01);
const nodes = Math.floor(readNumber("nodes", 1));
const databases = Math.floor(readNumber("databases", 1));
if (nodes === 1 && (databases > 1 || values.pooler)) fail("--databases and --pooler need --nodes.");
if (values.pooler && !pgbouncer) fail("--pooler needs PgBouncer (Debian: pgbouncer).");
if (nodes > 1 && !postgresBin) fail("--nodes needs PostgreSQL (Debian: postgresql).");
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!Number.isSafeInteger(seed)) fail(`--seed is "${values.seed}", must be a whole number.`);

const say = (line: string) => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
say(
  `audit: seed ${seed}, ${kills} kills${nodes > 1 ? `, ${nodes} nodes` : ""}${sabotage ? `, sabotage ${sabotage}` : ""}`,
);
/** Interrupted, nothing is left behind. */
function onStart(abandon: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      abandon();
      process.exit(130);
    });
  }
}
const { findings, seconds } = await (nodes > 1 ? runNodesAudit : runAudit)({
  nodes,
  databases,
  isPooled: values.pooler,
  kills,
  minutes,
  seed,
  onProgress: say,
  onStart,
  ...(sabotage ? { sabotage } : {}),
});
if (values.json) {
  process.stdout.write(`${JSON.stringify(reportJson(findings, { seed, kills, seconds }), null, 2)}\n`);
} else {
  say(`\n${reportLines(findings).join("\n")} (${Math.round(seconds)} s, seed ${seed})`);
}
process.exit(findings.isClean() ? 0 : 1);
