/**
 * The error table, and how a row becomes a WebSocket event, an HTTP response or a plain line.
 * Errors are thrown as `KabarError` anywhere below a door and caught once per door. Any other thrown value is a bug and
 * becomes `internal` there, with its stack in the log.
 */
import type { BrokenRule } from "./named-sentences.ts";
import type { CommandId, ErrorCode, ErrorEvent } from "./protocol.ts";

/** The row of an error code. `message` is the default sentence; doors send a more exact one where they can. */
export interface ErrorRow {
  /** HTTP status (RFC 9110 section 15). */
  status: number;
  /** Whether the same request can succeed later. */
  retry: boolean;
  message: string;
}

export const ERRORS: Record<ErrorCode, ErrorRow> = {
  "bad-json": { status: 400, retry: false, message: "This must be a JSON object." },
  "bad-command": { status: 400, retry: false, message: "The command lacks a field or has an invalid one." },
  "unknown-command": { status: 400, retry: false, message: "This command does not exist." },
  "hello-required": { status: 401, retry: false, message: "Send hello before any other command." },
  "hello-repeated": { status: 400, retry: false, message: "This session has already sent hello." },
  "bad-credential": { status: 401, retry: false, message: "The key or credential is not valid." },
  "bad-token": { status: 401, retry: false, message: "The token is not valid." },
  "token-expired": {
    status: 401,
    retry: false,
    message: "The token has expired. Get a new one and send it with identify.",
  },
  "keys-unavailable": {
    status: 503,
    retry: true,
    message: "The token cannot be checked right now: the server has no keys from its issuer. Try again.",
  },
  "bad-request": { status: 400, retry: false, message: "The request has an invalid parameter." },
  "bad-topic": { status: 400, retry: false, message: "This is not a valid topic name." },
  "bad-name": { status: 400, retry: false, message: "This is not a valid name." },
  "name-taken": {
    status: 409,
    retry: false,
    message: "This name is taken or reserved. Choose another.",
  },
  "bad-message-id": { status: 400, retry: false, message: "This is not a valid message id." },
  "message-id-conflict": {
    status: 409,
    retry: false,
    message: "You already used this message id for another message in this topic.",
  },
  "message-unknown": {
    status: 404,
    retry: false,
    message: "This message does not exist or is no longer retained.",
  },
  "sequence-gap": { status: 409, retry: false, message: "An earlier append is missing." },
  "not-growing": { status: 409, retry: false, message: "The message has ended." },
  "still-growing": { status: 409, retry: false, message: "The message still grows: end it first." },
  "bad-emoji": { status: 400, retry: false, message: "A reaction must be one emoji." },
  "too-many-edits": {
    status: 409,
    retry: false,
    message: "This message has reached the maximum number of edits.",
  },
  "too-many-reactions": {
    status: 409,
    retry: false,
    message: "This message has reached the maximum number of reactions.",
  },
  "gate-required": {
    status: 403,
    retry: true,
    message:
      "New guests must pass the gate before they can write (commands gate and pass of kabar.v1). Over HTTP and in plain mode, send a key, a token, or the credential of a guest who has passed.",
  },
  "gate-refused": { status: 403, retry: false, message: "New guests cannot write here." },
  banned: { status: 403, retry: false, message: "You are banned from writing here." },
  muted: { status: 403, retry: true, message: "You are muted here for now." },
  "slow-mode": { status: 429, retry: true, message: "Slow mode: wait before the next message." },
  "read-only": { status: 403, retry: true, message: "This topic is read-only right now." },
  "emoji-only": { status: 400, retry: false, message: "Only emoji can be sent here right now." },
  "text-blocked": {
    status: 400,
    retry: false,
    message: "The text contains something that is not allowed here.",
  },
  "text-empty": {
    status: 400,
    retry: false,
    message: "The text is empty. Send at least one visible character.",
  },
  "text-too-long": { status: 413, retry: false, message: "The text is too long." },
  "topic-unknown": { status: 404, retry: false, message: "This topic does not exist on this server." },
  forbidden: { status: 403, retry: false, message: "You do not have permission to do this in this topic." },
  "already-subscribed": {
    status: 409,
    retry: false,
    message: "This session is already subscribed to the topic. Unsubscribe first.",
  },
  "not-subscribed": { status: 409, retry: false, message: "This session is not subscribed to the topic." },
  "too-many-topics": {
    status: 429,
    retry: false,
    message: "This session is subscribed to the maximum number of topics. Unsubscribe from one first.",
  },
  "too-many-sessions": { status: 429, retry: true, message: "Too many connections. Try again later." },
  "rate-limited": { status: 429, retry: true, message: "Too fast. Wait a moment." },
  "origin-denied": {
    status: 403,
    retry: false,
    message:
      "Pages from this origin are not allowed to connect. The operator can add it to allowed_origins, or under Get started in the console.",
  },
  "too-large": { status: 413, retry: false, message: "The request is too large." },
  "unsupported-type": {
    status: 415,
    retry: false,
    message: "Send text/plain, or application/json with the field text.",
  },
  "upgrade-required": {
    status: 426,
    retry: false,
    message: 'This is a WebSocket address: connect with new WebSocket("ws://<this host>/websocket").',
  },
  "search-off": { status: 404, retry: false, message: "Search is switched off on this server." },
  "push-off": { status: 404, retry: false, message: "Push messages are switched off on this server." },
  "not-found": { status: 404, retry: false, message: "Nothing exists at this address." },
  "method-not-allowed": { status: 405, retry: false, message: "This address does not support this method." },
  "log-unavailable": {
    status: 503,
    retry: true,
    message: "Nothing can be stored right now. Try again in a moment.",
  },
  "shutting-down": { status: 503, retry: true, message: "The server is restarting. Try again in a moment." },
  internal: { status: 500, retry: true, message: "Something went wrong on the server. It has been logged." },
};

/** An expected error: an answer, not an incident. */
export class KabarError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly rule: BrokenRule | undefined;

  /** `message` overrides the row's sentence; `retryAfterMs` says when a retry can succeed; `rule` is the rule that was broken, by its name. */
  constructor(code: ErrorCode, message?: string, retryAfterMs?: number, rule?: BrokenRule) {
    super(message ?? ERRORS[code].message);
    this.name = "KabarError";
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.rule = rule;
  }
}

/**
 * A body that is far too large, or too large and of a length that is not announced. The rest of it is not read, so the
 * connection cannot serve another request (RFC 9110 section 15.5.14).
 */
export class UnreadBodyError extends KabarError {
  constructor(maxBytes: number) {
    super("too-large", `The body is larger than ${maxBytes} bytes.`);
  }
}

/**
 * A server or a command that cannot start: the data folder, a secret or the log cannot be used. `message` is one line for
 * the operator, with the reason.
 */
export class StartError extends Error {}

/** Whether a thrown value says that the log is away, as during a restart of its database: a later try may succeed. */
export const isLogAway = (thrown: unknown): boolean =>
  thrown instanceof KabarError && thrown.code === "log-unavailable";

/** Converts any thrown value to a KabarError; `unexpected` receives the values that are bugs. */
export function asKabarError(thrown: unknown, unexpected: (error: unknown) => void): KabarError {
  if (thrown instanceof KabarError) return thrown;
  unexpected(thrown);
  return new KabarError("internal");
}

/** The error as a `kabar.v1` frame; `id` is the command's. */
export function toErrorEvent(error: KabarError, id?: CommandId): ErrorEvent {
  return {
    type: "error",
    ...(id === undefined ? {} : { id }),
    code: error.code,
    message: error.message,
    retry: ERRORS[error.code].retry,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  };
}

/** The error as an HTTP response with a JSON body, and `Retry-After` in whole seconds (RFC 9110 section 10.2.3). */
export function toErrorResponse(error: KabarError): Response {
  const { type: _, ...body } = toErrorEvent(error);
  const headers: Record<string, string> = { "Cache-Control": "no-store" };
  if (error.retryAfterMs !== undefined) headers["Retry-After"] = String(Math.ceil(error.retryAfterMs / 1000));
  if (error.code === "upgrade-required") {
    headers.Upgrade = "websocket";
    headers.Connection = "Upgrade";
  }
  if (error instanceof UnreadBodyError) headers.Connection = "close";
  if (error.code === "bad-credential") headers["WWW-Authenticate"] = "Bearer";
  const named = error.rule && { rule: error.rule };
  return Response.json({ error: { ...body, ...named } }, { status: ERRORS[error.code].status, headers });
}

/** The error as a line of plain mode. */
export const toPlainLine = (error: KabarError): string => `! ${error.message}`;
