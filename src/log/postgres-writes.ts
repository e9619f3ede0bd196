/**
 * The statements that store entries of a PostgreSQL log: many rows in one statement, with one value a column.
 * No transactions and no rules.
 */
import { ENTRY_COLUMNS, type Handle, type StoredEntry } from "./postgres-tables.ts";
import type { TopicRow } from "./topic-row.ts";

/**
 * Columns of text come as one text each, with a separator between the rows: quoting an array of JSON would cost more than
 * storing it. A text without a character is an empty array there, and its only row null.
 */
const INSERT_ENTRIES = `
  INSERT INTO kabar_entry (${ENTRY_COLUMNS})
  SELECT t, o, coalesce(u, ''), coalesce(i, ''), a, coalesce(g, ''), coalesce(b, ''), nullif(p, ''), nullif(m, '')::bigint[]
  FROM unnest($1::bigint[], $2::bigint[], string_to_array($3, $10), string_to_array($4, $10), $5::bigint[],
    string_to_array($6, $10), string_to_array($7, $10), string_to_array($8, $10), string_to_array($9, $10))
    AS w(t, o, u, i, a, g, b, p, m)`;
/** Entries, and the new tops of their topics, in one statement. */
const STORE_ENTRIES = `
  WITH added AS (${INSERT_ENTRIES})
  UPDATE kabar_topic t SET top = w.top, at = w.at, tag = w.tag, changed = pg_current_xact_id()
  FROM unnest($11::bigint[], $12::bigint[], $13::bigint[], $14::text[]) AS w(id, top, at, tag) WHERE t.id = w.id`;

/** Control characters, of which neither JSON nor an id has any; another one where a text has it all the same. */
const SEPARATORS = ["\u001f", "\u001e", "\u001d", "\u001c", "\u0001", "\u0002", "\u0003"];

const numbers = (column: readonly number[]): string => `{${column.join(",")}}`;

/** The columns of `INSERT_ENTRIES`. */
function columnsOf(entries: readonly StoredEntry[]): string[] {
  const users = entries.map((e) => e.entry.userId);
  const ids = entries.map((e) => e.entry.id);
  const tags = entries.map((e) => e.entry.tag);
  const bodies = entries.map((e) => e.entry.body);
  const proofs = entries.map((e) => e.entry.proof ?? "");
  const amends = entries.map((e) => (e.amends.length > 0 ? numbers(e.amends) : ""));
  const texts = [users, ids, tags, bodies, proofs, amends];
  const separator = SEPARATORS.find(
    (each) => !texts.some((column) => column.some((text) => text.includes(each))),
  );
  if (separator === undefined) throw new Error("These entries have every separator in their texts.");
  return [
    numbers(entries.map((e) => e.topicId)),
    numbers(entries.map((e) => e.entry.offset)),
    users.join(separator),
    ids.join(separator),
    numbers(entries.map((e) => e.entry.at)),
    tags.join(separator),
    bodies.join(separator),
    proofs.join(separator),
    amends.join(separator),
    separator,
  ];
}

/** Stores entries; `onConflict` is SQL for those that are there already. */
export const insertEntries = (sql: Handle, entries: readonly StoredEntry[], onConflict = "") =>
  sql.unsafe(`${INSERT_ENTRIES} ${onConflict}`, columnsOf(entries));

/** Stores new entries, and the newest one of each topic in its row. */
export async function storeEntries(
  sql: Handle,
  entries: readonly StoredEntry[],
  rows: readonly TopicRow[],
): Promise<void> {
  // Awaited here because Bun sends a statement only once it is awaited.
  await sql.unsafe(STORE_ENTRIES, [
    ...columnsOf(entries),
    rows.map((row) => row.id),
    rows.map((row) => row.top),
    rows.map((row) => row.at),
    rows.map((row) => row.tag),
  ]);
}
