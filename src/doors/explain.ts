/**
 * Explains a message for the operator: when it was stored, delivered and replayed, on this node and on the others.
 * Combines the log with the bounded traces. An older message is only known from the log.
 */
import type { Cluster } from "../log/cluster.ts";
import { entryAt, type MessageLog } from "../log/log.ts";
import type { Resume, Trace, Traces } from "../topics/trace.ts";

/** The explanation of one message. */
export interface Explanation extends Trace {
  /** Whether the log retains the message. */
  retained: boolean;
  /** Whether the bounded trace has the message. If not, `delivered` and `resumes` are unknown. */
  traced: boolean;
  /** Sessions that received the message as replay. */
  resumes: Resume[];
}

/** The messages to explain: by one offset, or by one id. */
export interface Wanted {
  topic: string;
  offset?: number | undefined;
  id?: string | undefined;
}

export interface ExplainParts {
  log: MessageLog;
  traces: Traces;
  cluster: Cluster;
}

/** Creates the function that explains messages, and answers the questions of other nodes about them. */
export function createExplain({ log, traces, cluster }: ExplainParts) {
  async function explainOffset(topic: string, offset: number): Promise<Explanation | undefined> {
    const trace = traces.find(topic, offset);
    const entry = await entryAt(log, topic, offset);
    const known: Trace | undefined =
      trace ?? (entry && { offset, id: entry.id, user: entry.userId, storedAt: entry.at });
    if (!known) return undefined;
    const retained = entry !== undefined;
    return { ...known, retained, traced: trace !== undefined, resumes: traces.resumesOver(topic, offset) };
  }

  async function explainHere({ topic, offset, id }: Wanted): Promise<Explanation[]> {
    const offsets = id === undefined ? [offset ?? 0] : traces.offsetsOf(topic, id);
    const found = await Promise.all(offsets.map((each) => explainOffset(topic, each)));
    return found.filter((each) => each !== undefined);
  }

  /** The answers of the other nodes, and the nodes that did not answer. Empty for a node without others. */
  async function explainElsewhere(wanted: Wanted) {
    if (cluster.isAlone) return {};
    const { answers, silent } = await cluster.ask("explain", wanted);
    return { node: cluster.id, others: answers, silent };
  }
  cluster.onQuestion("explain", async (wanted) => ({
    node: cluster.id,
    messages: await explainHere(wanted as Wanted),
  }));

  return async (wanted: Wanted) => {
    const [messages, elsewhere, { first, top }] = await Promise.all([
      explainHere(wanted),
      explainElsewhere(wanted),
      log.state(wanted.topic),
    ]);
    return { topic: wanted.topic, first, top, messages, ...elsewhere };
  };
}
