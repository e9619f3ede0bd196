/**
 * Appends a batch to PostgreSQL in one transaction.
 * Locks the topics, finds repeats where they are likely or matter, runs amendments, and writes entries with tops, and bodies, with one statement each. While a topic's row
 * is locked no other node can change the topic.
 */
import type { SQL } from "bun";
import { KabarError } from "../errors.ts";
import type { Appended, Entry, NewEntry } from "./log.ts";
import {
  addTopics,
  beginWrite,
  entriesAt,
  findRepeats,
  lockTopics,
  TRANSACTION,
  type StoredEntry,
  updateBodies,
} from "./postgres-tables.ts";
import type { Place } from "./postgres-places.ts";
import { createSpacingCheck } from "./postgres-spacing.ts";
import { storeEntries } from "./postgres-writes.ts";
import { begin, commit, type Transaction, withTransaction } from "./postgres-transaction.ts";
import { advance, nextEntry, type TopicRow } from "./topic-row.ts";

/** The results of a batch, in its order; and the newest entry of each topic before the batch. */
export interface BatchResult {
  outcomes: (Appended | KabarError)[];
  before: Place[];
}

/** Whether an entry depends on what is stored. A repeat of such an entry must not be judged again. */
const needsLook = ({ amends, requires, spacing }: NewEntry): boolean =>
  amends !== undefined || requires !== undefined || spacing !== undefined;

const keyOf = (topicId: number, userId: string, id: string): string => `${topicId} ${userId} ${id}`;

/** Stores a batch within a transaction whose topics are locked here, and commits; `repeats` are the entries that are stored already. */
async function storeLocked(
  tx: Transaction,
  batch: readonly NewEntry[],
  { rows, repeats }: { rows: TopicRow[]; repeats: readonly StoredEntry[] },
  now: () => number,
): Promise<BatchResult> {
  const before = rows.map(({ id, name, top, tag }) => ({ id, name, top, tag }));
  const byName = new Map(rows.map((row) => [row.name, row]));
  const names = new Map(rows.map((row) => [row.id, row.name]));
  const nameOf = (id: number): string => names.get(id) ?? "";
  const rowOf = (topic: string): TopicRow => {
    const row = byName.get(topic);
    if (!row) throw new Error(`The database did not return topic ${topic}.`);
    return row;
  };
  const checkSpacing = await createSpacingCheck(tx, batch, (topic) => rowOf(topic).id, now);
  const known = new Map<string, StoredEntry>();
  for (const found of repeats) known.set(keyOf(found.topicId, found.entry.userId, found.entry.id), found);

  /** Entries by place: those that this batch amends or requires, and its own, which it may amend. */
  const places = new Map<string, StoredEntry>();
  const placeOf = (topicId: number, offset: number): string => `${topicId}/${offset}`;
  const fresh = new Set<StoredEntry>();
  const rewritten = new Set<StoredEntry>();
  const asked = batch.flatMap(({ topic, amends, requires }) =>
    [amends, requires].flatMap((each) => (each ? [{ topicId: rowOf(topic).id, offset: each.offset }] : [])),
  );
  if (asked.length > 0)
    for (const found of await entriesAt(tx, asked, nameOf))
      places.set(placeOf(found.topicId, found.entry.offset), found);

  async function entryAt(topicId: number, offset: number): Promise<StoredEntry | undefined> {
    const key = placeOf(topicId, offset);
    const present = places.get(key);
    if (present) return present;
    const [found] = await entriesAt(tx, [{ topicId, offset }], nameOf);
    if (found) places.set(key, found);
    return found;
  }

  /** Rewrites what an entry amends. Throws KabarError when the first target is not retained; then nothing is changed. */
  async function amend(
    { amends }: NewEntry,
    row: TopicRow,
  ): Promise<{ target: StoredEntry; changed: Entry }[]> {
    const changes: { target: StoredEntry; changed: Entry }[] = [];
    const waiting = amends ? [amends] : [];
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const target = await entryAt(row.id, next.offset);
      if (!target && changes.length > 0) continue;
      if (!target) throw new KabarError("message-unknown");
      const body = next.rewrite(target.entry, row.top + 1, (more) => waiting.push(more));
      changes.push({ target, changed: { ...target.entry, body } });
    }
    return changes;
  }

  /** Makes an entry the newest of its topic. */
  function add(entry: NewEntry, row: TopicRow, key: string, amended: readonly Entry[]): Entry {
    const stored = nextEntry(row, entry, amended, now());
    const place: StoredEntry = {
      topicId: row.id,
      entry: stored,
      amends: amended.map(({ offset }) => offset),
    };
    fresh.add(place);
    if (asked.length > 0) places.set(placeOf(row.id, stored.offset), place);
    known.set(key, place);
    advance(row, stored);
    return stored;
  }

  async function store(entry: NewEntry, row: TopicRow, key: string): Promise<Appended | KabarError> {
    const { requires } = entry;
    try {
      checkSpacing(entry);
      requires?.check((await entryAt(row.id, requires.offset))?.entry);
      const changes = await amend(entry, row);
      for (const { target, changed } of changes) {
        target.entry = changed;
        if (!fresh.has(target)) rewritten.add(target);
      }
      const amended = changes.map(({ changed }) => changed);
      const [target] = amended;
      if (entry.isAmendmentOnly && target) return { entry: target, repeated: true };
      const stored = add(entry, row, key, amended);
      return { entry: amended.length > 0 ? { ...stored, amended } : stored, repeated: false };
    } catch (error) {
      if (error instanceof KabarError) return error;
      throw error;
    }
  }

  const outcomes: (Appended | KabarError)[] = [];
  for (const entry of batch) {
    const row = rowOf(entry.topic);
    const key = keyOf(row.id, entry.userId, entry.id);
    const earlier = known.get(key);
    if (earlier) outcomes.push({ entry: earlier.entry, repeated: true });
    else if (needsLook(entry)) outcomes.push(await store(entry, row, key));
    else outcomes.push({ entry: add(entry, row, key, []), repeated: false });
  }
  const writes: Promise<unknown>[] = [];
  if (fresh.size > 0) writes.push(storeEntries(tx, [...fresh], rows));
  if (rewritten.size > 0) writes.push(updateBodies(tx, [...rewritten]));
  await Promise.all([...writes, commit(tx)]);
  return { outcomes, before };
}

export interface StoreParts {
  /** Whether a topic exists for certain. */
  isKnown: (topic: string) => boolean;
  now: () => number;
  /** Receives the number of the transaction, before anything is stored. */
  onBegin: (xid: string) => void;
  /**
   * Whether all entries are looked up first. Without, only those are whose repeats must not be judged again, and a batch with
   * another repeat is not stored: the database refuses it (`isRepeat`).
   */
  looksForAll: boolean;
}

/**
 * Stores a batch in one transaction and resolves once it is durable. `isKnown` says which topics exist for certain; the
 * others are made first, in a transaction of their own, so that two nodes never wait for each other.
 */
export async function storeBatch(
  sql: SQL,
  batch: readonly NewEntry[],
  { isKnown, now, onBegin, looksForAll }: StoreParts,
): Promise<BatchResult> {
  const names = [...new Set(batch.map(({ topic }) => topic))].sort();
  const missing = names.filter((name) => !isKnown(name));
  if (missing.length > 0)
    await sql.begin(TRANSACTION, async (tx) => {
      await beginWrite(tx);
      await addTopics(tx, missing);
    });
  return withTransaction(sql, async (tx) => {
    const looked = looksForAll ? batch : batch.filter(needsLook);
    // One way to the database and back. Each statement sees what was committed before it, and the lock comes before the repeats.
    const lockAndFind = () =>
      Promise.all([lockTopics(tx, names), looked.length > 0 ? findRepeats(tx, looked) : []]);
    const [, xid, [locked, found]] = await Promise.all([begin(tx), beginWrite(tx), lockAndFind()]);
    onBegin(xid);
    let [rows, repeats] = [locked, found];
    if (rows.length < names.length) {
      // A topic that this node knew is gone: another node removed it.
      await addTopics(tx, names);
      [rows, repeats] = await lockAndFind();
    }
    return storeLocked(tx, batch, { rows, repeats }, now);
  });
}
