/**
 * Probes of the way to this server: the operator makes one at the admin door, requests it under the outside address, and reads
 * how those requests arrived. Tells whether proxies pass the address, the host and the scheme of a visitor. In memory only.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { dropOldest } from "../oldest.ts";
import { addressOf, NO_STORE, type PeerLookup, type RouteRequest } from "./request.ts";

/** Probes that are kept; a doctor needs one. */
const MAX_PROBES = 20;
/** Requests that a probe records. */
const MAX_SEEN = 10;
/** Characters of a header that a probe records. */
const MAX_HEADER = 500;

/** A request as it arrived. */
export interface SeenRequest {
  /** The address of the socket: the last proxy's, or the visitor's own. */
  peer: string;
  /** The address that limits and bans count by. */
  address: string;
  forwardedFor: string;
  forwardedProto: string;
  host: string;
}

export type Probes = ReturnType<typeof createProbes>;

/** Creates the routes. The two that make and read a probe belong behind the operator's key. */
export function createProbes(config: Pick<Config, "trustedProxyHops">) {
  const probes = new Map<string, SeenRequest[]>();

  function find(request: RouteRequest): SeenRequest[] {
    const seen = probes.get(request.params.id ?? "");
    if (!seen) throw new KabarError("not-found", "This probe does not exist on this server.");
    return seen;
  }

  return {
    /** `POST /api/admin/probes`: makes a probe. */
    make(): Response {
      const id = crypto.randomUUID();
      probes.set(id, []);
      dropOldest(probes, MAX_PROBES);
      return Response.json({ id }, { status: 201, ...NO_STORE });
    },

    /** `GET /api/admin/probes/:id`: the requests so far, and the setting by which their addresses were read. */
    read: (request: RouteRequest): Response =>
      Response.json({ requests: find(request), trustedProxyHops: config.trustedProxyHops }, NO_STORE),

    /** `GET /api/probes/:id`: records how this request arrived, and tells nothing. */
    pass(request: RouteRequest, server: PeerLookup): Response {
      const seen = find(request);
      const header = (name: string) => (request.headers.get(name) ?? "").slice(0, MAX_HEADER);
      if (seen.length < MAX_SEEN)
        seen.push({
          peer: server.requestIP(request)?.address ?? "",
          address: addressOf(request, server, config),
          forwardedFor: header("x-forwarded-for"),
          forwardedProto: header("x-forwarded-proto"),
          host: header("host"),
        });
      return new Response(null, { status: 204, ...NO_STORE });
    },
  };
}
