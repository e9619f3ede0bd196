/**
 * Limits pages and files by address and bytes: each request takes a token, and its answer's bytes some more. One wrapper around
 * the routes, so that none is forgotten. Routes that know who asks (api) take theirs themselves: back ends are not limited.
 */
import type { Config } from "../config.ts";
import type { Limits } from "../limits.ts";
import { addressOf, type PeerLookup } from "./request.ts";

/** A route that reads. `Request` may be one with parameters. */
type Route<R extends Request> = (request: R, server: PeerLookup) => Response | Promise<Response>;

export interface ReadLimitParts {
  config: Pick<Config, "trustedProxyHops">;
  limits: Limits;
  /** Answers with the error. */
  refuse: (error: unknown) => Promise<Response>;
}

export type ReadLimit = ReturnType<typeof createReadLimit>;

/** Makes the wrappers: `files` for what lies in memory, `reads` for what is read from the log. */
export function createReadLimit({ config, limits, refuse }: ReadLimitParts) {
  const limited =
    (kind: "file" | "read") =>
    <R extends Request>(route: Route<R>): Route<R> =>
    async (request, server) => {
      const address = addressOf(request, server, config);
      try {
        limits.takeRead(address, kind);
      } catch (error) {
        return refuse(error);
      }
      const response = await route(request, server);
      limits.spendRead(address, Number(response.headers.get("content-length") ?? 0), kind);
      return response;
    };
  return { files: limited("file"), reads: limited("read") };
}
