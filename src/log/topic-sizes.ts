/**
 * Estimates of how many bytes a topic takes: exact for a topic of a few entries, else from entries that are spread evenly over it, so
 * that a list of topics costs the same however long they are. Pure.
 */
import type { TopicRow } from "./topic-row.ts";

/** Entries that are looked at: the size of similar entries is right within some percent, and a look takes microseconds. */
const LOOKED_AT = 32;

/** The offsets of the entries to look at, ascending. */
export function offsetsToWeigh({ first, top }: Pick<TopicRow, "first" | "top">): number[] {
  const entries = top - first + 1;
  const count = Math.max(0, Math.min(entries, LOOKED_AT));
  return Array.from({ length: count }, (_, i) => first + Math.floor((i * entries) / count));
}

/** The size of a topic, of which `found` entries with `bytes` bytes were looked at. */
export function sizeOf(
  { first, top }: Pick<TopicRow, "first" | "top">,
  found: number,
  bytes: number,
): number {
  return found === 0 ? 0 : Math.round((bytes / found) * (top - first + 1));
}
