/**
 * Several nodes over one PostgreSQL: the way from node to node, durable acknowledgements and deliveries beside SQLite, the
 * fan-out of more and more nodes, what idle nodes ask of the database, and how soon a killed database is forgotten.
 * Nodes share the server's core, the load has the other one; the database runs where there is room.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { progress } from "../measure/figures.ts";
import { postgresBin, type RunningPostgres, startPostgres } from "../support/postgres.ts";
import { openConnection } from "./connection.ts";
import { canLimitCpu } from "./cpu-limit.ts";
import type { Figures, Job } from "./jobs.ts";
import { createReceived, markedText, readMarkers } from "./marker.ts";
import { type JobPlan, runJob } from "./measure.ts";
import { type ClusterPeer, clustersOver, type RunningCluster, startKabarNodes } from "./peers/clusters.ts";
import { kabar } from "./peers/kabar.ts";
import { residentBytes } from "./process-stats.ts";
import { SCENARIOS, TEXT_BYTES } from "./scenarios.ts";

/** Connections that publish, and their messages that are on their way. */
const PUBLISHERS = 10;
const IN_FLIGHT = 64;
/** How long a lost connection may take to be found: above it a recovery counts as none. */
const RECOVERY_DEADLINE_MS = 60_000;

/** How much is measured. */
export interface NodesPlan {
  seconds: number;
  /** Names of the clusters; empty: all. */
  peers: readonly string[];
  /** Messages a second between two nodes, and readers at each of them. */
  hopRates: readonly number[];
  hopSubscribers: number;
  /** Scenarios that compare one node's engines, and how often. */
  engines: readonly string[];
  engineRuns: number;
  /** Numbers of nodes, in the order in which they are measured. */
  counts: readonly number[];
  /** Readers at each of them. */
  subscribers: number;
  /** The share of a core that a node has while fan-outs are compared. */
  cpuShare: number;
  /** Numbers of nodes that are measured idle, and for how long. */
  idleNodes: readonly number[];
  idleSeconds: number;
  recoveries: number;
}

/** The whole measurement. */
export const WHOLE: NodesPlan = {
  seconds: 4,
  peers: [],
  hopRates: [100, 10],
  hopSubscribers: 50,
  engines: ["steady-100", "saturated-1000", "durable"],
  engineRuns: 2,
  counts: [1, 2, 4, 4, 2, 1],
  subscribers: 500,
  cpuShare: 0.1,
  idleNodes: [1, 3],
  idleSeconds: 20,
  recoveries: 5,
};

/** One node's engines side by side, more often: `--only engines`. */
export const ENGINES: NodesPlan = {
  ...WHOLE,
  peers: ["kabar"],
  hopRates: [],
  engineRuns: 3,
  counts: [],
  idleNodes: [],
  recoveries: 0,
};

/** What idle nodes ask of their database. */
export interface IdleNodes {
  nodes: number;
  /** Of all nodes together, like the connections. */
  statementsPerSecond: number;
  connections: number;
  residentMib: number;
}

/** What was measured. Times are in milliseconds. */
export interface NodesResult {
  hops: { peer: string; rate: number; figures: Figures }[];
  engines: { engine: "sqlite" | "postgres"; scenario: string; figures: Figures }[];
  /** The CPU time of a second node for each message of the first, in which nobody at the second is interested. */
  follower: Figures | undefined;
  /** Undefined shares: the nodes were not limited, and only the CPU time is comparable. */
  cpuShare: number | undefined;
  subscribers: number;
  fanout: { peer: string; nodes: number; figures: Figures }[];
  idle: IdleNodes[];
  /** From a database that takes connections again to the next message at another node. */
  recoveries: number[];
  /** Times that no message came within a minute. */
  notRecovered: number;
  titles: Record<string, string>;
  versions: Record<string, string>;
  skipped: Record<string, string>;
}

const pidsOf = ({ nodes }: RunningCluster): number[] => nodes.flatMap((node) => node.pids);

const storeOf = ({ storePid }: RunningCluster): { storePid?: number } =>
  storePid === undefined ? {} : { storePid: storePid() };

/** Runs a job against a cluster's first node; `job` may name more of them. */
const runAt = (cluster: RunningCluster, plan: JobPlan): Promise<Figures> =>
  runJob({
    ...plan,
    port: cluster.nodes[0]?.port ?? 0,
    pids: pidsOf(cluster),
    ...storeOf(cluster),
  } as Job);

async function measureHops(peer: ClusterPeer, plan: NodesPlan, result: NodesResult): Promise<void> {
  for (const rate of plan.hopRates) {
    progress(`nodes: ${peer.title}, from node to node, ${rate} messages/s`);
    const cluster = await peer.start(2);
    try {
      result.versions[peer.name] = cluster.version;
      const figures = await runAt(cluster, {
        kind: "hop",
        dialect: peer.dialect,
        otherPort: cluster.nodes[1]?.port ?? 0,
        subscribers: plan.hopSubscribers,
        publishers: Math.min(PUBLISHERS, plan.hopSubscribers),
        rate,
        seconds: plan.seconds * 3,
        textBytes: TEXT_BYTES,
      });
      result.hops.push({ peer: peer.name, rate, figures });
    } finally {
      await cluster.stop();
    }
  }
}

/** SQLite and PostgreSQL in turn, so that both meet the same machine. */
async function measureEngines(
  postgres: RunningPostgres,
  plan: NodesPlan,
  result: NodesResult,
): Promise<void> {
  for (const { name, title, plan: planFor } of SCENARIOS.filter((each) => plan.engines.includes(each.name))) {
    const job = planFor(kabar, plan.seconds);
    if (!job) continue;
    for (let i = 0; i < plan.engineRuns * 2; i++) {
      const engine = i % 4 === 0 || i % 4 === 3 ? "sqlite" : "postgres";
      progress(`nodes: one node, ${engine}, ${title}`);
      const cluster: RunningCluster =
        engine === "postgres"
          ? await startKabarNodes(postgres, 1)
          : await kabar.start().then((node) => ({
              nodes: [node],
              version: node.version,
              stop: () => node.stop(),
            }));
      try {
        result.engines.push({ engine, scenario: name, figures: await runAt(cluster, job) });
      } finally {
        await cluster.stop();
      }
    }
  }
}

/** What a node pays for messages that another node takes and that none of its readers wants. */
async function measureFollower(postgres: RunningPostgres, seconds: number): Promise<Figures> {
  progress("nodes: a node that follows");
  const job = SCENARIOS.find(({ name }) => name === "durable")?.plan(kabar, seconds);
  const cluster = await startKabarNodes(postgres, 2);
  const [first, second] = cluster.nodes;
  if (!job || !first || !second) throw new Error("a follower needs two nodes and a job");
  try {
    return await runJob({
      ...job,
      port: first.port,
      pids: second.pids,
      ...storeOf(cluster),
    } as Job);
  } finally {
    await cluster.stop();
  }
}

async function measureFanout(peer: ClusterPeer, plan: NodesPlan, result: NodesResult): Promise<void> {
  // Peers are for comparison: each number of nodes once.
  const counts = peer.name === "kabar" ? plan.counts : [...new Set(plan.counts)];
  for (const count of counts) {
    progress(`nodes: ${peer.title}, fan-out of ${count}`);
    const cluster = await peer.start(count);
    try {
      const figures = await runAt(cluster, {
        kind: "fanout",
        dialect: peer.dialect,
        publisherDialect: peer.dialect,
        topics: 1,
        // Each node has its own writers, as it has its own readers.
        publishers: PUBLISHERS * count,
        subscribers: (plan.subscribers - PUBLISHERS) * count,
        rate: 0,
        inFlight: IN_FLIGHT * count,
        seconds: plan.seconds,
        textBytes: TEXT_BYTES,
        otherPorts: cluster.nodes.slice(1).map(({ port }) => port),
        ...(result.cpuShare !== undefined && { cpuShare: result.cpuShare }),
      });
      result.fanout.push({ peer: peer.name, nodes: count, figures });
    } finally {
      await cluster.stop();
    }
  }
}

/** Counts the statements that a database has run for its clients: PostgreSQL writes each of this database into its log. */
async function countStatements(postgres: RunningPostgres, name: string): Promise<() => number> {
  await postgres.query(`ALTER DATABASE ${name} SET log_statement = 'all'`);
  const path = join(postgres.dataDir, "..", "log");
  return () => (readFileSync(path, "utf8").match(/ LOG: {2}(?:statement|execute)/g) ?? []).length;
}

async function measureIdle(postgres: RunningPostgres, count: number, seconds: number): Promise<IdleNodes> {
  progress(`nodes: ${count} idle`);
  const database = await postgres.createDatabase();
  const name = new URL(database).pathname.slice(1);
  const statements = await countStatements(postgres, name);
  const cluster = await startKabarNodes(postgres, count, database);
  try {
    await Bun.sleep(seconds * 300); // what a start leaves to do
    const [before, at] = [statements(), performance.now()];
    await Bun.sleep(seconds * 1000);
    const done = statements() - before;
    const wall = (performance.now() - at) / 1000;
    const [open] = await postgres.query<{ count: string }>(
      `SELECT count(*) AS count FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    return {
      nodes: count,
      statementsPerSecond: done / wall,
      connections: Number(open?.count),
      residentMib: residentBytes(pidsOf(cluster)) / count / 2 ** 20,
    };
  } finally {
    await cluster.stop();
  }
}

/**
 * Kills the database under two nodes in use. Resolves to the time from its return to the next message at the other node, or to
 * undefined when none comes.
 */
async function measureRecovery(postgres: RunningPostgres, run: number): Promise<number | undefined> {
  progress(`nodes: a killed database, ${run + 1}`);
  const cluster = await startKabarNodes(postgres, 2);
  const [first, second] = cluster.nodes;
  if (!first || !second) throw new Error("a recovery needs two nodes");
  const received = createReceived(1);
  let arrivedAt: number | undefined;
  const reader = await openConnection(second.port, "kabar", "bench", (bytes) => {
    if (readMarkers(received, bytes) > 0) arrivedAt ??= performance.now();
  });
  const arrival = async (): Promise<number | undefined> => {
    const until = performance.now() + RECOVERY_DEADLINE_MS;
    while (arrivedAt === undefined && performance.now() < until) await Bun.sleep(1);
    return arrivedAt;
  };
  let sequence = 0;
  const publish = setInterval(() => {
    const body = markedText(0, sequence++, 0, TEXT_BYTES);
    const address = `http://127.0.0.1:${first.port}/api/topics/bench/messages`;
    fetch(address, { method: "POST", body }).catch(() => undefined);
  }, 20);
  try {
    await arrival();
    await postgres.stop("immediate");
    arrivedAt = undefined;
    await postgres.start();
    const at = performance.now();
    const next = await arrival();
    return next && Math.max(0, next - at);
  } finally {
    clearInterval(publish);
    reader.socket.end();
    await cluster.stop();
  }
}

/** Measures. Resolves to the reason when there is no PostgreSQL here. */
export async function measureNodes(plan: NodesPlan): Promise<NodesResult | string> {
  if (!postgresBin) return "PostgreSQL is not on this machine (Debian: postgresql)";
  const postgres = await startPostgres({ settings: { max_connections: "300" }, isKept: true });
  process.on("exit", postgres.abandon);
  const result: NodesResult = {
    hops: [],
    engines: [],
    follower: undefined,
    cpuShare: canLimitCpu() ? plan.cpuShare : undefined,
    subscribers: plan.subscribers,
    fanout: [],
    idle: [],
    recoveries: [],
    notRecovered: 0,
    titles: {},
    versions: {
      postgres:
        (await postgres.query<{ server_version: string }>("SHOW server_version"))[0]?.server_version ?? "",
    },
    skipped: {},
  };
  try {
    for (const peer of clustersOver(postgres)) {
      result.titles[peer.name] = peer.title;
      if (plan.peers.length > 0 && !plan.peers.includes(peer.name)) continue;
      const reason = await peer.missing();
      if (reason !== undefined) {
        result.skipped[peer.name] = reason;
        continue;
      }
      await measureHops(peer, plan, result);
      await measureFanout(peer, plan, result);
    }
    await measureEngines(postgres, plan, result);
    if (plan.engineRuns > 0) result.follower = await measureFollower(postgres, plan.seconds);
    for (const count of plan.idleNodes)
      result.idle.push(await measureIdle(postgres, count, plan.idleSeconds));
    for (let i = 0; i < plan.recoveries; i++) {
      const recoveredMs = await measureRecovery(postgres, i);
      if (recoveredMs === undefined) result.notRecovered += 1;
      else result.recoveries.push(recoveredMs);
    }
    return result;
  } finally {
    process.off("exit", postgres.abandon);
    await postgres.remove();
  }
}
