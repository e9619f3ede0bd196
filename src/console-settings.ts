/** Settings of the owner's console: sessions, and sign-in by a proxy or a provider. Rows of the table in `settings`. */
import { isIP } from "./address.ts";
import { listLike, listOf, textLike, wholeNumber } from "./parsing.ts";
import { type Setting, setting } from "./setting.ts";
import { ConfigError } from "./topic-rules.ts";

/** Headers that browsers or proxies set for other ends name no user. */
const HEADER =
  /^(?!(?:accept|access-control|connection|content|cookie|forwarded|host|if|origin|range|referer|sec|te|transfer|upgrade|user-agent|via|x-forwarded-(?:for|host|port|proto)|authorization)(?:-|$))([a-z][a-z0-9-]{0,63})?$/i;

/** https, or a provider on this machine. */
const ISSUER =
  /^(?:https:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?|http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?(?:\/[^\s?#]*)?)?$/;
/** A subject may have every visible character but the comma, which separates the list. */
const ALLOWED = /^(?:sub:[!-+\--~]{1,255}|(?!sub:)[!-+\--?A-~]{1,64}@[a-z0-9.-]{1,190})$/i;

export const CONSOLE_SETTINGS = {
  consoleHours: setting(
    () => wholeNumber(1, 8760),
    168,
    "How many hours a sign-in to the console lasts: a week, so that an owner who looks in now and then stays signed in.",
  ),
  consoleProxyHeader: setting(
    () => textLike(HEADER, "the name of a header like X-Forwarded-User, or empty"),
    "",
    "The header in which your proxy names the owner that it has signed in. Set it only where the proxy removes that header from what visitors send. Empty: none.",
  ),
  consoleProxyFrom: setting(
    () =>
      listOf((text) => text === "unix" || isIP(text) !== 0, 'a list of addresses like 127.0.0.1, or "unix"'),
    [] as string[],
    "The proxies that `console_proxy_header` is believed from: the addresses of their connections, or unix for those of `socket`.",
  ),
  consoleProxyNames: setting(
    () => listLike(/^[!-+\--~]{1,100}$/, "a list of names of visible ASCII characters"),
    [] as string[],
    "The owners that `console_proxy_header` may name. Each has all rights of the operator.",
  ),
  oidcIssuer: setting(
    () => textLike(ISSUER, "an address that begins with https:// (or http://localhost), or empty"),
    "",
    "The OpenID Connect provider that signs owners in, as its discovery document names it. Needs public_url. Empty: none.",
  ),
  oidcClientId: setting(
    () => textLike(/^[ -~]{0,200}$/, "at most 200 characters of ASCII"),
    "",
    "The id that the provider gave to this server.",
  ),
  oidcClientSecret: setting(
    () => textLike(/^[!-~]{0,500}$/, "at most 500 visible ASCII characters"),
    "",
    "The secret that the provider gave to this server. Empty: a public client, which PKCE alone protects.",
    { secret: true },
  ),
  oidcAllowed: setting(
    () => listLike(ALLOWED, "a list of addresses like ana@example.com and subjects like sub:248289761001"),
    [] as string[],
    "The owners that the provider may sign in: verified addresses of e-mail, or subjects. Each has all rights of the operator. Empty: nobody.",
  ),
} satisfies Record<string, Setting>;

/** Throws ConfigError for a header without the proxies and names that make it safe, and for a provider without what it needs. */
export function checkConsoleSettings(settings: {
  consoleProxyHeader: string;
  consoleProxyFrom: readonly string[];
  consoleProxyNames: readonly string[];
  trustedProxyHops: number;
  oidcIssuer: string;
  oidcClientId: string;
  publicUrl: string;
}): void {
  for (const [name, value] of [
    ["oidc_client_id", settings.oidcClientId],
    ["public_url", settings.publicUrl],
  ])
    if (settings.oidcIssuer !== "" && value === "")
      throw new ConfigError(`${name} is empty, must be set when oidc_issuer is.`);
  if (settings.consoleProxyHeader === "") return;
  for (const key of ["From", "Names"] as const)
    if (settings[`consoleProxy${key}`].length === 0)
      throw new ConfigError(
        `console_proxy_${key.toLowerCase()} is empty, must be set when console_proxy_header is.`,
      );
  if (settings.trustedProxyHops === 0)
    throw new ConfigError("trusted_proxy_hops is 0, must be at least 1 when console_proxy_header is set.");
}
