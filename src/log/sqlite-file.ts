/**
 * Opens the SQLite file: locks the folder, creates or checks the schema, has logs of older versions upgraded, reports an
 * unclean end. Does not know what the tables are used for.
 */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { StartError } from "../errors.ts";
import { isOpenToOthers, makePrivate, removeLeftParts } from "../files.ts";
import { lockFolder, requireUnopened } from "./folder-lock.ts";
import { type Checkpoints, createCheckpoints } from "./sqlite-checkpoint.ts";
import { describeFailure } from "./sqlite-failure.ts";
import { createSchema, DATABASE_FILE, missingColumns, schemaOf } from "./sqlite-schema.ts";
import { requireKnown, SNAPSHOT, upgradeLog } from "./sqlite-upgrade.ts";
import { createUpkeep, type Upkeep } from "./sqlite-upkeep.ts";
import type { Logger } from "../logger.ts";

const LOST_TOPS = `
  SELECT topic.name, topic.top FROM topic LEFT JOIN entry ON entry.topic = topic.id AND entry.offset = topic.top
  WHERE topic.top >= topic.first AND entry.offset IS NULL`;

/** The write-ahead log is cut to this size after a long read or a burst of writes made it larger. */
const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

/** `PRAGMA auto_vacuum` of a file that gives free pages back on request. */
const INCREMENTAL = 2;

/** How long a commit waits for another program's lock. The whole server waits meanwhile. */
const BUSY_TIMEOUT_MS = 200;

/** Names of a restore's folder and of a backup on its way over HTTP: a killed process leaves them. */
export const RESTORE_FOLDER = "restore";
export const SENT_BACKUP = "backup.db";
const TEMPORARY = [RESTORE_FOLDER, SENT_BACKUP, SNAPSHOT];
const FILES = [DATABASE_FILE, "kabar.db-wal", "kabar.db-shm", "kabar.lock"];

/** An open log file. `close` also releases the folder. */
export interface LogFile {
  db: Database;
  upkeep: Upkeep;
  checkpoints: Checkpoints;
  close(): Promise<void>;
}

/**
 * Locks the data folder and opens its database; creates both when they are missing. `isMove`: also one that a move has not
 * finished. `isCopy`: the log is a copy, which is upgraded without a snapshot. Throws StartError.
 */
export function openLogFile(
  dataDir: string,
  durability: "fsync" | "os",
  logger: Logger,
  { isMove = false, isCopy = false } = {},
): LogFile {
  // Files that SQLite creates beside the database are for its owner only.
  process.umask(0o077);
  const lock = lockFolder(dataDir);
  let opened: Database | undefined;
  try {
    requireUnopened(dataDir, DATABASE_FILE);
    protectFiles(dataDir, logger);
    removeLeftParts(dataDir, (name) => TEMPORARY.includes(name));
    const walBytes = Bun.file(join(dataDir, "kabar.db-wal")).size;
    const path = join(dataDir, DATABASE_FILE);
    const db = openDatabase(path, durability);
    opened = db;
    if (!isMove) requireMoved(db, dataDir);
    reportFindings(db, walBytes, logger);
    upgradeLog(db, dataDir, logger, { isCopy, rewrite: () => renewOldFile(db, logger) });
    const checkpoints = createCheckpoints({ db, path, logger });
    const upkeep = createUpkeep({ db, path, checkpoints, busyTimeoutMs: BUSY_TIMEOUT_MS, logger });
    return {
      db,
      upkeep,
      checkpoints,
      async close() {
        await checkpoints.close();
        upkeep.stop();
        db.close();
        upkeep.close();
        lock.close();
      },
    };
  } catch (error) {
    opened?.close();
    lock.close();
    throw error;
  }
}

/** Makes the files private. Warns of a file that it cannot make private, and of a folder that others may enter. */
function protectFiles(dataDir: string, logger: Logger): void {
  for (const name of FILES) {
    if (!makePrivate(join(dataDir, name)))
      logger.warn(
        { file: name },
        "other users can read this file, and this process cannot change that: it belongs to another user",
      );
  }
  if (isOpenToOthers(dataDir))
    logger.warn({ folder: dataDir }, "other users can enter the data folder: chmod 700 keeps them out");
}

function openDatabase(path: string, durability: "fsync" | "os"): Database {
  try {
    const db = new Database(path, { create: true });
    // Set before the first table: free pages can then be given back in steps.
    db.run("PRAGMA auto_vacuum = INCREMENTAL");
    db.run("PRAGMA journal_mode = WAL");
    // Removed rows are overwritten, not only marked as free.
    db.run("PRAGMA secure_delete = ON");
    db.run(`PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`);
    db.run(`PRAGMA synchronous = ${durability === "fsync" ? "FULL" : "NORMAL"}`);
    db.run("PRAGMA cache_size = -65536");
    db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const version = schemaOf(db);
    requireKnown(version, path);
    if (version === 0) createSchema(db);
    else requireColumns(db, path);
    return db;
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`${path} can't be opened: ${describeFailure(error)}`);
  }
}

/** Throws StartError when a move into this folder was begun and not finished. */
function requireMoved(db: Database, dataDir: string): void {
  if (db.query("SELECT 1 FROM sqlite_schema WHERE name = 'move'").get() === null) return;
  db.close();
  throw new StartError(`the move of a log to ${dataDir} is not finished: run the same \`kabar move\` again.`);
}

/** Rewrites the file of an older version: it still has removed texts in it, and cannot give free pages back. */
function renewOldFile(db: Database, logger: Logger): void {
  const { auto_vacuum: mode } = db.query("PRAGMA auto_vacuum").get() as { auto_vacuum: number };
  if (mode === INCREMENTAL) return;
  const startedAt = performance.now();
  try {
    // Applies the `auto_vacuum` mode that openDatabase set.
    db.run("VACUUM");
  } catch (error) {
    throw new StartError(
      `the log of an older version must be rewritten once, which needs as much free disk space as the log takes: ${describeFailure(error)}`,
    );
  }
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  logger.warn({ seconds }, "the log of an older version was rewritten without its removed messages");
}

function requireColumns(db: Database, path: string): void {
  const missing = missingColumns(db);
  if (missing !== undefined)
    throw new StartError(`${path} is a database of another program, not a log of Kabar: ${missing}.`);
}

/** Logs whether the last run ended cleanly, and each topic whose newest message is missing. */
function reportFindings(db: Database, walBytes: number, logger: Logger): void {
  if (walBytes > 0)
    logger.warn({ walBytes }, "the last run did not end cleanly; the stored messages are recovered");
  const lost = db.query<{ name: string; top: number }, []>(LOST_TOPS).all();
  for (const { name, top } of lost) {
    logger.error({ topic: name, offset: top }, "the log is damaged: this topic's newest message is missing");
  }
}
