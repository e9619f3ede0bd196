/**
 * Sizes of topics for lists that are asked for again and again: a topic is measured again only when its entries have changed, so that
 * looking at quiet topics costs nothing.
 */
import type { MessageLog, TopicState } from "../log/log.ts";
import { dropOldest } from "../oldest.ts";

/** Topics whose size is kept, about 200 bytes each: more than are put in order by size (topic-order), so that no list empties it. */
const MAX_KEPT = 20_000;

interface Measured extends Pick<TopicState, "epoch" | "first" | "top"> {
  bytes: number;
}

/** A topic, and what its log has of it now. */
export interface ListedState {
  name: string;
  state: Pick<TopicState, "epoch" | "first" | "top">;
}

/** Creates the function that resolves to the sizes of topics, in their order. */
export function createKeptSizes(log: Pick<MessageLog, "sizes">) {
  const kept = new Map<string, Measured>();
  const isKept = ({ name, state: { epoch, first, top } }: ListedState): boolean => {
    const one = kept.get(name);
    return one?.epoch === epoch && one.first === first && one.top === top;
  };

  return async (topics: readonly ListedState[]): Promise<number[]> => {
    const changed = topics.filter((topic) => !isKept(topic));
    const sizes = changed.length > 0 ? await log.sizes(changed.map(({ name }) => name)) : [];
    const measured = new Map(changed.map(({ name }, i) => [name, sizes[i] ?? 0]));
    return topics.map(({ name, state: { epoch, first, top } }) => {
      const bytes = measured.get(name) ?? kept.get(name)?.bytes ?? 0;
      kept.delete(name);
      kept.set(name, { epoch, first, top, bytes });
      dropOldest(kept, MAX_KEPT);
      return bytes;
    });
  };
}
