/**
 * The search index of a PostgreSQL log: its tables and statements. Needs no extension and no right beyond those for the log's
 * other tables.
 *
 * `kabar_search` has, for each message, the hashes of the pieces of its text; it has no text. A trigger takes a message out in
 * the transaction that changes it, whichever node's, and notes that it is to be indexed again. A removed entry takes its row
 * along.
 */
import type { SQL } from "bun";
import type { Entry, SearchQuery } from "./log.ts";
import { BUCKETS } from "./postgres-search-windows.ts";
import { type Handle, type RawEntry, type StoredEntry, toStored } from "./postgres-tables.ts";
import { isCancelled } from "./postgres-trouble.ts";
import { eachGramOf, fold, gramsOfPart, partsOf, searchedMessage } from "./search-text.ts";

/** `low`: entries up to it, and from `start` to `done`, are indexed. */
export const SEARCH_TABLES = `
  CREATE TABLE kabar_search (
    topic bigint NOT NULL,
    "offset" bigint NOT NULL,
    at bigint NOT NULL,
    pieces integer[] NOT NULL,
    PRIMARY KEY (topic, "offset"),
    FOREIGN KEY (topic, "offset") REFERENCES kabar_entry (topic, "offset") ON DELETE CASCADE
  );
  CREATE INDEX kabar_search_at ON kabar_search (at);
  CREATE INDEX kabar_search_pieces ON kabar_search USING gin (pieces);
  CREATE TABLE kabar_search_topic (
    topic bigint PRIMARY KEY REFERENCES kabar_topic ON DELETE CASCADE,
    low bigint NOT NULL, start bigint NOT NULL, done bigint NOT NULL
  );
  CREATE TABLE kabar_search_due (
    topic bigint NOT NULL,
    "offset" bigint NOT NULL,
    PRIMARY KEY (topic, "offset"),
    FOREIGN KEY (topic, "offset") REFERENCES kabar_entry (topic, "offset") ON DELETE CASCADE
  );
  CREATE FUNCTION kabar_search_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
  BEGIN
    DELETE FROM kabar_search WHERE topic = NEW.topic AND "offset" = NEW."offset";
    IF EXISTS (SELECT 1 FROM kabar_search_topic WHERE topic = NEW.topic) THEN
      INSERT INTO kabar_search_due (topic, "offset") VALUES (NEW.topic, NEW."offset") ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
  END $body$;
  CREATE TRIGGER kabar_search_changed AFTER UPDATE ON kabar_entry FOR EACH ROW
    WHEN (OLD."user" IS DISTINCT FROM NEW."user" OR OLD.at IS DISTINCT FROM NEW.at
      OR substring(OLD.body from '"text":"(?:[^"\\\\]|\\\\.)*"') IS DISTINCT FROM substring(NEW.body from '"text":"(?:[^"\\\\]|\\\\.)*"'))
    EXECUTE FUNCTION kabar_search_changed();`;

/** The most rows whose index is made at once, while no message can be changed: half a minute. */
const MAX_ROWS_AT_ONCE = 300_000;
/**
 * An index with the times of messages beside their pieces, in the place of that without. A larger log is indexed anew, in the
 * background. New rows wait in a list that each search reads: a short one.
 */
export const SEARCH_TIMES = `
  DROP INDEX kabar_search_pieces;
  DO $body$ BEGIN
    IF (SELECT count(*) FROM (SELECT 1 FROM kabar_search LIMIT ${MAX_ROWS_AT_ONCE + 1}) s) > ${MAX_ROWS_AT_ONCE} THEN
      TRUNCATE kabar_search, kabar_search_topic, kabar_search_due;
    END IF;
  END $body$;
  CREATE INDEX kabar_search_times ON kabar_search USING gin (pieces, ${BUCKETS}) WITH (gin_pending_list_limit = 1024);`;

const NOTE_TOPICS = `
  INSERT INTO kabar_search_topic (topic, low, start, done)
  SELECT id, first - 1, top + 1, top FROM kabar_topic t
  WHERE left(name, 1) <> '$' AND NOT EXISTS (SELECT 1 FROM kabar_search_topic s WHERE s.topic = t.id)
  ON CONFLICT DO NOTHING`;
const BEHIND = `
  SELECT t.name, greatest(0, s.start - 1 - greatest(s.low, t.first - 1)) AS earlier,
    t.top > s.done OR EXISTS (SELECT 1 FROM kabar_search_due d WHERE d.topic = t.id) AS later
  FROM kabar_search_topic s JOIN kabar_topic t ON t.id = s.topic
  WHERE s.low < s.start - 1 OR s.done < t.top OR EXISTS (SELECT 1 FROM kabar_search_due d WHERE d.topic = t.id)`;
const UNAUTHORED = `
  SELECT t.name FROM kabar_search_topic s JOIN kabar_topic t ON t.id = s.topic WHERE s.authored < s.done`;
const ADD_TOPIC = `
  INSERT INTO kabar_search_topic (topic, low, start, done) SELECT id, 0, 1, 0 FROM kabar_topic WHERE name = $1
  ON CONFLICT (topic) DO UPDATE SET low = kabar_search_topic.low RETURNING topic`;
const RELAX = `SELECT set_config('synchronous_commit', $1, true)`;
const LOCK_TOPIC = `
  SELECT s.* FROM kabar_search_topic s JOIN kabar_topic t ON t.id = s.topic WHERE t.name = $1 FOR UPDATE OF s`;
const ENTRIES = `
  SELECT * FROM kabar_entry WHERE topic = $1 AND "offset" > $2 AND "offset" <= $3 ORDER BY "offset" LIMIT $4`;
const TAKE_DUE = `
  WITH taken AS (
    DELETE FROM kabar_search_due d USING (SELECT topic, "offset" FROM kabar_search_due WHERE topic = $1 LIMIT $2) w
    WHERE d.topic = w.topic AND d."offset" = w."offset" RETURNING d."offset"
  ) SELECT e.* FROM taken JOIN kabar_entry e ON e.topic = $1 AND e."offset" = taken."offset"`;
const PUT = `
  INSERT INTO kabar_search (topic, "offset", at, pieces)
  SELECT $1::bigint, o, a, p::integer[] FROM unnest($2::bigint[], $3::bigint[], $4::text[]) AS w(o, a, p)
  ON CONFLICT (topic, "offset") DO UPDATE SET at = excluded.at, pieces = excluded.pieces`;
const SET_DONE = `UPDATE kabar_search_topic SET done = greatest(done, $2) WHERE topic = $1`;
const SET_LOW = `UPDATE kabar_search_topic SET low = greatest(low, $2) WHERE topic = $1`;
const IS_USED = `SELECT EXISTS (SELECT 1 FROM kabar_search_topic) AS used`;
const CLEAR = `TRUNCATE kabar_search, kabar_search_topic, kabar_search_due, kabar_author`;
const LIMIT_TIME = `SELECT set_config('statement_timeout', $1, true), set_config('jit', 'off', true)`;
/**
 * The statements of a search leave the database one plan each, so that it need not plan for each search: that was most of the time
 * of a search for rare words. Compiling such a plan takes longer than any search, and the tables may have been small when it was made.
 */
const KEEP_PLANS = `
  SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)`;
/** The time of the row that so many newer ones separate from a time. */
const FLOOR = `SELECT at FROM kabar_search WHERE at <= $1 ORDER BY at DESC OFFSET $2 LIMIT 1`;
const NEWEST_AND_FLOOR = `
  SELECT at AS floor, (SELECT max(at) FROM kabar_search WHERE at <= $1) AS newest
  FROM kabar_search WHERE at <= $1 ORDER BY at DESC OFFSET $2 LIMIT 1`;
/** Rows that may be what a search asks for become a page: the newest first, of which only the entries of the page are read. */
const pageOf = (rows: string): string => `
  WITH found AS MATERIALIZED (${rows}), newest AS MATERIALIZED (
    SELECT f.topic, f."offset", f.at, t.name FROM found f JOIN kabar_topic t ON t.id = f.topic
    WHERE f.at <= $2 AND (f.at < $2 OR (t.name, f."offset") < ($3, $4))
    ORDER BY f.at DESC, t.name DESC, f."offset" DESC LIMIT $5)
  SELECT e.*, n.name FROM newest n CROSS JOIN LATERAL (
    SELECT * FROM kabar_entry e WHERE e.topic = n.topic AND e."offset" = n."offset" LIMIT 1) e
  ORDER BY n.at DESC, n.name DESC, n."offset" DESC`;
const HAS_PIECES = `SELECT topic, "offset", at FROM kabar_search WHERE pieces @> $1::integer[]`;
const FOUND = pageOf(HAS_PIECES);
const FOUND_IN_BUCKETS = pageOf(`${HAS_PIECES} AND ${BUCKETS} && $6::bigint[]`);
/** Reads every row down to a time, whatever the index of pieces promises. */
const FOUND_ABOVE = pageOf(`
  SELECT topic, "offset", at FROM (SELECT * FROM kabar_search WHERE at BETWEEN $6 AND $2 OFFSET 0) near
  WHERE pieces @> $1::integer[]`);

/** FNV-1a over UTF-16 units. */
const FNV_START = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Goes on with a hash over a stretch of a text. */
function hashOn(start: number, text: string, from: number, to: number): number {
  let hash = start;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return hash;
}
/** A hash as a signed integer of 32 bits. Two pieces with one hash cost a look at a text. */
const hashOf = (piece: string): number => hashOn(FNV_START, piece, 0, piece.length) | 0;

const topicPiece = (topic: string): string => `#${topic}`;
const authorPiece = (idOrName: string): string => `@${fold(idOrName)}`;
const asArray = (hashes: Iterable<number>): string => `{${[...hashes].join(",")}}`;

function piecesOf({ topic, userId, body }: Entry): string | undefined {
  const message = searchedMessage({ body });
  if (!message) return undefined;
  const hashes = new Set<number>();
  eachGramOf(message.text, (mark, word, from, to) => {
    hashes.add(hashOn(hashOn(FNV_START, mark, 0, mark.length), word, from, to) | 0);
  });
  for (const own of [topicPiece(topic), authorPiece(userId), authorPiece(message.name)])
    hashes.add(hashOf(own));
  return asArray(hashes);
}

/** The state of a topic's index. */
export interface SearchState {
  topicId: number;
  low: number;
  start: number;
  done: number;
  /** The authors of entries up to it are noted. */
  authored: number;
}

/** Notes topics of earlier versions. Resolves to the topics that are not indexed to their end, and what they lack. */
export async function findBehind(sql: Handle): Promise<{ name: string; earlier: number; later: boolean }[]> {
  await sql.unsafe(NOTE_TOPICS);
  const rows = (await sql.unsafe(BEHIND)) as { name: string; earlier: string; later: boolean }[];
  return rows.map(({ name, earlier, later }) => ({ name, earlier: Number(earlier), later }));
}

/** The topics with indexed entries whose authors are not noted. */
export async function findUnauthored(sql: Handle): Promise<string[]> {
  return ((await sql.unsafe(UNAUTHORED)) as { name: string }[]).map(({ name }) => name);
}

/**
 * Locks a topic's index against other nodes. Undefined where there is none. The transaction does not wait for the disk: after a
 * crash that loses it, the same entries are indexed again.
 */
export async function lockIndex(tx: Handle, topic: string): Promise<SearchState | undefined> {
  const lock = async () =>
    (await tx.unsafe(LOCK_TOPIC, [topic])) as Record<
      "topic" | "low" | "start" | "done" | "authored",
      string
    >[];
  const [[row]] = await Promise.all([lock(), tx.unsafe(RELAX, ["off"])]);
  return (
    row && {
      topicId: Number(row.topic),
      low: Number(row.low),
      start: Number(row.start),
      done: Number(row.done),
      authored: Number(row.authored),
    }
  );
}

/** Begins the index of a topic that has none. Resolves to false where there is no such topic. */
export async function beginIndex(tx: Handle, topic: string): Promise<boolean> {
  const rows = (await tx.unsafe(ADD_TOPIC, [topic])) as { topic: string }[];
  return rows.length > 0;
}

/** Entries of a topic after an offset, up to and including another. */
export async function entriesBetween(
  tx: Handle,
  topic: string,
  { id, after, upTo, limit }: { id: number; after: number; upTo: number; limit: number },
): Promise<StoredEntry[]> {
  const rows = (await tx.unsafe(ENTRIES, [id, after, upTo, limit])) as RawEntry[];
  return rows.map((row) => toStored(() => topic, row));
}

/** Takes entries that changed since they were indexed. */
export async function takeDue(tx: Handle, topic: string, id: number, limit: number): Promise<StoredEntry[]> {
  const rows = (await tx.unsafe(TAKE_DUE, [id, limit])) as RawEntry[];
  return rows.map((row) => toStored(() => topic, row));
}

/** Indexes the messages among the entries of a topic. */
export async function putInIndex(tx: Handle, id: number, entries: readonly StoredEntry[]): Promise<void> {
  const found = entries.flatMap(({ entry }) => {
    const pieces = piecesOf(entry);
    return pieces === undefined ? [] : [{ entry, pieces }];
  });
  if (found.length === 0) return;
  const offsets = found.map(({ entry }) => entry.offset);
  await tx.unsafe(PUT, [id, offsets, found.map(({ entry }) => entry.at), found.map(({ pieces }) => pieces)]);
}

export const setDone = (tx: Handle, id: number, offset: number) => tx.unsafe(SET_DONE, [id, offset]);
export const setLow = (tx: Handle, id: number, offset: number) => tx.unsafe(SET_LOW, [id, offset]);

/** Empties the index. */
export async function clearIndex(tx: Handle): Promise<void> {
  const [row] = (await tx.unsafe(IS_USED)) as { used: boolean }[];
  if (row?.used) await tx.unsafe(CLEAR);
}

/** A place in the order of a search: by time, then by topic and offset. The next entry is before it. */
export interface SearchPlace {
  at: number;
  topic: string;
  offset: number;
}

/** Sets that statements of this transaction keep their plans. */
export const keepPlans = (tx: Handle) => tx.unsafe(KEEP_PLANS);

/** Runs statements of a search for so long at most. Resolves to undefined when the time is over: the database has ended one. */
export async function inTime<T>(
  sql: SQL,
  ms: number,
  run: (tx: Handle) => Promise<T>,
): Promise<T | undefined> {
  const limited = async (tx: Handle): Promise<T> => {
    await tx.unsafe(LIMIT_TIME, [`${ms}`]);
    return run(tx);
  };
  try {
    // Behind a pooler the statements are in a transaction already.
    return await ("savepoint" in sql ? limited(sql) : sql.begin("read only", limited));
  } catch (error) {
    if (isCancelled(error)) return undefined;
    throw error;
  }
}

/** The time of the row that `rows` newer ones separate from a time; undefined when there are fewer. */
export async function findFloor(tx: Handle, at: number, rows: number): Promise<number | undefined> {
  const [row] = (await tx.unsafe(FLOOR, [at, rows])) as { at: string }[];
  return row && Number(row.at);
}

/** The time of the newest row up to a time, and of the row that so many newer ones separate from that; undefined when there are fewer. */
export async function findNewest(
  tx: Handle,
  at: number,
  rows: number,
): Promise<{ newest: number; floor: number } | undefined> {
  const [row] = (await tx.unsafe(NEWEST_AND_FLOOR, [at, rows])) as { newest: string; floor: string }[];
  return row && { newest: Number(row.newest), floor: Number(row.floor) };
}

/** Where a statement looks: in buckets of time, down to a time by reading each row, or everywhere. */
export type Range = { buckets: readonly number[] } | { floor: number } | undefined;

/** Entries that may be what a search asks for, newest first. */
export async function findInIndex(
  sql: Handle,
  { terms, topic, user }: Pick<SearchQuery, "terms" | "topic" | "user">,
  before: SearchPlace,
  limit: number,
  range: Range,
): Promise<Entry[]> {
  const pieces = partsOf(terms).flatMap(gramsOfPart);
  if (topic !== undefined) pieces.push(topicPiece(topic));
  if (user !== undefined) pieces.push(authorPiece(user));
  const values = [asArray(new Set(pieces.map(hashOf))), before.at, before.topic, before.offset, limit];
  const find = (): Promise<unknown> => {
    if (!range) return sql.unsafe(FOUND, values);
    if ("floor" in range) return sql.unsafe(FOUND_ABOVE, [...values, range.floor]);
    return sql.unsafe(FOUND_IN_BUCKETS, [...values, asArray(range.buckets)]);
  };
  const rows = (await find()) as (RawEntry & { name: string })[];
  return rows.map((row) => toStored(() => row.name, row).entry);
}
