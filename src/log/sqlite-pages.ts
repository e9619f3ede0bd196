/**
 * Reads the pages of a SQLite file: its header, its pointer maps, and the unallocated space of b-tree pages.
 *
 * Follows sqlite.org/fileformat2.html, sections 1.3 (header), 1.6 (b-tree pages) and 1.8 (pointer maps). Every function throws
 * `UnexpectedFormat` for bytes that the specification does not allow, so that code that writes never guesses. Pure.
 */

/** A file or page that contradicts SQLite's pragmas or the file format. */
export class UnexpectedFormat extends Error {}

/** Facts about an open database, from SQLite's pragmas. */
export interface DatabaseFacts {
  pageCount: number;
  freePages: number;
  schemaVersion: number;
  userVersion: number;
}

const MAGIC = "SQLite format 3\0";
/** Bytes of the file's header at the start of page 1. */
export const FILE_HEADER_BYTES = 100;
/** The read and write version of a file in WAL mode. */
const WAL_VERSION = 2;
/** Position of the bytes that SQLite locks. It never uses the page that contains them. */
const LOCK_BYTE = 0x40000000;

/** Bytes of a pointer map's entry: the kind of a page, and its parent's number. */
const POINTER_BYTES = 5;
/** Kinds of pages in a pointer map: root, free page, first and further overflow pages, other pages of a b-tree. */
const KINDS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5]);
const TREE_KINDS: ReadonlySet<number> = new Set([1, 5]);

/** Length of a b-tree page's header by its first byte: interior index, interior table, leaf index, leaf table. */
const TREE_HEADER_BYTES: ReadonlyMap<number, number> = new Map([
  [2, 12],
  [5, 12],
  [10, 8],
  [13, 8],
]);

function require(holds: boolean, what: string): void {
  if (!holds) throw new UnexpectedFormat(what);
}

/**
 * Throws UnexpectedFormat unless a file's header describes a file in WAL mode with pointer maps and without reserved bytes.
 * Extensions keep checksums or keys in reserved bytes, which a write outside SQLite would make wrong.
 */
export function requirePlainFile(header: Buffer, pageSize: number): void {
  require(header.toString("latin1", 0, MAGIC.length) ===
    MAGIC, "the file does not begin as a SQLite database");
  const size = header.readUInt16BE(16);
  require((size === 1 ? 65_536 : size) === pageSize, "the page size differs");
  require(header[18] === WAL_VERSION && header[19] === WAL_VERSION, "the file is not in WAL mode");
  require(header[20] === 0, "pages have reserved bytes");
  require(header.readUInt32BE(52) > 0, "the file has no pointer maps");
}

/** Throws UnexpectedFormat unless a file's header agrees with SQLite's pragmas: both see the same state of one file. */
export function requireSameState(header: Buffer, facts: DatabaseFacts): void {
  require(header.readUInt32BE(28) === facts.pageCount, "the number of pages differs");
  require(header.readUInt32BE(36) === facts.freePages, "the number of free pages differs");
  require(header.readUInt32BE(40) === facts.schemaVersion, "the schema's version differs");
  require(header.readUInt32BE(60) === facts.userVersion, "the user version differs");
}

/** The number of the page that holds SQLite's lock bytes; smaller files have none. */
export const lockPageOf = (pageSize: number): number => LOCK_BYTE / pageSize + 1;

/** The number of the pointer map page that has the entry of a page, or that is the page itself. Page 1 has no entry. */
export function mapPageOf(number: number, pageSize: number): number {
  const mapEvery = Math.floor(pageSize / POINTER_BYTES) + 1;
  const at = Math.floor((number - 2) / mapEvery) * mapEvery + 2;
  // A map that would be on the page of the lock bytes is one page later.
  return at === lockPageOf(pageSize) ? at + 1 : at;
}

/** Whether a page belongs to a b-tree, by the pointer map at `mapPage`. Throws UnexpectedFormat for an unknown kind. */
export function isTreePage(map: Buffer, mapPage: number, number: number): boolean {
  const kind = map[(number - mapPage - 1) * POINTER_BYTES] ?? 0;
  require(KINDS.has(kind), `page ${number} has no entry in its pointer map`);
  return TREE_KINDS.has(kind);
}

/**
 * The unallocated space of a b-tree page, between the pointers to its cells and the first cell, without the byte at `to`.
 * Throws UnexpectedFormat unless every cell and free block is after it and within the page.
 */
export function findUnallocated(page: Buffer, number: number): { from: number; to: number } {
  const header = number === 1 ? FILE_HEADER_BYTES : 0;
  const length = TREE_HEADER_BYTES.get(page[header] ?? 0);
  if (length === undefined) throw new UnexpectedFormat(`page ${number} has no header of a b-tree page`);
  const pointers = header + length;
  const from = pointers + 2 * page.readUInt16BE(header + 3);
  const to = page.readUInt16BE(header + 5) || 65_536;
  require(from <= to && to <= page.length, `page ${number} has cells outside of itself`);
  const freeBlock = page.readUInt16BE(header + 1);
  require(freeBlock === 0 || freeBlock >= to, `page ${number} has a free block among its pointers`);
  for (let at = pointers; at < from; at += 2) {
    const cell = page.readUInt16BE(at);
    require(cell >= to && cell < page.length, `page ${number} has a cell in its unallocated space`);
  }
  return { from, to };
}
