/**
 * Backups of a SQLite log while a server serves: one moment of the log as one file, which gets its name when it is complete,
 * checked and on the disk. A thread of its own copies, so that the event loop and publishing go on. Never touches a file that
 * is not a backup.
 */
import { Database } from "bun:sqlite";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { moveIntoPlace, partOf, removeLeftParts } from "../files.ts";
import { startThread } from "../shipped-files.ts";
import { type BackupRequest, type CopyResult, copyLog } from "./backup-copy.ts";
import type { BackupReply } from "./backup-thread.ts";
import { describeFailure } from "./sqlite-failure.ts";
import { DATABASE_FILE, newerSchema, SCHEMA_VERSION, schemaOf } from "./sqlite-schema.ts";

export const GUEST_SECRET_FILE = "guest.secret";
/** How often the progress of a copy is reported. */
const LOOK_EVERY_MS = 100;

/** A backup or a restore that was refused or failed; the message is one sentence for the operator. */
export class BackupFailed extends Error {}

/** How far a backup is, in bytes of the file. */
export interface BackupProgress {
  step: "copying" | "checking";
  done: number;
  total: number;
}

export interface BackupResult {
  path: string;
  topics: number;
  messages: number;
  bytes: number;
  /** Topics that lack messages in the log itself. */
  damaged: string[];
}

export interface BackupParts {
  dataDir: string;
  /** The final name of the backup. */
  path: string;
  version: string;
  /** Bytes that stay free on the disk. */
  reserveBytes?: number;
  onProgress?: (progress: BackupProgress) => void;
}

/** A number of bytes for people: `1.2 MB`. */
export function showBytes(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Throws BackupFailed when the disk of a folder has less free space than `bytes`. */
export function requireRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes)
    throw new BackupFailed(
      `the disk of ${folder} has ${showBytes(free)} free, and ${showBytes(bytes)} are needed.`,
    );
}

/** The time at which a file was made as a backup, in milliseconds since 1970; undefined when it is not one. */
export function backupTime(path: string): number | undefined {
  let db: Database | undefined;
  try {
    db = new Database(path, { readonly: true });
    return db.query<{ at: number }, []>("SELECT at FROM backup").get()?.at;
  } catch {
    return undefined;
  } finally {
    db?.close();
  }
}

/** Throws BackupFailed when a folder has no log that this user may read. */
function requireLogFile(dataDir: string, path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    if (Reflect.get(error as object, "code") === "ENOENT")
      throw new BackupFailed(`the folder ${dataDir} holds no log: it has no ${DATABASE_FILE}.`);
    throw new BackupFailed(`this user may not read ${path}: run the command as the user of the server.`);
  }
}

/** The bytes that a copy of the log takes. Throws BackupFailed for a folder without a log that this version can read. */
function sizeOfCopy(dataDir: string): number {
  const path = join(dataDir, DATABASE_FILE);
  requireLogFile(dataDir, path);
  let db: Database | undefined;
  try {
    db = new Database(path, { readonly: true });
    const pragma = (name: string) => Number(Object.values(db?.query(`PRAGMA ${name}`).get() ?? {})[0]);
    const version = schemaOf(db);
    if (version > SCHEMA_VERSION) throw new BackupFailed(`${path} was written ${newerSchema(version)}.`);
    if (db.query("SELECT 1 FROM sqlite_schema WHERE name = 'move'").get() !== null)
      throw new BackupFailed(`the move of a log to ${dataDir} is not finished: run the same \`move\` again.`);
    return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
  } catch (error) {
    if (error instanceof BackupFailed) throw error;
    throw new BackupFailed(`${path} can't be read: ${describeFailure(error)}.`);
  } finally {
    db?.close();
  }
}

/** Creates the empty file that becomes the backup. Throws BackupFailed with the reason. */
function createPart(path: string): string {
  const folder = dirname(path);
  const part = partOf(path);
  try {
    removeLeftParts(folder, (name) => name === basename(path));
    closeSync(openSync(part, "wx", 0o600));
    return part;
  } catch (error) {
    const reason = existsSync(folder) ? describeFailure(error) : "that folder does not exist";
    throw new BackupFailed(`can't write to ${folder}: ${reason}.`);
  }
}

/** Throws BackupFailed when `path` is something else than an earlier backup. */
function requireReplaceable(path: string, dataDir: string): void {
  if (!existsSync(path)) return;
  const [there, log] = [statSync(path), statSync(join(dataDir, DATABASE_FILE))];
  const isLog = there.ino === log.ino && there.dev === log.dev;
  if (isLog || !there.isFile() || backupTime(path) === undefined)
    throw new BackupFailed(`${path} exists and is not a backup: choose another name.`);
}

const sizeOf = (path: string): number => {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
};

/** A backup that is under way. */
interface Begun {
  total: number;
  part: string;
  request: BackupRequest;
  /** Removes what is not finished. */
  discard(): void;
}

const notMade = (path: string, reason: string) =>
  new BackupFailed(`the backup ${path} was not made: ${reason}.`);

/** Checks what can be checked before a copy, and creates its file. Throws BackupFailed. */
function begin({ dataDir, path, version, reserveBytes = 0 }: BackupParts): Begun {
  const total = sizeOfCopy(dataDir);
  requireReplaceable(path, dataDir);
  const part = createPart(path);
  const discard = () => {
    for (const name of [part, `${part}-journal`]) rmSync(name, { force: true });
  };
  try {
    requireRoom(dirname(part), total + reserveBytes);
    const secret = join(dataDir, GUEST_SECRET_FILE);
    const guestSecret = existsSync(secret) ? readFileSync(secret, "utf8").trim() : undefined;
    const from = join(dataDir, DATABASE_FILE);
    return { total, part, discard, request: { from, to: part, at: Date.now(), version, guestSecret } };
  } catch (error) {
    discard();
    if (error instanceof BackupFailed) throw error;
    throw notMade(path, describeFailure(error));
  }
}

/** Gives a copied and checked file its name. Throws BackupFailed. */
function finish(path: string, part: string, result: CopyResult): BackupResult {
  if ("failure" in result) throw notMade(path, result.failure);
  const bytes = sizeOf(part);
  moveIntoPlace(part, path);
  return { path, bytes, ...result.done };
}

/** Runs the thread to its end. */
function copyInThread(request: BackupRequest, onStep: (step: "checking") => void): Promise<CopyResult> {
  const thread = startThread("log/backup-thread.ts");
  return new Promise<CopyResult>((resolve) => {
    thread.on("message", (reply: BackupReply) => {
      if ("step" in reply) onStep(reply.step);
      else resolve(reply);
    });
    thread.on("error", (error: unknown) => resolve({ failure: describeFailure(error) }));
    thread.postMessage(request);
  }).finally(() => void thread.terminate());
}

/**
 * Makes a backup of the log in `dataDir`. Resolves when it is complete, checked, on the disk and under its name, readable by
 * its owner only. Rejects with BackupFailed; then nothing of it is left, and an earlier backup of that name is as it was.
 */
export async function createBackup(parts: BackupParts): Promise<BackupResult> {
  const { path, onProgress = () => {} } = parts;
  const { part, total, request, discard } = begin(parts);
  let step: BackupProgress["step"] = "copying";
  const report = () => onProgress({ step, done: step === "copying" ? sizeOf(part) : total, total });
  const timer = setInterval(report, LOOK_EVERY_MS);
  process.on("exit", discard);
  try {
    report();
    const result = await copyInThread(request, (next) => {
      step = next;
      report();
    });
    return finish(path, part, result);
  } catch (error) {
    if (error instanceof BackupFailed) throw error;
    throw notMade(path, describeFailure(error));
  } finally {
    clearInterval(timer);
    process.off("exit", discard);
    discard();
  }
}

/** The same at once, for a start: nothing else runs until it is done. Throws BackupFailed. */
export function createBackupNow(parts: BackupParts): BackupResult {
  const { part, request, discard } = begin(parts);
  try {
    return finish(
      parts.path,
      part,
      copyLog(request, () => {}),
    );
  } catch (error) {
    if (error instanceof BackupFailed) throw error;
    throw notMade(parts.path, describeFailure(error));
  } finally {
    discard();
  }
}
