/** The operations of ntfy's API (docs.ntfy.sh), which its programs and apps use here. Errors and messages have ntfy's form. */
import { z } from "zod";
import type { ByRoute } from "../doors/routes.ts";
import type { ErrorCode } from "../protocol.ts";
import { PUBLISHING } from "./error-groups.ts";
import { COUNT, TOPIC } from "./nouns.ts";
import { type Answer, body, events, json, type Operation, text } from "./operation.ts";

const SECONDS = COUNT.describe("Seconds since 1970.");
const EVENT = z.object({
  id: z.string(),
  time: SECONDS,
  expires: SECONDS.exactOptional(),
  event: z.enum(["open", "keepalive", "message"]),
  topic: z.string().describe("Of an event that is no message: all topics, with commas."),
  title: z.string().exactOptional(),
  message: z.string().exactOptional(),
  priority: z.int().min(1).max(5).exactOptional(),
  tags: z.array(z.string()).exactOptional(),
  click: z.string().exactOptional(),
  icon: z.string().exactOptional(),
});
const STORED = EVENT.extend({
  held: z.boolean().describe("The message waits for a moderator.").exactOptional(),
});
const NEW_MESSAGE = z
  .looseObject({ topic: TOPIC, message: z.string().optional() })
  .describe("ntfy's parameters as JSON: title, priority, tags, click, icon …");

const READING: readonly ErrorCode[] = [
  "bad-topic",
  "bad-request",
  "topic-unknown",
  "forbidden",
  "origin-denied",
  "rate-limited",
  "too-many-sessions",
  "shutting-down",
];

const ntfy = (
  id: string,
  about: string,
  answers: Record<number, Answer>,
  errors: readonly ErrorCode[],
  more: Partial<Operation> = {},
): Operation => ({
  id,
  about,
  access: "by rights",
  answers,
  errors,
  errorsFor: "another service",
  ...more,
});
const stored = { 200: json("NtfyStored", STORED, "Stored.") };
/** Parameters may also be headers, such as `Title` or `X-Priority`, or be in the query. */
const publish = (id: string, more: Partial<Operation> = {}): Operation =>
  ntfy(id, "Publishes a message as ntfy does.", stored, PUBLISHING, more);
const publishText = (id: string): Operation =>
  publish(id, {
    body: { schema: { name: "NtfyText", schema: z.string() }, text: "text/plain", isOptional: true },
  });
const byGet = (id: string): Operation => publish(id);
const subscribe = (id: string, answer: Answer): Operation =>
  ntfy(id, "Subscribes to topics with commas between them, as ntfy does.", { 200: answer }, READING, {
    query: {
      since: z.string().describe("An id, a time, a duration, all, latest or none.").optional(),
      poll: z.string().describe("1: what is stored, without waiting for more.").optional(),
    },
  });

/** The ways to publish JSON at an address without a topic. */
export const publishJson = (place: string) => ({
  POST: publish(`postNtfy${place}`, { body: body("NtfyMessage", NEW_MESSAGE) }),
  PUT: publish(`putNtfy${place}`, { body: body("NtfyMessage", NEW_MESSAGE) }),
});

export const NTFY_OPERATIONS = {
  "/ntfy": publishJson("Json"),
  "/ntfy/": publishJson("JsonAtSlash"),
  "/ntfy/v1/health": {
    GET: ntfy(
      "ntfyHealth",
      "The server is alive.",
      { 200: json("NtfyHealth", z.object({ healthy: z.literal(true) }), "Healthy.") },
      [],
      { access: "anyone" },
    ),
  },
  "/ntfy/:topic": {
    GET: ntfy(
      "showNtfyTopic",
      "Leads to the chat.",
      { 302: { about: "The page of the topic." } },
      ["bad-topic"],
      {
        access: "anyone",
      },
    ),
    POST: publishText("postNtfy"),
    PUT: publishText("putNtfy"),
  },
  "/ntfy/:topic/publish": { GET: byGet("publishNtfyByGet") },
  "/ntfy/:topic/send": { GET: byGet("sendNtfyByGet") },
  "/ntfy/:topic/trigger": { GET: byGet("triggerNtfyByGet") },
  "/ntfy/:topics/auth": {
    GET: ntfy(
      "checkNtfyAccess",
      "Whether the sender may read the topics.",
      { 200: json("NtfyAccess", z.object({ success: z.literal(true) }), "The sender may.") },
      READING,
    ),
  },
  "/ntfy/:topics/json": {
    GET: subscribe("streamNtfyJson", text("application/x-ndjson", "An event a line.")),
  },
  "/ntfy/:topics/sse": {
    GET: subscribe(
      "streamNtfySse",
      events("An event in each `data:`.", { name: "NtfyEvent", schema: EVENT }),
    ),
  },
  "/ntfy/:topics/raw": {
    GET: subscribe("streamNtfyRaw", text("text/plain", "The text of a message in each line.")),
  },
  "/ntfy/:topics/ws": {
    GET: ntfy(
      "openNtfyWebSocket",
      "Opens a WebSocket with an event in each frame.",
      { 101: { about: "A WebSocket." } },
      READING,
    ),
  },
} satisfies Partial<ByRoute<Operation>>;
