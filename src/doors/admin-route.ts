/** Routes that only the operator and API keys of scope `admin` may use. */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import { addressOf, type PeerLookup, type RouteRequest } from "./request.ts";

export type AdminRoute = (request: RouteRequest, server: PeerLookup) => Promise<Response>;

/** Creates the wrapper of such routes; `by` is the id that the audit log records. The routes throw `forbidden` for others. */
export const createAdminRoute =
  ({ auth, config }: { auth: Auth; config: Config }) =>
  (route: (request: RouteRequest, by: string, who: Identity) => Promise<Response>): AdminRoute =>
  async (request, server) => {
    const address = addressOf(request, server, config);
    const who = await auth.identifyRequest(request.headers.get("authorization"), undefined, address);
    if (!who.isAdmin)
      throw new KabarError("forbidden", "This needs the operator's key: Authorization: Bearer <key>.");
    return route(request, who.user.id, who);
  };

/** A parameter of a request's path. */
export const param = (request: RouteRequest, name: string): string => request.params[name] ?? "";
