/**
 * Long tasks of a SQLite log, in slices: removing, rewriting and searching a whole topic.
 * An append that arrives meanwhile waits for one slice at most.
 */
import { createGiveWay } from "../give-way.ts";
import type { Entry, MessageLog } from "./log.ts";
import type { Upkeep } from "./sqlite-upkeep.ts";
import type { Tables } from "./sqlite-tables.ts";
import type { TopicRow } from "./topic-row.ts";

/** Entries removed or rewritten in one transaction: short enough that appends between two slices hardly wait. */
const SLICE = 200;
/** Offsets read at a time. */
const OFFSETS_AT_ONCE = 1000;

export interface SliceParts {
  tables: Tables;
  upkeep: Upkeep;
  /** A topic's row as it is now; undefined when there is none, or the log is closed. */
  rowOf: (topic: string) => TopicRow | undefined;
  /** Runs work in a transaction that does not wait for the disk. */
  relaxed: <T>(run: () => T) => T;
  /** Runs a read; throws `log-unavailable` when the file can't be read there. */
  readable: <T>(read: () => T) => T;
}

export type Slices = Pick<
  MessageLog,
  "trim" | "disown" | "scrub" | "offsetsOf" | "offsetsWith" | "redate" | "offsetBefore"
>;

/** Makes them over an open log. */
export function createSlices({ tables, upkeep, rowOf, relaxed, readable }: SliceParts): Slices {
  const appendsFirst = () => Bun.sleep(1);
  function trimSlice(row: TopicRow, last: number) {
    upkeep.noteRemoval();
    return tables.trim(row, last);
  }

  /** Runs `change` for each of a topic's entries, a slice of them in one transaction. Resolves to how many it changed. */
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
    for (let from = 0; from < offsets.length; from += SLICE) {
      const row = rowOf(topic);
      if (!row) break;
      const slice = offsets.slice(from, from + SLICE);
      changed += relaxed(() => changeSlice(row, slice));
      if (from + SLICE < offsets.length) await appendsFirst();
    }
    return changed;
  }

  async function offsetsOf(topic: string, userId: string): Promise<number[]> {
    const giveWay = createGiveWay();
    const offsets: number[] = [];
    let afterId = "";
    for (;;) {
      const page = readable(() => {
        const row = rowOf(topic);
        return row ? tables.offsetsOf(row, userId, afterId, OFFSETS_AT_ONCE) : [];
      });
      for (const { offset } of page) offsets.push(offset);
      afterId = page.at(-1)?.id ?? "";
      if (page.length < OFFSETS_AT_ONCE) return offsets.sort((a, b) => a - b);
      await giveWay();
    }
  }

  /** The newest offset stored before a moment, 0 when there is none. `at` never decreases: halves the range until it is one entry. */
  function findBefore(row: TopicRow, beforeMs: number): number {
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

  return {
    offsetsOf,

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

    async offsetsWith(topic, text) {
      const giveWay = createGiveWay();
      const offsets: number[] = [];
      let after = 0;
      for (;;) {
        const page = readable(() => {
          const row = rowOf(topic);
          return row ? tables.offsetsWith(row, text, after, OFFSETS_AT_ONCE) : [];
        });
        for (const { offset, has } of page) if (has) offsets.push(offset);
        after = page.at(-1)?.offset ?? after;
        if (page.length < OFFSETS_AT_ONCE) return offsets;
        await giveWay();
      }
    },

    async trim(topic, upTo) {
      let removed = 0;
      for (;;) {
        const row = rowOf(topic);
        const goal = Math.min(upTo, row?.top ?? 0);
        if (!row || row.first > goal) return removed;
        const last = Math.min(goal, row.first + SLICE - 1);
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
      const before = findBefore(row, toMs + 1);
      const first = Math.max(row.first, before + 1);
      const leap = (tables.atOffset(row, first) ?? row.at) - toMs;
      if (leapMs > 0 && (before === 0 || leap < leapMs)) return 0;
      // Upwards: what lies between two slices is dated later than both, as it was.
      for (let from = first; ; from += SLICE) {
        const present = rowOf(topic);
        if (!present) return from - first;
        const last = Math.min(present.top, from + SLICE - 1);
        relaxed(() => tables.redate(present, from, last, toMs));
        if (last === present.top) {
          present.at = toMs;
          return last - first + 1;
        }
        await appendsFirst();
      }
    },

    async offsetBefore(topic, beforeMs) {
      const row = rowOf(topic);
      return row ? readable(() => findBefore(row, beforeMs)) : 0;
    },
  };
}
