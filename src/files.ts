/**
 * Private files, written whole or not at all, and readable by their owner only. A file is written under a temporary name,
 * synced to the disk, then renamed. A power cut or a full disk leaves the old file, or none.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Readable and writable by the owner only, whatever the folder's mode or the process's umask. */
const PRIVATE = 0o600;
const OTHERS = 0o077;

/** Writes a file's, or a folder's, unwritten bytes to the disk. */
export function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Gives a finished file its final name, in the same folder, and replaces a file of that name. Both the bytes and the name are
 * on the disk afterwards.
 */
export function moveIntoPlace(part: string, path: string): void {
  syncFile(part);
  renameSync(part, path);
  syncFile(dirname(path));
}

/** The temporary name of a file that this process writes. */
export const partOf = (path: string): string => `${path}.${process.pid}.part`;

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return Reflect.get(error as object, "code") === "EPERM";
  }
}

/**
 * Removes what killed processes left of files and folders in `folder` under temporary names. `isOurs` tells whether a final
 * name is meant. Call it before this process writes one itself: in a container, a killed process had the same id.
 */
export function removeLeftParts(folder: string, isOurs: (name: string) => boolean): void {
  for (const file of readdirSync(folder)) {
    const [, name = "", pid] = /^(.+)\.(\d+)\.part(?:-journal|-wal|-shm)?$/.exec(file) ?? [];
    if (isOurs(name) && !isRunning(Number(pid))) rmSync(join(folder, file), { recursive: true, force: true });
  }
}

/** Writes a private file as a whole. Throws the error of the file system; then the old file, or none, is left. */
export function writePrivateFile(path: string, text: string): void {
  const part = partOf(path);
  try {
    const file = openSync(part, "w", PRIVATE);
    try {
      chmodSync(part, PRIVATE);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    } finally {
      closeSync(file);
    }
    moveIntoPlace(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/** Makes a file private to its owner. False when it belongs to another user. */
export function makePrivate(path: string): boolean {
  if (!existsSync(path) || (statSync(path).mode & OTHERS) === 0) return true;
  try {
    chmodSync(path, PRIVATE);
    return true;
  } catch {
    return false;
  }
}

/** Whether users other than the owner may enter a folder. */
export const isOpenToOthers = (folder: string): boolean => (statSync(folder).mode & OTHERS) !== 0;
