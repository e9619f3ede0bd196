/**
 * The cluster: the nodes that share one log, the news that they tell each other, and the tasks that one node runs for all.
 * News is for what the log does not hold (presence, notices to a user, a cleared ring). It is not durable: a node that may
 * have missed some asks for the present state. Over SQLite a node is alone, and all of this costs nothing.
 */
import { randomHex } from "../random.ts";

/** A node that is alive. */
export interface NodeInfo {
  id: string;
  /** Host and port, for the owner. */
  name: string;
  version: string;
  /** Milliseconds since 1970, by the database's clock. */
  startedAt: number;
  /** The last sign of life, in milliseconds since 1970, by the database's clock. */
  seenAt: number;
}

/** What a node says of itself when it joins. */
export interface NodeIntroduction {
  name: string;
  version: string;
  /** Settings that must be the same on all nodes: the name of each, and a hash of its value. */
  settings: Readonly<Record<string, string>>;
}

/** Called with the body of a piece of news and the id of the node that told it. */
export type NewsListener = (body: unknown, node: string) => void;

export interface Cluster {
  /** The id of this node, new with each start. */
  readonly id: string;
  /** Whether the log can have no other node. */
  readonly isAlone: boolean;
  /** Joins: from now on other nodes know this one, and news arrives. */
  join(introduction: NodeIntroduction): Promise<void>;
  /** Tells every other node, in the order of the calls. Never throws. News waits while the database is away, and is lost when too much waits. */
  tell(kind: string, body: unknown): void;
  /** Calls `listener` with each piece of news of a kind from other nodes. */
  onNews(kind: string, listener: NewsListener): void;
  /** Calls `listener` when another node needs to know the present state of this one. */
  onStateWanted(listener: () => void): void;
  /** Calls `listener` when this node may have missed news: it reads anew what others may have changed in the log. */
  onMissed(listener: () => void): void;
  /** Calls `listener` with the id of a node that has left or has been silent for the length of a lease. */
  onGone(listener: (node: string) => void): void;
  /** Asks every other node. Resolves to the answers that came in time, and the nodes that did not answer. */
  ask(kind: string, body: unknown): Promise<{ answers: unknown[]; silent: string[] }>;
  /** Asks every other node what only one can answer. Resolves to the first answer; undefined when none came in time. */
  askFirst(kind: string, body: unknown): Promise<unknown>;
  /** Answers questions of a kind; undefined says nothing and counts as an answer. */
  onQuestion(kind: string, answer: (body: unknown) => unknown): void;
  /** Runs a task unless another node has the duty. Resolves to whether it ran here. */
  onDuty(name: string, run: () => Promise<unknown>): Promise<boolean>;
  /** The secret that all nodes share under a name; `make` creates it once. Undefined for a node that is alone. */
  secret(name: string, make: () => string): Promise<string | undefined>;
  /** Keeps files for all nodes, by their immutable addresses. */
  shareFiles(files: ReadonlyMap<string, string>): Promise<void>;
  /** A file that a node shared, also one of an earlier version; undefined when there is none. */
  file(path: string): Promise<string | undefined>;
  /** The nodes that are alive, this one first. */
  nodes(): NodeInfo[];
  /** Leaves: other nodes know at once. */
  leave(): Promise<void>;
}

/** Creates the id of a node. */
export const createNodeId = (): string => randomHex(6);

/** The cluster of a node that shares its log with no other. */
export function createLoneNode(now: () => number = Date.now): Cluster {
  const id = createNodeId();
  let self: NodeInfo = { id, name: "", version: "", startedAt: now(), seenAt: 0 };
  const ignore = () => undefined;
  return {
    id,
    isAlone: true,
    async join({ name, version }) {
      self = { ...self, name, version, startedAt: now() };
    },
    tell: ignore,
    onNews: ignore,
    onStateWanted: ignore,
    onMissed: ignore,
    onGone: ignore,
    ask: async () => ({ answers: [], silent: [] }),
    askFirst: async () => undefined,
    onQuestion: ignore,
    async onDuty(_, run) {
      await run();
      return true;
    },
    secret: async () => undefined,
    shareFiles: async () => undefined,
    file: async () => undefined,
    nodes: () => [{ ...self, seenAt: now() }],
    leave: async () => undefined,
  };
}
