/**
 * The schema of a SQLite log: its tables, its version, and what each version added. Also the names of the files of a log.
 * Does not know what the tables are used for, and opens no file but to read its version.
 */
import type { Database } from "bun:sqlite";
import { closeSync, openSync, readSync } from "node:fs";
import { createEpoch } from "./log.ts";
import { AUTHOR_TABLES } from "./sqlite-authors.ts";
import { MARK_DOCUMENTS, SEARCH_TABLES, WIDE_MARK_DOCUMENTS } from "./sqlite-search-index.ts";

export const DATABASE_FILE = "kabar.db";
/** SQLite's signature, and the place of `user_version` in the file (sqlite.org/fileformat2.html section 1.3). */
const SIGNATURE = "SQLite format 3\0";
const HEAD_BYTES = 100;
const VERSION_AT = 60;

const SCHEMA = `
  CREATE TABLE log (epoch TEXT NOT NULL, probe BLOB) STRICT;
  CREATE TABLE topic (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    first INTEGER NOT NULL, top INTEGER NOT NULL, at INTEGER NOT NULL, tag TEXT NOT NULL,
    trimmed TEXT NOT NULL
  ) STRICT;
  CREATE TABLE entry (
    topic INTEGER NOT NULL, offset INTEGER NOT NULL, user TEXT NOT NULL, id TEXT NOT NULL,
    at INTEGER NOT NULL, tag TEXT NOT NULL, body TEXT NOT NULL, proof TEXT, PRIMARY KEY (topic, offset)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX entry_by_id ON entry (topic, user, id);
`;

/** A change of the tables since the version before. A migration only adds columns and tables: rows of entries stay as they are. */
interface Migration {
  /** The change in words for the operator: half a sentence. */
  does: string;
  /** Table, column and type. A log that an unreleased version made may have some of them already. */
  adds?: readonly (readonly [table: string, column: string, type: string])[];
  /** New tables and their rows, as statements. A new file gets them, too. */
  creates?: string;
}

/** The changes since version 1, in order. */
const MIGRATIONS: readonly Migration[] = [
  {
    does: "adds the columns that recognize repeats of changed messages and cursors at the end of retention",
    adds: [
      ["log", "probe", "BLOB"],
      ["topic", "trimmed", "TEXT NOT NULL DEFAULT ''"],
      ["entry", "proof", "TEXT"],
    ],
  },
  { does: "adds the tables of the search index, which is filled in the background", creates: SEARCH_TABLES },
  { does: "adds marks to the search index, which bound the time of a search", creates: MARK_DOCUMENTS },
  { does: "adds authors to the search index, who are noted in the background", creates: AUTHOR_TABLES },
  { does: "adds wider marks to the search index, for large logs", creates: WIDE_MARK_DOCUMENTS },
];

/** Stored as SQLite's `user_version`. */
export const SCHEMA_VERSION = 1 + MIGRATIONS.length;

/** Columns of every version since 1. */
const COLUMNS = [
  "SELECT epoch FROM log LIMIT 0",
  "SELECT id, name, epoch, first, top, at, tag FROM topic LIMIT 0",
  "SELECT topic, offset, user, id, at, tag, body FROM entry LIMIT 0",
];

/** Half a sentence about a file of a newer version, which this one does not touch. */
export const newerSchema = (version: number): string =>
  `by a newer Kabar (schema ${version}); this version reads schemas up to ${SCHEMA_VERSION}`;

/** What the migrations after a version do. */
export const migrationsAfter = (version: number): string[] =>
  MIGRATIONS.slice(version - 1).map(({ does }) => does);

/** The version of an open file; 0 when it has no tables yet. */
export const schemaOf = (db: Database): number =>
  (db.query("PRAGMA user_version").get() as { user_version: number }).user_version;

/** The version in a file's head, without opening it as a database; undefined when it is not one. Throws the error of the file system. */
export function schemaOfFile(path: string): number | undefined {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, "r");
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return head.toString("latin1", 0, SIGNATURE.length) === SIGNATURE
    ? head.readUInt32BE(VERSION_AT)
    : undefined;
}

/** Why a database is not a log; undefined when it is one. */
export function missingColumns(db: Database): string | undefined {
  for (const columns of COLUMNS) {
    try {
      db.query(columns).all();
    } catch (error) {
      const reason = error instanceof Error ? error.message : "";
      if (!reason.startsWith("no such")) throw error;
      return reason;
    }
  }
  return undefined;
}

/** Makes the tables of an empty file. */
export function createSchema(db: Database): void {
  db.transaction(() => {
    db.run(SCHEMA);
    for (const { creates } of MIGRATIONS) if (creates) db.run(creates);
    db.run("INSERT INTO log (epoch) VALUES (?)", [createEpoch()]);
    db.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  }).immediate();
}

/** Brings the tables from `version` to the present one, in one transaction. */
export function migrate(db: Database, version: number): void {
  const columns = db.query<{ name: string }, [string]>("SELECT name FROM pragma_table_info(?)");
  db.transaction(() => {
    for (const { adds = [], creates } of MIGRATIONS.slice(version - 1)) {
      for (const [table, column, type] of adds)
        if (!columns.all(table).some(({ name }) => name === column))
          db.run(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
      if (creates) db.run(creates);
    }
    db.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  }).immediate();
}
