/**
 * First messages: tells whether an author has no message in a topic yet. Asks the log, so that it holds on every node and after
 * a restart, and an erased author is new again; remembers authors with messages. Holds nothing: publishing does.
 */
import { decodeBody } from "../log/message-body.ts";
import type { Appended, Entry, MessageLog } from "../log/log.ts";
import type { Logger } from "../logger.ts";
import type { Moderation } from "../moderation/moderation.ts";
import { dropOldest } from "../oldest.ts";
import type { TopicRule } from "../topic-rules.ts";
import type { Policy } from "../topics/policy.ts";

/** Authors with messages that are remembered, by topic; beyond them the log is asked again. */
const MAX_REMEMBERED = 50_000;
const ENTRIES_A_PAGE = 100;
/** Entries of an author that are looked at. Somebody with so many, all of them reactions, is not new. */
const MAX_LOOKED_AT = 2000;

/** Whether an entry is a message that everybody sees: no change, not removed, not of a shadow-banned author. */
function isPublic({ body }: Entry): boolean {
  const { kind, removed, hidden } = decodeBody(body);
  return kind === undefined && removed === undefined && hidden === undefined;
}

export interface FirstMessagesParts {
  log: MessageLog;
  policy: Pick<Policy, "ruleOf">;
  moderation: Pick<Moderation, "hasFirstHeld" | "noteFirst">;
  logger: Logger;
}

export type FirstMessages = ReturnType<typeof createFirstMessages>;

/** Makes the look at first messages over the log, and follows removals in its tail. */
export function createFirstMessages({ log, policy, moderation, logger }: FirstMessagesParts) {
  /** Authors with a message, by topic. */
  const writers = new Map<string, true>();
  /** Looks that are under way: messages of one author that come together share one. */
  const looks = new Map<string, Promise<boolean>>();
  const keyOf = (topic: string, userId: string): string => `${topic} ${userId}`;

  const ruleOf = (topic: string): TopicRule["firstMessages"] =>
    policy.ruleOf(topic)?.firstMessages ?? "allow";

  log.tail((entries) => {
    // Somebody whose only message was removed is new again.
    for (const { topic, amended } of entries)
      for (const entry of amended ?? [])
        if (writers.size > 0 && !isPublic(entry)) writers.delete(keyOf(topic, entry.userId));
  });

  function remember(key: string): void {
    writers.delete(key);
    writers.set(key, true);
    dropOldest(writers, MAX_REMEMBERED);
  }

  async function hasWritten(topic: string, userId: string): Promise<boolean> {
    let afterId = "";
    for (let looked = 0; looked < MAX_LOOKED_AT; looked += ENTRIES_A_PAGE) {
      const page = await log.entriesOf(topic, userId, { afterId, limit: ENTRIES_A_PAGE });
      if (page.some(isPublic)) return true;
      if (page.length < ENTRIES_A_PAGE) return false;
      afterId = page.at(-1)?.id ?? afterId;
    }
    return true;
  }

  async function look(topic: string, userId: string): Promise<boolean> {
    const key = keyOf(topic, userId);
    try {
      const isKnown = await hasWritten(topic, userId);
      if (isKnown) remember(key);
      return !isKnown;
    } finally {
      looks.delete(key);
    }
  }

  return {
    /** What the topic does with first messages. */
    ruleOf,

    /**
     * Whether a message would be its author's first in the topic; a promise where the log must be asked. Where first messages are
     * held, so are those that follow while one waits: an author's messages keep their order. Rejects with `log-unavailable`.
     */
    isFirst(topic: string, userId: string): boolean | Promise<boolean> {
      const rule = ruleOf(topic);
      if (rule === "allow") return false;
      if (rule === "hold" && moderation.hasFirstHeld(topic, userId)) return true;
      const key = keyOf(topic, userId);
      if (writers.has(key)) return false;
      const known = looks.get(key) ?? look(topic, userId);
      looks.set(key, known);
      return known;
    },

    /** Stores a first message that is published at once, and notes it for the inbox. Resolves and rejects as `store` does. */
    async show(topic: string, userId: string, store: () => Promise<Appended>): Promise<Appended> {
      const key = keyOf(topic, userId);
      if (writers.has(key)) return store();
      // Before it is stored: the next message may come meanwhile.
      remember(key);
      let stored: Appended;
      try {
        stored = await store();
      } catch (error) {
        writers.delete(key);
        throw error;
      }
      if (stored.repeated) return stored;
      await moderation
        .noteFirst(topic, stored.entry.offset, userId)
        .catch((err: unknown) => logger.warn({ err }, "the inbox does not show a first message"));
      return stored;
    },

    /** Forgets an author, in all topics. */
    forget(userId: string): void {
      for (const key of writers.keys()) if (key.endsWith(` ${userId}`)) writers.delete(key);
    },
  };
}
