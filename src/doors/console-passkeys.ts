/**
 * The part of the admin API that keeps the passkeys of named owners, and begins a sign-in with one. The sign-in itself is one of the
 * ways in of console-admin. An owner makes passkeys for that owner alone; the operator for any named owner, but none for the operator:
 * a person who has a passkey has a name in the audit log.
 */
import { z } from "zod";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { nameRule, textLike } from "../parsing.ts";
import type { ConsoleOwners } from "../users/console-owners.ts";
import { type Identity, operatorIdentity, ownerIdentity } from "../users/identity.ts";
import type { Attempt, Passkeys } from "../users/passkeys.ts";
import { MADE_PASSKEY, placeOf } from "../users/webauthn.ts";
import { WHY } from "./admin.ts";
import { type AdminRouteParts, createAdminRoute, param, requireOperator } from "./admin-route.ts";
import { createCookies, PASSKEY_COOKIE, requireOwnPage } from "./console-cookie.ts";
import { addressOf, NO_STORE, ownAddress, type PeerLookup } from "./request.ts";
import { readJson } from "./request-body.ts";

export const NEW_PASSKEY = z.object({
  name: textLike(
    /^[^\p{C}]{1,60}$/u,
    nameRule("1 to 60 characters", { must: "characters", min: 1, max: 60 }),
  ),
  credential: MADE_PASSKEY,
  ...WHY.shape,
});
const NEEDS_OPERATOR = "a passkey signs in with the operator's rights";

export interface ConsolePasskeysParts extends AdminRouteParts {
  consoleOwners: ConsoleOwners;
  passkeys: Passkeys;
}

export type ConsolePasskeys = ReturnType<typeof createConsolePasskeys>;

/**
 * The origin of the page that a request comes from, as its browser tells it: `requireOwnPage` has found it to be this server's.
 * A program that sends none speaks for the server's own address.
 */
function originOf(request: Request, config: Pick<Config, "publicUrl">): string {
  const origin = request.headers.get("origin") ?? "";
  return new URL(URL.canParse(origin) ? origin : ownAddress(request, config)).origin;
}

/** Creates what the two halves of a passkey's use share: the page, and the cookie of the challenge. */
export function createAttempts(config: Config, serverMark: string) {
  const cookies = createCookies(config, serverMark, PASSKEY_COOKIE);
  return {
    /** The attempt of a request. Throws `origin-denied` for other pages, `bad-request` where browsers have no passkeys. */
    of(request: Request): Attempt {
      requireOwnPage(request, config, true);
      return { place: placeOf(originOf(request, config)), cookie: cookies.read(request) ?? "" };
    },
    /** An answer with the options for the browser, which keeps the cookie of the challenge. */
    ask: (request: Request, begun: { publicKey: object; cookie: { secret: string; until: number } }) =>
      Response.json(
        { publicKey: begun.publicKey, until: begun.cookie.until },
        { headers: { ...NO_STORE.headers, "Set-Cookie": cookies.write(request, begun.cookie) } },
      ),
    /** The header that makes a browser forget the challenge. */
    forget: (request: Request): string => cookies.write(request),
  };
}

/** Creates the routes. They throw KabarError. */
export function createConsolePasskeys(parts: ConsolePasskeysParts) {
  const { config, consoleAccess, consoleOwners, passkeys } = parts;
  const admin = createAdminRoute(parts);
  const attempts = createAttempts(config, consoleAccess.serverMark);
  /** Whether an identity is the operator's or this owner's own. */
  const mayMake = ({ user }: Identity, owner: string): boolean =>
    user.id === operatorIdentity().user.id || user.id === ownerIdentity(owner).user.id;

  /** Throws `forbidden` when an identity may not make a passkey for an owner. */
  function requireMayMake(who: Identity, owner: string): void {
    requireOperator(who, NEEDS_OPERATOR);
    if (!mayMake(who, owner))
      throw new KabarError(
        "forbidden",
        "An owner makes passkeys for themselves only. The operator makes them for every named owner.",
      );
  }

  return {
    /** `POST /api/admin/console/passkeys/challenge`: what a browser needs to sign in with a passkey; sets a cookie that the sign-in must bring. */
    async beginSignIn(request: Request, server: PeerLookup): Promise<Response> {
      const { place } = attempts.of(request);
      return attempts.ask(request, passkeys.beginSignIn(place, addressOf(request, server, config)));
    },

    /** `GET /api/admin/console/passkeys`: the passkeys, and the owners for whom the one who asks may make some. */
    list: admin(async (_request, _by, who) => {
      requireOperator(who, NEEDS_OPERATOR);
      const names = consoleOwners.list().map(({ name }) => name);
      const owners = names.filter((name) => mayMake(who, name));
      return Response.json({ passkeys: passkeys.list(), owners }, NO_STORE);
    }),

    /** `POST /api/admin/console/owners/:name/passkeys/challenge`: what a browser needs to make a passkey; sets a cookie that its answer must bring. */
    beginMaking: admin(async (request, by, who) => {
      const owner = param(request, "name");
      requireMayMake(who, owner);
      const { place } = attempts.of(request);
      return attempts.ask(request, passkeys.beginMaking(owner, place, by));
    }),

    /** `POST /api/admin/console/owners/:name/passkeys`: `{name, credential, why?}`. Keeps the passkey that a browser has made. */
    make: admin(async (request, by, who) => {
      const owner = param(request, "name");
      requireMayMake(who, owner);
      const attempt = attempts.of(request);
      const { name, credential, why } = await readJson(request, NEW_PASSKEY);
      const made = await passkeys.make(owner, name, credential, attempt, { by, why });
      const headers = { ...NO_STORE.headers, "Set-Cookie": attempts.forget(request) };
      return Response.json(made, { status: 201, headers });
    }),

    /** `DELETE /api/admin/console/passkeys/:id`: removes a passkey and ends the sessions that it made. */
    remove: admin(async (request, by, who) => {
      requireOperator(who, NEEDS_OPERATOR);
      await passkeys.remove(param(request, "id"), { by });
      return new Response(null, { status: 204 });
    }),
  };
}
