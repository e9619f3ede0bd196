/**
 * The error table, and how a row becomes a WebSocket event, an HTTP response or a plain line.
 * Errors are thrown as `KabarError` anywhere below a door and caught once per door. Anything else that is
 * thrown is our bug and becomes `internal` there, with its stack in the log.
 */
import type { CommandId, ErrorCode, ErrorEvent } from "./protocol.ts";

/** What is fixed about an error code. `message` is the default sentence; doors send a more exact one where they can. */
export interface ErrorRow {
  /** HTTP status (RFC 9110 section 15). */
  status: number;
  /** Whether the very same request can succeed later. */
  retry: boolean;
  message: string;
}

export const ERRORS: Record<ErrorCode, ErrorRow> = {
  "bad-json": { status: 400, retry: false, message: "This is not a JSON object." },
  "bad-command": { status: 400, retry: false, message: "The command is missing a field or has a wrong one." },
  "unknown-command": { status: 400, retry: false, message: "There is no such command." },
  "hello-required": { status: 401, retry: false, message: "Send hello first." },
  "hello-repeated": { status: 400, retry: false, message: "This session has said hello already." },
  "bad-credential": { status: 401, retry: false, message: "The key or credential is not valid here." },
  "bad-token": { status: 401, retry: false, message: "The token is not valid here." },
  "token-expired": {
    status: 401,
    retry: false,
    message: "The token has ended. Get a fresh one and send identify.",
  },
  "keys-unavailable": {
    status: 503,
    retry: true,
    message: "The token could not be checked: the keys of its issuer can't be had just now.",
  },
  "bad-request": { status: 400, retry: false, message: "The request has a wrong parameter." },
  "bad-topic": { status: 400, retry: false, message: "This is not a topic's name." },
  "bad-name": { status: 400, retry: false, message: "This can't be shown as a name." },
  "name-taken": {
    status: 409,
    retry: false,
    message:
      "The name is taken, or looks like one that is. Choose one that no member and nobody in charge has.",
  },
  "bad-message-id": { status: 400, retry: false, message: "This is not a message id." },
  "message-id-conflict": {
    status: 409,
    retry: false,
    message: "This message id is taken by another message of yours in this topic.",
  },
  "message-unknown": {
    status: 404,
    retry: false,
    message: "There is no such message, or it is not retained.",
  },
  "bad-emoji": { status: 400, retry: false, message: "A reaction is one emoji." },
  "too-many-edits": { status: 409, retry: false, message: "This message was edited as often as it may be." },
  "too-many-reactions": {
    status: 409,
    retry: false,
    message: "This message has as many reactions as it may have.",
  },
  "gate-required": {
    status: 403,
    retry: true,
    message:
      "New guests have to pass the gate before they write (commands gate and pass of kabar.v1). Over HTTP and in plain mode: send a key, a token, or the credential of a guest who has passed.",
  },
  "gate-refused": { status: 403, retry: false, message: "You may not write here as a new guest." },
  banned: { status: 403, retry: false, message: "You may not write here." },
  muted: { status: 403, retry: true, message: "You may not write here for a while." },
  "slow-mode": { status: 429, retry: true, message: "Slow mode: wait before the next message." },
  "read-only": { status: 403, retry: true, message: "This topic is read-only just now." },
  "emoji-only": { status: 400, retry: false, message: "Only emoji may be written here just now." },
  "text-blocked": {
    status: 400,
    retry: false,
    message: "The text has something in it that may not be written here.",
  },
  "text-empty": {
    status: 400,
    retry: false,
    message: "The text is empty. Send at least one visible character.",
  },
  "text-too-long": { status: 413, retry: false, message: "The text is too long." },
  "topic-unknown": { status: 404, retry: false, message: "There is no such topic on this server." },
  forbidden: { status: 403, retry: false, message: "You may not do this in this topic." },
  "already-subscribed": {
    status: 409,
    retry: false,
    message: "This session is subscribed to the topic. Unsubscribe first.",
  },
  "not-subscribed": { status: 409, retry: false, message: "This session is not subscribed to the topic." },
  "too-many-topics": {
    status: 429,
    retry: false,
    message: "This session is subscribed to as many topics as it may be.",
  },
  "too-many-sessions": { status: 429, retry: true, message: "Too many connections. Come back in a while." },
  "rate-limited": { status: 429, retry: true, message: "Too fast. Wait a moment." },
  "origin-denied": {
    status: 403,
    retry: false,
    message: "Pages of this origin may not connect. The operator can allow it in allowed_origins.",
  },
  "too-large": { status: 413, retry: false, message: "The request is too large." },
  "unsupported-type": {
    status: 415,
    retry: false,
    message: "Send text/plain, or application/json with a text in it.",
  },
  "upgrade-required": {
    status: 426,
    retry: false,
    message: 'This is a WebSocket address: connect with new WebSocket("ws://<this host>/websocket").',
  },
  "not-found": { status: 404, retry: false, message: "There is nothing at this address." },
  "method-not-allowed": { status: 405, retry: false, message: "This address does not take this method." },
  "log-unavailable": {
    status: 503,
    retry: true,
    message: "The message could not be stored. Nothing was added; try again.",
  },
  "shutting-down": { status: 503, retry: true, message: "The server is restarting. Try again in a moment." },
  internal: { status: 500, retry: true, message: "Something went wrong on the server. It has been logged." },
};

/** An expected error: an answer, not an incident. */
export class KabarError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  /** `message` overrides the row's sentence; `retryAfterMs` says when a retry can succeed. */
  constructor(code: ErrorCode, message?: string, retryAfterMs?: number) {
    super(message ?? ERRORS[code].message);
    this.name = "KabarError";
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Whatever was thrown, as a KabarError; `unexpected` is told of the ones that are our bugs. */
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
  if (error.code === "bad-credential") headers["WWW-Authenticate"] = "Bearer";
  return Response.json({ error: body }, { status: ERRORS[error.code].status, headers });
}

/** The error as the one line that plain mode shows. */
export const toPlainLine = (error: KabarError): string => `! ${error.message}`;
