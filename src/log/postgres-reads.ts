/**
 * The reads of a PostgreSQL log: pages, single entries, offsets, names of topics. Each asks the database anew: another node
 * may have changed what this one knows.
 */
import type { SQL } from "bun";
import type { MessageLog } from "./log.ts";
import {
  findRepeats,
  findTopic,
  type Handle,
  entriesOfUser,
  offsetsOfUser,
  offsetsWithText,
  readPage,
  timeAt,
  topicNames,
  topicSpans,
} from "./postgres-tables.ts";
import { takePage, type TopicRow } from "./topic-row.ts";

/** Offsets read with one statement. */
const OFFSETS_AT_ONCE = 2000;

/** The newest offset stored before a moment, 0 when there is none. `at` never decreases: halves the range until it is one entry. */
export async function findBefore(sql: Handle, row: TopicRow, beforeMs: number): Promise<number> {
  let low = row.first - 1;
  let high = row.top;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const at = await timeAt(sql, row, middle);
    if (at !== undefined && at < beforeMs) low = middle;
    else high = middle - 1;
  }
  return low < row.first ? 0 : low;
}

type Reads = Pick<
  MessageLog,
  "read" | "find" | "offsetsOf" | "entriesOf" | "offsetsWith" | "offsetBefore" | "topics" | "topicSpans"
>;

/** Creates the reads; `readable` runs one on a free connection and turns what fails into `log-unavailable`. */
export function createReads(readable: <T>(run: (sql: SQL) => Promise<T>) => Promise<T>): Reads {
  return {
    read: (topic, page) =>
      readable(async (sql) => {
        const row = await findTopic(sql, topic);
        if (!row) return [];
        return takePage(await readPage(sql, row, page), page);
      }),

    find: (topic, userId, id) =>
      readable(async (sql) => {
        const [found] = await findRepeats(sql, [{ topic, userId, id }]);
        return found?.entry;
      }),

    offsetsOf: (topic, userId) =>
      readable(async (sql) => {
        const row = await findTopic(sql, topic);
        return row ? offsetsOfUser(sql, row, userId) : [];
      }),

    entriesOf: (topic, userId, page) =>
      readable(async (sql) => {
        const row = await findTopic(sql, topic);
        return row ? entriesOfUser(sql, row, userId, page) : [];
      }),

    async offsetsWith(topic, text) {
      const row = await readable((sql) => findTopic(sql, topic));
      const offsets: number[] = [];
      // A page is a read of its own: a long topic takes longer than a read may.
      for (let after = 0; row;) {
        const page = await readable((sql) => offsetsWithText(sql, row, text, after, OFFSETS_AT_ONCE));
        for (const { offset, has } of page) if (has) offsets.push(offset);
        if (page.length < OFFSETS_AT_ONCE) break;
        after = page.at(-1)?.offset ?? after;
      }
      return offsets;
    },

    offsetBefore: (topic, beforeMs) =>
      readable(async (sql) => {
        const row = await findTopic(sql, topic);
        return row ? findBefore(sql, row, beforeMs) : 0;
      }),

    topics: ({ after, limit }) => readable((sql) => topicNames(sql, after, limit)),

    topicSpans: ({ after, limit }) => readable((sql) => topicSpans(sql, after, limit)),
  };
}
