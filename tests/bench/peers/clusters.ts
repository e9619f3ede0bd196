/** Servers of several nodes: Kabar over one PostgreSQL, and Centrifugo over PostgreSQL and over Redis, Socket.IO over Redis. Nodes share a core. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunningPostgres } from "../../support/postgres.ts";
import type { DialectName } from "../dialects.ts";
import type { RunningPeer } from "../peer.ts";
import { installCentrifugo, missingOverRedis, overRedis, startCentrifugo } from "./centrifugo.ts";
import { kabar } from "./kabar.ts";
import { socketIo } from "./node.ts";
import { missingRedis, startRedis } from "./redis.ts";

/** Nodes that are running. */
export interface RunningCluster {
  nodes: RunningPeer[];
  /** The main process of the database or broker, which a restart changes. */
  storePid?: () => number;
  version: string;
  stop(): Promise<void>;
}

/** A server of several nodes to be measured. */
export interface ClusterPeer {
  name: string;
  title: string;
  dialect: DialectName;
  missing(): Promise<string | undefined>;
  start(nodes: number): Promise<RunningCluster>;
}

const mainPid = ({ dataDir }: RunningPostgres): number =>
  Number(readFileSync(join(dataDir, "postmaster.pid"), "utf8").split("\n")[0]);

const times = async (count: number, start: () => Promise<RunningPeer>): Promise<RunningPeer[]> => {
  const nodes: RunningPeer[] = [];
  for (let i = 0; i < count; i++) nodes.push(await start());
  return nodes;
};
const stopAll = async (nodes: readonly RunningPeer[]): Promise<void> => {
  await Promise.all(nodes.map((node) => node.stop()));
};

/** Kabar over a database: a new one, unless its address is given. */
export async function startKabarNodes(
  postgres: RunningPostgres,
  count: number,
  database?: string,
): Promise<RunningCluster> {
  const url = database ?? (await postgres.createDatabase());
  const nodes = await times(count, () => kabar.start({ KABAR_LOG: url }));
  return {
    nodes,
    storePid: () => mainPid(postgres),
    version: nodes[0]?.version ?? "",
    stop: () => stopAll(nodes),
  };
}

/** Nodes over a Redis of their own; `start` starts one for its port. */
async function startOverRedis(
  count: number,
  start: (port: string) => Promise<RunningPeer>,
): Promise<RunningCluster> {
  const redis = await startRedis();
  const nodes = await times(count, () => start(redis.port));
  return {
    nodes,
    storePid: () => redis.pid,
    version: `${nodes[0]?.version}, ${redis.version}`,
    async stop() {
      await stopAll(nodes);
      await redis.stop();
    },
  };
}

/** The clusters that can be measured, over one PostgreSQL where they use one. */
export function clustersOver(postgres: RunningPostgres): ClusterPeer[] {
  return [
    {
      name: "kabar",
      title: "**Kabar**, PostgreSQL (fsync)",
      dialect: "kabar",
      missing: async () => undefined,
      start: (count) => startKabarNodes(postgres, count),
    },
    {
      name: "centrifugo-postgres",
      title: "Centrifugo, PostgreSQL (fsync)",
      dialect: "centrifugo",
      missing: async () => installCentrifugo(),
      async start(count) {
        const dsn = `${await postgres.createDatabase()}?sslmode=disable`;
        const engine = {
          broker: { enabled: true, type: "postgres", postgres: { dsn, use_notify: true } },
          controller: { enabled: true, type: "postgres", postgres: { dsn } },
        };
        const nodes = await times(count, () => startCentrifugo(engine));
        return {
          nodes,
          storePid: () => mainPid(postgres),
          version: nodes[0]?.version ?? "",
          stop: () => stopAll(nodes),
        };
      },
    },
    {
      name: "centrifugo-redis",
      title: "Centrifugo, Redis (memory)",
      dialect: "centrifugo",
      missing: missingOverRedis,
      start: (count) => startOverRedis(count, (port) => startCentrifugo(overRedis(port))),
    },
    {
      name: "socket.io-redis",
      title: "Socket.IO, Redis streams (memory)",
      dialect: "socket.io",
      missing: async () => missingRedis() ?? socketIo.missing(),
      start: (count) => startOverRedis(count, (port) => socketIo.start({ REDIS: port })),
    },
  ];
}
