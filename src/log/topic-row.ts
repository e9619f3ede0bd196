/**
 * A topic as a row of an engine, and the steps that all engines share: next entry, state, page. Pure.
 */
import { createTag, type Entry, type NewEntry, type Page, type TopicState } from "./log.ts";

/**
 * The oldest retained and the newest offset of a topic, the newest entry's time and tag, and the tag of the entry before the
 * oldest one, where a cursor may point.
 */
export interface TopicRow {
  id: number;
  name: string;
  epoch: string;
  first: number;
  top: number;
  at: number;
  tag: string;
  trimmed: string;
}

/** Creates the next entry of a topic. `amended` are the new forms of the entries that it amends. */
export function nextEntry(row: TopicRow, entry: NewEntry, amended: readonly Entry[], nowMs: number): Entry {
  const { topic, userId, id, proof, amends } = entry;
  const body = (amended[0] && amends?.body?.(amended[0])) ?? entry.body;
  // Time within a topic never runs backwards, whatever the system clocks do.
  const at = Math.max(nowMs, row.at);
  return { topic, userId, id, body, proof, offset: row.top + 1, at, tag: createTag() };
}

/** Makes a stored entry the newest of its topic. */
export function advance(row: TopicRow, { offset, at, tag }: Entry): void {
  row.top = offset;
  row.at = at;
  row.tag = tag;
}

/** The state of a topic; `epoch` is the epoch of topics without a row. */
export function stateOf(row: TopicRow | undefined, epoch: string): TopicState {
  if (!row) return { epoch, first: 1, top: 0, tag: "", trimmed: "" };
  const { first, top, tag, trimmed } = row;
  return { epoch: row.epoch, first, top, tag, trimmed };
}

/** A page, oldest first, from rows in the order of their query. Reads no row after the one that exceeds `maxBytes`. */
export function takePage(rows: Iterable<Entry>, page: Page): Entry[] {
  const found: Entry[] = [];
  let bytes = 0;
  for (const entry of rows) {
    found.push(entry);
    bytes += entry.body.length;
    if (page.maxBytes !== undefined && bytes > page.maxBytes) break;
  }
  return "before" in page ? found.reverse() : found;
}
