/**
 * One request to a webhook: resolves the host, checks every address, and connects to a checked one, so that a second answer of
 * DNS changes nothing. Follows no redirect, reads a bounded part of a body or nothing, and names no address in an error.
 */
import { isIP } from "../address.ts";
import { KabarError } from "../errors.ts";
import { presentFields } from "../optional-fields.ts";
import { isPublicAddress } from "./public-addresses.ts";

/** Characters of a hook's address. */
const MAX_URL_CHARS = 2048;

/** The reason of a request that was not sent, because its host has an address of a private network. */
export const PRIVATE_HOST = "the host has a private address";

/** What came of a request. `status` is missing where no answer came; `error` then says why. */
export interface HookAnswer {
  status?: number;
  error?: string;
  /** Time until the answer, in milliseconds. */
  ms: number;
  /** What the receiver asks to wait, in milliseconds. */
  retryAfterMs?: number;
  /** The body, where it is wanted, is not too long and is UTF-8. */
  body?: string;
}

/** Sends a signed body to an address, unless `ended` is aborted first. Never rejects. */
export type SendHook = (
  url: string,
  body: string,
  headers: Record<string, string>,
  ended: AbortSignal,
) => Promise<HookAnswer>;

/** The same for any body. */
export type SendBody = (
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string>,
  ended: AbortSignal,
) => Promise<HookAnswer>;

/** The host of an address without the brackets of IPv6. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

/** Parses an address for requests: http or https, without a user. Undefined for anything else. */
export function parseTarget(raw: string): URL | undefined {
  const url = raw.length > MAX_URL_CHARS || /[\s\p{C}]/u.test(raw) ? null : URL.parse(raw);
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  return url && isWeb && url.username === "" && url.password === "" ? url : undefined;
}

/** Whether an address names a public host, as far as the name says. Where it leads is checked with every request. */
export function isReachable(url: URL, allowsPrivate: boolean): boolean {
  const host = hostOf(url);
  const isLocal = isIP(host) > 0 ? !isPublicAddress(host) : /(?:^|\.)localhost\.?$/.test(host);
  return allowsPrivate || !isLocal;
}

/** Checks the address of a hook. Throws `bad-request`. */
export function requireHookUrl(raw: string, allowsPrivate: boolean): string {
  const refuse = (what: string) => new KabarError("bad-request", `url: ${what}.`);
  const url = parseTarget(raw);
  if (!url)
    throw refuse(
      `must be an address that begins with https:// or http://, without a user or password, of at most ${MAX_URL_CHARS} characters`,
    );
  if (!isReachable(url, allowsPrivate))
    throw refuse("is a private address; set hooks_allow_private to allow the addresses of your own network");
  url.hash = "";
  return url.href;
}

/** The addresses of a host's name. The resolver is loaded with the first one: a start does not need it. */
async function lookUp(host: string): Promise<string[]> {
  const { lookup } = await import("node:dns/promises");
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** An address of the host that may be connected to. Throws with a sentence. */
async function checkedAddress(host: string, allowsPrivate: boolean): Promise<string> {
  const found = isIP(host) > 0 ? [host] : await lookUp(host);
  if (!allowsPrivate && !found.every(isPublicAddress)) throw new Error(PRIVATE_HOST);
  const [address] = found;
  if (address === undefined) throw new Error("the host has no address");
  return address;
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110 section 10.2.3). */
function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** A failure in words without addresses: an error's message may hold the whole URL. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  if (error.name === "TimeoutError") return "no answer in time";
  if (error.name === "AbortError") return "interrupted";
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : error.message.startsWith("the host") ? error.message : "failed";
}

/** The body of an answer; undefined for one of more than `maxBytes`, and for what is not UTF-8. The rest is not read. */
async function readAnswer(response: Response, maxBytes: number): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (maxBytes > 0 ? response.body : undefined) ?? []) {
    bytes += part.byteLength;
    if (bytes > maxBytes) return undefined;
    parts.push(part);
  }
  await response.body?.cancel().catch(() => undefined);
  try {
    return maxBytes > 0 ? new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts)) : undefined;
  } catch {
    return undefined;
  }
}

/** Creates the function that sends. It reads bodies of up to `maxAnswerBytes`, none by default. */
export function createHookSender(options: {
  allowsPrivate: boolean;
  timeoutMs: number;
  maxAnswerBytes?: number;
}): SendBody {
  const { allowsPrivate, timeoutMs, maxAnswerBytes = 0 } = options;
  return async (raw, body, headers, ended) => {
    const startedAt = performance.now();
    const elapsed = () => Math.round(performance.now() - startedAt);
    const ending = AbortSignal.any([ended, AbortSignal.timeout(timeoutMs)]);
    try {
      const url = new URL(raw);
      const host = hostOf(url);
      const address = await Promise.race([
        checkedAddress(host, allowsPrivate),
        new Promise<never>((_, reject) => ending.addEventListener("abort", () => reject(ending.reason))),
      ]);
      const named = url.host;
      url.hostname = address.includes(":") ? `[${address}]` : address;
      const response = await fetch(url, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/json", "User-Agent": "Kabar", ...headers, Host: named },
        redirect: "manual",
        // A connection that is kept would serve another host at the same address.
        keepalive: false,
        signal: ending,
        // The certificate is checked against the name, not against the address.
        ...(url.protocol === "https:" && isIP(host) === 0 ? { tls: { serverName: host } } : {}),
      } as RequestInit);
      const answer = await readAnswer(response, maxAnswerBytes);
      const retryAfterMs = retryAfterOf(response.headers.get("retry-after"));
      const { status } = response;
      return { status, ms: elapsed(), ...presentFields({ retryAfterMs, body: answer }) };
    } catch (error) {
      return { error: reasonOf(error), ms: elapsed() };
    }
  };
}
