/**
 * Traces of recent messages, for operators: when each was stored, how many sessions received it, which sessions resumed.
 * Kept in memory and bounded; older messages are explained from the log alone.
 */
import type { Entry } from "../log/log.ts";

/** Most messages in memory, about 200 bytes each. */
const MAX_TRACED = 10_000;
/** Most resumes in memory. */
const MAX_RESUMES = 2000;

/** Number of live subscribers that received a message when it was stored, by format. */
export interface Delivery {
  json: number;
  plain: number;
  events: number;
}

/** A subscription that began before a topic's newest message. */
export interface Resume {
  topic: string;
  /** The session's id; in plain mode and for server-sent events, the format and the user's id. */
  session: string;
  /** The first offset sent. */
  from: number;
  /** The newest offset when the subscription began. */
  to: number;
  /** Milliseconds since 1970. */
  at: number;
}

/** The trace of one message. */
export interface Trace {
  offset: number;
  id: string;
  user: string;
  /** Time of storage, in milliseconds since 1970. */
  storedAt: number;
  /** Absent when the topic was not active at that time. */
  delivered?: Delivery;
}

interface Stored extends Trace {
  topic: string;
}

/** A run of messages of one topic, delivered together. */
interface DeliveredRun {
  topic: string;
  first: number;
  last: number;
  delivery: Delivery;
}

/** Circular buffer of the latest `max` items. */
class Latest<T> {
  readonly #items: T[] = [];
  readonly #max: number;
  #next = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(item: T): void {
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.#max;
  }

  /** Replaces every item with the result of `change`. */
  change(change: (item: T) => T): void {
    for (const [i, item] of this.#items.entries()) this.#items[i] = change(item);
  }

  /** The items that match `wanted`, oldest first. */
  pick(wanted: (item: T) => boolean): T[] {
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)].filter(wanted);
  }
}

export type Traces = ReturnType<typeof createTraces>;

/** Creates an empty trace. Recording happens for every message and takes constant time; lookups are rare and search the buffer. */
export function createTraces(maxTraced: number = MAX_TRACED, maxResumes: number = MAX_RESUMES) {
  const traced = new Latest<Stored>(maxTraced);
  const deliveredRuns = new Latest<DeliveredRun>(maxTraced);
  const resumes = new Latest<Resume>(maxResumes);

  return {
    /** Records entries as stored. */
    stored(entries: readonly Entry[]): void {
      for (const { topic, offset, id, userId, at } of entries) {
        traced.add({ topic, offset, id, user: userId, storedAt: at });
      }
    },

    /** Records how many live subscribers received a topic's messages from `first` to `last`. */
    delivered(topic: string, first: number, last: number, delivery: Delivery): void {
      deliveredRuns.add({ topic, first, last, delivery });
    },

    /** Records a subscription that resumes from an earlier offset. */
    resumed: (resume: Resume): void => resumes.add(resume),

    /** The trace of the message at an offset; undefined when it is no longer in memory. */
    find(topic: string, offset: number): Trace | undefined {
      const found = traced.pick((one) => one.offset === offset && one.topic === topic).at(-1);
      if (!found) return undefined;
      const { topic: _, ...trace } = found;
      const run = deliveredRuns
        .pick((one) => one.topic === topic && one.first <= offset && offset <= one.last)
        .at(-1);
      return run ? { ...trace, delivered: run.delivery } : trace;
    },

    /** The offsets of traced messages with this id. Several users may have used the same id. */
    offsetsOf: (topic: string, id: string): number[] =>
      traced.pick((one) => one.id === id && one.topic === topic).map(({ offset }) => offset),

    /** Replaces a user's id with `replacement` in traced messages and resumes. */
    forget(userId: string, replacement: string): void {
      traced.change((one) => (one.user === userId ? { ...one, user: replacement, id: replacement } : one));
      resumes.change((one) =>
        one.session.endsWith(` ${userId}`)
          ? { ...one, session: one.session.replace(userId, replacement) }
          : one,
      );
    },

    /** The resumed subscriptions that received the message at an offset as replay. */
    resumesOver: (topic: string, offset: number): Resume[] =>
      resumes.pick((one) => one.topic === topic && one.from <= offset && offset <= one.to),
  };
}
