/**
 * The part of the admin API that lets owners into the console: makes links, signs a browser in, lists and ends its sessions, and
 * keeps named owners (their passkeys: console-passkeys). Only the operator may make links and owners and see sessions: they have the operator's rights, which an API
 * key has not.
 */
import { z } from "zod";
import { KabarError } from "../errors.ts";
import { presentFields } from "../optional-fields.ts";
import { type Entrant, LINK_LIFE_MS } from "../users/console-access.ts";
import type { ConsoleOwners } from "../users/console-owners.ts";
import { moderatesAny, ownerIdentity } from "../users/identity.ts";
import type { Passkeys } from "../users/passkeys.ts";
import { PASSPHRASE_RULE } from "../users/passphrase.ts";
import { USED_PASSKEY } from "../users/webauthn.ts";
import { WHY } from "./admin.ts";
import {
  type AdminRoute,
  type AdminRouteParts,
  createAdminRoute,
  createModeratorRoute,
  param,
  requireOperator,
} from "./admin-route.ts";
import { describeBrowser } from "./browser-name.ts";
import { createCookies, requireOwnPage } from "./console-cookie.ts";
import { oidcWay } from "./console-oidc.ts";
import { createAttempts } from "./console-passkeys.ts";
import { ownerOfProxy } from "./console-proxy.ts";
import { addressOf, NO_STORE, ownAddress, type PeerLookup, type RouteRequest } from "./request.ts";
import { refuse } from "../parsing.ts";
import { readJson } from "./request-body.ts";

/** The longest passphrase that is looked at: every one that is allowed is shorter, in whichever script. */
const MAX_GIVEN = 2000;
const PASSPHRASE = z.string("must be a text").max(MAX_GIVEN, refuse(PASSPHRASE_RULE));
/** One of the ways in: the code of a link, the operator's key, a moderator's token, an owner's name and passphrase, or the answer of a passkey. */
export const SIGN_IN = z.object({
  code: z.string("must be the part of a link after #").max(200).optional(),
  key: z.string("must be the operator's key").max(200).optional(),
  name: z.string("must be an owner's name").max(200).optional(),
  passphrase: PASSPHRASE.optional(),
  token: z.string("must be a token of the site").max(8192).optional(),
  passkey: USED_PASSKEY.optional(),
});
export const SET_OWNER = z.object({ passphrase: PASSPHRASE, ...WHY.shape });
const NEEDS_OPERATOR = "a session of the console has the operator's rights";

export interface ConsoleAdminParts extends AdminRouteParts {
  consoleOwners: ConsoleOwners;
  passkeys: Passkeys;
}

export type ConsoleAdmin = ReturnType<typeof createConsoleAdmin>;

/** The address of the console with the code of a link. */
export const consoleLink = (address: string, code: string): string => `${address}/console#${code}`;

/** Creates the routes. They throw KabarError. */
export function createConsoleAdmin(parts: ConsoleAdminParts) {
  const { auth, config, consoleAccess, consoleOwners, passkeys } = parts;
  const admin = createAdminRoute(parts);
  const moderators = createModeratorRoute(parts);
  const cookies = createCookies(config, consoleAccess.serverMark);
  const attempts = createAttempts(config, consoleAccess.serverMark);
  /** The session of a request's cookie. */
  const sessionOf = (request: RouteRequest) => consoleAccess.awaitSession(cookies.read(request) ?? "");

  /** Checks what a browser gives to be let in. Throws `bad-credential`, `forbidden`, `bad-request`, `rate-limited`. */
  async function checkWayIn(request: Request, address: string): Promise<Entrant> {
    const { code, key, name, passphrase, token, passkey } = await readJson(request, SIGN_IN);
    const ways = [code, key, token, passkey, name ?? passphrase].filter((way) => way !== undefined);
    if (ways.length !== 1 || (name === undefined) !== (passphrase === undefined))
      throw new KabarError(
        "bad-request",
        "Give exactly one of: code; key; token; passkey; name with passphrase.",
      );
    if (passkey !== undefined)
      return { how: "passkey", ...(await passkeys.signIn(passkey, attempts.of(request), address)) };
    if (name !== undefined && passphrase !== undefined)
      return { how: "passphrase", owner: await consoleOwners.identify(name, passphrase, address) };
    if (code !== undefined) {
      await consoleAccess.useLink(code, address);
      return { how: "link" };
    }
    if (token !== undefined) {
      const moderator = await auth.identifyToken(token, address);
      if (moderatesAny(moderator)) return { how: "token", moderator };
      throw new KabarError("forbidden", "The user of this token moderates no topic.");
    }
    requireOperator(await auth.identifyRequest(`Bearer ${key}`, undefined, address), NEEDS_OPERATOR);
    return { how: "key" };
  }

  const signIn: AdminRoute = async (request: RouteRequest, server: PeerLookup) => {
    requireOwnPage(request, config, true);
    const entrant = await checkWayIn(request, addressOf(request, server, config));
    const before = await sessionOf(request);
    const browser = describeBrowser(request.headers.get("user-agent") ?? "");
    const session = await consoleAccess.makeSession(
      entrant,
      browser,
      before && { id: before.id, by: before.who.user.id },
    );
    const answer = Response.json({ until: session.until }, { status: 201, ...NO_STORE });
    answer.headers.append("Set-Cookie", cookies.write(request, session));
    if (entrant.how === "passkey") answer.headers.append("Set-Cookie", attempts.forget(request));
    return answer;
  };

  /** Tells a page whether its browser is signed in. No error for one that is not: every page that opens asks. */
  const showOwn: AdminRoute = async (request: RouteRequest, server: PeerLookup) => {
    requireOwnPage(request, config);
    const given = cookies.read(request);
    const session = given === undefined ? undefined : await consoleAccess.awaitSession(given);
    const ways = {
      passphrase: consoleOwners.list().length > 0,
      passkey: passkeys.exist(),
      ...presentFields({ oidc: oidcWay(config) }),
    };
    const proxied = session ? undefined : ownerOfProxy(request, server, config);
    const found = session ?? (proxied && { who: ownerIdentity(proxied), how: "proxy", until: undefined });
    if (found) {
      const { who, how, until } = found;
      const { id, name, role } = who.user;
      const shown = presentFields({ user: { id, name, role }, how, until, ways });
      return Response.json({ signedIn: true, operator: who.isOperator === true, ...shown }, NO_STORE);
    }
    const headers = given === undefined ? {} : { "Set-Cookie": cookies.write(request) };
    return Response.json(
      { signedIn: false, ...(given === undefined ? {} : { ended: true }), ways },
      { headers: { ...NO_STORE.headers, ...headers } },
    );
  };

  return {
    /** `GET /api/admin/console`: whether the browser that asks is signed in, the user, and which ways in there are. */
    showOwn,

    /** `POST /api/admin/console/links`: `{why?}`. A link that signs one browser in, once and within ten minutes. */
    makeLink: admin(async (request, by, who) => {
      requireOperator(who, NEEDS_OPERATOR);
      const { why } = await readJson(request, WHY);
      const { secret, until } = await consoleAccess.makeLink({ by, why });
      const link = consoleLink(ownAddress(request, config), secret);
      return Response.json({ link, until, seconds: LINK_LIFE_MS / 1000 }, { status: 201, ...NO_STORE });
    }),

    /** `POST /api/admin/console/sessions`: `{code}` of a link, `{key}`, `{token}` of a moderator, `{name, passphrase}`, or `{passkey}`. Sets the cookie of a new session. */
    signIn,

    /** `GET /api/admin/console/sessions`: the sessions in force; `own` marks the one that asks. */
    listSessions: admin(async (request, _by, who) => {
      requireOperator(who, NEEDS_OPERATOR);
      const own = (await sessionOf(request))?.id;
      const sessions = consoleAccess.listSessions();
      const shown = sessions.map((session) => (session.id === own ? { ...session, own: true } : session));
      return Response.json({ sessions: shown }, NO_STORE);
    }),

    /** `DELETE /api/admin/console/sessions/:id`: ends a session at once; `own` is the one that asks. Moderators end their own. */
    endSession: moderators(async (request, by, who) => {
      const own = (await sessionOf(request))?.id;
      const id = param(request, "id") === "own" ? (own ?? "own") : param(request, "id");
      if (id !== own) requireOperator(who, NEEDS_OPERATOR);
      await consoleAccess.endSession(id, { by });
      const headers = id === own ? { "Set-Cookie": cookies.write(request) } : undefined;
      return new Response(null, { status: 204, ...(headers && { headers }) });
    }),

    /** `GET /api/admin/console/owners`: the named owners. */
    listOwners: admin(async (_request, _by, who) => {
      requireOperator(who, NEEDS_OPERATOR);
      return Response.json({ owners: consoleOwners.list() }, NO_STORE);
    }),

    /** `PUT /api/admin/console/owners/:name`: `{passphrase, why?}`. Makes an owner, or ends an owner's sessions with a new passphrase. */
    setOwner: admin(async (request, by, who) => {
      requireOperator(who, NEEDS_OPERATOR);
      const { passphrase, why } = await readJson(request, SET_OWNER);
      const name = param(request, "name");
      const isNew = await consoleOwners.set(name, passphrase, { by, why });
      return isNew ? Response.json({ name }, { status: 201 }) : new Response(null, { status: 204 });
    }),

    /** `DELETE /api/admin/console/owners/:name`: removes an owner with the owner's passkeys, and ends the owner's sessions. */
    removeOwner: admin(async (request, by, who) => {
      requireOperator(who, NEEDS_OPERATOR);
      await consoleOwners.remove(param(request, "name"), { by });
      await passkeys.removeOf(param(request, "name"), { by });
      return new Response(null, { status: 204 });
    }),
  };
}
