/**
 * Levels of rights in topics, and the patterns that grant them. Pure: from a level and a topic's rule to `Rights`. `access`
 * decides which level a user has.
 */
import type { Rights } from "./model.ts";

/** Levels in ascending order; each includes the ones before. */
export const LEVELS = ["none", "read", "write", "moderate"] as const;
export type Level = (typeof LEVELS)[number];

/** A level in the topics that a name, or a pattern like `room-*`, covers. */
export interface Grant {
  pattern: string;
  level: Level;
}

/** Whether a pattern covers a topic. */
export const covers = (pattern: string, topic: string): boolean =>
  pattern === topic || (pattern.endsWith("*") && topic.startsWith(pattern.slice(0, -1)));

/** The entry for a topic: one with the topic's own name before patterns, a longer pattern before a shorter one. */
export function findCovering<T extends { pattern: string }>(
  entries: readonly T[],
  topic: string,
): T | undefined {
  let best: T | undefined;
  for (const entry of entries) {
    if (entry.pattern === topic) return entry;
    if (covers(entry.pattern, topic) && (!best || entry.pattern.length > best.pattern.length)) best = entry;
  }
  return best;
}

/** The rights without any level. */
export const NO_RIGHTS: Rights = { read: false, write: false, react: false, people: false, moderate: false };

/** Whether two sets of rights are equal. */
export const sameRights = (a: Rights, b: Rights): boolean => JSON.stringify(a) === JSON.stringify(b);

const atLeast = (level: Level, wanted: Level): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);

/** One shared object for each combination: every message asks for rights, and every subscription keeps them. */
const known: Rights[] = [];

/** The rights of a level in a topic. The topic's `react` and `people` apply to all except its moderators. */
export function rightsOf(level: Level, { react, people }: { react: boolean; people: boolean }): Rights {
  const index = LEVELS.indexOf(level) * 4 + (react ? 2 : 0) + (people ? 1 : 0);
  known[index] ??= makeRights(level, react, people);
  return known[index];
}

function makeRights(level: Level, react: boolean, people: boolean): Rights {
  const moderate = atLeast(level, "moderate");
  return Object.freeze({
    read: atLeast(level, "read"),
    write: atLeast(level, "write"),
    react: atLeast(level, "write") && (react || moderate),
    people: atLeast(level, "read") && (people || moderate),
    moderate,
  });
}
