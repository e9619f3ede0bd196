/**
 * The common parts of the routes below `/ntfy`: ntfy's ways to send a credential, its names of topics, its errors, and its answer to a
 * CORS preflight.
 */
import type { Config } from "../config.ts";
import { asKabarError, ERRORS, KabarError, toErrorResponse } from "../errors.ts";
import { TOPIC_PATTERN, TOPIC_RULE } from "../formats.ts";
import { ntfyError, paramsOf, type ReadParam } from "../hooks/ntfy-params.ts";
import type { Loose } from "../hooks/loose-json.ts";
import { PostingError } from "../hooks/posting.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import {
  addressOf,
  type AllowedOrigins,
  type PeerLookup,
  parseUrl,
  requireOrigin,
  withCors,
} from "./request.ts";

/** Codes of ntfy's errors (server/errors.go) for those of this server; others are the status and two zeros. */
const CODES: Partial<Record<KabarError["code"], number>> = {
  "bad-topic": 40009,
  "text-too-long": 41303,
  "too-large": 41303,
  "bad-json": 40024,
  "upgrade-required": 40016,
  "bad-credential": 40101,
  "bad-token": 40101,
  "token-expired": 40101,
  forbidden: 40301,
  "not-found": 40401,
  "topic-unknown": 40401,
  "rate-limited": 42901,
  "slow-mode": 42901,
  "too-many-sessions": 42903,
  "too-many-topics": 42904,
  internal: 50001,
};

/** Statuses where ntfy's differ from this server's: its clients know a missing upgrade as 400. */
const statusOf = (error: KabarError): number =>
  error.code === "upgrade-required" ? 400 : ERRORS[error.code].status;

/** The error as ntfy's clients expect it: `{code, http, error}`. */
function toNtfyError(error: KabarError): Response {
  const http = statusOf(error);
  const code = error instanceof PostingError ? Number(error.word) : (CODES[error.code] ?? http * 100);
  const { headers } = toErrorResponse(error);
  headers.delete("Content-Type");
  return Response.json({ code, http, error: error.message }, { status: http, headers });
}

/** Runs a route and turns an error that it throws into ntfy's; undefined once the request is upgraded. */
export type NtfyAnswer = <T extends Response | undefined>(route: () => Promise<T>) => Promise<T | Response>;

/** Creates the function that catches the errors of the routes, counts them, and logs bugs. */
export const createNtfyAnswer =
  ({ logger, metrics }: { logger: Logger; metrics: Metrics }): NtfyAnswer =>
  async (route) => {
    try {
      const response = await route();
      if (response) withCors(response);
      return response;
    } catch (thrown) {
      const error = asKabarError(thrown, (err) => logger.error({ err }, "bug in a request of ntfy's"));
      metrics.errors.inc({ code: error.code });
      return withCors(toNtfyError(error));
    }
  };

/** The answer to a CORS preflight: as ntfy's, whose clients send headers of many names. */
export function ntfyPreflight(): Response {
  const headers = {
    "Access-Control-Allow-Methods": "GET, PUT, POST",
    "Access-Control-Allow-Headers": "*, Authorization",
    "Access-Control-Max-Age": "86400",
  };
  return withCors(new Response(null, { status: 204, headers }));
}

/** A topic by its name. Throws `bad-topic` for a name that ntfy allows and this server does not. */
export function requireNtfyTopic(name: string): string {
  if (TOPIC_PATTERN.test(name)) return name;
  throw new KabarError("bad-topic", `invalid request: topic invalid: a topic's name must be ${TOPIC_RULE}.`);
}

const decodeBase64 = (text: string): string => Buffer.from(text, "base64url").toString();

/**
 * The `Authorization` of a request, from its header or from `?auth=` in base64, with a password as the bearer: a key, a token or a
 * guest's credential. Null without any. Throws `bad-credential`.
 */
function authorizationOf(headers: Headers, query: URLSearchParams): string | null {
  const inQuery = query.get("authorization") || query.get("auth");
  const raw = inQuery ? decodeBase64(inQuery).trim() : (headers.get("authorization")?.trim() ?? "");
  if (raw === "" && !inQuery) return null;
  const basic = /^Basic +([\w+/=-]{1,12000})$/i.exec(raw)?.[1];
  if (basic === undefined) return raw;
  const [user = "", ...password] = decodeBase64(basic).split(":");
  return `Bearer ${password.join(":") || user}`;
}

/** A request below `/ntfy`, after its origin is checked. */
export interface NtfyCall {
  request: Request;
  param: ReadParam;
  /** The unit of the client's address, which limits count by. */
  address: string;
  /** Checks the credential. Throws what `identifyRequest` throws. */
  identify: () => Promise<Identity>;
}

/** Reads a request. Throws `origin-denied`. */
export function openNtfyCall(
  { config, origins, auth }: { config: Config; origins: AllowedOrigins; auth: Auth },
  request: Request,
  server: PeerLookup,
  json?: Loose,
): NtfyCall {
  requireOrigin(request, origins);
  const { searchParams } = parseUrl(request.url);
  const address = addressOf(request, server, config);
  let who: Promise<Identity> | undefined;
  return {
    request,
    param: paramsOf(request.headers, searchParams, json),
    address,
    identify: () =>
      (who ??= auth.identifyRequest(authorizationOf(request.headers, searchParams), undefined, address)),
  };
}

/** Throws ntfy's error for a body that is no text: ntfy would keep it as a file. */
export const refuseFile = (): never => {
  throw ntfyError(40014, "invalid request: attachments not allowed; the message must be UTF-8 text");
};
