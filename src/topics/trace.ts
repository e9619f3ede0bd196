/**
 * Traces of recent messages, for operators: when each was stored, how many sessions received it, which ones resumed.
 * Held in memory and bounded; older messages are explained from the log alone.
 */
import type { Entry } from "../log/log.ts";

/** How many messages are remembered. About 200 bytes each. */
const MAX_TRACED = 10_000;
/** How many resumes are remembered. */
const MAX_RESUMES = 2000;

/** How a message went out when it was stored. */
export interface Delivery {
  /** Live subscribers it was handed to, by kind. */
  json: number;
  plain: number;
  events: number;
}

/** A subscription that began below a topic's newest message. */
export interface Resume {
  topic: string;
  /** The session's id; for plain mode and server-sent events the kind and the user's id. */
  session: string;
  /** The first offset handed over. */
  from: number;
  /** The newest offset at that time. */
  to: number;
  /** Milliseconds since 1970. */
  at: number;
}

/** What is known of one message. */
export interface Trace {
  offset: number;
  id: string;
  user: string;
  /** When it was stored, in milliseconds since 1970. */
  storedAt: number;
  /** Absent when nobody was subscribed at the time. */
  delivered?: Delivery;
}

interface Stored extends Trace {
  topic: string;
}

/** A run of messages of one topic, handed out together. */
interface DeliveredRun {
  topic: string;
  first: number;
  last: number;
  delivery: Delivery;
}

/** Keeps the latest `max` items in place: adding moves nothing. */
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

  /** Changes every item in its place. */
  change(change: (item: T) => T): void {
    for (const [i, item] of this.#items.entries()) this.#items[i] = change(item);
  }

  /** Those that `wanted` picks, oldest first. */
  pick(wanted: (item: T) => boolean): T[] {
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)].filter(wanted);
  }
}

export type Traces = ReturnType<typeof createTraces>;

/** Makes an empty trace. Noting is what happens for every message, so it is a store; looking up is a search. */
export function createTraces(maxTraced: number = MAX_TRACED, maxResumes: number = MAX_RESUMES) {
  const traced = new Latest<Stored>(maxTraced);
  const deliveredRuns = new Latest<DeliveredRun>(maxTraced);
  const resumes = new Latest<Resume>(maxResumes);

  return {
    /** Notes entries as stored. */
    stored(entries: readonly Entry[]): void {
      for (const { topic, offset, id, userId, at } of entries) {
        traced.add({ topic, offset, id, user: userId, storedAt: at });
      }
    },

    /** Notes to how many live subscribers a topic's messages from `first` to `last` were handed. */
    delivered(topic: string, first: number, last: number, delivery: Delivery): void {
      deliveredRuns.add({ topic, first, last, delivery });
    },

    /** Notes a subscription that begins in the past. */
    resumed: (resume: Resume): void => resumes.add(resume),

    /** What is remembered of the message at an offset. */
    find(topic: string, offset: number): Trace | undefined {
      const found = traced.pick((one) => one.offset === offset && one.topic === topic).at(-1);
      if (!found) return undefined;
      const { topic: _, ...trace } = found;
      const run = deliveredRuns
        .pick((one) => one.topic === topic && one.first <= offset && offset <= one.last)
        .at(-1);
      return run ? { ...trace, delivered: run.delivery } : trace;
    },

    /** The offsets of remembered messages with this id; several users may have used it. */
    offsetsOf: (topic: string, id: string): number[] =>
      traced.pick((one) => one.id === id && one.topic === topic).map(({ offset }) => offset),

    /** Forgets whose the messages and resumes of a user were. */
    forget(userId: string, nobody: string): void {
      traced.change((one) => (one.user === userId ? { ...one, user: nobody, id: nobody } : one));
      resumes.change((one) =>
        one.session.endsWith(` ${userId}`) ? { ...one, session: one.session.replace(userId, nobody) } : one,
      );
    },

    /** The remembered subscriptions that were handed the message at an offset as replay. */
    resumesOver: (topic: string, offset: number): Resume[] =>
      resumes.pick((one) => one.topic === topic && one.from <= offset && offset <= one.to),
  };
}
