/**
 * Routes that only the operator and API keys of scope `admin` may use, and those for moderators. They take a key or token in
 * `Authorization`, or the cookie of a console session, which counts below `/api/admin` and nowhere else.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import type { Auth } from "../users/auth.ts";
import type { ConsoleAccess } from "../users/console-access.ts";
import { type Identity, moderatesAny, ownerIdentity } from "../users/identity.ts";
import { createCookies, requireOwnPage } from "./console-cookie.ts";
import { ownerOfProxy } from "./console-proxy.ts";
import { addressOf, basePathOf, type PeerLookup, type RouteRequest, routePath } from "./request.ts";

export type AdminRoute = (request: RouteRequest, server: PeerLookup) => Promise<Response>;

export interface AdminRouteParts {
  auth: Auth;
  config: Config;
  consoleAccess: ConsoleAccess;
}

/**
 * What a route does for an identity; `by` is the id that the audit log records. `isInForce` tells a route that goes on for longer
 * whether the session of the console still holds; other credentials end by their user.
 */
type Served = (
  request: RouteRequest,
  by: string,
  who: Identity,
  isInForce: () => boolean,
) => Promise<Response>;
/** The identity of a request, and whether its session still holds. */
interface Found {
  who: Identity;
  isInForce: () => boolean;
}
const always = (): boolean => true;

/** Creates the wrappers of routes that `isAllowed` opens. They throw `forbidden` with `message` for others. */
function createWrapper(
  { auth, config, consoleAccess }: AdminRouteParts,
  isAllowed: (who: Identity) => boolean,
  message: string,
) {
  const basePath = basePathOf(config);
  const cookies = createCookies(config, consoleAccess.serverMark);

  /** The identity of a request. A key wins over a cookie, and a cookie that holds over what a proxy says. */
  async function identify(request: RouteRequest, server: PeerLookup): Promise<Found> {
    const authorization = request.headers.get("authorization");
    const isOfConsole = authorization === null && routePath(request, basePath).startsWith("/api/admin/");
    const secret = isOfConsole ? cookies.read(request) : undefined;
    const session = secret === undefined ? undefined : await consoleAccess.awaitSession(secret);
    const owner = isOfConsole && !session ? ownerOfProxy(request, server, config) : undefined;
    if (secret === undefined && owner === undefined) {
      const address = addressOf(request, server, config);
      return { who: await auth.identifyRequest(authorization, undefined, address), isInForce: always };
    }
    requireOwnPage(request, config);
    if (session && secret !== undefined)
      return { who: session.who, isInForce: () => consoleAccess.findSession(secret) !== undefined };
    if (owner !== undefined) return { who: ownerIdentity(owner), isInForce: always };
    throw new KabarError("bad-credential", "This session of the console has ended. Sign in again.");
  }

  return (route: Served): AdminRoute =>
    async (request, server) => {
      const { who, isInForce } = await identify(request, server);
      if (!isAllowed(who)) throw new KabarError("forbidden", message);
      return route(request, who.user.id, who, isInForce);
    };
}

/** Creates the wrapper of routes for the operator and API keys of scope `admin`. */
export const createAdminRoute = (parts: AdminRouteParts) =>
  createWrapper(
    parts,
    ({ isAdmin = false }) => isAdmin,
    "This needs the operator's key: Authorization: Bearer <key>.",
  );

/** Creates the wrapper of routes for moderators as well; each route checks in which topics. */
export const createModeratorRoute = (parts: AdminRouteParts) =>
  createWrapper(
    parts,
    (who) => who.isAdmin === true || moderatesAny(who),
    "This needs the operator's key, or a key or token of a moderator: Authorization: Bearer <key or token>.",
  );

/** Whether an identity may see what waits in a topic: the operator everywhere, moderators where they may moderate now. */
export const mayModerate = ({ auth }: Pick<AdminRouteParts, "auth">, who: Identity, topic: string): boolean =>
  who.isAdmin === true || auth.rightsIn(who, topic)?.moderate === true;

/** Throws `forbidden` for API keys, which may do less than the operator; `because` completes the sentence. */
export function requireOperator(who: Identity, because: string): void {
  if (!who.isOperator) throw new KabarError("forbidden", `This needs the operator's key: ${because}.`);
}

/** A parameter of a request's path. */
export const param = (request: RouteRequest, name: string): string => request.params[name] ?? "";

/** The longest id of a user, a session or a device in an address. */
const MAX_ID_CHARS = 200;

/** An id in a request's path. Throws `bad-request` for what no id has: PostgreSQL stores no NUL, and an erasure of it would never end. */
export function idParam(request: RouteRequest, name: string): string {
  const id = param(request, name);
  if (id === "" || id.length > MAX_ID_CHARS || /[\s\p{Cc}]/u.test(id))
    throw new KabarError(
      "bad-request",
      `${name}: must be an id of at most ${MAX_ID_CHARS} characters, without spaces and control characters.`,
    );
  return id;
}
