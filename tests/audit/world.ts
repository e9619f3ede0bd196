/**
 * The world that all actors of an audit share: the address, the ledger, chance, whether it is time to come to an end,
 * and the count of open connections, so that a kill can wait until nothing of the old server is left on the way.
 */
import type { Findings } from "./findings.ts";
import type { GrowingBook } from "./growing-book.ts";
import type { Ledger } from "./ledger.ts";
import type { PlainStream } from "./plain-stream.ts";
import type { Random } from "./random.ts";
import type { Stream } from "./stream.ts";

/** The topics of an audit, what is special about each, and the length of its texts. */
export const TOPICS = {
  /** Where most of it happens. */
  lobby: { retain: 0, minText: 10, maxText: 300 },
  /** Retention is always at work here. */
  short: { retain: 150, minText: 10, maxText: 100 },
  /** Long texts: a stalled reader's queue fills up, replay needs many events, and retention overtakes it. */
  bulk: { retain: 600, minText: 3000, maxText: 7500 },
} as const;
/** Where an audit with nodes measures; none of its actors is there. */
export const WITNESS_TOPIC = "witness";
/** The topic of messages that grow. */
export const GROWING_TOPIC = "growing";
/** The topic of users that are present at nodes which are killed. */
export const PRESENT_TOPIC = "present";
export type TopicName = keyof typeof TOPICS;

export interface World {
  /** The proxy's address: the only way in for actors. */
  url: string;
  ledger: Ledger;
  growing: GrowingBook;
  findings: Findings;
  /** Whether a server may refuse with `log-unavailable`: its database is another program. */
  mayRefuse: boolean;
  /** True from the moment of the last round: publishers finish, readers stay. */
  isEnding: boolean;
  /** True when actors must go. */
  isOver: boolean;
  /** Connections that are open at the moment, and whose they are. */
  connections: Map<object, string>;
  /** Every stream whose claims or lines wait for the next look at the log. */
  streams: Set<Stream | PlainStream>;
}

/** An actor: it runs until the world is over. */
export interface Actor {
  name: string;
  run(): Promise<void>;
  /** True when it has nothing left to do in the last round: `tops` is where each topic ends. */
  isDone(tops: ReadonlyMap<string, number>): boolean;
  /** The last judgement: what it holds, against where each topic ends. */
  finish(tops: ReadonlyMap<string, number>): void;
  /** What it still waits for, for the last line of an audit that hangs. */
  describe(): string;
  /** Ends what it has open. */
  stop(): void;
}

export type MakeActor = (world: World, name: string, random: Random) => Actor;

/** Waits until a condition holds; false when the deadline came first. */
export async function waitUntil(condition: () => boolean, deadlineMs: number): Promise<boolean> {
  const until = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > until) return false;
    await Bun.sleep(5);
  }
  return true;
}
