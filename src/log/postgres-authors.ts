/**
 * The authors of a PostgreSQL log: who has a message in which topic, and the newest one. Noted by the work of indexing, so that a
 * publish costs nothing. The database removes the row with the message it names, or when the message gets another author.
 */
import type { AuthorQuery, Entry } from "./log.ts";
import { type Handle, type RawEntry, type StoredEntry, toStored } from "./postgres-tables.ts";
import { newestByAuthor } from "./search-text.ts";

/** The tables. `authored`: the authors of a topic's entries up to it are noted; a log of an earlier version has none. */
export const AUTHOR_TABLES = `
  CREATE TABLE kabar_author (
    topic bigint NOT NULL,
    "user" text NOT NULL COLLATE "C",
    "offset" bigint NOT NULL,
    folded text NOT NULL,
    PRIMARY KEY (topic, "user"),
    FOREIGN KEY (topic, "offset") REFERENCES kabar_entry (topic, "offset") ON DELETE CASCADE
  );
  CREATE INDEX kabar_author_newest ON kabar_author (topic, "offset");
  ALTER TABLE kabar_search_topic ADD COLUMN authored bigint NOT NULL DEFAULT 0;
  CREATE FUNCTION kabar_author_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
  BEGIN
    DELETE FROM kabar_author WHERE topic = OLD.topic AND "user" = OLD."user";
    RETURN NULL;
  END $body$;
  CREATE TRIGGER kabar_author_changed AFTER UPDATE ON kabar_entry FOR EACH ROW
    WHEN (OLD."user" IS DISTINCT FROM NEW."user") EXECUTE FUNCTION kabar_author_changed();`;

/** The lock keeps an erasure or a trim on another node waiting: it finds the author's row, or the entry is not found here. */
const NOTE = `
  INSERT INTO kabar_author (topic, "user", "offset", folded)
  SELECT $1::bigint, e."user", e."offset", w.folded FROM unnest($2::bigint[], $3::text[], $4::text[]) AS w(o, u, folded)
  CROSS JOIN LATERAL (
    SELECT f."user", f."offset" FROM kabar_entry f
    WHERE f.topic = $1::bigint AND f."offset" = w.o AND f."user" = w.u FOR KEY SHARE) e
  ON CONFLICT (topic, "user") DO UPDATE SET "offset" = excluded."offset", folded = excluded.folded
  WHERE excluded."offset" > kabar_author."offset"`;
const SET_AUTHORED = `UPDATE kabar_search_topic SET authored = greatest(authored, $2) WHERE topic = $1`;
/** The whole table is read where few match, so each is fetched as it is found. The limit counts before the entries are read. */
const FIND = `
  DECLARE kabar_authors NO SCROLL CURSOR FOR SELECT e.*, t.name FROM (
    SELECT a.topic, a."offset" FROM kabar_author a
    WHERE strpos(a.folded, $1) > 0
      AND ($2::text[] IS NULL OR a.topic IN (SELECT id FROM kabar_topic WHERE name = ANY($2::text[])))
    LIMIT $3) a
  JOIN kabar_topic t ON t.id = a.topic JOIN kabar_entry e ON e.topic = a.topic AND e."offset" = a."offset"`;
const FETCH = `FETCH kabar_authors`;
const END = `CLOSE kabar_authors`;

/** Notes the authors of entries of a topic that continue what was noted before, up to `last`. */
export async function noteAuthors(
  tx: Handle,
  id: number,
  entries: readonly StoredEntry[],
  last: number,
): Promise<void> {
  const newest = newestByAuthor(entries.map(({ entry }) => entry));
  const values = [
    newest.map(({ entry }) => entry.offset),
    newest.map(({ entry }) => entry.userId),
    newest.map(({ folded }) => folded),
  ];
  if (newest.length > 0) await tx.unsafe(NOTE, [id, ...values]);
  await tx.unsafe(SET_AUTHORED, [id, last]);
}

/** The newest messages of authors, one a topic, as they are found. Needs a transaction. */
export async function* eachAuthor(tx: Handle, { text, topics, limit }: AuthorQuery): AsyncGenerator<Entry> {
  await tx.unsafe(FIND, [text, topics === undefined ? null : [...topics], limit]);
  for (;;) {
    const [row] = (await tx.unsafe(FETCH)) as (RawEntry & { name: string })[];
    if (!row) break;
    yield toStored(() => row.name, row).entry;
  }
  await tx.unsafe(END);
}
