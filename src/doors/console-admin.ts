/**
 * The part of the admin API that lets owners into the console: makes links, signs a browser in, lists and ends its sessions. Only the
 * operator may make links and see sessions: a session has the operator's rights, which an API key has not.
 */
import { z } from "zod";
import { KabarError } from "../errors.ts";
import { LINK_LIFE_MS, type WayIn } from "../users/console-access.ts";
import { WHY } from "./admin.ts";
import {
  type AdminRoute,
  type AdminRouteParts,
  createAdminRoute,
  param,
  requireOperator,
} from "./admin-route.ts";
import { cookieOf, requireOwnPage, setCookie } from "./console-cookie.ts";
import { addressOf, NO_STORE, ownAddress, type PeerLookup, type RouteRequest } from "./request.ts";
import { readJson } from "./request-body.ts";

/** One of two ways in: the code of a link, or the operator's key. */
export const SIGN_IN = z.object({
  code: z.string("must be the part of a link after #").max(200).optional(),
  key: z.string("must be the operator's key").max(200).optional(),
});
const NEEDS_OPERATOR = "a session of the console has the operator's rights";

const BROWSERS = ["Edg", "OPR", "Firefox", "Chrome", "Safari"] as const;
const NAMES: Readonly<Record<string, string>> = { Edg: "Edge", OPR: "Opera", "Mac OS X": "macOS" };
const SYSTEMS = ["Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux"] as const;

/** A browser in a few words, such as "Firefox, Linux"; undefined for programs that do not call themselves one. */
export function describeBrowser(userAgent: string): string | undefined {
  const found = [BROWSERS, SYSTEMS].flatMap((words) => words.find((word) => userAgent.includes(word)) ?? []);
  return found.length === 0 ? undefined : found.map((word) => NAMES[word] ?? word).join(", ");
}

export type ConsoleAdmin = ReturnType<typeof createConsoleAdmin>;

/** The address of the console with the code of a link. */
export const consoleLink = (address: string, code: string): string => `${address}/console#${code}`;

/** Creates the routes. They throw KabarError. */
export function createConsoleAdmin(parts: AdminRouteParts) {
  const { auth, config, consoleAccess } = parts;
  const admin = createAdminRoute(parts);

  /** Checks what a browser gives to be let in. Throws `bad-credential`, `forbidden`, `bad-request`, `rate-limited`. */
  async function checkWayIn({ code, key }: z.output<typeof SIGN_IN>, address: string): Promise<WayIn> {
    if ((code === undefined) === (key === undefined))
      throw new KabarError("bad-request", "code, key: give exactly one of the two.");
    if (code !== undefined) {
      await consoleAccess.useLink(code, address);
      return "link";
    }
    requireOperator(await auth.identifyRequest(`Bearer ${key}`, undefined, address), NEEDS_OPERATOR);
    return "key";
  }

  const signIn: AdminRoute = async (request: RouteRequest, server: PeerLookup) => {
    requireOwnPage(request, config, true);
    const how = await checkWayIn(await readJson(request, SIGN_IN), addressOf(request, server, config));
    const session = await consoleAccess.makeSession(
      how,
      describeBrowser(request.headers.get("user-agent") ?? ""),
    );
    const headers = { ...NO_STORE.headers, "Set-Cookie": setCookie(request, config, session) };
    return Response.json({ until: session.until }, { status: 201, headers });
  };

  return {
    /** `POST /api/admin/console/links`: `{why?}`. A link that signs one browser in, once and within ten minutes. */
    makeLink: admin(async (request, by, who) => {
      requireOperator(who, NEEDS_OPERATOR);
      const { why } = await readJson(request, WHY);
      const { secret, until } = await consoleAccess.makeLink({ by, why });
      const link = consoleLink(ownAddress(request, config), secret);
      return Response.json({ link, until, seconds: LINK_LIFE_MS / 1000 }, { status: 201, ...NO_STORE });
    }),

    /** `POST /api/admin/console/sessions`: `{code}` of a link, or `{key}`. Sets the cookie of a new session. */
    signIn,

    /** `GET /api/admin/console/sessions`: the sessions in force; `own` marks the one that asks. */
    listSessions: admin(async (request, _by, who) => {
      requireOperator(who, NEEDS_OPERATOR);
      const own = consoleAccess.findSession(cookieOf(request) ?? "");
      const sessions = consoleAccess.listSessions();
      const shown = sessions.map((session) => (session.id === own ? { ...session, own: true } : session));
      return Response.json({ sessions: shown }, NO_STORE);
    }),

    /** `DELETE /api/admin/console/sessions/:id`: ends a session at once; `own` is the one that asks. */
    endSession: admin(async (request, by, who) => {
      requireOperator(who, NEEDS_OPERATOR);
      const own = consoleAccess.findSession(cookieOf(request) ?? "");
      const id = param(request, "id") === "own" ? (own ?? "own") : param(request, "id");
      await consoleAccess.endSession(id, { by });
      const headers = id === own ? { "Set-Cookie": setCookie(request, config) } : undefined;
      return new Response(null, { status: 204, ...(headers && { headers }) });
    }),
  };
}
