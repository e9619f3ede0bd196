/**
 * The topics of a SQLite log: their committed rows in memory, their number, and the epoch of new topics.
 * A row is read once and then replaced after each commit.
 */
import type { Database } from "bun:sqlite";
import { dropOldest } from "../oldest.ts";
import { createEpoch } from "./log.ts";
import type { Tables } from "./sqlite-tables.ts";
import type { TopicRow } from "./topic-row.ts";

/** Topics whose rows are kept in memory: more than are busy at one time. */
const MAX_ROWS = 20_000;

export type TopicRows = ReturnType<typeof createTopicRows>;

/** Creates the rows of an open log. */
export function createTopicRows(db: Database, tables: Tables) {
  const rows = new Map<string, TopicRow>();
  let count = tables.countTopics();
  let newEpoch = tables.epoch();

  function keep(name: string, row: TopicRow): void {
    rows.set(name, row);
    dropOldest(rows, MAX_ROWS);
  }

  function find(name: string): TopicRow | undefined {
    const known = rows.get(name);
    if (known) return known;
    const row = tables.findTopic(name);
    if (row) keep(name, row);
    return row;
  }

  const deleteEmpty = db.transaction((names: readonly string[]): string[] => {
    const empty = names.filter((name) => {
      const row = find(name);
      return row !== undefined && row.first > row.top;
    });
    for (const name of empty) tables.deleteTopic(name);
    if (empty.length > 0) tables.changeEpoch(createEpoch());
    return empty;
  });

  return {
    /** The row of a topic; undefined when the topic never had an entry or was dropped. */
    find,

    /** Keeps the rows of a committed batch, in which `created` topics are new. */
    commit(changed: ReadonlyMap<string, TopicRow>, created: number): void {
      count += created;
      for (const [name, row] of changed) keep(name, row);
    },

    /** Forgets all rows. Call it after a rollback: some may have been read within the transaction. */
    forget: (): void => rows.clear(),

    /** Deletes the topics among `names` that have no entries, and gives new topics another epoch. Returns the number of deleted topics. */
    drop(names: readonly string[]): number {
      const dropped = deleteEmpty.immediate(names);
      for (const name of dropped) rows.delete(name);
      count -= dropped.length;
      newEpoch = tables.epoch();
      return dropped.length;
    },

    /** The epoch of topics without an entry. */
    newEpoch: (): string => newEpoch,

    count: (): number => count,
  };
}
