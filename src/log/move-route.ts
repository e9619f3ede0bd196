/**
 * The route of a move: which topics change their place, from which stored log to which. Topics are where the order of each
 * side's databases puts them.
 */
import { StartError } from "../errors.ts";
import { createPlacement } from "./placement.ts";
import type { StoredLog } from "./stored-log.ts";
import type { TopicRow } from "./topic-row.ts";

/** Rows of topics read with one statement. */
export const TOPICS_AT_ONCE = 500;

/** The two sides of a move. A database on both sides is the same object in both lists. */
export interface Sides {
  from: readonly StoredLog[];
  to: readonly StoredLog[];
}

/** A topic that changes its place. */
export interface Moving {
  row: TopicRow;
  source: StoredLog;
  target: StoredLog;
}

/** The number of entries that a topic retains. */
export const retained = ({ first, top }: TopicRow): number => top - first + 1;

/** All topics of a stored log, a page at a time. */
export async function* topicPages(log: StoredLog): AsyncGenerator<TopicRow[]> {
  for (let after = ""; ;) {
    const page = await log.topicsAfter(after, TOPICS_AT_ONCE);
    if (page.length > 0) yield page;
    if (page.length < TOPICS_AT_ONCE) return;
    after = page.at(-1)?.name ?? after;
  }
}

export type Route = ReturnType<typeof createRoute>;

/** Makes the route between two sides. */
export function createRoute({ from, to }: Sides) {
  const oldPlace = createPlacement(from.map(({ id }) => id));
  const newPlace = createPlacement(to.map(({ id }) => id));
  const sourceOf = (topic: string): StoredLog | undefined => from[oldPlace(topic)];
  const targetOf = (topic: string): StoredLog | undefined => to[newPlace(topic)];

  return {
    sourceOf,
    targetOf,

    /** Topics that change their place, a page of one source at a time. */
    async *moving(): AsyncGenerator<Moving[]> {
      for (const source of from)
        for await (const page of topicPages(source))
          yield page.flatMap((row) => {
            const target = targetOf(row.name);
            const isMoving = sourceOf(row.name) === source && target !== undefined && target !== source;
            return isMoving ? [{ row, source, target }] : [];
          });
    },

    /** Throws StartError for a topic that is where no server would look for it. `isAgain`: an earlier run may have copied it. */
    async requirePlaces(isAgain: boolean): Promise<void> {
      for (const source of from)
        for await (const page of topicPages(source))
          for (const { name } of page) {
            const owner = sourceOf(name);
            if (owner === source || (isAgain && targetOf(name) === source)) continue;
            throw new StartError(
              `${source.name} holds the topic ${name}, which belongs to ${owner?.name}: name the databases of --from as log named them.`,
            );
          }
    },
  };
}
