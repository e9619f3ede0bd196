/** The operations about topics: publish, history, streams, moderation, and sessions without WebSocket. */
import { z } from "zod";
import { ACT, APPEND_BODY, PUBLISH_BODY } from "../codec.ts";
import type { Config } from "../config.ts";
import { topicQueries } from "../doors/api.ts";
import { EXPLAIN_QUERY } from "../doors/admin.ts";
import { FEED_QUERY } from "../doors/feed-stream.ts";
import type { ByRoute } from "../doors/routes.ts";
import { MESSAGE_ID_PATTERN } from "../formats.ts";
import { FEED_KINDS } from "../hooks/feed-log.ts";
import { ABOUT_TOPIC, CHANGING, PUBLISHING, WITH_QUERY } from "./error-groups.ts";
import { RESULTS } from "./frame-schemas.ts";
import { COUNT, MESSAGE, OFFSET, QUEUE, TIME, TOPIC } from "./nouns.ts";
import { type Answer, DONE, events, json, type Operation, PUBLISHED } from "./operation.ts";

const HELD = z.object({ topic: TOPIC, id: z.string(), held: z.literal(true) });

const RESUME = z.object({
  topic: TOPIC,
  session: z.string(),
  from: COUNT,
  to: COUNT,
  at: TIME,
});
const EXPLANATION = z.object({
  offset: OFFSET,
  id: z.string(),
  user: z.string(),
  storedAt: TIME,
  delivered: z.object({ json: COUNT, plain: COUNT, events: COUNT }).exactOptional(),
  retained: z.boolean(),
  traced: z.boolean().describe("Whether `delivered` and `resumes` are known."),
  resumes: z.array(RESUME),
});
export const EXPLANATIONS = z.object({
  topic: TOPIC,
  first: COUNT,
  top: COUNT,
  messages: z.array(EXPLANATION),
  node: z.string().exactOptional(),
  others: z
    .array(z.object({ node: z.string(), messages: z.array(EXPLANATION) }))
    .describe("What the other nodes of a cluster know.")
    .exactOptional(),
  silent: z.array(z.string()).exactOptional(),
});

const FEED_EVENT = z.object({
  id: z.string().describe("The same whenever the event is sent again."),
  type: z.enum([...FEED_KINDS, "test"]),
  topic: z.string(),
  timestamp: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()).describe("By the type: docs/HOOKS.md."),
});

export const LAST_EVENT_ID = {
  "Last-Event-ID": z.string().describe("The cursor of the last event: resumes.").optional(),
};

const moderate = (id: string, about: string): Operation => ({
  id,
  about,
  access: "by rights",
  body: { schema: { name: "ModerationAct", schema: ACT } },
  answers: { 200: json("Moderated", RESULTS.moderate, "Done; `undo` is the act that reverses it.") },
  errors: [...CHANGING, "message-unknown", "not-found"],
});

const UNREAD = z.object({
  topic: TOPIC,
  read: COUNT.describe("Everything up to this offset is read."),
  top: COUNT,
  unread: COUNT.describe("Messages of others after `read`, at most 100."),
  more: z.literal(true).exactOptional(),
});

/** The operations without limits of a configuration. */
const FIXED = {
  "/api/me/unread": {
    GET: {
      id: "readUnread",
      about: "What the user has not read, in the topics with a mark of the user.",
      access: "by rights",
      answers: { 200: json("UnreadTopics", z.object({ topics: z.array(UNREAD) }), "By topic.") },
      errors: ["origin-denied", "rate-limited"],
    },
  },
  "/api/topics/:topic/queue": {
    GET: {
      id: "readQueue",
      about: "The held messages, reports and sanctions of a topic.",
      access: "by rights",
      answers: { 200: json("Queue", QUEUE, "The moderators' work.") },
      errors: ABOUT_TOPIC,
    },
  },
  "/api/topics/:topic/explain": {
    GET: {
      id: "explainMessage",
      about: "When a message was stored, delivered and replayed, by its offset or id.",
      access: "operator",
      query: EXPLAIN_QUERY,
      answers: { 200: json("Explanations", EXPLANATIONS, "The messages that were found.") },
      errors: ["bad-topic", "bad-message-id", "bad-request"],
    },
  },
  "/api/feed": {
    GET: {
      id: "streamFeed",
      about: "Everything that happens, for keys of scope feed and admin, and the operator.",
      access: "by rights",
      query: FEED_QUERY,
      headers: LAST_EVENT_ID,
      answers: {
        200: events("An event in each `data:`, its cursor in `id:`.", {
          name: "FeedEvent",
          schema: FEED_EVENT,
        }),
      },
      errors: ["forbidden", "origin-denied", "bad-request", "too-many-sessions", "rate-limited"],
    },
  },
  "/api/probes/:id": {
    GET: {
      id: "passProbe",
      about: "Records how this request arrived, for the operator's probe.",
      access: "anyone",
      answers: { 204: DONE },
      errors: ["not-found", "rate-limited"],
    },
  },
} satisfies Partial<ByRoute<Operation>>;

/** Makes the operations, with the limits of this configuration. */
export function createTopicOperations({ maxHistoryPage }: Pick<Config, "maxHistoryPage">) {
  const queries = topicQueries(maxHistoryPage);
  const published = (about: string): Answer => json("Published", PUBLISHED, about);
  return {
    "/api/session": {
      GET: {
        id: "openSession",
        about: "Opens a session of kabar.v1 without WebSocket: each event's data is a frame.",
        access: "anyone",
        answers: {
          200: events(
            "First an event `session` with the session's secret, then a frame in each `data:`, last an event `close`.",
          ),
        },
        errors: ["origin-denied", "too-many-sessions", "rate-limited", "shutting-down"],
      },
      POST: {
        id: "sendFrames",
        about: "Frames of a session: its secret in the first line, a frame in each further one.",
        access: "anyone",
        body: { schema: { name: "SessionFrames", schema: z.string() }, text: "text/plain" },
        answers: { 204: { about: "All frames were taken, in order." } },
        errors: [
          "origin-denied",
          "not-found",
          "bad-request",
          "too-large",
          "unsupported-type",
          "rate-limited",
        ],
      },
    },
    "/api/search": {
      GET: {
        id: "searchMessages",
        about: "Finds messages by words, author, topic and time, newest first.",
        access: "by rights",
        query: queries.search,
        answers: { 200: json("FoundMessages", RESULTS.search, "The messages that the sender may read.") },
        errors: [...WITH_QUERY, "search-off"],
      },
    },
    "/api/topics/:topic/messages": {
      GET: {
        id: "listMessages",
        about: "Messages of a topic, below or above an offset, or the newest.",
        access: "by rights",
        query: queries.history,
        answers: { 200: json("HistoryPage", RESULTS.history, "The messages, oldest first.") },
        errors: WITH_QUERY,
      },
      POST: {
        id: "publishMessage",
        about: "Publishes a message. An answer means: stored.",
        access: "by rights",
        query: queries.publish,
        headers: {
          "Idempotency-Key": z
            .string()
            .regex(MESSAGE_ID_PATTERN)
            .describe("The message id: a request with the same key again gets the first result.")
            .optional(),
        },
        body: { schema: { name: "NewMessage", schema: PUBLISH_BODY }, text: "text/plain" },
        answers: {
          200: published("An earlier request stored it."),
          201: published("Stored."),
          202: json("Held", HELD, "The message waits for a moderator."),
        },
        errors: PUBLISHING,
      },
    },
    "/api/topics/:topic/messages/:id/append": {
      POST: {
        id: "appendToMessage",
        about: "Adds text to one's own growing message, by its id. An answer means: stored.",
        access: "by rights",
        query: queries.append,
        body: { schema: { name: "Append", schema: APPEND_BODY }, text: "text/plain" },
        answers: { 200: json("Grown", RESULTS.append, "Stored, now or before.") },
        errors: [...PUBLISHING, "message-unknown", "sequence-gap", "not-growing"],
      },
    },
    "/api/topics/:topic/events": {
      GET: {
        id: "streamMessages",
        about: "The stream of a topic, live or after a cursor; a gap is an event of type gap.",
        access: "by rights",
        query: queries.events,
        headers: LAST_EVENT_ID,
        answers: {
          200: events("A message in each `data:`, its cursor in `id:`.", {
            name: "Message",
            schema: MESSAGE,
          }),
        },
        errors: [...WITH_QUERY, "too-many-sessions"],
      },
    },
    "/api/topics/:topic/moderate": { POST: moderate("moderate", "An act of moderation.") },
    "/api/topics/:topic/moderate/:action": {
      POST: {
        ...moderate("moderateByName", "An act of moderation by its name, with its fields in the body."),
        body: {
          schema: {
            name: "ActFields",
            schema: z
              .record(z.string(), z.unknown())
              .describe("The fields of ModerationAct for this action, without `action`."),
          },
          isOptional: true,
        },
      },
    },
    ...FIXED,
  } satisfies Partial<ByRoute<Operation>>;
}
