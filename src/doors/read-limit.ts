/**
 * Limits pages and files by address and bytes: each request takes a token, and the bytes of its answer take more. The
 * table of routes wraps its functions in it. Routes that identify the sender (api) count themselves, because back ends
 * are not limited.
 */
import type { Config } from "../config.ts";
import type { Limits } from "../limits.ts";
import { addressOf, type PeerLookup } from "./request.ts";

/** A route that reads; `R` may have parameters of the path. */
type Route<R extends Request> = (request: R, server: PeerLookup) => Response | Promise<Response>;

export interface ReadLimitParts {
  config: Pick<Config, "trustedProxyHops">;
  limits: Limits;
  /** Answers with the error. */
  refuse: (error: unknown) => Promise<Response>;
}

/**
 * The cost of a file that is not there, in bytes: for a name that it does not know, a node asks the database whether another
 * one has it.
 */
const MISS_BYTES = 25 * 16_384;

export type ReadLimit = ReturnType<typeof createReadLimit>;

/** Creates the wrappers: `files` for routes that answer from memory, `reads` for routes that read the log. */
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
      const isMiss = kind === "file" && response.status === 404;
      const bytes = isMiss ? MISS_BYTES : Number(response.headers.get("content-length") ?? 0);
      limits.spendRead(address, bytes, kind);
      return response;
    };
  return { files: limited("file"), reads: limited("read") };
}
