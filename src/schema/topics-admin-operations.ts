/** The operations of the admin API about what is in topics, what waits for moderators, and how the server is. */
import { z } from "zod";
import { ACT } from "../codec.ts";
import type { Config } from "../config.ts";
import { topicQueries } from "../doors/api.ts";
import { WINDOW } from "../doors/health-admin.ts";
import { INBOX_QUERY, TAKE } from "../doors/inbox-admin.ts";
import { NEW_ORIGIN, ORIGIN_QUERY } from "../doors/origins-admin.ts";
import { PEOPLE_QUERY } from "../doors/people-admin.ts";
import { ADMIN_PUBLISH, EXPORT_QUERY, LIST_QUERY } from "../doors/topics-admin.ts";
import type { ByRoute } from "../doors/routes.ts";
import type { HealthWarning, InboxCase } from "../model.ts";
import { LOG_WARNINGS, type LogWarning, type TroubleCode, TROUBLES } from "../named-sentences.ts";
import { TOPIC_MODE } from "../moderation/moderation.ts";
import { WORD_RULES } from "../moderation/word-filter.ts";
import { EXPLAIN_QUERY } from "../doors/admin.ts";
import { CHANGING, PUBLISHING } from "./error-groups.ts";
import { RESULTS } from "./frame-schemas.ts";
import { EXPLANATIONS, LAST_EVENT_ID } from "./topic-operations.ts";
import { NODE } from "./admin-operations.ts";
import { COUNT, HELD_MESSAGE, MESSAGE, OFFSET, REPORT, SANCTION, TIME, TOPIC, typed, USER } from "./nouns.ts";
import { body, DONE, events, json, operation, type Operation, PUBLISHED, WITH_JSON } from "./operation.ts";

const TROUBLE_CODES = Object.keys(TROUBLES) as [TroubleCode, ...TroubleCode[]];
const WARNING_CODES = Object.keys(LOG_WARNINGS) as [LogWarning["code"], ...LogWarning["code"][]];
const LISTED_TOPIC = z.object({
  name: TOPIC,
  title: z.string().exactOptional(),
  rule: z.string().describe("The name or pattern of the rule in force.").exactOptional(),
  entries: COUNT,
  bytes: COUNT.describe("About how many bytes the bodies of its entries have."),
  top: COUNT,
  lastAt: TIME.exactOptional(),
  people: COUNT,
  held: COUNT,
  reports: COUNT,
  waiting: COUNT.describe("Its cases in the inbox."),
  readOnly: z.boolean(),
});
const CASE = { topic: TOPIC, at: TIME, standing: z.enum(["ok", "muted", "banned"]) };
const INBOX = z.object({
  cases: z.array(
    typed<InboxCase>()(
      z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("held"), ...CASE, held: HELD_MESSAGE }),
        z.object({
          kind: z.literal("reported"),
          ...CASE,
          offset: OFFSET,
          reports: z.array(REPORT),
          message: MESSAGE.exactOptional(),
        }),
        z.object({
          kind: z.literal("first"),
          ...CASE,
          offset: OFFSET,
          message: MESSAGE.exactOptional(),
        }),
      ]),
    ),
  ),
  count: COUNT,
  looking: z
    .array(z.object({ case: z.string(), by: z.string() }))
    .describe("The cases that other tabs look at, and the names of their moderators."),
  taken: z.array(z.object({ case: z.string(), by: z.string(), own: z.boolean() })),
});
const NUMBER = z.number().min(0);
const HEALTH = z.object({
  now: TIME,
  startedAt: TIME,
  version: z.string(),
  node: z.string(),
  nodes: z.array(NODE),
  ready: z.boolean(),
  warnings: z
    .array(
      typed<HealthWarning>()(
        z.object({
          kind: z.enum([
            "cannot-store",
            "no-file",
            "disk-full",
            "little-room",
            "versions",
            "old-backup",
            "log",
          ]),
          text: z.string().describe("What to know and to do, in English."),
          cause: z.string().exactOptional(),
          causeCode: z.enum(TROUBLE_CODES).exactOptional(),
          warning: z
            .object({
              code: z.enum(WARNING_CODES),
              most: COUNT.exactOptional(),
              held: COUNT.exactOptional(),
              database: z.string().exactOptional(),
            })
            .exactOptional(),
          freeBytes: COUNT.exactOptional(),
          versions: z.array(z.string()).exactOptional(),
          at: TIME.exactOptional(),
        }),
      ),
    )
    .describe("The gravest first."),
  sessions: COUNT,
  messages: COUNT,
  deliveries: COUNT,
  errors: z.record(z.string(), COUNT),
  commits: COUNT,
  commitSeconds: NUMBER,
  tailLagS: NUMBER.exactOptional(),
  memoryBytes: COUNT,
  logBytes: COUNT.exactOptional(),
  disk: z.object({ freeBytes: NUMBER, totalBytes: NUMBER }).exactOptional(),
  backups: z
    .object({
      newestAt: TIME.exactOptional(),
      path: z.string().exactOptional(),
      everyMs: NUMBER.exactOptional(),
      kept: COUNT.exactOptional(),
      oldestAt: TIME.exactOptional(),
    })
    .describe("Backups that `backup` or the admin door made; absent where the log is in PostgreSQL.")
    .exactOptional(),
});
const NUMBERS = z.array(NUMBER);
const SERIES = z.object({
  stepMs: COUNT,
  at: z.array(TIME),
  sessions: NUMBERS,
  messagesPerS: NUMBERS,
  deliveriesPerS: NUMBERS,
  errorsPerMin: NUMBERS,
  commitMs: NUMBERS,
  memoryBytes: NUMBERS,
  logBytes: NUMBERS,
});
const PEOPLE_FOUND = z.object({
  people: z.array(
    z.object({
      id: z.string(),
      name: z.string().exactOptional(),
      role: USER.shape.role.exactOptional(),
      here: z.array(TOPIC),
      wrote: z.array(TOPIC),
      lastAt: TIME.exactOptional(),
      sanctions: z.array(SANCTION.extend({ topic: TOPIC })),
    }),
  ),
  count: COUNT,
  more: z.boolean(),
  incomplete: z.literal(true).exactOptional(),
  topicsLeftOut: z.literal(true).describe("The moderator has more topics than are searched.").exactOptional(),
  searchOff: z
    .literal(true)
    .describe("`search` is off in the settings: nobody is found by messages.")
    .exactOptional(),
});
const SETTINGS_IN_FORCE = z.object({
  settings: z.array(
    z.object({
      key: z.string(),
      variable: z.string(),
      value: z.unknown(),
      source: z.enum(["environment", "file", "default"]),
      default: z.unknown().optional(),
      about: z.string(),
    }),
  ),
});
const ORIGINS = z.object({
  origins: z.array(
    z.object({ origin: z.string(), source: z.enum(["environment", "file", "default", "api"]) }),
  ),
});
const ADDED_ORIGIN = z.object({ origin: z.string() });
const MODES = z.object({ mode: TOPIC_MODE, words: WORD_RULES });

/** Makes the operations, with the limits of this configuration. */
export const createTopicsAdminOperations = ({ maxHistoryPage }: Pick<Config, "maxHistoryPage">) =>
  ({
    "/api/admin/log/topics": {
      GET: operation(
        "listTopics",
        "Topics with messages or a rule of their own, by name or in another order; for a moderator those that the user moderates.",
        {
          200: json(
            "Topics",
            z.object({
              topics: z.array(LISTED_TOPIC),
              more: z.boolean(),
              incomplete: z
                .literal(true)
                .describe("There are more topics than are put in order; `search` leads to the others.")
                .exactOptional(),
              count: COUNT.describe("Of all topics; for the operator.").exactOptional(),
            }),
            "A page of topics.",
          ),
        },
        ["bad-request"],
        { query: LIST_QUERY },
      ),
    },
    "/api/admin/search": {
      GET: operation(
        "searchAllMessages",
        "Finds messages of all topics as moderators see them, newest first.",
        { 200: json("FoundMessages", RESULTS.search, "The messages found.") },
        ["bad-topic", "topic-unknown", "bad-request", "rate-limited", "search-off"],
        { query: topicQueries(maxHistoryPage).search },
      ),
    },
    "/api/admin/topics/:topic/messages": {
      GET: operation(
        "listAllMessages",
        "Messages of a topic as moderators see them.",
        { 200: json("HistoryPage", RESULTS.history, "The messages, oldest first.") },
        ["bad-topic", "topic-unknown", "bad-request"],
        { query: topicQueries(maxHistoryPage).history },
      ),
      POST: operation(
        "publishAsOperator",
        "Publishes as the operator.",
        {
          200: json("Published", PUBLISHED, "An earlier request stored it."),
          201: json("Published", PUBLISHED, "Stored."),
        },
        PUBLISHING,
        { body: body("OperatorMessage", ADMIN_PUBLISH) },
      ),
    },
    "/api/admin/topics/:topic/export": {
      GET: operation(
        "exportTopic",
        "All retained messages of a topic.",
        {
          200: {
            about: "Every entry as JSON a line, or the messages as a table; oldest first.",
            content: { "application/x-ndjson": null, "text/csv": null },
          },
        },
        ["bad-topic", "topic-unknown", "bad-request"],
        { query: EXPORT_QUERY },
      ),
    },
    "/api/admin/topics/:topic/explain": {
      GET: operation(
        "explainMessageToConsole",
        "The same as /api/topics/:topic/explain, for the console's session too.",
        { 200: json("Explanations", EXPLANATIONS, "The messages that were found.") },
        ["bad-topic", "bad-message-id", "bad-request"],
        { query: EXPLAIN_QUERY },
      ),
    },
    "/api/admin/topics/:topic/mode": {
      GET: operation(
        "readModes",
        "The modes and the word rules of a topic.",
        { 200: json("Modes", MODES, "In force.") },
        ["bad-topic"],
      ),
    },
    "/api/admin/topics/:topic/moderate": {
      POST: operation(
        "moderateAsOperator",
        "An act of moderation.",
        { 200: json("Moderated", RESULTS.moderate, "Done; `undo` is the act that reverses it.") },
        [...CHANGING, ...WITH_JSON, "message-unknown", "not-found"],
        { body: body("ModerationAct", ACT) },
      ),
    },
    "/api/admin/people": {
      GET: operation(
        "listPeople",
        "Who is here, has a sanction or has a message, by name or id.",
        { 200: json("PeopleFound", PEOPLE_FOUND, "Those with a sanction first.") },
        ["bad-request"],
        { query: PEOPLE_QUERY },
      ),
    },
    "/api/admin/origins": {
      GET: operation("listOrigins", "Origins of pages that may connect.", {
        200: json("Origins", ORIGINS, "Those of the configuration first."),
      }),
      POST: operation(
        "addOrigin",
        "Lets the pages of an origin connect, at once and on all nodes; for the operator only.",
        {
          200: json("AddedOrigin", ADDED_ORIGIN, "It was added before."),
          201: json("AddedOrigin", ADDED_ORIGIN, "Added."),
        },
        [...CHANGING, ...WITH_JSON],
        { body: body("NewOrigin", NEW_ORIGIN) },
      ),
      DELETE: operation(
        "removeOrigin",
        "Removes an added origin and ends the sessions of its pages; for the operator only.",
        { 204: DONE },
        ["bad-request", "not-found"],
        { query: ORIGIN_QUERY },
      ),
    },
    "/api/admin/settings": {
      GET: operation("listSettings", "The settings in force; secrets are masked.", {
        200: json("Settings", SETTINGS_IN_FORCE, "Every setting."),
      }),
    },
    "/api/admin/inbox": {
      GET: operation(
        "readInbox",
        "What waits for a moderator in all topics, oldest first.",
        { 200: json("Inbox", INBOX, "Held and reported messages.") },
        ["bad-request"],
        { query: INBOX_QUERY },
      ),
    },
    "/api/admin/inbox/take": {
      POST: operation(
        "takeCase",
        "Takes a case of the inbox for a desk, or gives it back.",
        {
          200: json(
            "CaseTaken",
            z.object({ by: z.string().exactOptional(), own: z.boolean().exactOptional() }),
            "Who has the case now.",
          ),
        },
        WITH_JSON,
        { body: body("TakeCase", TAKE) },
      ),
    },
    "/api/admin/health": {
      GET: operation("readHealth", "How this node is, and what to do.", {
        200: json("Health", HEALTH, "Counts since the start, and warnings."),
      }),
    },
    "/api/admin/health/series": {
      GET: operation(
        "readHealthSeries",
        "The vital signs of the last hour or day.",
        { 200: json("HealthSeries", SERIES, "A list of values for each, oldest first.") },
        ["bad-request"],
        { query: WINDOW },
      ),
    },
    "/api/admin/health/events": {
      GET: operation(
        "streamHealth",
        "How this node is, once a second, and the vital signs of the last hour or day as they are taken.",
        {
          200: events(
            "Events of type `health`, as readHealth; `series`, as readHealthSeries, first and after another process took over; then `points`, the new values alone.",
            { name: "HealthEvent", schema: z.union([HEALTH, SERIES]) },
          ),
        },
        ["bad-request", "too-many-sessions"],
        { query: WINDOW, headers: LAST_EVENT_ID },
      ),
    },
  }) satisfies Partial<ByRoute<Operation>>;
