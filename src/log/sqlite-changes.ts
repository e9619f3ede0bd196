/**
 * Changes of a SQLite log beyond appends: disowning, scrubbing, trimming, redating. Each works in slices, one transaction
 * a slice, so that an append that arrives meanwhile waits for one slice at most.
 */
import type { Entry, MessageLog } from "./log.ts";
import { findBefore } from "./sqlite-reads.ts";
import type { Upkeep } from "./sqlite-upkeep.ts";
import type { Tables } from "./sqlite-tables.ts";
import type { TopicRow } from "./topic-row.ts";

/** Entries removed or rewritten in one transaction: a few milliseconds. Their words in the search index cost far more. */
const SLICE = 200;
const SEARCHED_SLICE = 25;

export interface ChangeParts {
  tables: Tables;
  upkeep: Upkeep;
  /** The present row of a topic; undefined when the topic does not exist or the log is closed. */
  rowOf: (topic: string) => TopicRow | undefined;
  offsetsOf: MessageLog["offsetsOf"];
  /** Runs work in a transaction that does not wait for the disk. */
  relaxed: <T>(run: () => T) => T;
  /** Whether the search index holds the words of the entries. */
  isSearched: boolean;
}

/** Creates the changes of an open log. */
export function createChanges({
  tables,
  upkeep,
  rowOf,
  offsetsOf,
  relaxed,
  isSearched,
}: ChangeParts): Pick<MessageLog, "trim" | "disown" | "scrub" | "redate"> {
  const sliceLength = isSearched ? SEARCHED_SLICE : SLICE;
  const appendsFirst = () => Bun.sleep(1);

  /** Runs `change` for each entry at the offsets, a slice in one transaction. Resolves to the number of changed entries. */
  async function changeEach(
    topic: string,
    offsets: readonly number[],
    change: (row: TopicRow, entry: Entry) => boolean,
  ): Promise<number> {
    const changeSlice = (row: TopicRow, slice: readonly number[]) => {
      upkeep.noteRemoval();
      const entries = slice.flatMap((offset) => tables.entryAt(row, offset) ?? []);
      return entries.filter((entry) => change(row, entry)).length;
    };
    let changed = 0;
    for (let from = 0; from < offsets.length; from += sliceLength) {
      const row = rowOf(topic);
      if (!row) break;
      const slice = offsets.slice(from, from + sliceLength);
      changed += relaxed(() => changeSlice(row, slice));
      if (from + sliceLength < offsets.length) await appendsFirst();
    }
    return changed;
  }

  function trimSlice(row: TopicRow, last: number) {
    upkeep.noteRemoval();
    return tables.trim(row, last);
  }

  return {
    async disown(topic, userId, owner, rewrite) {
      return changeEach(topic, await offsetsOf(topic, userId), (row, entry) => {
        tables.disown(row, entry.offset, owner, rewrite(entry));
        return true;
      });
    },

    scrub: (topic, offsets, rewrite) =>
      changeEach(topic, offsets, (row, entry) => {
        const body = rewrite(entry);
        if (body !== undefined) tables.updateBody(row, { ...entry, body });
        return body !== undefined;
      }),

    async trim(topic, upTo) {
      let removed = 0;
      for (;;) {
        const row = rowOf(topic);
        const goal = Math.min(upTo, row?.top ?? 0);
        if (!row || row.first > goal) return removed;
        const last = Math.min(goal, row.first + sliceLength - 1);
        const slice = relaxed(() => trimSlice(row, last));
        removed += slice.removed;
        row.first = last + 1;
        row.trimmed = slice.trimmed;
        if (last < goal) await appendsFirst();
      }
    },

    async redate(topic, toMs, leapMs) {
      const row = rowOf(topic);
      if (!row || row.at <= toMs) return 0;
      const before = findBefore(tables, row, toMs + 1);
      const first = Math.max(row.first, before + 1);
      const leap = (tables.atOffset(row, first) ?? row.at) - toMs;
      if (leapMs > 0 && (before === 0 || leap < leapMs)) return 0;
      // Upwards, so that `at` never decreases within the topic, not even between two slices.
      for (let from = first; ; from += sliceLength) {
        const present = rowOf(topic);
        if (!present) return from - first;
        const last = Math.min(present.top, from + sliceLength - 1);
        relaxed(() => tables.redate(present, from, last, toMs));
        if (last === present.top) {
          present.at = toMs;
          return last - first + 1;
        }
        await appendsFirst();
      }
    },
  };
}
