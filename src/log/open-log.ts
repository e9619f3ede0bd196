/**
 * Chooses the engine: PostgreSQL where the setting `log` names a database or several, else SQLite in the data folder. No
 * other file of the server knows both.
 */
import { databaseName } from "../database-address.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { MessageLog } from "./log.ts";
import { createPlacement } from "./placement.ts";
import { openPostgresLog } from "./postgres.ts";
import { requireMembers } from "./postgres-members.ts";
import { joinDatabases } from "./several-databases.ts";
import { type Cluster, createLoneNode } from "./cluster.ts";
import { createPostgresCluster } from "./postgres-cluster.ts";
import { NOT_HEARING } from "./postgres-hints.ts";
import { openSqliteLog } from "./sqlite.ts";

/** The settings that an engine reads. */
export interface LogSettings {
  /** Addresses of databases, `postgres://…`; empty for SQLite. */
  log: readonly string[];
  dataDir: string;
  durability: "fsync" | "os";
  maxCommitWindowMs: number;
  search: boolean;
}

/** Opens the databases of a log as one. `now` is a test's clock. Rejects with StartError and the reason when that is not possible. */
export async function openDatabases(
  addresses: readonly string[],
  parts: {
    maxCommitWindowMs: number;
    search?: boolean;
    logger: Logger;
    metrics: Metrics;
    now?: () => number;
  },
): Promise<MessageLog> {
  const ids = await requireMembers(addresses);
  const [only, ...others] = addresses;
  if (only !== undefined && others.length === 0) return openPostgresLog({ ...parts, url: only });
  const opened = await Promise.allSettled(
    addresses.map(async (url) => {
      const name = databaseName(url);
      const logger = parts.logger.child({ database: name });
      return { name, log: await openPostgresLog({ ...parts, logger, url }) };
    }),
  );
  const databases = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const failed = opened.find((each) => each.status === "rejected");
  if (!failed) return joinDatabases(databases, createPlacement(ids));
  await Promise.all(databases.map(({ log }) => log.close()));
  throw failed.reason;
}

/** Opens the configured log. Rejects with StartError and the reason when that is not possible. */
export async function openLog(settings: LogSettings, logger: Logger, metrics: Metrics): Promise<MessageLog> {
  const { log: addresses, dataDir, ...rest } = settings;
  return addresses.length === 0
    ? openSqliteLog({ ...rest, dataDir, logger, metrics })
    : openDatabases(addresses, { ...rest, logger, metrics });
}

/** The cluster of the configured, open log: the nodes that share its first database. Over SQLite a node is alone. */
export function openCluster(
  { log: [url] }: Pick<LogSettings, "log">,
  logger: Logger,
  log: Pick<MessageLog, "warnings">,
): Cluster {
  if (url === undefined) return createLoneNode();
  const isPooled = log.warnings().some((warning) => warning.includes(NOT_HEARING));
  return createPostgresCluster({ url, isPooled, logger });
}
