/** The operations of webhooks: incoming ones, outgoing ones, and the address that takes what other services send. */
import { z } from "zod";
import { NEW_ASK_HOOK } from "../doors/ask-admin.ts";
import { NEW_HOOK, REPLAY } from "../doors/hooks-admin.ts";
import { NEW_INCOMING_HOOK } from "../doors/hooks-in-admin.ts";
import type { ByRoute } from "../doors/routes.ts";
import { FALLBACKS } from "../hooks/ask-hook.ts";
import { FEED_KINDS } from "../hooks/feed-log.ts";
import type { ErrorCode } from "../protocol.ts";
import { COUNT, TIME, TOPIC } from "./nouns.ts";
import {
  body,
  done,
  json,
  operation,
  type Operation,
  PUBLISHED,
  REASON_BODY,
  STORING,
  text,
  WITH_JSON,
} from "./operation.ts";

const STRINGS = z.array(z.string());

const DELIVERY = {
  status: z.int().exactOptional(),
  error: z.string().exactOptional(),
  ms: z.number().min(0),
};
const HOOK = z.object({
  id: z.string(),
  url: z.string(),
  topics: STRINGS,
  kinds: z.array(z.enum(FEED_KINDS)),
  name: z.string().exactOptional(),
  madeAt: TIME,
  state: z.enum(["active", "failing", "paused"]),
  why: z.string().exactOptional(),
  place: COUNT,
  behind: COUNT,
  attempts: COUNT.exactOptional(),
  failingSince: TIME.exactOptional(),
  nextAttemptAt: TIME.exactOptional(),
  deliveries: z.array(z.object({ id: z.string(), type: z.string(), at: TIME, attempt: COUNT, ...DELIVERY })),
});
const TRIED = z.object({ accepted: z.boolean(), ...DELIVERY, retryAfterMs: COUNT.exactOptional() });

const hook = (id: string, about: string, more: Partial<Operation> = { body: REASON_BODY }): Operation =>
  operation(id, about, { 200: json("Hook", HOOK, "The webhook.") }, [...WITH_JSON, "not-found"], more);

const INCOMING_HOOK = z.object({
  id: z.string(),
  topic: TOPIC,
  name: z.string(),
  signed: z.boolean(),
  madeAt: TIME,
});
const REVEALED = z.object({
  id: z.string(),
  url: z.string().describe("Shown in this answer only."),
  secret: z.string().describe("Signs requests, where they must be signed.").exactOptional(),
});

const ASKED_HOOK = z.object({
  url: z.string(),
  topics: STRINGS,
  fallback: z.enum(FALLBACKS).describe("Where the webhook does not answer."),
  madeAt: TIME,
});

const TAKING: readonly ErrorCode[] = [
  "bad-json",
  "bad-request",
  "bad-credential",
  "origin-denied",
  "not-found",
  "topic-unknown",
  "forbidden",
  "banned",
  "muted",
  "too-large",
  "text-empty",
  "text-too-long",
  "text-blocked",
  "unsupported-type",
  "message-id-conflict",
  "rate-limited",
  "log-unavailable",
  "shutting-down",
];

/** Takes the webhooks of another service, in whose words it answers. */
const take = (id: string, about: string): Operation => ({
  id,
  about,
  access: "anyone",
  query: { wait: z.string().describe("true: Discord's format answers with the message.").optional() },
  body: body("ForeignMessage", z.record(z.string(), z.unknown())),
  answers: {
    200: {
      about: "Stored: `ok` for Slack and Mattermost, the message for Discord.",
      content: { "text/plain": null, "application/json": null },
    },
    201: json("Published", PUBLISHED, "Stored, for GitHub and Grafana; 200 for a repeat."),
    204: { about: "Stored, for Discord." },
  },
  errors: TAKING,
  errorsFor: "another service",
});

export const HOOK_OPERATIONS = {
  "/api/admin/hooks/out": {
    GET: operation("listWebhooks", "All webhooks.", {
      200: json("Hooks", z.object({ hooks: z.array(HOOK) }), "The webhooks."),
    }),
    POST: operation(
      "makeWebhook",
      "Makes a webhook.",
      {
        201: json(
          "MadeHook",
          z.object({ id: z.string(), secret: z.string() }),
          "The secret that signs its requests; shown in this answer only.",
        ),
      },
      [...WITH_JSON, "bad-name"],
      { body: body("NewHook", NEW_HOOK) },
    ),
  },
  "/api/admin/hooks/out/:id": {
    GET: hook("readWebhook", "A webhook with its last deliveries.", {}),
    DELETE: done("deleteWebhook", "Deletes a webhook.", ["not-found", ...STORING]),
  },
  "/api/admin/hooks/out/:id/pause": { POST: hook("pauseWebhook", "Pauses a webhook; it keeps its place.") },
  "/api/admin/hooks/out/:id/resume": { POST: hook("resumeWebhook", "Resumes a webhook at its place.") },
  "/api/admin/hooks/out/:id/replay": {
    POST: hook("replayWebhook", "Sends everything after a place of the feed again.", {
      body: body("Replay", REPLAY),
    }),
  },
  "/api/admin/hooks/out/:id/test": {
    POST: operation(
      "testWebhook",
      "Sends a test event now.",
      { 200: json("HookTest", TRIED, "What came of it.") },
      ["not-found"],
    ),
  },
  "/api/admin/hooks/in": {
    GET: operation("listIncomingWebhooks", "All incoming webhooks, without their addresses.", {
      200: json("IncomingHooks", z.object({ hooks: z.array(INCOMING_HOOK) }), "The webhooks."),
    }),
    POST: operation(
      "makeIncomingWebhook",
      "Makes an incoming webhook.",
      { 201: json("MadeIncomingHook", REVEALED, "The webhook with its address.") },
      [...WITH_JSON, "bad-topic", "bad-name", "topic-unknown"],
      { body: body("NewIncomingHook", NEW_INCOMING_HOOK) },
    ),
  },
  "/api/admin/hooks/in/:id": {
    DELETE: done("deleteIncomingWebhook", "Deletes an incoming webhook.", ["not-found", ...STORING]),
  },
  "/api/admin/hooks/in/:id/rotate": {
    POST: operation(
      "rotateIncomingWebhook",
      "Gives an incoming webhook a new address; the old one ends at once.",
      { 200: json("MadeIncomingHook", REVEALED, "The webhook with its new address.") },
      [...WITH_JSON, "not-found"],
      { body: REASON_BODY },
    ),
  },
  "/api/admin/hooks/ask": {
    GET: operation(
      "readAskedWebhook",
      "The webhook that is asked before a visitor's text is stored.",
      { 200: json("AskedHook", ASKED_HOOK, "The webhook.") },
      ["not-found"],
    ),
    PUT: operation(
      "setAskedWebhook",
      "Sets that webhook.",
      {
        200: json(
          "MadeAskedHook",
          z.object({ secret: z.string() }),
          "The secret that signs its requests; shown in this answer only.",
        ),
      },
      WITH_JSON,
      { body: body("NewAskedHook", NEW_ASK_HOOK) },
    ),
    DELETE: done("deleteAskedWebhook", "Deletes that webhook.", ["not-found", ...STORING]),
  },
  "/hooks/in/:secret": {
    POST: take(
      "takeWebhook",
      "Takes a message in another service's format, which is recognised by its shape.",
    ),
  },
  "/hooks/in/:secret/:format": {
    POST: take("takeWebhookOfFormat", "Takes a message in the named format."),
  },
  "/hooks/:secret": {
    POST: {
      ...take("takeMattermostWebhook", "Takes a message in Mattermost's format."),
      answers: { 200: text("text/plain", "Stored: `ok`.") },
    },
  },
} satisfies Partial<ByRoute<Operation>>;
