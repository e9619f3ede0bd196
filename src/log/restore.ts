/**
 * Restores a backup into a data folder that no server uses. Everything is copied, checked and opened once in a folder of its
 * own, then takes the place of the log in one step; the log that it replaces stays beside it. Before that step a crash or a
 * full disk changes nothing.
 */
import { Database } from "bun:sqlite";
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, join } from "node:path";
import { StartError } from "../errors.ts";
import { moveIntoPlace, partOf, removeLeftParts, writePrivateFile } from "../files.ts";
import { createLogger } from "../logger.ts";
import { createMetrics } from "../metrics.ts";
import { BackupFailed, GUEST_SECRET_FILE, requireRoom } from "./backup.ts";
import { BadCopy, type Contents, hashEntries, readContents, requireIntegrity } from "./backup-check.ts";
import { type Cause, loadControl } from "./control.ts";
import { lockFolder, requireUnopened } from "./folder-lock.ts";
import { openSqliteLog } from "./sqlite.ts";
import { describeFailure } from "./sqlite-failure.ts";
import { RESTORE_FOLDER } from "./sqlite-file.ts";
import { DATABASE_FILE, missingColumns, newerSchema, SCHEMA_VERSION, schemaOf } from "./sqlite-schema.ts";

/** Bytes that are copied at a time. */
const PIECE_BYTES = 4 * 1024 * 1024;
/** How far a restore is, in bytes of the file. */
export interface RestoreProgress {
  step: "copying" | "checking";
  done: number;
  total: number;
}

export interface Restored {
  topics: number;
  messages: number;
  /** When the backup was made, in milliseconds since 1970; undefined for a copy that another program made. */
  madeAt: number | undefined;
  /** Names of the files that were replaced, in the data folder. */
  kept: string[];
}

interface Note {
  at: number;
  topics: number;
  messages: number;
  tops: string;
  entries: string;
  guest_secret: string | null;
}

export interface RestoreParts {
  dataDir: string;
  /** The backup. */
  file: string;
  /** The author and the reason for the audit log. */
  cause: Cause;
  onProgress?: (progress: RestoreProgress) => void;
}

/**
 * Checks a file's head: SQLite's signature, and its size against the number of pages (sqlite.org/fileformat2.html section
 * 1.3). Throws BackupFailed. Returns the size.
 */
function requireDatabase(file: string): number {
  if (!existsSync(file)) throw new BackupFailed(`${file} does not exist.`);
  if (!statSync(file).isFile()) throw new BackupFailed(`${file} is not a file.`);
  const head = Buffer.alloc(100);
  const fd = openSync(file, "r");
  try {
    readSync(fd, head, 0, head.length, 0);
  } finally {
    closeSync(fd);
  }
  const { size } = statSync(file);
  if (head.toString("latin1", 0, 16) !== "SQLite format 3\0")
    throw new BackupFailed(`${file} is not a backup of Kabar.`);
  const pageBytes = head.readUInt16BE(16) === 1 ? 65_536 : head.readUInt16BE(16);
  const bytes = head.readUInt32BE(28) * pageBytes;
  if (size < bytes)
    throw new BackupFailed(
      `${file} is cut off: it has ${size.toLocaleString("en")} of ${bytes.toLocaleString("en")} bytes.`,
    );
  const wal = `${file}-wal`;
  if (existsSync(wal) && statSync(wal).size > 0)
    throw new BackupFailed(
      `${file} is the file of a server and not a backup: its newest messages are in ${basename(wal)}. Make a backup with \`backup\`.`,
    );
  return size;
}

/** Copies a file to a new, private one. */
function copyFile(from: string, to: string, onPiece: (done: number) => void): void {
  const source = openSync(from, "r");
  try {
    const target = openSync(to, "wx", 0o600);
    try {
      const piece = Buffer.alloc(PIECE_BYTES);
      let done = 0;
      for (;;) {
        const length = readSync(source, piece, 0, piece.length, null);
        if (length === 0) return;
        for (let at = 0; at < length;) at += writeSync(target, piece, at, length - at);
        done += length;
        onPiece(done);
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

/** Copies a file to a new one, or leaves none. */
function copyWhole(from: string, to: string): void {
  try {
    copyFile(from, to, () => {});
  } catch (error) {
    rmSync(to, { force: true });
    throw error;
  }
}

const hasTable = (db: Database, name: string): boolean =>
  db.query("SELECT 1 FROM sqlite_schema WHERE name = ?").get(name) !== null;

/** Throws BackupFailed when a database is not a whole log that this version can read. */
function requireLog(db: Database, file: string): void {
  if (missingColumns(db) !== undefined)
    throw new BackupFailed(`${file} is a database of another program, not a backup of Kabar.`);
  const version = schemaOf(db);
  if (version > SCHEMA_VERSION) throw new BackupFailed(`${file} was made ${newerSchema(version)}.`);
  if (hasTable(db, "move")) throw new BackupFailed(`${file} holds a part of a move that was not finished.`);
}

/** What a checked copy holds, and the note of the backup; `note` is undefined for a copy that another program made. */
type Checked = Pick<Contents, "topics" | "messages"> & { note: Note | undefined };

/** Compares a copy with its note. Throws BadCopy. */
function readChecked(db: Database): Checked {
  requireIntegrity(db);
  const { topics, messages, tops, holes } = readContents(db);
  const note = hasTable(db, "backup") ? db.query<Note, []>("SELECT * FROM backup").get() : null;
  if (note && (note.topics !== topics || note.messages !== messages || note.tops !== tops))
    throw new BadCopy(
      `it holds ${messages} messages in ${topics} topics, and was made with ${note.messages} in ${note.topics}`,
    );
  if (note && note.entries !== hashEntries(db))
    throw new BadCopy("a message is not as it was when the backup was made");
  if (!note && holes[0]) throw new BadCopy(`topic ${holes[0].name} lacks ${holes[0].missing} messages`);
  return { topics, messages, note: note ?? undefined };
}

/** Checks a copied backup and removes its note, so that it is a log like any other. Throws BackupFailed. */
function checkCopy(copy: string, file: string): Checked {
  const db = new Database(copy, { readwrite: true, create: false });
  try {
    requireLog(db, file);
    const checked = readChecked(db);
    db.run("DROP TABLE IF EXISTS backup");
    return checked;
  } catch (error) {
    if (error instanceof BackupFailed) throw error;
    const reason = error instanceof BadCopy ? error.message : describeFailure(error);
    throw new BackupFailed(`${file} is damaged: ${reason}.`);
  } finally {
    db.close();
  }
}

/** Opens the copy as a server would, and enters the restore into the audit log. */
async function enterRestore(stage: string, value: object, cause: Cause): Promise<void> {
  const log = openSqliteLog({
    dataDir: stage,
    isCopy: true,
    durability: "fsync",
    maxCommitWindowMs: 0,
    logger: createLogger("silent"),
    metrics: createMetrics(),
  });
  try {
    await (await loadControl(log)).set("restore:last", value, cause);
  } finally {
    await log.close();
  }
}

/**
 * Brings the write-ahead log of the present log into its file: beside another file it would destroy that one. False when the
 * file is damaged, perhaps the reason for the restore.
 */
function foldPresentLog(path: string): boolean {
  try {
    const db = new Database(path, { readwrite: true, create: false });
    try {
      const { busy } = db.query("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number };
      return busy === 0;
    } finally {
      db.close();
    }
  } catch {
    return false;
  }
}

/** Keeps the present log under another name. The log's own name stays taken until the new one replaces it. */
function keepPresentLog(dataDir: string, suffix: string): string[] {
  const path = join(dataDir, DATABASE_FILE);
  if (!existsSync(path)) return [];
  const [wal, keptWal] = [`${path}-wal`, `${path}${suffix}-wal`];
  const kept = [DATABASE_FILE + suffix];
  // Copied first: SQLite removes a write-ahead log that it cannot read.
  if (existsSync(wal) && statSync(wal).size > 0) copyWhole(wal, keptWal);
  if (foldPresentLog(path)) rmSync(keptWal, { force: true });
  else if (existsSync(keptWal)) kept.push(basename(keptWal));
  for (const end of ["-wal", "-shm"]) rmSync(path + end, { force: true });
  try {
    linkSync(path, path + suffix);
  } catch {
    // A file system without hard links.
    copyWhole(path, path + suffix);
  }
  return kept;
}

/** Puts the guests' secret of the backup into the folder. Returns the name under which another one was kept. */
function restoreSecret(dataDir: string, secret: string | null, suffix: string): string[] {
  if (secret === null) return [];
  const path = join(dataDir, GUEST_SECRET_FILE);
  const present = existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
  if (present === secret) return [];
  if (present !== undefined) renameSync(path, path + suffix);
  writePrivateFile(path, `${secret}\n`);
  return present === undefined ? [] : [GUEST_SECRET_FILE + suffix];
}

/**
 * Restores a backup. Throws StartError when a server holds the folder, or BackupFailed with the reason; then the folder is as
 * it was. Readers with a cursor beyond the backup receive a gap when they come back (topics/recovery).
 */
export async function restoreBackup(parts: RestoreParts): Promise<Restored> {
  const { dataDir, file, cause, onProgress = () => {} } = parts;
  const total = requireDatabase(file);
  const lock = lockFolder(dataDir);
  const stage = partOf(join(dataDir, RESTORE_FOLDER));
  try {
    requireUnopened(dataDir, DATABASE_FILE);
    removeLeftParts(dataDir, (name) => name === RESTORE_FOLDER);
    requireRoom(dataDir, total);
    mkdirSync(stage, { mode: 0o700 });
    const copy = join(stage, DATABASE_FILE);
    copyFile(file, copy, (done) => onProgress({ step: "copying", done, total }));
    onProgress({ step: "checking", done: 0, total });
    const { topics, messages, note } = checkCopy(copy, file);
    await enterRestore(stage, { at: Date.now(), madeAt: note?.at, topics, messages }, cause);
    const now = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
    const suffix = `.replaced-${now}Z`;
    const kept = keepPresentLog(dataDir, suffix);
    moveIntoPlace(copy, join(dataDir, DATABASE_FILE));
    kept.push(...restoreSecret(dataDir, note?.guest_secret ?? null, suffix));
    return { topics, messages, madeAt: note?.at, kept };
  } catch (error) {
    if (error instanceof BackupFailed || error instanceof StartError) throw error;
    throw new BackupFailed(`${file} was not restored: ${describeFailure(error)}.`);
  } finally {
    rmSync(stage, { recursive: true, force: true });
    lock.close();
  }
}
