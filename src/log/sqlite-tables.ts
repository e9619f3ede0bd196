/**
 * SQL statements over topics and entries, as functions over rows.
 * No transactions and no rules: callers decide which statements form a transaction.
 */
import type { Database } from "bun:sqlite";
import type { Entry, NewEntry, TopicSpan } from "./log.ts";
import type { TopicRow } from "./topic-row.ts";

const INSERT_ENTRY = `
  INSERT INTO entry (topic, offset, user, id, at, tag, body, proof) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (topic, user, id) DO NOTHING`;
const FIND_ENTRY = "SELECT * FROM entry WHERE topic = ? AND user = ? AND id = ?";
const READ_AFTER = "SELECT * FROM entry WHERE topic = ? AND offset > ? ORDER BY offset LIMIT ?";
const READ_BEFORE = "SELECT * FROM entry WHERE topic = ? AND offset < ? ORDER BY offset DESC LIMIT ?";
const FIND_TOPIC = "SELECT * FROM topic WHERE name = ?";
const INSERT_TOPIC =
  "INSERT INTO topic (name, epoch, first, top, at, tag, trimmed) VALUES (?, ?, 1, 0, 0, '', '') RETURNING *";
const UPDATE_TOPIC = "UPDATE topic SET top = ?, at = ?, tag = ? WHERE id = ?";
const TOPICS_AFTER = "SELECT name FROM topic WHERE name > ? ORDER BY name LIMIT ?";
const SPANS_AFTER = "SELECT name, epoch, first, top, at FROM topic WHERE name > ? ORDER BY name LIMIT ?";
const COUNT_TOPICS = "SELECT count(*) AS count FROM topic";
const TRIM = "DELETE FROM entry WHERE topic = ? AND offset >= ? AND offset <= ?";
const REDATE = "UPDATE entry SET at = ? WHERE topic = ? AND offset BETWEEN ? AND ?";
const SET_AT = "UPDATE topic SET at = ? WHERE id = ? AND top = ?";
const DELETE_TOPIC = "DELETE FROM topic WHERE name = ?";
const NEWEST_AT = "SELECT max(at) AS at FROM topic";
const EPOCH = "SELECT epoch FROM log";
const PAST =
  "CREATE TABLE IF NOT EXISTS past (number INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE) STRICT";
const NOTE_PAST = "INSERT INTO past (epoch) SELECT epoch FROM log";
/** The epoch changes at most once an hour, so a cursor of a month ago is still recognized. */
const FORGET_PAST = "DELETE FROM past WHERE number <= (SELECT max(number) FROM past) - 1000";
const SET_EPOCH = "UPDATE log SET epoch = ?";
const FIND_PAST = "SELECT 1 FROM past WHERE epoch = ?";
const PROBE = "UPDATE log SET probe = randomblob(?)";
const DISOWN = "UPDATE entry SET user = ?, id = ?, body = ?, proof = NULL WHERE topic = ? AND offset = ?";
const OFFSETS_OF = "SELECT offset, id FROM entry WHERE topic = ? AND user = ? AND id > ? ORDER BY id LIMIT ?";
const ENTRIES_OF = "SELECT * FROM entry WHERE topic = ? AND user = ? AND id > ? ORDER BY id LIMIT ?";
const OFFSETS_WITH =
  "SELECT offset, instr(body, ?) > 0 AS has FROM entry WHERE topic = ? AND offset > ? ORDER BY offset LIMIT ?";
const WEIGH =
  "SELECT count(*) AS found, total(octet_length(body)) AS bytes FROM entry WHERE topic = ? AND offset IN (SELECT value FROM json_each(?))";
const UPDATE_BODY = "UPDATE entry SET body = ? WHERE topic = ? AND offset = ?";
const ENTRY_AT = "SELECT * FROM entry WHERE topic = ? AND offset = ?";
const SET_FIRST = "UPDATE topic SET first = ?, trimmed = ? WHERE id = ?";
const AT_OFFSET = "SELECT at FROM entry WHERE topic = ? AND offset >= ? ORDER BY offset LIMIT 1";

interface EntryRow {
  offset: number;
  user: string;
  id: string;
  at: number;
  tag: string;
  body: string;
  proof: string | null;
}

const toEntry = (topic: string, row: EntryRow): Entry => ({
  topic,
  userId: row.user,
  id: row.id,
  body: row.body,
  ...(row.proof === null ? {} : { proof: row.proof }),
  offset: row.offset,
  at: row.at,
  tag: row.tag,
});

function* toEntries(topic: string, rows: IterableIterator<EntryRow>): Generator<Entry> {
  for (const row of rows) yield toEntry(topic, row);
}

export type Tables = ReturnType<typeof openTables>;

/** Prepares every statement. */
export function openTables(db: Database) {
  db.run(PAST);
  const epoch = db.prepare<{ epoch: string }, []>(EPOCH);
  const findPast = db.prepare(FIND_PAST);
  const redate = db.prepare(REDATE);
  const setAt = db.prepare(SET_AT);
  const deleteTopic = db.prepare(DELETE_TOPIC);
  const insertEntry = db.prepare(INSERT_ENTRY);
  const findEntry = db.prepare<EntryRow, [number, string, string]>(FIND_ENTRY);
  const entryAt = db.prepare<EntryRow, [number, number]>(ENTRY_AT);
  const offsetsOf = db.prepare<{ offset: number; id: string }, [number, string, string, number]>(OFFSETS_OF);
  const entriesOf = db.prepare<EntryRow, [number, string, string, number]>(ENTRIES_OF);
  const offsetsWith = db.prepare<{ offset: number; has: number }, [string, number, number, number]>(
    OFFSETS_WITH,
  );
  const weigh = db.prepare<{ found: number; bytes: number }, [number, string]>(WEIGH);
  const disown = db.prepare(DISOWN);
  const updateBody = db.prepare(UPDATE_BODY);
  const readAfter = db.prepare<EntryRow, [number, number, number]>(READ_AFTER);
  const readBefore = db.prepare<EntryRow, [number, number, number]>(READ_BEFORE);
  const findTopic = db.prepare<TopicRow, [string]>(FIND_TOPIC);
  const insertTopic = db.prepare<TopicRow, [string, string]>(INSERT_TOPIC);
  const updateTopic = db.prepare(UPDATE_TOPIC);
  const atOffset = db.prepare<{ at: number }, [number, number]>(AT_OFFSET);
  const trim = db.prepare(TRIM);
  const setFirst = db.prepare(SET_FIRST);
  const probe = db.prepare(PROBE);
  const topicsAfter = db.prepare<{ name: string }, [string, number]>(TOPICS_AFTER);
  const spansAfter = db.prepare<TopicSpan, [string, number]>(SPANS_AFTER);
  const countTopics = db.prepare<{ count: number }, []>(COUNT_TOPICS);

  return {
    findTopic: (name: string): TopicRow | undefined => findTopic.get(name) ?? undefined,
    insertTopic: (name: string, epoch: string): TopicRow => insertTopic.get(name, epoch) as TopicRow,
    updateTopic: ({ id, top, at, tag }: TopicRow): void => void updateTopic.run(top, at, tag, id),
    topicsAfter: (name: string, limit: number): string[] =>
      topicsAfter.all(name, limit).map((row) => row.name),
    spansAfter: (name: string, limit: number): TopicSpan[] => spansAfter.all(name, limit),
    countTopics: (): number => countTopics.get()?.count ?? 0,

    /** False when the topic already has an entry of this user with this id. */
    insertEntry: ({ id: topic }: TopicRow, { offset, userId, id, at, tag, body, proof }: Entry): boolean =>
      insertEntry.run(topic, offset, userId, id, at, tag, body, proof ?? null).changes > 0,
    entryById(row: TopicRow, { userId, id }: Pick<NewEntry, "userId" | "id">): Entry | undefined {
      const found = findEntry.get(row.id, userId, id);
      return found ? toEntry(row.name, found) : undefined;
    },
    entryAt(row: TopicRow, offset: number): Entry | undefined {
      const found = entryAt.get(row.id, offset);
      return found ? toEntry(row.name, found) : undefined;
    },
    /** A page of a user's entries, by id: offsets and ids. */
    offsetsOf: (row: TopicRow, userId: string, afterId: string, limit: number) =>
      offsetsOf.all(row.id, userId, afterId, limit),
    /** A page of a user's entries, by id. */
    entriesOf: (row: TopicRow, userId: string, afterId: string, limit: number): Entry[] =>
      entriesOf.all(row.id, userId, afterId, limit).map((found) => toEntry(row.name, found)),
    /** Entries above an offset, ascending, and whether their bodies contain a text. */
    offsetsWith: (row: TopicRow, text: string, after: number, limit: number) =>
      offsetsWith.all(text, row.id, after, limit),
    /** How many of a topic's entries are at these offsets, and the bytes of their bodies. */
    weigh: (row: TopicRow, offsets: readonly number[]) =>
      weigh.get(row.id, JSON.stringify(offsets)) ?? { found: 0, bytes: 0 },
    updateBody: (row: TopicRow, { offset, body }: Entry): void => void updateBody.run(body, row.id, offset),

    /** Entries above an offset, ascending. */
    after: (row: TopicRow, offset: number, limit: number): Iterable<Entry> =>
      toEntries(row.name, readAfter.iterate(row.id, offset, limit)),
    /** Entries below an offset, descending. */
    before: (row: TopicRow, offset: number, limit: number): Iterable<Entry> =>
      toEntries(row.name, readBefore.iterate(row.id, offset, limit)),
    /** The time of the first retained entry at or above an offset. */
    atOffset: (row: TopicRow, offset: number): number | undefined => atOffset.get(row.id, offset)?.at,

    /** Gives an entry another owner, a unique id and a body. */
    disown: (row: TopicRow, offset: number, owner: string, body: string): void =>
      void disown.run(owner, `${owner}-${offset}`, body, row.id, offset),

    /**
     * Removes a topic's entries up to `last`. Returns their number, and the tag of the last one. `goal`: the end of the removal that
     * this is a slice of, for an index.
     */
    trim(row: TopicRow, last: number, _goal = last): { removed: number; trimmed: string } {
      const trimmed = entryAt.get(row.id, last)?.tag ?? "";
      const { changes } = trim.run(row.id, row.first, last);
      setFirst.run(last + 1, trimmed, row.id);
      return { removed: changes, trimmed };
    },
    /** Sets the time of a range of entries, and of the topic if its newest entry is among them. */
    redate({ id }: TopicRow, first: number, last: number, at: number): void {
      redate.run(at, id, first, last);
      setAt.run(at, id, last);
    },

    deleteTopic: (name: string): void => void deleteTopic.run(name),
    /** The time of the newest entry of all topics; 0 when there is none. */
    newestAt: (): number => db.query<{ at: number | null }, []>(NEWEST_AT).get()?.at ?? 0,

    /** The epoch of new topics. */
    epoch: (): string => epoch.get()?.epoch ?? "",
    changeEpoch(next: string): void {
      db.run(NOTE_PAST);
      db.run(FORGET_PAST);
      db.run(SET_EPOCH, [next]);
    },
    wasEpoch: (word: string): boolean => findPast.get(word) !== null,

    /** Writes so many bytes and removes them again. Throws when the disk refuses them. */
    probe(bytes: number): void {
      probe.run(bytes);
      probe.run(0);
    },
  };
}
