/**
 * Health, readiness and metrics over HTTP, for load balancers and Prometheus. They tell nothing of topics and users, and
 * `/metrics` asks for the operator's key where `metrics_public` is false.
 */
import type { Auth } from "../users/auth.ts";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import type { MessageLog } from "../log/log.ts";
import type { Metrics } from "../metrics.ts";
import { addressOf, type Answer, NO_STORE, type PeerLookup, withoutCors } from "./request.ts";

export interface StatusParts {
  config: Config;
  auth: Auth;
  log: MessageLog;
  metrics: Metrics;
  answer: Answer;
  /** True from the moment a shutdown begins. */
  isDraining: () => boolean;
}

export type Status = ReturnType<typeof createStatus>;

/** Creates the routes. */
export function createStatus({ config, auth, log, metrics, answer, isDraining }: StatusParts) {
  /** Throws `forbidden` unless metrics are public or the request has the operator's key. */
  async function requireMetricsAccess(request: Request, server: PeerLookup): Promise<void> {
    if (config.metricsPublic) return;
    const authorization = request.headers.get("authorization");
    const { isAdmin } = await auth.identifyRequest(
      authorization,
      undefined,
      addressOf(request, server, config),
    );
    if (!isAdmin)
      throw new KabarError("forbidden", "Metrics need the operator's key, because metrics_public is false.");
  }

  return {
    /** `GET /healthz`: the process is alive. */
    health: (): Response => new Response("ok\n", NO_STORE),

    /** `GET /readyz`: 200 when the server can store messages, else 503 with the reason. Then what weakens delivery, a line each. */
    ready: (): Response => {
      const reason = isDraining() ? "shutting down" : log.trouble();
      const some = log.troubleOfSome?.();
      // Still ready: every other node has the same trouble, and most topics go on.
      const state = some ? `ready, without ${some}\n` : "ready\n";
      const warnings = log.warnings().map(({ text }) => `warning: ${text}\n`);
      if (reason === undefined) return new Response(state + warnings.join(""), NO_STORE);
      return new Response(`not ready: ${reason}\n`, { status: 503, ...NO_STORE });
    },

    /** `GET /metrics`: the metrics in Prometheus text format. Pages of other origins can't read them. */
    metrics: (request: Request, server: PeerLookup): Promise<Response> =>
      answer(async () => {
        await requireMetricsAccess(request, server);
        const headers = { "Content-Type": metrics.contentType, ...NO_STORE.headers };
        return new Response(await metrics.render(), { headers });
      }).then(withoutCors),
  };
}
