/**
 * Clears deleted texts from the unallocated space of pages, which SQLite itself leaves as it is.
 *
 * `secure_delete` overwrites deleted rows and free pages. When rows move to another page, however, copies of them stay between
 * the pointers and the cells of the old one. Bun's SQLite cannot write pages by SQL, so this file writes zeros into the
 * database file itself. Why that is safe:
 * - No other program writes the file meanwhile. A step holds SQLite's write lock, and begins with an empty write-ahead log:
 *   while the lock is held nothing can be added to it, so no checkpoint of any program has a page to bring into the file.
 * - Nothing reads the cleared bytes. SQLite treats unallocated space as undefined, also for readers with an open transaction
 *   and for backups. Cells, free blocks, overflow pages, free pages and pointer maps are never written.
 * - The file is the one that SQLite has open, in the same state: its header must agree with SQLite's pragmas, its path must
 *   still lead to it, and no second name may exist, because a second name has a second write-ahead log.
 * - A page counts as a b-tree's by its pointer map, and its header, cells and free blocks must confirm that. All pages of a step
 *   are checked before the first is written. Whatever is unexpected ends the step with `UnexpectedFormat`, without a write.
 * - A crash between or within writes leaves some zeros unwritten, and valid pages. This needs storage that does not change
 *   bytes beside those it writes, as SQLite's own write-ahead log does ("powersafe overwrite").
 * - SQLite's own cache, which still has the old bytes, is emptied after each step. Another program that writes may bring
 *   them back from its cache; the folder lock keeps other servers out.
 * - The file is opened once and closed after SQLite: closing any handle of a file drops the process's locks on it (POSIX).
 * - Network file systems are refused: their locks and caches are not those of one computer.
 */
import type { Database } from "bun:sqlite";
import {
  closeSync,
  fsync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  realpathSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import {
  FILE_HEADER_BYTES,
  findUnallocated,
  isTreePage,
  lockPageOf,
  mapPageOf,
  requirePlainFile,
  requireSameState,
  UnexpectedFormat,
} from "./sqlite-pages.ts";

/** Pages in one step: a few milliseconds. */
const PAGES_A_STEP = 256;
/** Linux's numbers of NFS, SMB and CIFS (statfs(2)). */
const NETWORK_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42]);

/** Bytes of the file that are to become zeros. */
interface Range {
  at: number;
  length: number;
}

/** Reads `count` pages from page `first` on. */
type ReadPages = (first: number, count: number) => Buffer;

/** Finds the unallocated space of `count` pages that has other bytes than zeros. Throws UnexpectedFormat. */
function findRemains(readPages: ReadPages, pageSize: number, first: number, count: number): Range[] {
  const zeros = Buffer.alloc(pageSize);
  const pages = readPages(first, count);
  const found: Range[] = [];
  let map: Buffer = zeros;
  let mapPage = 0;
  for (let i = 0; i < count; i++) {
    const number = first + i;
    const at = mapPageOf(number, pageSize);
    if (number === lockPageOf(pageSize) || (number > 1 && number === at)) continue;
    if (number > 1 && at !== mapPage) {
      map = readPages(at, 1);
      mapPage = at;
    }
    if (number > 1 && !isTreePage(map, mapPage, number)) continue;
    const page = pages.subarray(i * pageSize, (i + 1) * pageSize);
    const { from, to } = findUnallocated(page, number);
    if (page.compare(zeros, 0, to - from, from, to) !== 0)
      found.push({ at: (number - 1) * pageSize + from, length: to - from });
  }
  return found;
}

export type PageRemains = ReturnType<typeof openPageRemains>;

/** Opens the file of a database for clearing. Close it after the database. Throws the errors of the file system. */
export function openPageRemains(db: Database, databasePath: string) {
  const path = realpathSync(databasePath);
  const file = openSync(path, "r+");
  const pragma = (name: string): number => Object.values(db.query(`PRAGMA ${name}`).get() as object)[0];
  const pageSize = pragma("page_size");
  const zeros = Buffer.alloc(pageSize);

  function readPages(first: number, count: number): Buffer {
    const pages = Buffer.alloc(count * pageSize);
    const read = readSync(file, pages, 0, pages.length, (first - 1) * pageSize);
    if (read !== pages.length) throw new UnexpectedFormat("the file is shorter than its header says");
    return pages;
  }

  function readHeader(): Buffer {
    const header = Buffer.alloc(FILE_HEADER_BYTES);
    readSync(file, header, 0, header.length, 0);
    return header;
  }

  /** Throws UnexpectedFormat unless the path leads to the open file, which has no other name. */
  function requireSameFile(): void {
    const [mine, present] = [fstatSync(file), statSync(path)];
    if (mine.ino !== present.ino || mine.dev !== present.dev)
      throw new UnexpectedFormat("the file was replaced while it was open");
    if (mine.nlink !== 1) throw new UnexpectedFormat("the file has a second name (hard link)");
  }

  function writeZeros({ at, length }: Range): void {
    for (let done = 0; done < length;) done += writeSync(file, zeros, 0, length - done, at + done);
  }

  /** Whether the write-ahead log is empty. Throws UnexpectedFormat when it is missing: SQLite keeps it while it is open. */
  function isWalEmpty(): boolean {
    const wal = statSync(`${path}-wal`, { throwIfNoEntry: false });
    if (!wal) throw new UnexpectedFormat("the write-ahead log is not beside the file");
    return wal.size === 0;
  }

  return {
    /** Why this file is never cleared by `clear`; undefined when it can be. Cheap: reads 100 bytes. */
    refusal(): string | undefined {
      try {
        if (NETWORK_FILE_SYSTEMS.has(statfsSync(path).type)) return "the file is on a network file system";
        requireSameFile();
        requirePlainFile(readHeader(), pageSize);
        return undefined;
      } catch (error) {
        if (error instanceof UnexpectedFormat) return error.message;
        throw error;
      }
    },

    /**
     * Clears some pages from `first` on (1 is the first page). Returns the next page to continue with, 0 after the last, or
     * undefined when the write-ahead log is not empty. Throws UnexpectedFormat, without a write, for anything unexpected, and
     * SQLite's SQLITE_BUSY when another program holds the write lock.
     */
    clear(first: number): number | undefined {
      db.run("BEGIN IMMEDIATE");
      try {
        if (!isWalEmpty()) return undefined;
        requireSameFile();
        const pageCount = pragma("page_count");
        const header = readHeader();
        requirePlainFile(header, pageSize);
        requireSameState(header, {
          pageCount,
          freePages: pragma("freelist_count"),
          schemaVersion: pragma("schema_version"),
          userVersion: pragma("user_version"),
        });
        const count = Math.max(0, Math.min(PAGES_A_STEP, pageCount - first + 1));
        for (const range of findRemains(readPages, pageSize, first, count)) writeZeros(range);
        const next = first + count;
        return next > pageCount ? 0 : next;
      } finally {
        db.run("ROLLBACK");
        // A later write of a cached page would bring the old bytes back.
        db.run("PRAGMA shrink_memory");
      }
    },

    /** Brings the zeros to the disk. */
    sync: (): void => fsyncSync(file),

    /** Brings the zeros to the disk without blocking the event loop. */
    syncSoon: (): Promise<void> =>
      new Promise((resolve, reject) => fsync(file, (error) => (error ? reject(error) : resolve()))),

    /** Closes the file. Call it after the database was closed. */
    close: (): void => closeSync(file),
  };
}
