/**
 * The authors of a SQLite log: who has a message in which topic, and the newest one. Noted by the work of indexing, so that a publish
 * costs nothing. An author is gone with the last message: retention and erasure remove the row in their own transaction.
 */
import type { Database } from "bun:sqlite";
import type { Entry } from "./log.ts";
import { newestByAuthor } from "./search-text.ts";

/** The tables. `authored`: the authors of a topic's entries up to it are noted; a log of an earlier version has none. */
export const AUTHOR_TABLES = `
  CREATE TABLE search_author (
    number INTEGER PRIMARY KEY, topic INTEGER NOT NULL, user TEXT NOT NULL, offset INTEGER NOT NULL, folded TEXT NOT NULL,
    UNIQUE (topic, user)
  ) STRICT;
  CREATE INDEX search_author_newest ON search_author (topic, offset);
  ALTER TABLE search_topic ADD COLUMN authored INTEGER NOT NULL DEFAULT 0;
`;
const NOTE = `
  INSERT INTO search_author (topic, user, offset, folded) VALUES (?, ?, ?, ?)
  ON CONFLICT (topic, user) DO UPDATE SET offset = excluded.offset, folded = excluded.folded
  WHERE excluded.offset > search_author.offset`;
const TRIM = "DELETE FROM search_author WHERE topic = ? AND offset <= ?";
const FORGET = "DELETE FROM search_author WHERE topic = ? AND user = ?";
const SET_AUTHORED = "UPDATE search_topic SET authored = ? WHERE topic = ?";

export type AuthorIndex = ReturnType<typeof createAuthorIndex>;

/** Creates the index of an open log, whose tables are there. Its functions run in the transactions of their callers. */
export function createAuthorIndex(db: Database) {
  const note = db.prepare(NOTE);
  const trim = db.prepare(TRIM);
  const forget = db.prepare(FORGET);
  const setAuthored = db.prepare(SET_AUTHORED);
  return {
    /** Notes the authors of entries of a topic that continue what was noted before, up to `last`. */
    note(topicId: number, entries: readonly Entry[], last: number): void {
      for (const { entry, folded } of newestByAuthor(entries))
        note.run(topicId, entry.userId, entry.offset, folded);
      setAuthored.run(last, topicId);
    },

    /** Removes the authors whose newest message is at or before an offset. */
    trim: (topicId: number, last: number): void => void trim.run(topicId, last),

    /** Removes an author from a topic. */
    forget: (topicId: number, userId: string): void => void forget.run(topicId, userId),
  };
}

/** Rows of authors that are read between two looks at the clock: a few milliseconds. */
const ROWS_AT_ONCE = 20_000;
const LAST_NUMBER = "SELECT max(number) AS number FROM search_author";
const FIND = `
  SELECT number, name AS topic, author.user AS userId, entry.id, body, entry.offset, entry.at, entry.tag
  FROM search_author AS author CROSS JOIN topic ON topic.id = author.topic
  CROSS JOIN entry ON entry.topic = author.topic AND entry.offset = author.offset
  WHERE number > ?1 AND number <= ?2 AND instr(folded, ?3) > 0
    AND (?4 IS NULL OR name IN (SELECT value FROM json_each(?4)))
  ORDER BY number DESC LIMIT ?5`;

/** A part of a search for authors, from the number `after` downwards. */
export interface AuthorRequest {
  text: string;
  topics?: readonly string[] | undefined;
  limit: number;
  after: number | undefined;
}

/** Creates the function that finds authors, those first who wrote last for the first time, until `deadline` (`performance.now`). */
export function createAuthorSearch(db: Database) {
  const lastNumber = db.prepare<{ number: number | null }, []>(LAST_NUMBER);
  const find = db.prepare<Entry & { number: number }, [number, number, string, string | null, number]>(FIND);

  return ({ text, topics, limit, after }: AuthorRequest, deadline: number) => {
    const named = topics === undefined ? null : JSON.stringify(topics);
    const entries: Entry[] = [];
    let last = after ?? (lastNumber.get()?.number ?? 0) + 1;
    while (last > 1) {
      const from = Math.max(0, last - 1 - ROWS_AT_ONCE);
      const found = find.all(from, last - 1, text, named, limit - entries.length);
      entries.push(...found.map(({ number: _, ...entry }) => entry));
      const isFull = entries.length >= limit;
      last = isFull ? (found.at(-1)?.number ?? last) : from + 1;
      if (isFull || performance.now() > deadline) break;
    }
    return { entries, last: last > 1 ? last : undefined };
  };
}
