/**
 * The statements of a PostgreSQL log: every SQL text that reads or writes topics and entries, as functions over rows. No
 * transactions and no rules. Rows of several topics go in one statement, as arrays.
 */
import type { SQL } from "bun";
import type { Entry, TopicSpan } from "./log.ts";
import { BACKEND } from "./postgres-backends.ts";
import type { TopicRow } from "./topic-row.ts";

/** The columns of an entry, in the order of every statement that writes one. */
export const ENTRY_COLUMNS = `topic, "offset", "user", id, at, tag, body, proof, amends`;
const ADD_TOPICS = `
  INSERT INTO kabar_topic (name, epoch) SELECT name, (SELECT epoch FROM kabar_log) FROM unnest($1::text[]) AS name
  ON CONFLICT (name) DO NOTHING`;
/**
 * Limits of a transaction that writes: how long it waits for a lock, that a paused node gives its locks back, and that the
 * owner's limit does not end a commit that waits for a standby, which would then be acknowledged without it.
 */
const BEGIN_WRITE = `
  SELECT pg_current_xact_id()::text AS xid, set_config('lock_timeout', $1, true), set_config('statement_timeout', '0', true),
    set_config('idle_in_transaction_session_timeout', '5000', true)`;
const LOCK_TIMEOUT_MS = "1500";
/** Not a name of a topic, and undone within its transaction; random text, because PostgreSQL compresses what repeats. */
const TRY_TOPIC = `
  INSERT INTO kabar_topic (name, epoch) VALUES ('$trial ' || pg_current_xact_id(), '') RETURNING id::text`;
const TRY_ENTRY = `
  INSERT INTO kabar_entry (${ENTRY_COLUMNS})
  SELECT $1::bigint, n, '', n::text, 0, '', (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 200)), NULL, NULL
  FROM generate_series(1, 8) n`;
const TRY_UNDO = `WITH gone AS (DELETE FROM kabar_entry WHERE topic = $1) DELETE FROM kabar_topic WHERE id = $1`;
const XACT_STATUS = `SELECT pg_xact_status($1::xid8) AS status`;
const LOCK_TOPICS = `SELECT * FROM kabar_topic WHERE name = ANY($1::text[]) ORDER BY name FOR UPDATE`;
const FIND_TOPIC = `SELECT * FROM kabar_topic WHERE name = $1`;
/*
 * Lateral subqueries with a limit are run once for each row, by an index. For a join PostgreSQL may choose to read the whole table:
 * in a new database it has no statistics yet, and it keeps the plan that was good while the table was small.
 */
const FIND_REPEATS = `
  SELECT w.topic AS name, e.* FROM unnest($1::text[], $2::text[], $3::text[]) AS w(topic, "user", id)
  CROSS JOIN LATERAL (
    SELECT * FROM kabar_entry f WHERE f.topic = (SELECT t.id FROM kabar_topic t WHERE t.name = w.topic)
    AND f."user" = w."user" AND f.id = w.id LIMIT 1) e`;
const ENTRIES_AT = `
  SELECT e.* FROM unnest($1::bigint[], $2::bigint[]) AS w(topic, "offset")
  CROSS JOIN LATERAL (SELECT * FROM kabar_entry f WHERE f.topic = w.topic AND f."offset" = w."offset" LIMIT 1) e`;
const UPDATE_BODIES = `
  UPDATE kabar_entry e SET body = w.body FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS w(topic, "offset", body)
  CROSS JOIN LATERAL (
    SELECT f.ctid AS place FROM kabar_entry f WHERE f.topic = w.topic AND f."offset" = w."offset" LIMIT 1) at
  WHERE e.ctid = at.place`;
const READ_AFTER = `SELECT * FROM kabar_entry WHERE topic = $1 AND "offset" > $2 ORDER BY "offset" LIMIT $3`;
const READ_BEFORE = `SELECT * FROM kabar_entry WHERE topic = $1 AND "offset" < $2 ORDER BY "offset" DESC LIMIT $3`;
/** `identity` is evaluated once, not once a row: `OFFSET 0`. */
const changedSinceText = (identity: string): string => `
  SELECT s.*, t.id, t.name, t.epoch AS of_topic, t.top, t.tag, t.first, t.trimmed
  FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin, (${identity})::text AS identity, ${BACKEND} AS backend,
    (SELECT epoch FROM kabar_log) AS epoch OFFSET 0) s
  LEFT JOIN kabar_topic t ON t.changed >= $1::xid8`;
const NEW_ENTRIES = `
  SELECT e.* FROM unnest($1::bigint[], $2::bigint[]) AS w(topic, after)
  CROSS JOIN LATERAL (
    SELECT * FROM kabar_entry f WHERE f.topic = w.topic AND f."offset" >= w.after ORDER BY f."offset" LIMIT $3) e
  ORDER BY e.topic, e."offset" LIMIT $3`;
const ENTRIES_OF_USER = `
  SELECT * FROM kabar_entry WHERE topic = $1 AND "user" = $2 AND id > $3 ORDER BY id LIMIT $4`;
const OFFSETS_OF_USER = `SELECT "offset" FROM kabar_entry WHERE topic = $1 AND "user" = $2 ORDER BY "offset"`;
const DISOWN = `
  UPDATE kabar_entry e SET "user" = $4, id = $4 || '-' || w."offset", body = w.body, proof = NULL
  FROM unnest($2::bigint[], $3::text[]) AS w("offset", body) WHERE e.topic = $1 AND e."offset" = w."offset"`;
const TRIM = `DELETE FROM kabar_entry WHERE topic = $1 AND "offset" <= $2`;
const SET_FIRST = `UPDATE kabar_topic SET first = $2, trimmed = $3 WHERE id = $1`;
const AT_OFFSET = `SELECT at FROM kabar_entry WHERE topic = $1 AND "offset" >= $2 ORDER BY "offset" LIMIT 1`;
const REDATE = `UPDATE kabar_entry SET at = $4 WHERE topic = $1 AND "offset" BETWEEN $2 AND $3`;
const SET_AT = `UPDATE kabar_topic SET at = $2 WHERE id = $1`;
/** After a wait for the lock PostgreSQL looks at the topic again, but not at the entries: the numbers tell of one that came. */
const LOCK_EMPTY = `
  SELECT t.* FROM kabar_topic t WHERE t.name = ANY($1::text[]) AND t.first > t.top
  AND NOT EXISTS (SELECT 1 FROM kabar_entry e WHERE e.topic = t.id) ORDER BY t.name FOR UPDATE`;
const DELETE_TOPICS = `DELETE FROM kabar_topic WHERE id = ANY($1::bigint[])`;
const NOTE_PAST = `INSERT INTO kabar_past (epoch) SELECT epoch FROM kabar_log`;
const FORGET_PAST = `DELETE FROM kabar_past WHERE number <= (SELECT max(number) FROM kabar_past) - 1000`;
const SET_EPOCH = `UPDATE kabar_log SET epoch = $1`;
const EPOCHS = `SELECT (SELECT epoch FROM kabar_log) AS epoch, array(SELECT epoch FROM kabar_past) AS past`;
const NEWEST_AT = `SELECT max(at) AS at FROM kabar_topic`;
const TOPIC_SPANS = `SELECT name, epoch, first, top, at FROM kabar_topic WHERE name > $1 AND top > 0 ORDER BY name LIMIT $2`;
const TOPIC_NAMES = `SELECT name FROM kabar_topic WHERE name > $1 AND top > 0 ORDER BY name LIMIT $2`;
const OFFSETS_WITH = `
  SELECT "offset", strpos(body, $3) > 0 AS has FROM kabar_entry WHERE topic = $1 AND "offset" > $2 ORDER BY "offset" LIMIT $4`;

/** Options of a transaction that writes, whatever the database's defaults are: locks decide, not serialization. */
export const TRANSACTION = "isolation level read committed, read write";

/** A connection, or a transaction on one. */
export type Handle = Pick<SQL, "unsafe">;

/** An entry with the numbers of its topic and of the entries that it amends. */
export interface StoredEntry {
  topicId: number;
  entry: Entry;
  amends: readonly number[];
}

/** What Bun returns for a bigint is a string where it may be large. */
export interface RawEntry {
  topic: string;
  offset: string;
  user: string;
  id: string;
  at: string;
  tag: string;
  body: string;
  proof: string | null;
  amends: string[] | null;
}
export type RawTopic = Record<"id" | "first" | "top" | "at", string> &
  Record<"name" | "epoch" | "tag" | "trimmed", string>;

export const toTopic = (row: RawTopic): TopicRow => ({
  id: Number(row.id),
  name: row.name,
  epoch: row.epoch,
  first: Number(row.first),
  top: Number(row.top),
  at: Number(row.at),
  tag: row.tag,
  trimmed: row.trimmed,
});

const toEntry = (topic: string, row: RawEntry): Entry => ({
  topic,
  userId: row.user,
  id: row.id,
  body: row.body,
  offset: Number(row.offset),
  at: Number(row.at),
  tag: row.tag,
  proof: row.proof ?? undefined,
});

export const toStored = (nameOf: (id: number) => string, row: RawEntry): StoredEntry => {
  const topicId = Number(row.topic);
  return { topicId, entry: toEntry(nameOf(topicId), row), amends: (row.amends ?? []).map(Number) };
};

/** Sets the limits of a transaction that writes. Resolves to its number. */
export async function beginWrite(tx: Handle): Promise<string> {
  const [row] = (await tx.unsafe(BEGIN_WRITE, [LOCK_TIMEOUT_MS])) as { xid: string }[];
  return row?.xid ?? "";
}

/** Whether a transaction is still under way. */
export async function isUnderWay(sql: Handle, xid: string): Promise<boolean> {
  const [row] = (await sql.unsafe(XACT_STATUS, [xid])) as { status: string | null }[];
  return row?.status === "in progress";
}

/** Writes as much as a few entries take, and undoes it: throws where nothing can be written. */
export async function tryWrite(tx: Handle): Promise<void> {
  await beginWrite(tx);
  const [topic] = (await tx.unsafe(TRY_TOPIC)) as { id: string }[];
  await tx.unsafe(TRY_ENTRY, [topic?.id ?? ""]);
  await tx.unsafe(TRY_UNDO, [topic?.id ?? ""]);
}

/** Makes topics that are missing. */
export const addTopics = (sql: Handle, names: readonly string[]) => sql.unsafe(ADD_TOPICS, [names]);

/** Locks topics in the order of their names, so that two nodes never wait for each other. */
export const lockTopics = async (sql: Handle, names: readonly string[]): Promise<TopicRow[]> =>
  ((await sql.unsafe(LOCK_TOPICS, [[...names].sort()])) as RawTopic[]).map(toTopic);

/** A topic's row. */
export async function findTopic(sql: Handle, name: string): Promise<TopicRow | undefined> {
  const [row] = (await sql.unsafe(FIND_TOPIC, [name])) as RawTopic[];
  return row && toTopic(row);
}

/** The entries that already have one of these (topic, user, id). */
export async function findRepeats(
  sql: Handle,
  wanted: readonly Pick<Entry, "topic" | "userId" | "id">[],
): Promise<StoredEntry[]> {
  const columns = [wanted.map((w) => w.topic), wanted.map((w) => w.userId), wanted.map((w) => w.id)];
  const rows = (await sql.unsafe(FIND_REPEATS, columns)) as (RawEntry & { name: string })[];
  return rows.map((row) => toStored(() => row.name, row));
}

/** Retained entries at these places. */
export async function entriesAt(
  sql: Handle,
  places: readonly { topicId: number; offset: number }[],
  nameOf: (id: number) => string,
): Promise<StoredEntry[]> {
  const columns = [places.map((p) => p.topicId), places.map((p) => p.offset)];
  const rows = (await sql.unsafe(ENTRIES_AT, columns)) as RawEntry[];
  return rows.map((row) => toStored(nameOf, row));
}

export async function updateBodies(sql: Handle, entries: readonly StoredEntry[]): Promise<void> {
  await sql.unsafe(UPDATE_BODIES, [
    entries.map((e) => e.topicId),
    entries.map((e) => e.entry.offset),
    entries.map((e) => e.entry.body),
  ]);
}

/** A page of entries, in the order that was asked for: upwards after an offset, downwards before one. */
export async function readPage(
  sql: Handle,
  row: TopicRow,
  page: { limit: number } & ({ after: number } | { before: number }),
): Promise<Entry[]> {
  const down = "before" in page;
  const from = down ? page.before : page.after;
  const rows = (await sql.unsafe(down ? READ_BEFORE : READ_AFTER, [row.id, from, page.limit])) as RawEntry[];
  return rows.map((raw) => toEntry(row.name, raw));
}

/** A topic as a look finds it: its newest entry, and what was trimmed. */
export type TopicMark = Omit<TopicRow, "at">;

export interface Changes {
  /** The transaction from which the next look begins: the oldest that was under way. */
  next: string;
  /** Identifies the database and its history. */
  identity: string;
  /** The server process that answered. */
  backend: string;
  /** The epoch of topics without entries. */
  epoch: string;
  topics: TopicMark[];
}

/** The topics that changed since a look; `identity` is an expression. */
export async function changedSince(sql: Handle, seen: string, identity: string): Promise<Changes> {
  const rows = (await sql.unsafe(changedSinceText(identity), [seen])) as {
    xmin: string;
    identity: string;
    backend: string;
    epoch: string;
    id: string | null;
    name: string;
    of_topic: string;
    top: string;
    tag: string;
    first: string;
    trimmed: string;
  }[];
  const [any] = rows;
  if (!any) throw new Error("The database returned no row for a look.");
  const topics = rows.flatMap(({ id, name, of_topic: epoch, top, tag, first, trimmed }) =>
    id === null
      ? []
      : [{ id: Number(id), name, epoch, top: Number(top), tag, first: Number(first), trimmed }],
  );
  return { next: any.xmin, identity: any.identity, backend: any.backend, epoch: any.epoch, topics };
}

/** Entries at and after known offsets, by topic and upwards. */
export async function newEntries(
  sql: Handle,
  wanted: readonly { id: number; after: number }[],
  limit: number,
  nameOf: (id: number) => string,
): Promise<StoredEntry[]> {
  const columns = [wanted.map((w) => w.id), wanted.map((w) => w.after), limit];
  const rows = (await sql.unsafe(NEW_ENTRIES, columns)) as RawEntry[];
  return rows.map((row) => toStored(nameOf, row));
}

/** A page of a user's entries, by id: those after `afterId`. */
export const entriesOfUser = async (
  sql: Handle,
  row: TopicRow,
  user: string,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<Entry[]> =>
  ((await sql.unsafe(ENTRIES_OF_USER, [row.id, user, afterId, limit])) as RawEntry[]).map((raw) =>
    toEntry(row.name, raw),
  );

export const offsetsOfUser = async (sql: Handle, row: TopicRow, user: string): Promise<number[]> =>
  ((await sql.unsafe(OFFSETS_OF_USER, [row.id, user])) as { offset: string }[]).map((raw) =>
    Number(raw.offset),
  );

/** Gives entries another owner, ids that no other entry has, and new bodies. */
export const disownEntries = (sql: Handle, row: TopicRow, owner: string, entries: readonly Entry[]) =>
  sql.unsafe(DISOWN, [row.id, entries.map((e) => e.offset), entries.map((e) => e.body), owner]);

/** Removes a topic's entries up to `last`; returns how many. */
export async function trimEntries(
  sql: Handle,
  row: TopicRow,
  last: number,
  trimmed: string,
): Promise<number> {
  const result = await sql.unsafe(TRIM, [row.id, last]);
  await sql.unsafe(SET_FIRST, [row.id, last + 1, trimmed]);
  return result.count as number;
}

/** When the first retained entry at or above an offset was stored. */
export async function timeAt(sql: Handle, row: TopicRow, offset: number): Promise<number | undefined> {
  const [found] = (await sql.unsafe(AT_OFFSET, [row.id, offset])) as { at: string }[];
  return found && Number(found.at);
}

/** Names of topics with entries, in their order, after a name. */
export const topicNames = async (sql: Handle, after: string, limit: number): Promise<string[]> =>
  ((await sql.unsafe(TOPIC_NAMES, [after, limit])) as { name: string }[]).map(({ name }) => name);

/** The same topics with the range of their entries and the time of the newest. */
export const topicSpans = async (sql: Handle, after: string, limit: number): Promise<TopicSpan[]> =>
  ((await sql.unsafe(TOPIC_SPANS, [after, limit])) as Record<keyof TopicSpan, string>[]).map(
    ({ name, epoch, first, top, at }) => ({
      name,
      epoch,
      first: Number(first),
      top: Number(top),
      at: Number(at),
    }),
  );

/** A page of a topic's offsets, and whether each body has a text in it. */
export const offsetsWithText = async (
  sql: Handle,
  row: TopicRow,
  text: string,
  after: number,
  limit: number,
): Promise<{ offset: number; has: boolean }[]> =>
  ((await sql.unsafe(OFFSETS_WITH, [row.id, after, text, limit])) as { offset: string; has: boolean }[]).map(
    ({ offset, has }) => ({ offset: Number(offset), has }),
  );

/** Gives a stretch of a topic's entries a time. */
export const redateEntries = (sql: Handle, row: TopicRow, from: number, to: number, at: number) =>
  sql.unsafe(REDATE, [row.id, from, to, at]);

/** Sets the time of a topic's newest entry. */
export const setTopicTime = (sql: Handle, row: TopicRow, at: number) => sql.unsafe(SET_AT, [row.id, at]);

/** Removes those of the topics that have no entries, and gives the log another epoch. Resolves to their names. */
export async function dropEmptyTopics(
  sql: Handle,
  names: readonly string[],
  epoch: string,
): Promise<TopicRow[]> {
  const empty = ((await sql.unsafe(LOCK_EMPTY, [[...names].sort()])) as RawTopic[]).map(toTopic);
  if (empty.length === 0) return [];
  await sql.unsafe(DELETE_TOPICS, [empty.map((row) => row.id)]);
  await sql.unsafe(NOTE_PAST);
  await sql.unsafe(FORGET_PAST);
  await sql.unsafe(SET_EPOCH, [epoch]);
  return empty;
}

/** The epoch of topics without entries, and the ones it had before. */
export async function readEpochs(sql: Handle): Promise<{ epoch: string; past: string[] }> {
  const [row] = (await sql.unsafe(EPOCHS)) as { epoch: string; past: string[] }[];
  return { epoch: row?.epoch ?? "", past: [...(row?.past ?? [])] };
}

/** When the newest entry of all was stored; 0 when there is none. */
export async function newestTime(sql: Handle): Promise<number> {
  const [row] = (await sql.unsafe(NEWEST_AT)) as { at: string | null }[];
  return Number(row?.at ?? 0);
}
