/**
 * Locks the data folder for one process, and tells whether another process holds it.
 *
 * The lock is SQLite's own on a file of its own, `kabar.lock`: the operating system releases it however the process ends, and
 * the database stays readable by other programs. Two servers never write to one folder. Does not know what the folder holds.
 */
import { Database, SQLiteError } from "bun:sqlite";
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { StartError } from "../errors.ts";
import { describeFailure } from "./sqlite-failure.ts";

const LOCK_FILE = "kabar.lock";

/** A held data folder. */
export interface FolderLock {
  /** Releases the folder. */
  close(): void;
}

/** Locks the data folder and creates it when it is missing. Throws StartError when another process holds it. */
export function lockFolder(dataDir: string): FolderLock {
  let lock: Database | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const path = join(dataDir, LOCK_FILE);
    // SQLite opens a file without write permission for reading only, and locks nothing.
    if (existsSync(path)) accessSync(path, constants.W_OK);
    lock = new Database(path, { create: true });
    lock.run("PRAGMA locking_mode = EXCLUSIVE");
    lock.run("PRAGMA journal_mode = MEMORY");
    lock.run("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock?.close();
    if (error instanceof SQLiteError && error.code === "SQLITE_BUSY") {
      throw new StartError(`the data folder ${dataDir} is in use by another Kabar process.`);
    }
    throw new StartError(`the data folder ${dataDir} can't be used: ${describeFailure(error)}`);
  }
}

/** Whether another process holds the data folder. False when the folder does not exist. */
export function isFolderHeld(dataDir: string): boolean {
  if (!existsSync(join(dataDir, LOCK_FILE))) return false;
  try {
    lockFolder(dataDir).close();
    return false;
  } catch {
    return true;
  }
}

/** The paths that a process has open; none when it has ended or belongs to another user. */
function listOpenPaths(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

/** The id of the process that has the folder's lock file open; undefined where none has, or the system lists none. */
export function findHolder(dataDir: string): number | undefined {
  if (!existsSync(join(dataDir, LOCK_FILE)) || !existsSync("/proc/self/fd")) return undefined;
  const lock = resolve(dataDir, LOCK_FILE);
  const others = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const pid = others.find((each) => listOpenPaths(each).includes(lock));
  return pid === undefined ? undefined : Number(pid);
}

/**
 * Throws StartError when another Kabar process has a file of the folder open although this process holds the lock: kabar.lock
 * was removed while that server ran. Looks at the open files of processes where the system lists them (Linux). While any
 * process has a database in WAL mode open, its `-shm` file exists: after a clean end there is nothing to look for.
 */
export function requireUnopened(dataDir: string, file: string): void {
  const path = resolve(dataDir, file);
  if (!existsSync(`${path}-shm`) || !existsSync("/proc/self/fd")) return;
  const lock = resolve(dataDir, LOCK_FILE);
  const others = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  for (const pid of others) {
    const open = listOpenPaths(pid);
    // A program that only reads the database, such as a backup, has no lock file open.
    if (open.includes(path) && open.some((name) => name.startsWith(lock)))
      throw new StartError(`the data folder ${dataDir} is in use by another Kabar process (${pid}).`);
  }
}
