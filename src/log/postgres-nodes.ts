/**
 * The nodes of a cluster over PostgreSQL that are alive, and the lease of this one. A node is alive while its row is renewed.
 * Does not know news or duties.
 */
import type { NodeIntroduction } from "./cluster.ts";
import {
  LEASE_S,
  type NodeRow,
  removeNode,
  renewNode,
  returnDuties,
  writeNode,
} from "./postgres-cluster-tables.ts";
import type { Lane } from "./postgres-lane.ts";
import { NEWS_CHANNEL } from "./postgres-news.ts";

export interface NodesListener {
  /** A node is alive that was not before. */
  onCome: (row: NodeRow) => void;
  /** A node has left, or its lease is over. */
  onGone: (id: string) => void;
  /** Other nodes have taken this one for gone. `isRowGone`: the tables were emptied, and news with them. */
  onLapse: (isRowGone: boolean) => void;
}

const rowOf = ({ name, version, settings }: NodeIntroduction) => ({
  name,
  version,
  settings: JSON.stringify(settings),
});

/** Creates the list. `id` is that of this node. */
export function createNodes(id: string, lane: Lane, { onCome, onGone, onLapse }: NodesListener) {
  let nodes: NodeRow[] = [];
  let introduction: NodeIntroduction = { name: "", version: "", settings: {} };
  /** Nodes that told something while they were in no list: what they told goes with them. */
  const strangers = new Set<string>();
  let renewing: Promise<void> | undefined;
  let hasLeft = false;
  const write = () => lane.onOneConnection((sql) => writeNode(sql, id, rowOf(introduction)));

  function remove(gone: string): void {
    nodes = nodes.filter((node) => node.id !== gone);
    onGone(gone);
  }

  async function renewOnce(): Promise<void> {
    const rows = await lane.onOneConnection((sql) => renewNode(sql, id, NEWS_CHANNEL));
    const own = rows.find((row) => row.id === id);
    if (!own && !hasLeft) await write();
    if (!own || own.silentS > LEASE_S) onLapse(!own);
    const alive = rows.filter((row) => row.id === id || row.silentS <= LEASE_S);
    const before = nodes;
    nodes = alive;
    for (const row of alive) if (!before.some((node) => node.id === row.id)) onCome(row);
    const known = new Set([...before.map((node) => node.id), ...strangers]);
    strangers.clear();
    for (const node of known) if (node !== id && !alive.some((row) => row.id === node)) remove(node);
  }

  return {
    remove,
    list: (): readonly NodeRow[] => nodes,

    /** Notes that news of a node arrived. */
    note(node: string): void {
      if (!nodes.some((each) => each.id === node)) strangers.add(node);
    },

    async enter(who: NodeIntroduction): Promise<void> {
      introduction = who;
      await write();
    },

    /** Renews the lease, and notices nodes that came or went. A call during a renewal returns the promise of that one. */
    renew(): Promise<void> {
      renewing ??= renewOnce().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },

    /** Gives up the lease and the duties. */
    async leave(): Promise<void> {
      hasLeft = true;
      await renewing?.catch(() => undefined);
      await lane
        .inOrder(async (sql) => {
          await removeNode(sql, id);
          await returnDuties(sql, id);
        })
        .catch(() => undefined);
    },
  };
}
