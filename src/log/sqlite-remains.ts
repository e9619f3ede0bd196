/**
 * Clears what SQLite leaves in the unused middle of its pages: when rows move to another page, copies of them stay there,
 * outside of what `secure_delete` overwrites. Works on the database file itself, and only while nobody can write pages: the
 * write lock is held and the write-ahead log is empty, so there is nothing that a checkpoint could bring. Format:
 * sqlite.org/fileformat2.html, sections 1.5 (freelist), 1.6 (b-tree pages) and 1.8 (pointer maps).
 */
import type { Database } from "bun:sqlite";
import { closeSync, existsSync, fsyncSync, openSync, readSync, statSync, writeSync } from "node:fs";

/** Pages looked at in one go: a few milliseconds. */
const PAGES_AT_ONCE = 256;
/** Bytes of an entry of a pointer map: the kind of a page, and its parent. */
const POINTER_BYTES = 5;
/** Kinds in a pointer map: the root of a b-tree, and its other pages. */
const TREE_KINDS = new Set([1, 5]);
/** First bytes of b-tree pages, and how long the header of each is. */
const HEADER_BYTES = new Map([
  [2, 12],
  [5, 12],
  [10, 8],
  [13, 8],
]);

/** The unused range of a b-tree page; undefined for what is none. `header` is where its header begins. */
function findUnused(page: Buffer, header: number): [from: number, to: number] | undefined {
  const length = HEADER_BYTES.get(page[header] ?? 0);
  if (length === undefined) return undefined;
  const from = header + length + 2 * page.readUInt16BE(header + 3);
  const to = page.readUInt16BE(header + 5) || 65_536;
  return from < to && to <= page.length ? [from, to] : undefined;
}

export type PageRemains = ReturnType<typeof openPageRemains>;

/** Opens the file of a database with pointer maps (auto_vacuum). Close it after the database. */
export function openPageRemains(db: Database, path: string) {
  // Closing a file takes the process's locks on it, SQLite's included: it is opened once, and stays open.
  const file = openSync(path, "r+");
  const { page_size: pageSize } = db.query("PRAGMA page_size").get() as { page_size: number };
  const zeros = Buffer.alloc(pageSize);
  /** Pages from one pointer map to the next. */
  const mapEvery = Math.floor(pageSize / POINTER_BYTES) + 1;
  const map = Buffer.alloc(pageSize);
  let mapAt = 0;

  /** Whether a page belongs to a b-tree, by its pointer map. */
  function isTreePage(number: number): boolean {
    if (number === 1) return true;
    const at = Math.floor((number - 2) / mapEvery) * mapEvery + 2;
    if (at === number) return false;
    if (at !== mapAt) readSync(file, map, 0, pageSize, (at - 1) * pageSize);
    mapAt = at;
    return TREE_KINDS.has(map[(number - at - 1) * POINTER_BYTES] ?? 0);
  }

  function clearPages(first: number, count: number): void {
    const pages = Buffer.alloc(count * pageSize);
    const read = readSync(file, pages, 0, pages.length, (first - 1) * pageSize);
    mapAt = 0;
    for (let i = 0; (i + 1) * pageSize <= read; i++) {
      const page = pages.subarray(i * pageSize, (i + 1) * pageSize);
      const unused = isTreePage(first + i) ? findUnused(page, first + i === 1 ? 100 : 0) : undefined;
      if (!unused) continue;
      const [from, to] = unused;
      if (page.compare(zeros, 0, to - from, from, to) === 0) continue;
      writeSync(file, zeros, 0, to - from, (first + i - 1) * pageSize + from);
    }
  }

  return {
    /**
     * Clears some pages from `first` (1 is the first) on. Returns the next to go on with, 0 after the last, or undefined when
     * it can't be done now: the write-ahead log is not empty, or another program holds the database.
     */
    clear(first: number): number | undefined {
      db.run("BEGIN IMMEDIATE");
      try {
        const wal = `${path}-wal`;
        if (existsSync(wal) && statSync(wal).size > 0) return undefined;
        const { page_count: total } = db.query("PRAGMA page_count").get() as { page_count: number };
        const count = Math.min(PAGES_AT_ONCE, total - first + 1);
        if (count > 0) clearPages(first, count);
        const next = first + count;
        return next > total ? 0 : next;
      } finally {
        db.run("ROLLBACK");
        // What is in SQLite's memory still has the remains, and would be written with them.
        db.run("PRAGMA shrink_memory");
      }
    },

    /** Brings what was cleared to the disk. */
    sync: (): void => fsyncSync(file),

    close: (): void => closeSync(file),
  };
}
