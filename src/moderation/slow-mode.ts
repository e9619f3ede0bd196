/**
 * Slow mode: the least time between two messages of a user in a topic. Remembers when each user last wrote, in memory and
 * bounded. Does not know which topics are in slow mode: moderation passes the interval.
 */
import { KabarError } from "../errors.ts";
import type { Spacing } from "../log/log.ts";
import { dropOldest } from "../oldest.ts";

/** Users of a topic whose last message is remembered; beyond them the one who wrote longest ago is forgotten. */
const MAX_REMEMBERED = 50_000;

const tooSoon = (slowS: number, waitMs: number): KabarError =>
  new KabarError(
    "slow-mode",
    `Slow mode: one message every ${slowS} s. Wait ${Math.ceil(waitMs / 1000)} s.`,
    waitMs,
  );

const keyOf = (topic: string, userId: string): string => `${topic} ${userId}`;

/** Makes slow mode with nothing remembered; `now` is in milliseconds since 1970. */
export function createSlowMode(now: () => number) {
  /** When a user last wrote in a topic; the user who wrote last is the last key. */
  const writtenAt = new Map<string, number>();

  return {
    /** Throws `slow-mode` with the wait in milliseconds while the interval of `slowS` seconds is not over. 0 is off. */
    require(topic: string, userId: string, slowS: number): void {
      if (slowS === 0) return;
      const last = writtenAt.get(keyOf(topic, userId)) ?? Number.NEGATIVE_INFINITY;
      const waitMs = last + slowS * 1000 - now();
      if (waitMs <= 0) return;
      throw tooSoon(slowS, waitMs);
    },

    /** The interval of `slowS` seconds for the log, which knows the messages of other nodes. 0 is off. */
    spacing: (slowS: number): Spacing | undefined =>
      slowS === 0 ? undefined : { ms: slowS * 1000, refuse: (waitMs) => tooSoon(slowS, waitMs) },

    /** Begins a user's interval now. Returns a function that takes it back, for a message that was not published after all. */
    begin(topic: string, userId: string, slowS: number): () => void {
      if (slowS === 0) return () => undefined;
      const key = keyOf(topic, userId);
      const [at, before] = [now(), writtenAt.get(key)];
      writtenAt.delete(key);
      writtenAt.set(key, at);
      dropOldest(writtenAt, MAX_REMEMBERED);
      return () => {
        if (writtenAt.get(key) !== at) return;
        if (before === undefined) writtenAt.delete(key);
        else writtenAt.set(key, before);
      };
    },

    /** Forgets when a user wrote, in all topics. */
    forget(userId: string): void {
      for (const key of writtenAt.keys()) if (key.endsWith(` ${userId}`)) writtenAt.delete(key);
    },
  };
}
