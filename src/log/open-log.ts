/**
 * Chooses the engine: PostgreSQL where the setting `log` names a database, else SQLite in the data folder. No other file
 * knows both.
 */
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { MessageLog } from "./log.ts";
import { openPostgresLog } from "./postgres.ts";
import { openSqliteLog } from "./sqlite.ts";

/** The settings that an engine reads. */
export interface LogSettings {
  /** `postgres://…`, or empty for SQLite. */
  log: string;
  dataDir: string;
  durability: "fsync" | "os";
  maxCommitWindowMs: number;
}

/** Opens the configured log. Rejects with StartError and the reason when that is not possible. */
export async function openLog(settings: LogSettings, logger: Logger, metrics: Metrics): Promise<MessageLog> {
  const { log: url, dataDir, durability, maxCommitWindowMs } = settings;
  return url === ""
    ? openSqliteLog({ dataDir, durability, maxCommitWindowMs, logger, metrics })
    : openPostgresLog({ url, maxCommitWindowMs, logger, metrics });
}
