/**
 * What became of recent messages, for an operator who asks: when each was stored, how many sessions it went to, who
 * resumed over it. In memory and bounded; a message older than the trace is answered from the log alone.
 */
import type { Entry } from "./log.ts";

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

export type Traces = ReturnType<typeof createTraces>;

/** Makes an empty trace. */
export function createTraces(maxTraced: number = MAX_TRACED, maxResumes: number = MAX_RESUMES) {
  // Maps keep insertion order: the first key is the oldest.
  const traced = new Map<string, Trace>();
  const resumes: Resume[] = [];
  const keyOf = (topic: string, offset: number): string => `${topic} ${offset}`;

  return {
    /** Notes entries as stored. */
    stored(entries: readonly Entry[]): void {
      for (const { topic, offset, id, userId, at } of entries) {
        traced.set(keyOf(topic, offset), { offset, id, user: userId, storedAt: at });
      }
      for (const key of traced.keys()) {
        if (traced.size <= maxTraced) break;
        traced.delete(key);
      }
    },

    /** Notes to how many live subscribers messages were handed. */
    delivered(topic: string, offsets: readonly number[], delivery: Delivery): void {
      for (const offset of offsets) {
        const trace = traced.get(keyOf(topic, offset));
        if (trace) trace.delivered = delivery;
      }
    },

    /** Notes a subscription that begins in the past. */
    resumed(resume: Resume): void {
      resumes.push(resume);
      if (resumes.length > 2 * maxResumes) resumes.splice(0, resumes.length - maxResumes);
    },

    /** What is remembered of the message at an offset. */
    find: (topic: string, offset: number): Trace | undefined => traced.get(keyOf(topic, offset)),

    /** The offsets of remembered messages with this id; several users may have used it. */
    offsetsOf(topic: string, id: string): number[] {
      const found: number[] = [];
      for (const [key, trace] of traced) {
        if (trace.id === id && key === keyOf(topic, trace.offset)) found.push(trace.offset);
      }
      return found;
    },

    /** The remembered subscriptions that were handed the message at an offset as replay. */
    resumesOver: (topic: string, offset: number): Resume[] =>
      resumes.slice(-maxResumes).filter((r) => r.topic === topic && r.from <= offset && offset <= r.to),
  };
}
