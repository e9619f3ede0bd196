/**
 * The list of topics in another order than by name: by people, messages, size or last message. It has to know all topics, so it looks at a
 * bounded number of them and tells when there are more.
 */
import { createFirstOnes } from "../first-ones.ts";
import { createGiveWay } from "../give-way.ts";
import { eachSpan, type MessageLog, type TopicSpan } from "../log/log.ts";
import type { Presence } from "../topics/presence.ts";
import type { createKeptSizes } from "./kept-sizes.ts";

/** What topics can be sorted by; `name` needs no look at the others. */
export const TOPIC_SORTS = ["name", "people", "messages", "size", "last"] as const;
export type TopicSort = (typeof TOPIC_SORTS)[number];

/** Topics that are put in order: the sizes of as many are kept. */
export const MAX_ORDERED = 10_000;
/** Topics that are measured at a time. */
const MEASURED_AT_ONCE = 500;

interface Ranked {
  name: string;
  value: number;
}

/** By name, as the list without an order: by UTF-16 units. */
const byName = (a: Ranked, b: Ranked): number => (a.name < b.name ? -1 : 1);

export interface TopicOrderParts {
  log: Pick<MessageLog, "topicSpans">;
  presence: Pick<Presence, "people">;
  sizesOf: ReturnType<typeof createKeptSizes>;
}

export interface OrderedNames {
  names: string[];
  /** Whether more topics match than are listed. */
  more: boolean;
  /** Whether topics were left out before they were put in order. */
  isIncomplete: boolean;
}

/**
 * Creates the function that resolves to the first `limit` names in an order. `others` are topics with a rule of their own, which may have no
 * entries.
 */
export function createTopicOrder({ log, presence, sizesOf }: TopicOrderParts) {
  /** The numbers that topics are sorted by. */
  async function valuesOf(sort: TopicSort, spans: readonly TopicSpan[]): Promise<number[]> {
    switch (sort) {
      case "size":
        return sizesOf(spans.map((span) => ({ name: span.name, state: span })));
      case "people":
        return spans.map(({ name }) => presence.people(name).count);
      case "last":
        return spans.map(({ first, top, at }) => (top >= first ? at : 0));
      default:
        return spans.map(({ first, top }) => top - first + 1);
    }
  }

  return async (wanted: {
    sort: TopicSort;
    order: "asc" | "desc";
    limit: number;
    isWanted: (name: string) => boolean;
    others: readonly string[];
  }): Promise<OrderedNames> => {
    const { sort, order, limit, isWanted } = wanted;
    const sign = order === "asc" ? 1 : -1;
    const compare =
      sort === "name"
        ? (a: Ranked, b: Ranked) => sign * byName(a, b)
        : (a: Ranked, b: Ranked) => sign * (a.value - b.value) || byName(a, b);
    const first = createFirstOnes<Ranked>(limit, compare);
    const others = new Set(wanted.others);
    const giveWay = createGiveWay();
    let waiting: TopicSpan[] = [];
    let isIncomplete = false;

    async function rank(): Promise<void> {
      const spans = waiting;
      waiting = [];
      const values = await valuesOf(sort, spans);
      for (const [i, { name }] of spans.entries()) first.add({ name, value: values[i] ?? 0 });
    }

    for await (const span of eachSpan(log)) {
      await giveWay();
      if (!isWanted(span.name)) continue;
      if (first.count() + waiting.length === MAX_ORDERED) {
        isIncomplete = true;
        break;
      }
      others.delete(span.name);
      waiting.push(span);
      if (waiting.length === MEASURED_AT_ONCE) await rank();
    }
    await rank();
    for (const name of others) first.add({ name, value: 0 });
    const names = first.list().map(({ name }) => name);
    return { names, more: isIncomplete || first.count() > names.length, isIncomplete };
  };
}
