/**
 * Chooses the engine: PostgreSQL where the setting `log` names a database or several, else SQLite in the data folder. No
 * other file of the server knows both.
 */
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { type Cluster, createLoneNode } from "./cluster.ts";
import type { MessageLog } from "./log.ts";

/** The settings that an engine reads. */
export interface LogSettings {
  /** Addresses of databases, `postgres://…`; empty for SQLite. */
  log: readonly string[];
  dataDir: string;
  durability: "fsync" | "os";
  maxCommitWindowMs: number;
  search: boolean;
}

/** Opens the configured log. Rejects with StartError and the reason when that is not possible. */
export async function openLog(settings: LogSettings, logger: Logger, metrics: Metrics): Promise<MessageLog> {
  const { log: addresses, dataDir, ...rest } = settings;
  if (addresses.length === 0) {
    const { openSqliteLog } = await import("./sqlite.ts");
    return openSqliteLog({ ...rest, dataDir, logger, metrics });
  }
  const { openDatabases } = await import("./open-databases.ts");
  return openDatabases(addresses, { ...rest, logger, metrics });
}

/** The cluster of the configured, open log: the nodes that share its first database. Over SQLite a node is alone. */
export async function openCluster(
  { log: [url] }: Pick<LogSettings, "log">,
  logger: Logger,
  log: Pick<MessageLog, "warnings">,
): Promise<Cluster> {
  if (url === undefined) return createLoneNode();
  const { openPostgresCluster } = await import("./open-databases.ts");
  return openPostgresCluster(url, logger, log);
}
