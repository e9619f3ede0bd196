/**
 * Empty topics: those that lost their last message to retention and have no rule of their own. They are dropped from the log
 * once they have no readers.
 */
import type { MessageLog } from "../log/log.ts";
import type { Topics } from "./topics.ts";

/** Most topics dropped in one transaction. */
const DROP_AT_ONCE = 100;

/** Makes the set of empty topics. */
export function createEmptyTopics(log: Pick<MessageLog, "drop">, topics: Pick<Topics, "isActive">) {
  const empty = new Set<string>();

  return {
    /** Notes a topic without messages. */
    add: (topic: string): void => void empty.add(topic),

    /** Notes a topic with a new message. */
    delete: (topic: string): void => void empty.delete(topic),

    /** Drops the empty topics that have no readers, and yields the names of those dropped, transaction by transaction. */
    async *drop(): AsyncGenerator<readonly string[]> {
      const names = [...empty].filter((topic) => !topics.isActive(topic));
      for (let from = 0; from < names.length; from += DROP_AT_ONCE) {
        const some = names.slice(from, from + DROP_AT_ONCE);
        await log.drop(some);
        for (const topic of some) empty.delete(topic);
        yield some;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
