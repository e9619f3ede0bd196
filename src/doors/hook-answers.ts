/**
 * Answers of incoming webhooks in the words of the sender's own service: Slack's `ok` and `no_text`, Discord's JSON, Mattermost's
 * JSON, and this server's own for the others.
 */
import { ERRORS, type KabarError, toErrorResponse } from "../errors.ts";
import { PostingError } from "../hooks/posting.ts";
import { NO_STORE } from "./request.ts";

export const HOOK_FORMATS = ["slack", "mattermost", "discord", "github", "grafana"] as const;
export type HookFormat = (typeof HOOK_FORMATS)[number];

/** A message as a webhook stored it. */
export interface Accepted {
  topic: string;
  offset: number;
  id: string;
  hookId: string;
  text: string;
  name: string;
  repeated: boolean;
}

export interface HookAnswers {
  accepted(message: Accepted, request: Request): Response;
  refused(error: KabarError): Response;
}

/** Codes of this server in Slack's words. */
const SLACK_WORDS: Partial<Record<KabarError["code"], string>> = {
  "not-found": "no_service",
  "topic-unknown": "channel_not_found",
  forbidden: "action_prohibited",
  "bad-credential": "invalid_token",
  "origin-denied": "action_prohibited",
  "text-empty": "no_text",
  "rate-limited": "rate_limited",
  internal: "rollup_error",
  "log-unavailable": "rollup_error",
  "shutting-down": "rollup_error",
};

/** The headers of an error, such as Retry-After, with another type of body. */
function headersOf(error: KabarError, contentType: string): Headers {
  const { headers } = toErrorResponse(error);
  headers.set("Content-Type", contentType);
  return headers;
}

const slack: HookAnswers = {
  accepted: () => new Response("ok", NO_STORE),
  refused: (error) =>
    new Response(
      error instanceof PostingError ? error.word : (SLACK_WORDS[error.code] ?? "invalid_payload"),
      { status: ERRORS[error.code].status, headers: headersOf(error, "text/plain;charset=utf-8") },
    ),
};

const mattermost: HookAnswers = {
  accepted: slack.accepted,
  refused: (error) => {
    const { status } = ERRORS[error.code];
    const body = { id: `web.incoming_webhook.${error.code}`, message: error.message, status_code: status };
    return Response.json(body, { status, headers: headersOf(error, "application/json") });
  },
};

/** The body of an error as Discord sends it. */
function discordError(error: KabarError): object {
  if (error instanceof PostingError) {
    const detail = { _errors: [{ code: "BASE_TYPE_MAX_LENGTH", message: error.message }] };
    return { message: "Invalid Form Body", code: 50035, errors: { [error.word]: detail } };
  }
  switch (error.code) {
    case "not-found":
      return { message: "Unknown Webhook", code: 10015 };
    case "text-empty":
      return { message: "Cannot send an empty message", code: 50006 };
    case "too-large":
      return { message: "Request entity too large", code: 40005 };
    case "bad-json":
      return { message: "The request body contains invalid JSON.", code: 50109 };
    case "rate-limited": {
      const seconds = (error.retryAfterMs ?? 1000) / 1000;
      return { message: "You are being rate limited.", retry_after: seconds, global: false };
    }
    default:
      return { message: error.message, code: 0 };
  }
}

const discord: HookAnswers = {
  accepted({ topic, offset, hookId, text, name }, request) {
    if (URL.parse(request.url)?.searchParams.get("wait") !== "true")
      return new Response(null, { status: 204, ...NO_STORE });
    const message = {
      id: String(offset),
      type: 0,
      channel_id: topic,
      webhook_id: hookId,
      content: text,
      author: { id: hookId, username: name, discriminator: "0000", avatar: null, bot: true },
      timestamp: new Date().toISOString(),
      edited_timestamp: null,
      attachments: [],
      embeds: [],
      components: [],
      mentions: [],
      mention_roles: [],
      mention_everyone: false,
      pinned: false,
      tts: false,
      flags: 0,
    };
    return Response.json(message, NO_STORE);
  },
  refused: (error) =>
    Response.json(discordError(error), {
      status: ERRORS[error.code].status,
      headers: headersOf(error, "application/json"),
    }),
};

const plain: HookAnswers = {
  accepted: ({ topic, offset, id, repeated }) =>
    Response.json({ topic, offset, id, repeated }, { status: repeated ? 200 : 201, ...NO_STORE }),
  refused: toErrorResponse,
};

/** The answers of a format; Slack's where none is known. */
export const answersOf = (format: HookFormat | undefined): HookAnswers =>
  ({ slack, mattermost, discord, github: plain, grafana: plain })[format ?? "slack"];
