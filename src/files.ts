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
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** Readable and writable by the owner only, whatever the folder's mode or the process's umask. */
const PRIVATE = 0o600;
const OTHERS = 0o077;

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Writes a private file as a whole. Throws the error of the file system; then the old file, or none, is left. */
export function writePrivateFile(path: string, text: string): void {
  const part = `${path}.${process.pid}.part`;
  try {
    const file = openSync(part, "w", PRIVATE);
    try {
      chmodSync(part, PRIVATE);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, path);
    syncFolder(dirname(path));
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
