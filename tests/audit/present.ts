/**
 * Users of nodes that are killed: one is present at each, and must leave the lists of the other nodes once its node's lease is over.
 * Whoever looks is one more user for a moment.
 */
import { Client } from "../support/client.ts";
import type { Findings } from "./findings.ts";
import type { AuditNode, Nodes } from "./nodes.ts";
import { PRESENT_TOPIC } from "./world.ts";

/** A lease of 20 s, its renewal every 5 s, and room for a machine with much other work. */
const GONE_MS = 40_000;
/** How long another node may take to show a user, while the database has troubles. */
const ARRIVE_MS = 10_000;
const ARRIVE_EVERY_MS = 100;
const LOOK_EVERY_MS = 1000;

export type Present = ReturnType<typeof createPresent>;

/** Makes the users of these nodes. */
export function createPresent(nodes: Nodes, findings: Findings) {
  const killed = new Set<string>();

  /** The users that a node shows. */
  async function shownAt({ kabar }: AuditNode): Promise<{ id: string }[]> {
    const client = await Client.open(kabar.url, { name: "looks" });
    try {
      const { people } = (await client.ask("subscribe", {
        topic: PRESENT_TOPIC,
        people: true,
      })) as unknown as {
        people?: { users: { id: string }[] };
      };
      return people?.users ?? [];
    } finally {
      client.line.close();
    }
  }
  const shownDead = async (node: AuditNode): Promise<number> =>
    (await shownAt(node)).filter(({ id }) => killed.has(id)).length;

  return {
    /** A user arrives at a node that is about to be killed, and another node shows it. Does nothing where the node takes nobody in just now. */
    async arrive(node: AuditNode): Promise<void> {
      const client = await Client.open(node.kabar.url, { name: "present" }).catch(() => undefined);
      if (!client) return;
      const reply = await client.ask("subscribe", { topic: PRESENT_TOPIC, people: true });
      const other = nodes.up().find((each) => each !== node);
      if (reply.type !== "ok" || !other) return;
      const { id } = (client.hello as { user: { id: string } }).user;
      const isShown = async () => (await shownAt(other)).some((user) => user.id === id);
      const until = performance.now() + ARRIVE_MS;
      while (performance.now() < until) {
        if (await isShown()) {
          killed.add(id);
          findings.add("users of killed nodes");
          return;
        }
        await Bun.sleep(ARRIVE_EVERY_MS);
      }
    },

    /** No node shows a user of a killed node, or will soon show none. A broken promise need not be waited for. */
    async checkGone(): Promise<void> {
      if (!findings.isClean()) return;
      for (const node of nodes.up()) {
        const until = performance.now() + GONE_MS;
        let dead = await shownDead(node);
        while (dead > 0 && performance.now() < until) {
          await Bun.sleep(LOOK_EVERY_MS);
          dead = await shownDead(node);
        }
        if (dead > 0)
          findings.violate("goes-on", `node ${node.number} shows ${dead} users whose nodes were killed`);
      }
    },
  };
}
