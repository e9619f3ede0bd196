/**
 * The two routes of a sign-in to the console by an OpenID Connect provider: to the provider, and back from it. Every outcome leads to
 * `/console` at `public_url` and nowhere else, a failure with its reason in one word after `#`. Whom the provider may sign in, the
 * list `oidc_allowed` says.
 */
import type { Auth } from "../users/auth.ts";
import type { Config } from "../config.ts";
import type { ConsoleAccess } from "../users/console-access.ts";
import { KabarError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Logger } from "../logger.ts";
import { ownerIdentity } from "../users/identity.ts";
import { createOidc, type OidcFailure } from "../users/oidc.ts";
import { describeBrowser } from "./browser-name.ts";
import { createCookies, OIDC_COOKIE } from "./console-cookie.ts";
import { addressOf, parseUrl, type PeerLookup } from "./request.ts";

const BEGIN = "/api/admin/console/oidc";

export interface ConsoleOidcParts {
  config: Config;
  auth: Pick<Auth, "guestSecret">;
  consoleAccess: ConsoleAccess;
  limits: Pick<Limits, "requireFewGuesses" | "noteGuess">;
  logger: Logger;
}

export type ConsoleOidc = ReturnType<typeof createConsoleOidc>;

/** The provider's host, and the address where a sign-in with it begins; undefined without a provider. */
export const oidcWay = ({ oidcIssuer, publicUrl }: Pick<Config, "oidcIssuer" | "publicUrl">) =>
  oidcIssuer === ""
    ? undefined
    : { name: new URL(oidcIssuer).host, address: `${publicUrl.replace(/\/$/, "")}${BEGIN}` };

/** Creates the routes. They throw `not-found` without a provider. */
export function createConsoleOidc({ config, auth, consoleAccess, limits, logger }: ConsoleOidcParts) {
  const root = config.publicUrl.replace(/\/$/, "");
  const redirectAddress = `${root}${BEGIN}/callback`;
  const oidc = createOidc({ config, logger, serverSecret: auth.guestSecret, redirectAddress });
  const sessions = createCookies(config, consoleAccess.serverMark);
  const pending = createCookies(config, consoleAccess.serverMark, OIDC_COOKIE);
  /** The browser is at `public_url`, whatever a proxy made of the request. */
  const outside = () => new Request(redirectAddress, { headers: { Origin: new URL(root).origin } });

  function lead(to: string, cookies: readonly string[] = []): Response {
    const headers = new Headers({
      Location: to,
      "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer",
    });
    for (const cookie of cookies) headers.append("Set-Cookie", cookie);
    return new Response(null, { status: 303, headers });
  }
  const leadToFailure = (failure: OidcFailure | "busy", cookies?: readonly string[]): Response =>
    lead(`${root}/console#oidc-${failure}`, cookies);

  /** The address of a request, which has not guessed too often; undefined when it has. Throws `not-found`. */
  function calmAddressOf(request: Request, server: PeerLookup): string | undefined {
    if (config.oidcIssuer === "")
      throw new KabarError("not-found", "There is no provider to sign in with: oidc_issuer is not set.");
    const address = addressOf(request, server, config);
    try {
      limits.requireFewGuesses(address);
      return address;
    } catch {
      return undefined;
    }
  }

  return {
    /** `GET /api/admin/console/oidc`: leads a browser to the provider. */
    async begin(request: Request, server: PeerLookup): Promise<Response> {
      if (calmAddressOf(request, server) === undefined) return leadToFailure("busy");
      const before = await consoleAccess.awaitSession(sessions.read(request) ?? "");
      const begun = await oidc.begin(before?.id);
      return begun ? lead(begun.address, [pending.write(outside(), begun.cookie)]) : leadToFailure("away");
    },

    /** `GET /api/admin/console/oidc/callback`: takes what the provider sends the browser back with; makes a session. */
    async finish(request: Request, server: PeerLookup): Promise<Response> {
      const address = calmAddressOf(request, server);
      if (address === undefined) return leadToFailure("busy");
      const finished = await oidc.finish(parseUrl(request.url).search, pending.read(request) ?? "");
      const forget = pending.write(outside());
      if ("failure" in finished) {
        if (finished.failure !== "away" && limits.noteGuess(address))
          logger.warn({ address }, "too many failed sign-ins from one address");
        return leadToFailure(finished.failure, [forget]);
      }
      const { owner, before } = finished;
      const browser = describeBrowser(request.headers.get("user-agent") ?? "");
      const session = await consoleAccess.makeSession(
        { how: "oidc", owner },
        browser,
        before === undefined ? undefined : { id: before, by: ownerIdentity(owner.name).user.id },
      );
      return lead(`${root}/console`, [forget, sessions.write(outside(), session)]);
    },
  };
}
