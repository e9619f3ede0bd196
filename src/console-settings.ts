/** Settings of the owner's console: sessions, and sign-in by a proxy. Rows of the table in `settings`. */
import { isIP } from "node:net";
import { listLike, listOf, textLike, wholeNumber } from "./parsing.ts";
import { type Setting, setting } from "./setting.ts";
import { ConfigError } from "./topic-rules.ts";

/** Headers that browsers or proxies set for other ends name no user. */
const HEADER =
  /^(?!(?:accept|access-control|connection|content|cookie|forwarded|host|if|origin|range|referer|sec|te|transfer|upgrade|user-agent|via|x-forwarded-(?:for|host|port|proto)|authorization)(?:-|$))([a-z][a-z0-9-]{0,63})?$/i;

export const CONSOLE_SETTINGS = {
  consoleHours: setting(
    wholeNumber(1, 8760),
    168,
    "How many hours a sign-in to the console lasts: a week, so that an owner who looks in now and then stays signed in.",
  ),
  consoleProxyHeader: setting(
    textLike(HEADER, "the name of a header like X-Forwarded-User, or empty"),
    "",
    "The header in which your proxy names the owner that it has signed in. Set it only where the proxy removes that header from what visitors send. Empty: none.",
  ),
  consoleProxyFrom: setting(
    listOf((text) => text === "unix" || isIP(text) !== 0, 'a list of addresses like 127.0.0.1, or "unix"'),
    [] as string[],
    "The proxies that `console_proxy_header` is believed from: the addresses of their connections, or unix for those of `socket`.",
  ),
  consoleProxyNames: setting(
    listLike(/^[!-+\--~]{1,100}$/, "a list of names of visible ASCII characters"),
    [] as string[],
    "The owners that `console_proxy_header` may name. Each has all rights of the operator.",
  ),
} satisfies Record<string, Setting>;

/** Throws ConfigError for a header without the proxies and names that make it safe. */
export function checkConsoleSettings(settings: {
  consoleProxyHeader: string;
  consoleProxyFrom: readonly string[];
  consoleProxyNames: readonly string[];
  trustedProxyHops: number;
}): void {
  if (settings.consoleProxyHeader === "") return;
  for (const key of ["From", "Names"] as const)
    if (settings[`consoleProxy${key}`].length === 0)
      throw new ConfigError(
        `console_proxy_${key.toLowerCase()} is empty, must be set when console_proxy_header is.`,
      );
  if (settings.trustedProxyHops === 0)
    throw new ConfigError("trusted_proxy_hops is 0, must be at least 1 when console_proxy_header is set.");
}
