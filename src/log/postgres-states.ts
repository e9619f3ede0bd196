/**
 * States of topics in a PostgreSQL log. Each is read anew: another node may have changed it. While the database is away, a state
 * is what was read last and what the tail brought since, so that readers resume from rings.
 */
import type { SQL } from "bun";
import { dropOldest } from "../oldest.ts";
import type { TopicState } from "./log.ts";
import type { Place } from "./postgres-places.ts";
import { findTopic, type TopicMark } from "./postgres-tables.ts";
import { stateOf } from "./topic-row.ts";

/** Topics whose last state is kept, about 300 bytes each. */
const MAX_KEPT = 10_000;

export interface StateParts {
  /** Runs a read on a free connection and turns what fails into `log-unavailable`. */
  readable: <T>(run: (sql: SQL) => Promise<T>) => Promise<T>;
  /** Whether the database can't be reached. */
  isAway: () => boolean;
  /** The newest entry of a topic that the tail has handed out. */
  placeOf: (topic: string) => Place | undefined;
  /** The epoch of topics without entries, as of the last look. */
  epoch: () => string;
}

/** Creates the states. */
export function createStates({ readable, isAway, placeOf, epoch }: StateParts) {
  /** The topics that were asked for last; undefined is a topic without a row. */
  const kept = new Map<string, TopicMark | undefined>();

  function keep(topic: string, mark: TopicMark | undefined): void {
    kept.delete(topic);
    kept.set(topic, mark);
    dropOldest(kept, MAX_KEPT);
  }

  function remembered(topic: string): TopicState | undefined {
    const mark = kept.get(topic);
    const place = placeOf(topic);
    if (!mark || place?.id !== mark.id || place.top < mark.top) return undefined;
    const row = { ...mark, at: 0, top: place.top, tag: place.tag };
    return { ...stateOf(row, epoch()), isRemembered: true };
  }

  return {
    /** Reads the state of a topic. */
    async state(topic: string): Promise<TopicState> {
      const known = isAway() ? remembered(topic) : undefined;
      if (known) return known;
      try {
        const row = await readable((sql) => findTopic(sql, topic));
        keep(topic, row);
        return stateOf(row, epoch());
      } catch (error) {
        const state = remembered(topic);
        if (state) return state;
        throw error;
      }
    },

    /** Notes what a look found. */
    note(marks: readonly TopicMark[]): void {
      for (const mark of marks) if (kept.has(mark.name)) keep(mark.name, mark);
    },
  };
}
