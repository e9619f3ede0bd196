/**
 * The nodes that share a log, as one node sees them: news between them, and secrets that all of them need. News is not
 * stored: it arrives at most once. What must not be lost is an entry of the log instead.
 */

/** A node that shares the log. */
export interface ClusterNode {
  id: string;
  /** Milliseconds since this node last received a sign of life; 0 for the node itself. */
  silentMs: number;
  /** Whether this is the node that answers. */
  self: boolean;
}

export interface Cluster {
  /** This node's id: random, new with each start. */
  readonly id: string;
  /** Sends news to the other nodes. `data` must survive JSON. */
  send(kind: string, data: unknown): void;
  /** Calls `listener` with news of a kind from other nodes. */
  on(kind: string, listener: (data: unknown, from: string) => void): void;
  /** Calls `listener` when news may have been missed, and at the start: others should tell again what is true now. */
  onGap(listener: () => void): void;
  /** Calls `listener` when a node is gone: it said goodbye, or has been silent for the length of its lease. */
  onGone(listener: (node: string) => void): void;
  /** Runs `work` if no other node runs work of this name now. Resolves to whether it ran. */
  alone(name: string, work: () => Promise<void>): Promise<boolean>;
  nodes(): ClusterNode[];
  close(): Promise<void>;
}

/** A new node id: 48 random bits. */
export const createNodeId = (): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString("base64url");

/** The cluster of a log that one process has for itself: no other nodes, no news. */
export function createLoneCluster(): Cluster {
  const id = createNodeId();
  let isBusy = new Set<string>();
  return {
    id,
    send: () => undefined,
    on: () => undefined,
    onGap: () => undefined,
    onGone: () => undefined,
    async alone(name, work) {
      if (isBusy.has(name)) return false;
      isBusy = new Set([...isBusy, name]);
      try {
        await work();
        return true;
      } finally {
        isBusy.delete(name);
      }
    },
    nodes: () => [{ id, silentMs: 0, self: true }],
    close: async () => undefined,
  };
}
