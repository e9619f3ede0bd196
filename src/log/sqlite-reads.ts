/**
 * The reads of a SQLite log: pages, single entries, states, offsets, names of topics. A search of a whole topic reads a page
 * at a time and gives way to the event loop between pages.
 */
import { createGiveWay } from "../give-way.ts";
import type { MessageLog } from "./log.ts";
import type { Tables } from "./sqlite-tables.ts";
import type { TopicRows } from "./sqlite-topics.ts";
import { stateOf, takePage, type TopicRow } from "./topic-row.ts";
import { offsetsToWeigh, sizeOf } from "./topic-sizes.ts";

/** Offsets read at a time. */
const OFFSETS_AT_ONCE = 1000;

/** The newest offset stored before a moment, 0 when there is none. `at` never decreases: halves the range until it is one entry. */
export function findBefore(tables: Tables, row: TopicRow, beforeMs: number): number {
  let low = row.first - 1;
  let high = row.top;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const at = tables.atOffset(row, middle);
    if (at !== undefined && at < beforeMs) low = middle;
    else high = middle - 1;
  }
  return low < row.first ? 0 : low;
}

/** Passes pages to `take` until one is not full. */
async function eachPage<T>(
  readPage: (last: T | undefined) => readonly T[],
  take: (found: T) => void,
): Promise<void> {
  const giveWay = createGiveWay();
  for (let last: T | undefined; ;) {
    const page = readPage(last);
    for (const found of page) take(found);
    if (page.length < OFFSETS_AT_ONCE) return;
    last = page.at(-1);
    await giveWay();
  }
}

export interface ReadParts {
  tables: Tables;
  topics: TopicRows;
  /** Runs a read. Throws `log-unavailable` when this part of the file cannot be read. */
  readable: <T>(read: () => T) => T;
  isClosed: () => boolean;
}

type Reads = Pick<
  MessageLog,
  | "read"
  | "state"
  | "find"
  | "offsetsOf"
  | "entriesOf"
  | "offsetsWith"
  | "offsetBefore"
  | "wasEpoch"
  | "newestAt"
  | "topics"
  | "topicSpans"
  | "hasTopic"
  | "sizes"
>;

/** Creates the reads of an open log. */
export function createReads({ tables, topics, readable, isClosed }: ReadParts): Reads {
  const findOpen = (topic: string) => (isClosed() ? undefined : topics.find(topic));

  return {
    async read(topic, page) {
      return readable(() => {
        const row = topics.find(topic);
        if (!row) return [];
        const rows =
          "before" in page
            ? tables.before(row, page.before, page.limit)
            : tables.after(row, page.after, page.limit);
        return takePage(rows, page);
      });
    },

    state: async (topic) =>
      stateOf(
        readable(() => topics.find(topic)),
        topics.newEpoch(),
      ),

    find: async (topic, userId, id) =>
      readable(() => {
        const row = topics.find(topic);
        return row && tables.entryById(row, { userId, id });
      }),

    async offsetsOf(topic, userId) {
      const offsets: number[] = [];
      await eachPage<{ offset: number; id: string }>(
        (last) =>
          readable(() => {
            const row = findOpen(topic);
            return row ? tables.offsetsOf(row, userId, last?.id ?? "", OFFSETS_AT_ONCE) : [];
          }),
        ({ offset }) => offsets.push(offset),
      );
      return offsets.sort((a, b) => a - b);
    },

    entriesOf: async (topic, userId, { afterId, limit }) =>
      readable(() => {
        const row = findOpen(topic);
        return row ? tables.entriesOf(row, userId, afterId, limit) : [];
      }),

    async offsetsWith(topic, text) {
      const offsets: number[] = [];
      await eachPage<{ offset: number; has: number }>(
        (last) =>
          readable(() => {
            const row = findOpen(topic);
            return row ? tables.offsetsWith(row, text, last?.offset ?? 0, OFFSETS_AT_ONCE) : [];
          }),
        ({ offset, has }) => {
          if (has) offsets.push(offset);
        },
      );
      return offsets;
    },

    async offsetBefore(topic, beforeMs) {
      const row = findOpen(topic);
      return row ? readable(() => findBefore(tables, row, beforeMs)) : 0;
    },

    wasEpoch: (epoch) => readable(() => tables.wasEpoch(epoch)),

    newestAt: () => readable(() => tables.newestAt()),

    topics: async ({ after, limit }) => readable(() => tables.topicsAfter(after, limit)),

    topicSpans: async ({ after, limit }) => readable(() => tables.spansAfter(after, limit)),

    async sizes(names) {
      const giveWay = createGiveWay();
      const sizes: number[] = [];
      for (const name of names) {
        const row = findOpen(name);
        const weight = row && readable(() => tables.weigh(row, offsetsToWeigh(row)));
        sizes.push(row && weight ? sizeOf(row, weight.found, weight.bytes) : 0);
        await giveWay();
      }
      return sizes;
    },

    hasTopic: (topic) => readable(() => topics.find(topic)) !== undefined,
  };
}
