/** Clearing deleted texts beside SQLite: complete where it is safe, and not one byte written where anything is unexpected. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  closeSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import {
  isTreePage,
  lockPageOf,
  mapPageOf,
  requirePlainFile,
  UnexpectedFormat,
} from "../../src/log/sqlite-pages.ts";
import { openPageRemains } from "../../src/log/sqlite-remains.ts";
import { createFolder } from "../support/folder.ts";
import { openLogIn } from "../support/log.ts";
import { SLOW_MS } from "../support/parts.ts";
import { createRandom } from "../support/seed.ts";

setDefaultTimeout(SLOW_MS);

const root = createFolder();
const WORD = "SECRET";

/** A database whose rows were moved, shortened and deleted, with an empty write-ahead log. */
function createUsedDatabase(pageSize: number, rows = 2000) {
  const path = join(mkdtempSync(join(root, "pages-")), "used.db");
  const db = new Database(path, { create: true });
  db.run(`PRAGMA page_size = ${pageSize}`);
  db.run("PRAGMA auto_vacuum = INCREMENTAL");
  db.run("PRAGMA journal_mode = WAL");
  db.run("PRAGMA secure_delete = ON");
  db.run("PRAGMA synchronous = OFF");
  db.run("CREATE TABLE entry (a INTEGER, b INTEGER, name TEXT, body TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID");
  db.run("CREATE INDEX by_name ON entry (name, b)");
  db.run("CREATE TABLE plain (number INTEGER PRIMARY KEY, body TEXT)");
  const random = createRandom(pageSize);
  db.transaction(() => {
    for (let i = 0; i < rows; i++) {
      const word = random.next() < 0.4 ? WORD : "public";
      const body = `${word} ${"x".repeat(random.int(1, 60) ** 2)}`;
      db.run("INSERT INTO entry VALUES (?, ?, ?, ?)", [
        random.int(1, 5),
        i,
        `${word}-${random.int(1, 1e6)}`,
        body,
      ]);
      db.run("INSERT INTO plain VALUES (?, ?)", [random.int(1, 2 ** 40), body]);
    }
  })();
  db.run(`UPDATE entry SET name = 'gone-' || b, body = '' WHERE name LIKE '${WORD}%'`);
  db.run(`DELETE FROM plain WHERE body LIKE '${WORD}%'`);
  emptyWal(db);
  return { path, db };
}

const emptyWal = (db: Database): void => void db.query("PRAGMA wal_checkpoint(TRUNCATE)").get();
const countIn = (path: string): number => readFileSync(path).toString("latin1").split(WORD).length - 1;
const contentOf = (db: Database): string =>
  JSON.stringify([
    db.query("SELECT * FROM entry ORDER BY a, b").all(),
    db.query("SELECT * FROM plain").all(),
  ]);

function clearAll(remains: ReturnType<typeof openPageRemains>): void {
  for (let page: number | undefined = 1; page !== 0;) {
    page = remains.clear(page ?? 1);
    if (page === undefined) throw new Error("the write-ahead log is not empty");
  }
}

function writeAt(path: string, at: number, bytes: number[]): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.from(bytes), 0, bytes.length, at);
  closeSync(file);
}

describe("pages", () => {
  for (const pageSize of [512, 1024, 4096, 65_536]) {
    test(`of ${pageSize} bytes are cleared, and every row and index stays as it was`, () => {
      const { path, db } = createUsedDatabase(pageSize);
      const [content, before] = [contentOf(db), countIn(path)];
      expect(before).toBeGreaterThan(0);
      const remains = openPageRemains(db, path);
      expect(remains.refusal()).toBeUndefined();
      clearAll(remains);
      expect(countIn(path)).toBe(0);
      expect(contentOf(db)).toBe(content);
      expect(db.query("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
      // What is written after that must not bring the bytes back from a cache.
      db.run("UPDATE entry SET body = 'new'");
      emptyWal(db);
      clearAll(remains);
      expect(countIn(path)).toBe(0);
      expect(db.query("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
      db.close();
      remains.close();
    });
  }

  test("of pointer maps are found where SQLite has them, also around its lock bytes", () => {
    expect([mapPageOf(3, 4096), mapPageOf(821, 4096), mapPageOf(822, 4096)]).toEqual([2, 2, 822]);
    expect(lockPageOf(4096)).toBe(262_145);
    // With pages of 1024 bytes a map would fall on the lock bytes.
    const lock = lockPageOf(1024);
    expect([mapPageOf(lock - 1, 1024), mapPageOf(lock + 1, 1024)]).toEqual([lock - 205, lock + 1]);
    expect(mapPageOf(lock + 2, 1024)).toBe(lock + 1);
  });

  test("without an entry in their pointer map are refused", () => {
    const map = Buffer.from([1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([isTreePage(map, 2, 3), isTreePage(map, 2, 4)]).toEqual([true, false]);
    expect(() => isTreePage(map, 2, 5)).toThrow(UnexpectedFormat);
  });

  test("with reserved bytes, as checksums and encryption need them, are refused", () => {
    const { path, db } = createUsedDatabase(4096, 10);
    const header = readFileSync(path).subarray(0, 100);
    expect(() => requirePlainFile(header, 4096)).not.toThrow();
    header[20] = 8;
    expect(() => requirePlainFile(header, 4096)).toThrow("pages have reserved bytes");
    db.close();
  });
});

/** Damages a used database, and expects that clearing it throws and changes no byte of the file. */
function expectRefusal(damage: (path: string, db: Database) => string | undefined, reason: RegExp): void {
  const { path, db } = createUsedDatabase(4096);
  const remains = openPageRemains(db, path);
  const place = damage(path, db) ?? path;
  const before = readFileSync(place);
  expect(() => clearAll(remains)).toThrow(reason);
  expect(readFileSync(place).equals(before)).toBe(true);
  db.close();
  remains.close();
}

describe("no byte is written", () => {
  test("when a pointer map lacks a page", () =>
    expectRefusal(
      (path) => void writeAt(path, 4096 + 5 * 40, [0]),
      /page 43 has no entry in its pointer map/,
    ));

  test("when a pointer map calls another page a b-tree's", () =>
    expectRefusal((path, db) => {
      const { first } = db
        .query("SELECT min(pageno) AS first FROM dbstat WHERE pagetype = 'overflow'")
        .get() as { first: number };
      writeAt(path, 4096 + 5 * (first - 3), [5]);
      return undefined;
    }, /has no header of a b-tree page/));

  test("when a cell lies in the unallocated space", () =>
    expectRefusal((path, db) => {
      const { leaf } = db
        .query(
          "SELECT min(pageno) AS leaf FROM dbstat WHERE name = 'entry' AND pagetype = 'leaf' AND ncell > 1",
        )
        .get() as { leaf: number };
      writeAt(path, (leaf - 1) * 4096 + 8, [0, 20]);
      return undefined;
    }, /has a cell in its unallocated space/));

  test("when the header and SQLite disagree about the file", () =>
    expectRefusal((path) => void writeAt(path, 28, [0, 0, 0, 9]), /the number of pages differs/));

  test("when the file has a second name, for a program could write by it unseen", () =>
    expectRefusal((path) => void linkSync(path, `${path}-2`), /second name/));

  test("when the file was replaced while it was open", () =>
    expectRefusal((path) => {
      renameSync(path, `${path}-moved`);
      writeAt(openNew(path), 0, [1]);
      return `${path}-moved`;
    }, /was replaced/));

  test("while the write-ahead log has a page, and while another program holds the write lock", () => {
    const { path, db } = createUsedDatabase(4096);
    const remains = openPageRemains(db, path);
    db.run("INSERT INTO plain (body) VALUES ('later')");
    const before = readFileSync(path);
    expect(remains.clear(1)).toBeUndefined();
    emptyWal(db);
    const other = new Database(path);
    other.run("BEGIN IMMEDIATE");
    expect(() => remains.clear(1)).toThrow("database is locked");
    expect(countIn(path)).toBeGreaterThan(0);
    other.run("ROLLBACK");
    other.close();
    expect(before.length).toBe(readFileSync(path).length);
    clearAll(remains);
    expect(countIn(path)).toBe(0);
    db.close();
    remains.close();
  });
});

function openNew(path: string): string {
  closeSync(openSync(path, "w"));
  return path;
}

test("a reader with an open transaction sees the same rows before, while and after pages are cleared", () => {
  const { path, db } = createUsedDatabase(4096);
  const reader = new Database(path, { readonly: true });
  reader.run("BEGIN");
  const content = contentOf(reader);
  const remains = openPageRemains(db, path);
  clearAll(remains);
  expect(countIn(path)).toBe(0);
  reader.run("PRAGMA shrink_memory");
  expect(contentOf(reader)).toBe(content);
  reader.run("COMMIT");
  expect(reader.query("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  reader.close();
  db.close();
  remains.close();
});

describe("a log", () => {
  async function fill(dataDir: string) {
    const log = openLogIn(dataDir);
    const random = createRandom(3);
    await Promise.all(
      Array.from({ length: 3000 }, (_, i) => {
        const userId = i % 3 === 0 ? "u:alice" : `g-${i}`;
        const body = JSON.stringify({
          text: `${i % 3 === 0 ? WORD : ""}${"x".repeat(random.int(1, 50) ** 2)}`,
        });
        return log.append({ topic: `t${i % 4}`, userId, id: `${i}`, body });
      }),
    );
    for (const topic of ["t0", "t1", "t2", "t3"]) await log.disown(topic, "u:alice", "erased", () => "{}");
    return log;
  }

  test("whose file has a second name is left as it is, and rewritten at the next start", async () => {
    const dataDir = mkdtempSync(join(root, "linked-"));
    const log = await fill(dataDir);
    const path = join(dataDir, "kabar.db");
    linkSync(path, join(dataDir, "second"));
    await log.close();
    expect(countIn(path)).toBeGreaterThan(0);
    await openLogIn(dataDir).close();
    expect(countIn(path)).toBe(0);
    const db = new Database(path, { readonly: true });
    expect(db.query("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
    expect(db.query("SELECT count(*) AS count FROM entry").get()).toEqual({ count: 3000 });
    db.close();
  });

  test("whose file is a symbolic link is cleared in its real place", async () => {
    const [dataDir, elsewhere] = [mkdtempSync(join(root, "link-")), mkdtempSync(join(root, "real-"))];
    const path = openNew(join(elsewhere, "log.db"));
    symlinkSync(path, join(dataDir, "kabar.db"));
    await (await fill(dataDir)).close();
    expect(readFileSync(path).length).toBeGreaterThan(100_000);
    expect(countIn(path)).toBe(0);
  });
});
