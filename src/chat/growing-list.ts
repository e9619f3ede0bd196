/**
 * The messages that grow: keys of the control topic, so that they survive a restart and every node knows them. Bounds their number,
 * and tells which may have been silent for too long. Does not decide that: the message itself has the time of its last append.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import type { Control } from "../log/control.ts";

const PREFIX = "growing:";
/** The author of these keys, and of the entries that end messages: no user has this id. */
export const GROWING = "growing";
/** The time after which a refused message may be sent again: others have to end first. */
const FULL_RETRY_MS = 10_000;

/** A message by its author and id: it is noted before it has an offset. */
export interface GrowingName {
  topic: string;
  userId: string;
  id: string;
}

const keyOf = ({ topic, userId, id }: GrowingName): string => `${topic} ${userId} ${id}`;

function nameOf(key: string): GrowingName {
  const [topic = "", userId = "", id = ""] = key.split(" ");
  return { topic, userId, id };
}

export interface GrowingListParts {
  config: Pick<Config, "maxGrowing" | "maxGrowingPerUser">;
  control: Control;
  /** In milliseconds since 1970. */
  now: () => number;
}

/** Creates the list over the control topic. */
export function createGrowingList({ config, control, now }: GrowingListParts) {
  /** When something was last appended to each message, as far as this node knows. */
  const seen = new Map<string, number>();
  const counts = new Map<string, number>();

  function put(key: string, atMs: number): void {
    const { userId } = nameOf(key);
    if (!seen.has(key)) counts.set(userId, (counts.get(userId) ?? 0) + 1);
    seen.set(key, atMs);
  }

  function drop(key: string): void {
    if (!seen.delete(key)) return;
    const { userId } = nameOf(key);
    const count = (counts.get(userId) ?? 0) - 1;
    if (count > 0) counts.set(userId, count);
    else counts.delete(userId);
  }

  function fold(key: string, value: unknown): void {
    if (typeof value === "number") put(key, Math.max(value, seen.get(key) ?? 0));
    else drop(key);
  }

  // Authors could not append while the server was away: their time begins anew.
  for (const [key] of control.list(PREFIX)) put(key, now());
  control.onChange((key, value) => {
    if (key.startsWith(PREFIX)) fold(key.slice(PREFIX.length), value);
  });

  return {
    /** Adds a message that is about to be stored. Throws `rate-limited` while its author, or the server, has too many. */
    reserve(name: GrowingName): void {
      const key = keyOf(name);
      if (seen.has(key)) return;
      const { maxGrowing, maxGrowingPerUser } = config;
      if (seen.size >= maxGrowing || (counts.get(name.userId) ?? 0) >= maxGrowingPerUser)
        throw new KabarError(
          "rate-limited",
          `Too many messages grow: an author may have ${maxGrowingPerUser} (max_growing_per_user), the server ${maxGrowing} (max_growing). End some first.`,
          FULL_RETRY_MS,
        );
      put(key, now());
    },

    /** Stores that a message grows. Resolves when that is stored. */
    async note(name: GrowingName): Promise<void> {
      await control.set(PREFIX + keyOf(name), now(), { by: GROWING });
    },

    /** Removes a message that does not grow. Resolves when that is stored. */
    async forget(name: GrowingName): Promise<void> {
      const key = keyOf(name);
      drop(key);
      if (control.get(PREFIX + key) !== undefined) await control.set(PREFIX + key, null, { by: GROWING });
    },

    /** Notes the time of an append, in milliseconds since 1970. */
    touch(name: GrowingName, atMs: number): void {
      const key = keyOf(name);
      if (seen.has(key)) seen.set(key, Math.max(atMs, seen.get(key) ?? 0));
    },

    /** The messages to which nothing was appended since a time, as far as this node knows. */
    silentSince: (atMs: number): GrowingName[] =>
      [...seen].flatMap(([key, at]) => (at <= atMs ? [nameOf(key)] : [])),
  };
}
