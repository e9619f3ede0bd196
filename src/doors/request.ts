/**
 * Checks that every HTTP route shares: the client's address, the origin of its page, query parameters. Adds to every
 * answer the headers for pages of other origins. No route allows credentials (CORS): the cookie of the console is for its own pages.
 */
import { z } from "zod";
import { ruleError } from "../codec.ts";
import { unitOf, unitOrUnknown } from "../address.ts";
import type { Config } from "../config.ts";
import { asKabarError, KabarError, toErrorResponse } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { TOPIC_PATTERN, TOPIC_RULE } from "../formats.ts";

/** The part of Bun's server that knows the address of a request's client. */
export interface PeerLookup {
  requestIP(request: Request): { address: string } | null;
}

/** A request with the parameters that its route's path names, such as `:topic`. */
export type RouteRequest = Request & { params: Record<string, string> };

/** The headers of an answer that no cache may keep. */
export const NO_STORE = { headers: { "Cache-Control": "no-store" } };

/** The topic in a request's path. Throws `bad-topic`. */
export function requireTopic(request: RouteRequest): string {
  const topic = request.params.topic ?? "";
  if (!TOPIC_PATTERN.test(topic)) {
    const rule = { field: "topic", must: "topic" } as const;
    throw new KabarError("bad-topic", `A topic's name must be ${TOPIC_RULE}.`, undefined, rule);
  }
  return topic;
}

/** Runs a route and turns an error that it throws into a response. */
export type Answer = (route: () => Response | Promise<Response>) => Promise<Response>;

/** Creates the function that catches the errors of all HTTP routes, counts them, and logs bugs. */
export function createAnswer(logger: Logger, metrics: Metrics): Answer {
  return async (route) => {
    try {
      return withCors(await route());
    } catch (thrown) {
      const error = asKabarError(thrown, (err) => logger.error({ err }, "bug in a request"));
      metrics.errors.inc({ code: error.code });
      return withCors(toErrorResponse(error));
    }
  };
}

/**
 * The unit of the client's address (address.ts): the socket's, or behind `trustedProxyHops` proxies the entry of
 * X-Forwarded-For that the outermost of them added. A client can forge entries further left, so they are ignored; so is
 * an entry that is not an address.
 */
export function addressOf(
  request: Request,
  server: PeerLookup,
  config: Pick<Config, "trustedProxyHops">,
): string {
  const direct = server.requestIP(request)?.address;
  if (config.trustedProxyHops === 0) return unitOrUnknown(direct);
  const chain = (request.headers.get("x-forwarded-for") ?? "").split(",");
  return unitOf(chain.at(-config.trustedProxyHops) ?? "") ?? unitOrUnknown(direct);
}

/** The pages that may connect: those of these origins, and those of `publicUrl`. */
export interface AllowedOrigins {
  readonly allowedOrigins: readonly string[];
  readonly publicUrl: string;
}

/** Whether a pattern of `allowed_origins` allows an origin. */
export function matchesOrigin(pattern: string, origin: string): boolean {
  if (pattern === "*" || pattern === origin) return true;
  const [scheme, host] = pattern.split("//*.");
  return host !== undefined && origin.startsWith(`${scheme}//`) && origin.endsWith(`.${host}`);
}

/** Hosts that an attacker's DNS cannot point at this server: addresses, and names that always mean this machine. */
const OWN_HOST = /^(?:(?:[\w-]+\.)*localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])(?::\d+)?$/i;

/** The scheme by which the browser reaches this server: its own TLS, or a proxy's X-Forwarded-Proto. */
export const schemeOf = (request: Request): string =>
  request.headers.get("x-forwarded-proto")?.split(",")[0]?.trim() === "https" ||
  request.url.startsWith("https:")
    ? "https:"
    : "http:";

/** The address by which the browser reaches this server, with its path: `public_url`, or the request's scheme and host. */
export const ownAddress = (request: Request, { publicUrl }: Pick<Config, "publicUrl">): string =>
  publicUrl === "" ? `${schemeOf(request)}//${parseUrl(request.url).host}` : publicUrl;

/** The path of `public_url`, such as `/chat`; empty where the server has a host name of its own. */
export const basePathOf = ({ publicUrl }: Pick<Config, "publicUrl">): string =>
  publicUrl === "" ? "" : new URL(publicUrl).pathname.replace(/\/$/, "");

/**
 * The path of a request as the routes name it. Proxies may pass the path of `public_url` on or strip it: below it the same
 * routes answer.
 */
export function routePath(request: Request, basePath: string): string {
  const { pathname } = parseUrl(request.url);
  return basePath !== "" && pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : pathname;
}

/**
 * Whether an origin is this server's. The request's `Host` counts only where it is an address: an attacker can let a name
 * resolve to this server (DNS rebinding), and requests of that page have the name in `Origin` and in `Host`.
 */
function isOwnOrigin(origin: string, request: Request, { publicUrl }: Pick<Config, "publicUrl">): boolean {
  if (publicUrl !== "" && origin === new URL(publicUrl).origin) return true;
  const host = request.headers.get("host") ?? "";
  return OWN_HOST.test(host) && origin === `${schemeOf(request)}//${host.toLowerCase()}`;
}

/**
 * Throws `origin-denied` when the request comes from a page that may not connect. A request without `Origin` is not a
 * cross-origin request of a browser and passes; so do the server's own pages.
 */
export function requireOrigin(request: Request, origins: AllowedOrigins): void {
  const origin = request.headers.get("origin");
  if (origin === null || origins.allowedOrigins.some((pattern) => matchesOrigin(pattern, origin))) return;
  if (isOwnOrigin(origin, request, origins)) return;
  const named = origin.slice(0, 200);
  const isOfThisHost = URL.parse(origin)?.host === request.headers.get("host")?.toLowerCase();
  const cure = isOfThisHost
    ? `If this is the address of this server, the operator can set public_url to "${named}".`
    : "The operator can add this origin to allowed_origins, or under Get started in the console.";
  throw new KabarError("origin-denied", `Pages from ${named} are not allowed to connect. ${cure}`);
}

/** The origin of the page that sends a request; undefined for a program. */
export const originOf = (request: Request): string | undefined => request.headers.get("origin") ?? undefined;

/** The directive of a Content-Security-Policy for the pages that may frame a page of this server: those that may connect. */
export const framingOf = ({ allowedOrigins, publicUrl }: AllowedOrigins): string =>
  `frame-ancestors ${
    allowedOrigins.includes("*")
      ? "*"
      : ["'self'", ...(publicUrl === "" ? [] : [new URL(publicUrl).origin]), ...allowedOrigins].join(" ")
  }`;

/** Marks a response as readable by pages of any origin; `requireOrigin` has refused the others before. */
export function withCors(response: Response): Response {
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set("Cross-Origin-Resource-Policy", "cross-origin");
  response.headers.set("Timing-Allow-Origin", "*");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Access-Control-Expose-Headers", "Retry-After");
  return response;
}

/** Removes the headers of `withCors`: no page of another origin can read or embed this response. */
export function withoutCors(response: Response): Response {
  for (const name of ["Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Timing-Allow-Origin"])
    response.headers.delete(name);
  response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
  return response;
}

/** The answer to a CORS preflight (WHATWG Fetch section 3.2.2). */
export function preflight(): Response {
  const headers = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    "Access-Control-Max-Age": "86400",
  };
  return withCors(new Response(null, { status: 204, headers }));
}

/** The parsed URL of a request. Throws `bad-request` when its `Host` is not the name of a host. */
export function parseUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (!parsed) throw new KabarError("bad-request", "Host: must be a host's name, with or without a port.");
  return parsed;
}

/** Reads query parameters by rules. Throws an error that names the parameter, its value and the allowed values. */
export function parseQuery<T extends z.ZodRawShape>(url: string, shape: T): z.output<z.ZodObject<T>> {
  const raw = Object.fromEntries(parseUrl(url).searchParams);
  const query = z.object(shape).safeParse(raw);
  if (!query.success) throw ruleError(query.error, raw, "bad-request");
  return query.data;
}
