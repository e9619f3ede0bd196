/** Makes the log of an earlier version of a SQLite log that no server uses. */
import type { Database } from "bun:sqlite";

/** Takes away the tables of the search, which came with version 3, and writes an earlier version into the file. */
export function dropSearch(db: Database, version: 1 | 2): void {
  const names = db
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    // Those of FTS5 go with the table that they belong to.
    .filter(({ name }) => /^search_[a-z]+$/.test(name));
  for (const { name } of names) db.run(`DROP TABLE ${name}`);
  db.run(`PRAGMA user_version = ${version}`);
}
