/**
 * Routes that only the operator and API keys of scope `admin` may use: by a key in `Authorization`, or by the cookie of a console
 * session, which counts below `/api/admin` and nowhere else.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import type { Auth } from "../users/auth.ts";
import type { ConsoleAccess } from "../users/console-access.ts";
import type { Identity } from "../users/identity.ts";
import { createCookies, requireOwnPage } from "./console-cookie.ts";
import { addressOf, basePathOf, type PeerLookup, type RouteRequest, routePath } from "./request.ts";

export type AdminRoute = (request: RouteRequest, server: PeerLookup) => Promise<Response>;

export interface AdminRouteParts {
  auth: Auth;
  config: Config;
  consoleAccess: ConsoleAccess;
}

/** Creates the wrapper of such routes; `by` is the id that the audit log records. The routes throw `forbidden` for others. */
export function createAdminRoute({ auth, config, consoleAccess }: AdminRouteParts) {
  const basePath = basePathOf(config);
  const cookies = createCookies(config, consoleAccess.serverMark);

  /** The identity of a request. A key wins over a cookie. */
  async function identify(request: RouteRequest, server: PeerLookup): Promise<Identity> {
    const authorization = request.headers.get("authorization");
    const secret = authorization === null ? cookies.read(request) : undefined;
    if (secret === undefined || !routePath(request, basePath).startsWith("/api/admin/"))
      return auth.identifyRequest(authorization, undefined, addressOf(request, server, config));
    requireOwnPage(request, config);
    const session = consoleAccess.findSession(secret);
    if (!session)
      throw new KabarError("bad-credential", "This session of the console has ended. Sign in again.");
    return session.who;
  }

  return (route: (request: RouteRequest, by: string, who: Identity) => Promise<Response>): AdminRoute =>
    async (request, server) => {
      const who = await identify(request, server);
      if (!who.isAdmin)
        throw new KabarError("forbidden", "This needs the operator's key: Authorization: Bearer <key>.");
      return route(request, who.user.id, who);
    };
}

/** Throws `forbidden` for API keys, which may do less than the operator; `because` completes the sentence. */
export function requireOperator(who: Identity, because: string): void {
  if (!who.isOperator) throw new KabarError("forbidden", `This needs the operator's key: ${because}.`);
}

/** A parameter of a request's path. */
export const param = (request: RouteRequest, name: string): string => request.params[name] ?? "";
