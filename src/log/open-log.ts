/**
 * Chooses the engine: PostgreSQL where the setting `log` names a database, else SQLite in the data folder. The only place
 * that knows both.
 */
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { type Cluster, createLoneCluster } from "./cluster.ts";
import type { MessageLog } from "./log.ts";
import { openPostgresLog } from "./postgres.ts";
import { joinCluster } from "./postgres-cluster.ts";
import { openSqliteLog } from "./sqlite.ts";

export interface LogSettings {
  /** `postgres://…`, or empty for SQLite. */
  log: string;
  dataDir: string;
  durability: "fsync" | "os";
  maxCommitWindowMs: number;
}

/** An open log, and the other nodes that share it. */
export interface OpenedLog {
  log: MessageLog;
  cluster: Cluster;
}

/** Opens the configured log. Rejects with StartError and the reason when that is not possible. */
export async function openLog(settings: LogSettings, logger: Logger, metrics: Metrics): Promise<OpenedLog> {
  const { log: url, ...rest } = settings;
  if (url === "") return { log: openSqliteLog({ ...rest, logger, metrics }), cluster: createLoneCluster() };
  const log = await openPostgresLog({ url, maxCommitWindowMs: rest.maxCommitWindowMs, logger, metrics });
  return { log, cluster: await joinCluster({ url, logger }) };
}
