/**
 * The cookie of a console session, and the check that a request with it comes from a page of this server. The browser never
 * sends the cookie with a request of another site (`SameSite=Strict`) and shows it to no script (`HttpOnly`). The admin door alone
 * reads it. The check stops pages of the same site, such as other ports and subdomains (CSRF).
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { basePathOf, parseUrl, schemeOf } from "./request.ts";

/** The beginning of the cookie's name. */
export const CONSOLE_COOKIE = "kabar_console_";
/** That of the cookie between the two requests of a sign-in by a provider, whose page leads back here: `SameSite=Lax`. */
export const OIDC_COOKIE = "kabar_oidc_";
/** That of the cookie between the question to a browser's passkey and its answer. */
export const PASSKEY_COOKIE = "kabar_passkey_";

type OwnPages = Pick<Config, "publicUrl">;

export interface Cookies {
  /** The secret in a request's cookie; undefined without one. */
  read(request: Request): string | undefined;
  /** A `Set-Cookie` header that keeps a secret until `until` (milliseconds since 1970); without a secret one that deletes it. */
  write(request: Request, session?: { secret: string; until: number }): string;
}

/** Whether the browser reached this server by https. `Origin`, which requests that change something have, tells it behind every proxy. */
function isSecure(request: Request, { publicUrl }: OwnPages): boolean {
  const origin = request.headers.get("origin");
  if (origin !== null && origin !== "null") return origin.startsWith("https:");
  const isOutside = publicUrl !== "" && new URL(publicUrl).host === parseUrl(request.url).host;
  return (isOutside ? publicUrl : schemeOf(request)).startsWith("https:");
}

/**
 * The path before `/api/admin` as the browser sees it. A proxy may strip that of `public_url`; a browser that reaches the
 * server by another address, such as a tunnel to its port, sees none.
 */
function outerPath(request: Request, config: OwnPages): string {
  const basePath = basePathOf(config);
  if (basePath === "") return "";
  const { origin, pathname } = parseUrl(request.url);
  const isOutside = (request.headers.get("origin") ?? origin) === new URL(config.publicUrl).origin;
  return isOutside || pathname.startsWith(`${basePath}/`) ? basePath : "";
}

/**
 * Creates the cookie of the server with this mark. Over https its name begins with `__Host-`, so that no other host, such as a subdomain that an attacker
 * has, can set it in a browser (RFC 6265bis section 4.1.3.2). That prefix needs the path `/`: below a path of a host that is shared
 * with other programs the cookie keeps to its own path, with `__Secure-`.
 */
export function createCookies(
  config: OwnPages,
  serverMark: string,
  kind: typeof CONSOLE_COOKIE | typeof OIDC_COOKIE | typeof PASSKEY_COOKIE = CONSOLE_COOKIE,
): Cookies {
  const name = kind + serverMark;
  const sameSite = kind === OIDC_COOKIE ? "lax" : "strict";
  return {
    read(request) {
      const cookies = new Bun.CookieMap(request.headers.get("cookie") ?? "");
      const safe = cookies.get(`__Host-${name}`) ?? cookies.get(`__Secure-${name}`);
      return safe ?? (isSecure(request, config) ? undefined : (cookies.get(name) ?? undefined));
    },

    write(request, { secret, until } = { secret: "", until: 0 }) {
      const secure = isSecure(request, config);
      const outer = outerPath(request, config);
      const [prefix, path] = !secure
        ? ["", `${outer}/api/admin`]
        : outer === ""
          ? ["__Host-", "/"]
          : ["__Secure-", `${outer}/api/admin`];
      const maxAge = Math.max(0, Math.floor((until - Date.now()) / 1000));
      const more = { path, secure, maxAge, httpOnly: true, sameSite } as const;
      return new Bun.Cookie(prefix + name, secret, more).toString();
    },
  };
}

/** Whether an origin is this server's, as its browser sees it: that of `public_url`, or the host that the request names. */
function isOwn(origin: string, request: Request, { publicUrl }: OwnPages): boolean {
  if (publicUrl !== "" && origin === new URL(publicUrl).origin) return true;
  // A name that an attacker lets resolve to this server has no cookie of the real one, so that any name will do.
  return URL.parse(origin)?.host === parseUrl(request.url).host;
}

/**
 * Throws `origin-denied` unless a request may come from a page of this server. Browsers send `Sec-Fetch-Site` over https and to
 * this machine, and `Origin` with everything that changes something. `isFirst`: the request has no cookie yet and may come from a
 * program, which sends neither.
 */
export function requireOwnPage(request: Request, config: OwnPages, isFirst = false): void {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const isRead = request.method === "GET" || request.method === "HEAD";
  const isFromElsewhere = site !== null && site !== "same-origin" && !(isRead && site === "none");
  const isForeign = origin !== null && !(site === "same-origin" || isOwn(origin, request, config));
  const isSilent = site === null && origin === null && !isRead && !isFirst;
  if (isFromElsewhere || isForeign || isSilent)
    throw new KabarError(
      "origin-denied",
      "Only the console of this server may do this with its cookie. Programs send a key: Authorization: Bearer <key>.",
    );
}
