/**
 * Witnesses: one connection to each node, past the bad network, in a topic of their own. They tell how long it takes until
 * a message published at any node arrives at all of them, and that a node in trouble keeps its connections.
 */
import { OPERATOR_KEY } from "../support/server.ts";
import type { Findings } from "./findings.ts";
import type { AuditNode, Nodes } from "./nodes.ts";
import { waitUntil, WITNESS_TOPIC } from "./world.ts";

/** Until messages arrive again at every node after trouble with the database: a deadline for a machine with much other work. */
const GOES_ON_MS = 20_000;
/** A broken promise need not be waited for. */
const BROKEN_GOES_ON_MS = 3000;
const TRY_AGAIN_MS = 20;
/** A request without an answer is sent again after this time. */
const ANSWER_MS = 5000;

interface Witness {
  socket: WebSocket;
  /** How often each text came. */
  heard: Map<string, number>;
}

export type Witnesses = ReturnType<typeof createWitnesses>;

/** Makes the witnesses of these nodes. */
export function createWitnesses(nodes: Nodes, findings: Findings) {
  const byNode = new Map<AuditNode, Witness>();
  let rounds = 0;
  let isOver = false;
  let isForked = false;

  /** Opens a connection to each node that has none. */
  async function attend(): Promise<void> {
    for (const node of nodes.up()) {
      if (byNode.has(node)) continue;
      // A connection is open before it is subscribed: what comes in between is in the history.
      const query = `topic=${WITNESS_TOPIC}&name=witness&history=20`;
      const url = `${node.kabar.url.replace("http", "ws")}/websocket?${query}`;
      const witness: Witness = { socket: new WebSocket(url), heard: new Map() };
      byNode.set(node, witness);
      let isOpen = false;
      let last = "";
      witness.socket.onopen = () => (isOpen = true);
      witness.socket.onmessage = ({ data }) => {
        last = String(data);
        const text = last.slice(last.indexOf(": ") + 2);
        const times = (witness.heard.get(text) ?? 0) + 1;
        witness.heard.set(text, times);
        if (times > 1) findings.violate("handed", `a witness received twice: ${text}`, "doubled");
      };
      witness.socket.onclose = ({ code, reason }) => {
        if (byNode.get(node) === witness) byNode.delete(node);
        if (node.isUp && isOpen && !isOver && !isForked)
          findings.violate(
            "goes-on",
            `node ${node.number}, which stayed up, ended the connection of a witness: ${code} ${reason}, after "${last.slice(0, 80)}"`,
          );
      };
      if (await waitUntil(() => isOpen, GOES_ON_MS)) continue;
      findings.violate("goes-on", "a node took no connection of a witness");
    }
  }

  /** Publishes at a node until it is stored. A refusal that a retry can't change is a mistake of the audit. */
  async function publish({ kabar }: AuditNode, text: string, until: number): Promise<boolean> {
    while (performance.now() < until) {
      const answer = await fetch(`${kabar.url}/api/topics/${WITNESS_TOPIC}/messages`, {
        method: "POST",
        headers: { Authorization: `Bearer ${OPERATOR_KEY}`, "Idempotency-Key": text.replaceAll(" ", "-") },
        body: text,
        keepalive: false,
        signal: AbortSignal.timeout(ANSWER_MS),
      }).catch(() => undefined);
      if (answer?.ok) return true;
      if (answer && answer.status < 500) throw new Error(`a witness was answered ${await answer.text()}`);
      await Bun.sleep(TRY_AGAIN_MS);
    }
    return false;
  }

  return {
    attend,
    /** The log is about to be another one: a node may end a connection in plain mode, which can't be told of a fork. */
    expectFork(isExpected: boolean): void {
      isForked = isExpected;
    },

    /** Publishes at every node, and waits until every witness has received all of it. Resolves to the milliseconds that it took. */
    async round(): Promise<number> {
      const startedAt = performance.now();
      const until = startedAt + (findings.isClean() ? GOES_ON_MS : BROKEN_GOES_ON_MS);
      const round = ++rounds;
      const texts = nodes.up().map((node) => ({ node, text: `round ${round} at node ${node.number}` }));
      const taken = await Promise.all(texts.map(({ node, text }) => publish(node, text, until)));
      const missing = () =>
        [...byNode].flatMap(([{ number }, { heard }]) =>
          texts.flatMap(({ text }, i) =>
            heard.has(text)
              ? []
              : `${text}, ${taken[i] ? "stored" : "not stored"}, missing at node ${number}`,
          ),
        );
      if (!(await waitUntil(() => missing().length === 0, Math.max(0, until - performance.now())))) {
        const seconds = Math.round((until - startedAt) / 1000);
        findings.violate("goes-on", `after ${seconds} s: ${missing().join("; ")}`);
      }
      return performance.now() - startedAt;
    },

    stop(): void {
      isOver = true;
      for (const { socket } of byNode.values()) socket.close();
    },
  };
}
