/**
 * Changes of a SQLite log beyond appends: disowning, scrubbing, trimming, redating. Each works in slices, one transaction
 * a slice, so that an append that arrives meanwhile waits for one slice at most.
 */
import type { Entry, MessageLog } from "./log.ts";
import { findBefore } from "./sqlite-reads.ts";
import type { Upkeep } from "./sqlite-upkeep.ts";
import type { Tables } from "./sqlite-tables.ts";
import type { TopicRow } from "./topic-row.ts";

/**
 * Entries removed or rewritten in one transaction, at most, and at first and at least: their words in the search index may cost
 * thirty times what they do, and each transaction costs as much as some entries.
 */
const MAX_SLICE = 400;
const MIN_SLICE = 25;
/** The time that a slice should take: appends wait for it. */
const SLICE_MS = 15;

export interface ChangeParts {
  tables: Tables;
  upkeep: Upkeep;
  /** The present row of a topic; undefined when the topic does not exist or the log is closed. */
  rowOf: (topic: string) => TopicRow | undefined;
  offsetsOf: MessageLog["offsetsOf"];
  /** Runs work in a transaction that does not wait for the disk. */
  relaxed: <T>(run: () => T) => T;
}

/** Creates the slices of one change: each as long as the pace of the one before allows. */
function createSlices(relaxed: ChangeParts["relaxed"]) {
  let length = MIN_SLICE;
  return {
    /** The number of entries of the next slice. */
    length: () => length,

    /** Runs a slice in a transaction. */
    run<T>(slice: () => T): T {
      const startedAt = performance.now();
      const result = relaxed(slice);
      const pace = SLICE_MS / Math.max(0.1, performance.now() - startedAt);
      length = Math.ceil(Math.min(MAX_SLICE, Math.max(MIN_SLICE, length * Math.min(2, pace))));
      return result;
    },
  };
}

/** Creates the changes of an open log. */
export function createChanges({
  tables,
  upkeep,
  rowOf,
  offsetsOf,
  relaxed,
}: ChangeParts): Pick<MessageLog, "trim" | "disown" | "scrub" | "redate"> {
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
    const slices = createSlices(relaxed);
    let changed = 0;
    for (let from = 0; from < offsets.length;) {
      const row = rowOf(topic);
      if (!row) break;
      const slice = offsets.slice(from, from + slices.length());
      changed += slices.run(() => changeSlice(row, slice));
      from += slice.length;
      if (from < offsets.length) await appendsFirst();
    }
    return changed;
  }

  function trimSlice(row: TopicRow, last: number, goal: number) {
    upkeep.noteRemoval();
    return tables.trim(row, last, goal);
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
      const slices = createSlices(relaxed);
      let removed = 0;
      for (;;) {
        const row = rowOf(topic);
        const goal = Math.min(upTo, row?.top ?? 0);
        if (!row || row.first > goal) return removed;
        const last = Math.min(goal, row.first + slices.length() - 1);
        const slice = slices.run(() => trimSlice(row, last, goal));
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
      const slices = createSlices(relaxed);
      // Upwards, so that `at` never decreases within the topic, not even between two slices.
      for (let from = first; ;) {
        const present = rowOf(topic);
        if (!present) return from - first;
        const last = Math.min(present.top, from + slices.length() - 1);
        slices.run(() => tables.redate(present, from, last, toMs));
        from = last + 1;
        if (last === present.top) {
          present.at = toMs;
          return last - first + 1;
        }
        await appendsFirst();
      }
    },
  };
}
