/** The delivery audit in short, and the proof that it can fail: each break on purpose is called what it is. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { cleanEnv } from "../support/server.ts";
import { testWith } from "../support/parts.ts";
import { postgresBin } from "../support/postgres.ts";

/** Audits wait more than they work, for readers, restarts and leases: so many run side by side. */
const AT_ONCE = 3;
/** A deadline for an audit that may first wait for all others. */
const AUDIT_MS = 900_000;

let running = 0;
const waiting: (() => void)[] = [];

/** Waits until fewer than `AT_ONCE` audits run. */
async function takeTurn(): Promise<void> {
  if (running < AT_ONCE) running += 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
}

/** Hands the turn to the next audit in line. */
function endTurn(): void {
  const next = waiting.shift();
  if (next) next();
  else running -= 1;
}

interface Report {
  kept: boolean;
  clauses: Record<string, { times: number; sentences: string[] }>;
  counts: Record<string, number>;
}

/** Runs the audit as a person would; its exit code and its report. */
async function audit(...flags: string[]): Promise<{ code: number; report: Report }> {
  await takeTurn();
  try {
    return await runAudit(flags);
  } finally {
    endTurn();
  }
}

async function runAudit(flags: string[]): Promise<{ code: number; report: Report }> {
  const entry = join(import.meta.dir, "..", "audit", "audit.ts");
  const child = Bun.spawn([process.execPath, "run", entry, "--json", ...flags], {
    env: cleanEnv(),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const code = await child.exited;
  if (output === "") throw new Error(`the audit ended with ${code} and no report:\n${errors}`);
  return { code, report: JSON.parse(output) as Report };
}

const brokenClauses = ({ clauses }: Report): string[] =>
  Object.keys(clauses).filter((clause) => (clauses[clause]?.times ?? 0) > 0);

test.concurrent(
  "no message is lost, doubled or reordered, and every gap is reported, while the server is killed and a backup restored",
  async () => {
    const { code, report } = await audit("--kills", "5", "--seed", "1");
    expect(brokenClauses(report).map((clause) => report.clauses[clause]?.sentences)).toEqual([]);
    expect(code).toBe(0);
    expect(report.counts.kills).toBe(5);
    expect(report.counts.restores).toBe(1);
    const done = ["acks found stored", "resumes", "acks of repeats", "gaps of forks"];
    done.push(
      "event sources resumed",
      "streamed sessions",
      "appends acked as repeats",
      "growing messages whole",
    );
    expect(done.filter((name) => !report.counts[name])).toEqual([]);
  },
  AUDIT_MS,
);

test.concurrent(
  "a server that shows a message before it is stored is caught",
  async () => {
    const { code, report } = await audit("--kills", "2", "--seed", "1", "--sabotage", "fan-out-first");
    expect(code).toBe(1);
    expect(brokenClauses(report)).toContain("stored-first");
  },
  AUDIT_MS,
);

test.concurrent(
  "a server that stores a repeated message again is caught",
  async () => {
    const { code, report } = await audit("--kills", "2", "--seed", "1", "--sabotage", "no-dedupe");
    expect(code).toBe(1);
    expect(brokenClauses(report)).toContain("one-offset");
  },
  AUDIT_MS,
);

test.concurrent(
  "a server that omits an entry from a replay is caught",
  async () => {
    const { code, report } = await audit("--kills", "2", "--seed", "1", "--sabotage", "lossy-replay");
    expect(code).toBe(1);
    expect(brokenClauses(report)).toContain("handed");
  },
  AUDIT_MS,
);

test.concurrent(
  "a stream of server-sent events that omits an entry is caught",
  async () => {
    const { code, report } = await audit("--kills", "3", "--seed", "1", "--sabotage", "lossy-events");
    expect(code).toBe(1);
    expect(report.clauses.handed?.sentences.join("\n")).toMatch(/\b(?:n-)?es-\d in .*nothing said/);
  },
  AUDIT_MS,
);

test.concurrent(
  "a stream of server-sent events whose cursor runs ahead of a gap is caught",
  async () => {
    const { code, report } = await audit("--kills", "5", "--seed", "1", "--sabotage", "silent-gap");
    expect(code).toBe(1);
    const { fork, gaps } = report.clauses;
    expect([...(fork?.sentences ?? []), ...(gaps?.sentences ?? [])].join("\n")).toMatch(/\b(?:n-)?es-\d in /);
  },
  AUDIT_MS,
);

test.concurrent(
  "a session without WebSocket that misses a live frame is caught",
  async () => {
    const { code, report } = await audit("--kills", "3", "--seed", "1", "--sabotage", "lossy-stream");
    expect(code).toBe(1);
    expect(report.clauses.handed?.sentences.join("\n")).toMatch(/\b(?:n-)?h?s-\w.* in .*nothing said/);
  },
  AUDIT_MS,
);

test.concurrent(
  "a growing message whose log lacks an acknowledged append is caught",
  async () => {
    const { code, report } = await audit("--kills", "1", "--seed", "1", "--sabotage", "lossy-append");
    expect(code).toBe(1);
    expect(brokenClauses(report)).toContain("growing");
  },
  AUDIT_MS,
);

const testNodes = testWith("PostgreSQL", postgresBin !== undefined, "Debian: postgresql", test.concurrent);

testNodes(
  "nothing acknowledged is lost on several nodes, while nodes are killed, the database crashes and a standby takes its place",
  async () => {
    const { code, report } = await audit("--nodes", "3", "--kills", "5", "--seed", "1");
    expect(brokenClauses(report).map((clause) => report.clauses[clause]?.sentences)).toEqual([]);
    expect(code).toBe(0);
    const done = ["database crashes", "terminated tail", "terminated listen", "terminated append"];
    done.push(
      "standbys promoted",
      "forks of the database",
      "gaps of forks",
      "unready nodes",
      "acks of repeats",
      "users of killed nodes",
    );
    expect(done.filter((name) => !report.counts[name])).toEqual([]);
  },
  AUDIT_MS,
);

/** What nodes do that are broken on purpose, for how many kills, and the clauses of which the audit must call one broken. */
const NODE_SABOTAGES: readonly [claim: string, sabotage: string, kills: number, clauses: string[]][] = [
  [
    "a node that hands out its own entries before those of others that lie before them is caught",
    "own-over-holes",
    1,
    ["handed"],
  ],
  [
    "a node that hands out an entry before its commit is caught",
    "hand-before-commit",
    1,
    // A crash between the two shows it; without one at that moment, readers of the other nodes do.
    ["stored-first", "acked", "handed"],
  ],
  ["a node that omits an entry of another node is caught", "lossy-tail", 1, ["handed"]],
  ["nodes that store a repeated message again are caught", "no-dedupe-nodes", 1, ["one-offset"]],
  ["nodes that forget that a lease ends are caught", "forget-lease", 2, ["goes-on"]],
  [
    "a node that goes on with its memory after a standby without the newest messages took over is caught",
    "blind-fork",
    3,
    // Its readers miss messages, or receive none until the new log is as long as the old one was.
    ["handed", "fork", "goes-on"],
  ],
];

for (const [claim, sabotage, kills, clauses] of NODE_SABOTAGES)
  testNodes(
    claim,
    async () => {
      const flags = ["--nodes", "3", "--kills", `${kills}`, "--seed", "1", "--sabotage", sabotage];
      const { code, report } = await audit(...flags);
      expect(code).toBe(1);
      expect(brokenClauses(report).filter((clause) => clauses.includes(clause))).not.toEqual([]);
    },
    AUDIT_MS,
  );
