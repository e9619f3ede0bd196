/**
 * The operator's door over HTTP: every route needs the operator's key. So far one: what became of a message.
 */
import type { Auth } from "./auth.ts";
import type { Config } from "./config.ts";
import { KabarError } from "./errors.ts";
import type { MessageLog } from "./log.ts";
import { MESSAGE_ID_PATTERN, MESSAGE_ID_RULE } from "./protocol.ts";
import { addressOf, parseQuery, type PeerLookup, requireTopic, type TopicRequest } from "./request.ts";
import { textLike, wholeNumber } from "./rules.ts";
import type { Resume, Trace, Traces } from "./trace.ts";

/** The answer to `explain` for one message. */
export interface Explanation extends Trace {
  /** Whether the log still has it. */
  retained: boolean;
  /** Whether the trace, which is bounded and starts empty, remembers it; if not, `delivered` and `resumes` say nothing. */
  traced: boolean;
  /** Sessions that were handed it as replay. */
  resumes: Resume[];
}

export interface AdminParts {
  config: Config;
  auth: Auth;
  log: MessageLog;
  traces: Traces;
}

export type Admin = ReturnType<typeof createAdmin>;

/** Makes the routes. They throw KabarError. */
export function createAdmin({ config, auth, log, traces }: AdminParts) {
  function requireOperator(request: Request, server: PeerLookup): void {
    const address = addressOf(request, server, config);
    const { role } = auth.identifyRequest(request.headers.get("authorization"), undefined, address);
    if (role !== "operator")
      throw new KabarError("forbidden", "This needs the operator's key: Authorization: Bearer <key>.");
  }

  async function explainOffset(topic: string, offset: number): Promise<Explanation | undefined> {
    const trace = traces.find(topic, offset);
    const [entry] = await log.read(topic, { after: offset - 1, limit: 1 });
    const retained = entry?.offset === offset;
    const known: Trace | undefined =
      trace ?? (retained ? { offset, id: entry.id, user: entry.userId, storedAt: entry.at } : undefined);
    if (!known) return undefined;
    return { ...known, retained, traced: trace !== undefined, resumes: traces.resumesOver(topic, offset) };
  }

  return {
    /** `GET /api/topics/:topic/explain?offset=` or `?id=`: when stored, to how many it went, who resumed over it. */
    async explain(request: TopicRequest, server: PeerLookup): Promise<Response> {
      requireOperator(request, server);
      const topic = requireTopic(request);
      const { offset, id } = parseQuery(request.url, {
        offset: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
        id: textLike(MESSAGE_ID_PATTERN, MESSAGE_ID_RULE).optional(),
      });
      if ((offset === undefined) === (id === undefined)) {
        throw new KabarError("bad-request", "offset or id: exactly one of the two must be given.");
      }
      const offsets = id === undefined ? [offset ?? 0] : traces.offsetsOf(topic, id);
      const found = await Promise.all(offsets.map((each) => explainOffset(topic, each)));
      const { first, top } = await log.state(topic);
      return Response.json(
        { topic, first, top, messages: found.filter((each) => each !== undefined) },
        { headers: { "Cache-Control": "no-store" } },
      );
    },
  };
}
