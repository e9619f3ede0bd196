/**
 * Changes of a PostgreSQL log beyond appends: disowning, scrubbing, trimming, dating anew. Each slice is one transaction that
 * holds the topic's lock, so that no append and no other node is between its reading and its writing.
 */
import type { SQL } from "bun";
import type { MessageLog } from "./log.ts";
import { findBefore } from "./postgres-reads.ts";
import {
  disownEntries,
  entriesAt,
  entriesOfUser,
  redateEntries,
  setTopicTime,
  timeAt,
  trimEntries,
  updateBodies,
} from "./postgres-tables.ts";
import type { TopicRow } from "./topic-row.ts";

/** Entries removed or rewritten in one transaction. */
const SLICE = 200;

export interface ChangeParts {
  /** Runs `change` in a transaction with the topic locked. Undefined where the topic does not exist. */
  change: <T>(topic: string, change: (sql: SQL, row: TopicRow) => Promise<T>) => Promise<T | undefined>;
  isClosed: () => boolean;
}

/** Makes the changes. */
export function createChanges({
  change: changeLocked,
  isClosed,
}: ChangeParts): Pick<MessageLog, "disown" | "scrub" | "trim" | "redate"> {
  return {
    async disown(topic, userId, owner, rewrite) {
      let count = 0;
      for (;;) {
        const slice = await changeLocked(topic, async (sql, row) => {
          const entries = await entriesOfUser(sql, row, userId, { afterId: "", limit: SLICE });
          const changed = entries.map((entry) => ({ ...entry, body: rewrite(entry) }));
          if (changed.length > 0) await disownEntries(sql, row, owner, changed);
          return changed.length;
        });
        count += slice ?? 0;
        if (!slice || slice < SLICE || isClosed()) return count;
      }
    },

    async scrub(topic, offsets, rewrite) {
      let count = 0;
      for (let from = 0; from < offsets.length && !isClosed(); from += SLICE) {
        const slice = offsets.slice(from, from + SLICE);
        count +=
          (await changeLocked(topic, async (sql, row) => {
            const places = slice.map((offset) => ({ topicId: row.id, offset }));
            const found = await entriesAt(sql, places, () => topic);
            const changed = found.flatMap((each) => {
              const body = rewrite(each.entry);
              return body === undefined ? [] : [{ ...each, entry: { ...each.entry, body } }];
            });
            if (changed.length > 0) await updateBodies(sql, changed);
            return changed.length;
          })) ?? 0;
      }
      return count;
    },

    async trim(topic, upTo) {
      let removed = 0;
      for (;;) {
        const slice = await changeLocked(topic, async (sql, row) => {
          const goal = Math.min(upTo, row.top);
          if (row.first > goal) return undefined;
          const last = Math.min(goal, row.first + SLICE - 1);
          const [kept] = await entriesAt(sql, [{ topicId: row.id, offset: last }], () => topic);
          return { count: await trimEntries(sql, row, last, kept?.entry.tag ?? ""), more: last < goal };
        });
        removed += slice?.count ?? 0;
        if (!slice?.more || isClosed()) return removed;
      }
    },

    async redate(topic, toMs, leapMs) {
      const redated = await changeLocked(topic, async (sql, row) => {
        if (row.at <= toMs) return 0;
        const before = await findBefore(sql, row, toMs + 1);
        const first = Math.max(row.first, before + 1);
        const leap = ((await timeAt(sql, row, first)) ?? row.at) - toMs;
        if (leapMs > 0 && (before === 0 || leap < leapMs)) return 0;
        await redateEntries(sql, row, first, row.top, toMs);
        await setTopicTime(sql, row, toMs);
        return row.top - first + 1;
      });
      return redated ?? 0;
    },
  };
}
