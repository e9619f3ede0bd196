/**
 * Opens the PostgreSQL databases of a log as one log, and joins the nodes that share them. Loaded when the setting `log` names
 * a database: a server over SQLite starts without the engine.
 */
import { databaseName } from "../database-address.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { Cluster } from "./cluster.ts";
import type { MessageLog } from "./log.ts";
import { createPlacement } from "./placement.ts";
import { openPostgresLog } from "./postgres.ts";
import { createPostgresCluster } from "./postgres-cluster.ts";
import { NOT_HEARING } from "./postgres-hints.ts";
import { requireMembers } from "./postgres-members.ts";
import { joinDatabases } from "./several-databases.ts";

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

/** The cluster of the nodes that share a log's first database, whose address is `url`. */
export function openPostgresCluster(url: string, logger: Logger, log: Pick<MessageLog, "warnings">): Cluster {
  const isPooled = log.warnings().some(({ code }) => code === NOT_HEARING.code);
  return createPostgresCluster({ url, isPooled, logger });
}
