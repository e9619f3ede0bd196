/**
 * Upgrades of a SQLite log that an older version wrote: a checked snapshot first, then the change in one transaction. Whatever
 * interrupts it, the log is of the old schema or of the new one, and the next start goes on.
 */
import type { Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { version as program } from "../../package.json";
import { StartError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { BackupFailed, createBackupNow, showBytes } from "./backup.ts";
import { describeFailure } from "./sqlite-failure.ts";
import {
  DATABASE_FILE,
  migrate,
  migrationsAfter,
  newerSchema,
  SCHEMA_VERSION,
  schemaOf,
  schemaOfFile,
} from "./sqlite-schema.ts";

/** The name of the snapshot. One a schema: an upgrade that is tried again replaces it while the log is still of the old schema. */
export const SNAPSHOT = `${DATABASE_FILE}.before-schema-${SCHEMA_VERSION}`;

/** What the next start changes in a data folder. */
export interface PlannedUpgrade {
  from: number;
  to: number;
  /** The changes, half a sentence each. */
  does: string[];
  /** The path of the snapshot, and about how many bytes it takes. */
  snapshot: string;
  bytes: number;
}

const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);

/**
 * What a start would change in the log of a folder; undefined when it would change nothing. Reads the head of the file and
 * creates nothing. Throws StartError for a log of a newer version, and the error of the file system.
 */
export function planUpgrade(dataDir: string): PlannedUpgrade | undefined {
  const path = join(dataDir, DATABASE_FILE);
  if (sizeOf(path) === 0) return undefined;
  const from = schemaOfFile(path);
  if (from === undefined || from === 0) return undefined;
  requireKnown(from, path);
  if (from === SCHEMA_VERSION) return undefined;
  const bytes = sizeOf(path) + sizeOf(`${path}-wal`);
  return { from, to: SCHEMA_VERSION, does: migrationsAfter(from), snapshot: join(dataDir, SNAPSHOT), bytes };
}

/** Throws StartError for a schema that this version does not know. */
export function requireKnown(version: number, path: string): void {
  if (version > SCHEMA_VERSION)
    throw new StartError(`${path} was written ${newerSchema(version)}. Start the newer version.`);
}

/** Takes the snapshot of a log, and says where it is. Throws StartError. */
function takeSnapshot(dataDir: string, version: number, logger: Logger): string {
  const path = join(dataDir, SNAPSHOT);
  try {
    const { damaged, bytes, messages } = createBackupNow({ dataDir, path, version: program });
    for (const topic of damaged) logger.error({ topic }, "the log is damaged: this topic lacks messages");
    logger.warn({ snapshot: path, bytes, messages }, "the snapshot is made and checked");
    return path;
  } catch (error) {
    if (!(error instanceof BackupFailed)) throw error;
    throw new StartError(
      `the log is of schema ${version} and was not upgraded to ${SCHEMA_VERSION}; it is as it was. Before an upgrade a snapshot is made, and that failed: ${error.message}`,
    );
  }
}

/**
 * Upgrades an open log to the present schema, and does nothing when it has it. `rewrite` brings the file itself up to date and
 * runs before the change, so that an older version can go on with the log until the last moment. `isCopy`: the log is a copy,
 * and needs no snapshot. Throws StartError; then the log is as it was, and the snapshot stays.
 */
export function upgradeLog(
  db: Database,
  dataDir: string,
  logger: Logger,
  { isCopy, rewrite }: { isCopy: boolean; rewrite(): void },
): void {
  const version = schemaOf(db);
  if (version === SCHEMA_VERSION) {
    rewrite();
    return;
  }
  const startedAt = performance.now();
  const step = { from: version, to: SCHEMA_VERSION, does: migrationsAfter(version) };
  let kept = "";
  if (!isCopy) {
    const size = showBytes(
      sizeOf(join(dataDir, DATABASE_FILE)) + sizeOf(join(dataDir, `${DATABASE_FILE}-wal`)),
    );
    logger.warn({ ...step, size }, "upgrading the log of an older version; a snapshot of it is made first");
    kept = ` ${takeSnapshot(dataDir, version, logger)} is a copy of it.`;
  }
  rewrite();
  try {
    migrate(db, version);
  } catch (error) {
    throw new StartError(
      `the log could not be upgraded from schema ${version} to ${SCHEMA_VERSION} and is as it was: ${describeFailure(error)}.${kept}`,
    );
  }
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  if (!isCopy)
    logger.warn({ ...step, seconds }, "the log is upgraded; remove the snapshot when you no longer need it");
}
