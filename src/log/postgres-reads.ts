/**
 * The reads of a PostgreSQL log: states, pages, single entries, offsets, names of topics. Each asks the database anew: another
 * node may have changed what this one knows. While the database is away, the state of a topic is the one that the tail knows, so
 * that readers resume from rings.
 */
import type { SQL } from "bun";
import { dropOldest } from "../oldest.ts";
import type { MessageLog, TopicState } from "./log.ts";
import type { Place } from "./postgres-places.ts";
import {
  findRepeats,
  findTopic,
  type Handle,
  offsetsOfUser,
  offsetsWithText,
  readPage,
  timeAt,
  topicNames,
} from "./postgres-tables.ts";
import { stateOf, takePage, type TopicRow } from "./topic-row.ts";

/** Topics whose last state is kept, about 300 bytes each. */
const MAX_ROWS = 10_000;
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
  "state" | "read" | "find" | "offsetsOf" | "offsetsWith" | "offsetBefore" | "topics"
>;

export interface ReadParts {
  /** Runs a read on a free connection and turns what fails into `log-unavailable`. */
  readable: <T>(run: (sql: SQL) => Promise<T>) => Promise<T>;
  /** Whether the database can't be reached. */
  isAway: () => boolean;
  /** The newest entry of a topic that the tail has handed out. */
  placeOf: (topic: string) => Place | undefined;
  /** The epoch of topics without entries, as of the last look. */
  epoch: () => string;
}

/** Creates the reads. */
export function createReads({ readable, isAway, placeOf, epoch }: ReadParts): Reads {
  /** The topics whose state was read last. */
  const rows = new Map<string, TopicRow>();

  /** The state of a topic without the database: what was read last, and what the tail brought since. */
  function rememberedState(topic: string): TopicState | undefined {
    const row = rows.get(topic);
    const place = placeOf(topic);
    if (!row || place?.id !== row.id || place.top < row.top) return undefined;
    return { ...stateOf({ ...row, top: place.top, tag: place.tag }, epoch()), isRemembered: true };
  }

  async function findState(topic: string): Promise<TopicState> {
    const known = isAway() ? rememberedState(topic) : undefined;
    if (known) return known;
    try {
      const row = await readable((sql) => findTopic(sql, topic));
      rows.delete(topic);
      if (row) rows.set(topic, row);
      dropOldest(rows, MAX_ROWS);
      return stateOf(row, epoch());
    } catch (error) {
      const remembered = rememberedState(topic);
      if (remembered) return remembered;
      throw error;
    }
  }

  return {
    state: findState,

    read: (topic, page) =>
      readable(async (sql) => {
        const row = await findTopic(sql, topic);
        if (!row) return [];
        return takePage(await readPage(sql, row, page), page);
      }),

    find: (topic, userId, id) =>
      readable(async (sql) => {
        const row = await findTopic(sql, topic);
        const [found] = row ? await findRepeats(sql, [{ row, userId, id }]) : [];
        return found?.entry;
      }),

    offsetsOf: (topic, userId) =>
      readable(async (sql) => {
        const row = await findTopic(sql, topic);
        return row ? offsetsOfUser(sql, row, userId) : [];
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
  };
}
