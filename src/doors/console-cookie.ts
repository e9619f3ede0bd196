/**
 * The cookie of a console session, and the check that a request with it comes from a page of this server. The browser sends the
 * cookie to the admin door only (`Path`), never with a request of another site (`SameSite=Strict`), and shows it to no script
 * (`HttpOnly`). The check stops pages of the same site, such as other ports and subdomains (CSRF).
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { basePathOf, parseUrl, schemeOf } from "./request.ts";

export const CONSOLE_COOKIE = "kabar_console";

type OwnPages = Pick<Config, "publicUrl">;

/** The secret in a request's cookie; undefined without one. */
export const cookieOf = (request: Request): string | undefined =>
  new Bun.CookieMap(request.headers.get("cookie") ?? "").get(CONSOLE_COOKIE) ?? undefined;

/** Whether the browser reached this server by https. `Origin`, which requests that change something have, tells it behind every proxy. */
const isSecure = (request: Request): boolean =>
  (request.headers.get("origin") ?? schemeOf(request)).startsWith("https:");

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

/** A `Set-Cookie` header that keeps a session's secret until `until` (milliseconds since 1970); without a secret one that deletes it. */
export function setCookie(
  request: Request,
  config: OwnPages,
  { secret, until }: { secret: string; until: number } = { secret: "", until: 0 },
): string {
  const maxAge = Math.max(0, Math.floor((until - Date.now()) / 1000));
  return new Bun.Cookie(CONSOLE_COOKIE, secret, {
    path: `${outerPath(request, config)}/api/admin`,
    httpOnly: true,
    sameSite: "strict",
    secure: isSecure(request),
    maxAge,
  }).toString();
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
