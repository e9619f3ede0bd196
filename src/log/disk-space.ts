/** The disk of the data folder: its free space beside the size of a SQLite log, and the bounds below which an owner should act. */
import { statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { DATABASE_FILE } from "./sqlite-schema.ts";

/** Less free space than this, and the server is about to refuse messages. */
export const LITTLE_BYTES = 100_000_000;
/** Free space that a busy server wants. */
export const ROOM_BYTES = 1_000_000_000;

export interface DiskSpace {
  freeBytes: number;
  totalBytes: number;
  /** The size of the log's files; 0 where there are none. */
  logBytes: number;
  /** Whether the file system can hold no further file. */
  hasNoInode: boolean;
}

/** The size of a SQLite log's files; 0 where there are none. */
export function bytesOfLog(dataDir: string): number {
  const size = (name: string) => statSync(join(dataDir, name), { throwIfNoEntry: false })?.size ?? 0;
  return size(DATABASE_FILE) + size(`${DATABASE_FILE}-wal`);
}

/** Reads the space of the disk that holds `folder`, and the size of a SQLite log in `dataDir`. Throws when the folder cannot be read. */
export function readDiskSpace(folder: string, dataDir: string): DiskSpace {
  const { bavail, blocks, bsize, files, ffree } = statfsSync(folder);
  return {
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    logBytes: bytesOfLog(dataDir),
    hasNoInode: files > 0 && ffree === 0,
  };
}

/** The disk of a server's own data folder; undefined where it cannot be read. */
export function readOwnDisk({ dataDir }: { dataDir: string }): DiskSpace | undefined {
  try {
    return readDiskSpace(dataDir, dataDir);
  } catch {
    return undefined;
  }
}
