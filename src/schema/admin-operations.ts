/** The operations of the admin API: keys, topics, users, nodes, probes, backup, audit log. */
import { z } from "zod";
import { REASON } from "../codec.ts";
import { NEW_KEY } from "../doors/admin.ts";
import { AUDIT_EXPORT_QUERY, AUDIT_QUERY } from "../doors/audit-admin.ts";
import type { ByRoute } from "../doors/routes.ts";
import { TOPIC_TABLE } from "../topic-rules.ts";
import { SCOPES } from "../users/api-keys.ts";
import { COUNT, HELD_MESSAGE, REPORT, SANCTION, TIME, TOPIC } from "./nouns.ts";
import {
  body,
  done,
  json,
  operation,
  type Operation,
  REASON_BODY,
  STORING,
  text,
  WITH_JSON,
} from "./operation.ts";

const STRINGS = z.array(z.string());

const KEY = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.enum(SCOPES),
  topics: STRINGS,
  madeAt: TIME,
});
const MADE_KEY = KEY.extend({ secret: z.string().describe("Shown in this answer only.") });

const TOPIC_RULE = z.object({
  pattern: z.string(),
  title: z.string(),
  guests: z.string(),
  users: z.string(),
  react: z.boolean(),
  people: z.boolean(),
  links: z.string(),
  firstMessages: z.string(),
  maxTextBytes: COUNT,
  retainMessages: COUNT,
  retainDays: COUNT,
});

const USER_DATA = z.object({
  user: z.string(),
  entries: z
    .array(z.looseObject({ topic: TOPIC, offset: COUNT, id: z.string(), at: TIME }))
    .describe("Messages as they are stored."),
  held: z.array(HELD_MESSAGE),
  sentences: z.array(SANCTION.extend({ topic: TOPIC })),
  reports: z.array(REPORT.extend({ topic: TOPIC })),
  reads: z.unknown().describe("How far the user has read, by topic."),
  devices: z.array(z.unknown()).describe("The devices of the user that have push messages."),
});

const USER_CONNECTIONS = z.object({
  id: z.string(),
  sessions: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(["json", "plain", "ntfy", "events"]),
      since: TIME,
      topics: z.array(TOPIC),
      isAway: z.boolean().exactOptional(),
      browser: z.string().exactOptional(),
      node: z.string(),
    }),
  ),
  silent: COUNT.describe("Nodes that did not answer in time."),
  devices: z.array(
    z.object({
      id: z.string(),
      service: z.string().describe("The host of the push service."),
      language: z.string().exactOptional(),
      topics: z.array(TOPIC),
      seenAt: TIME,
    }),
  ),
  revokedAt: TIME.exactOptional(),
});
const ENDED = { 200: json("Ended", z.object({ ended: COUNT }), "The number of ended sessions.") };

/** A rule in the list: where it comes from, and the one of kabar.toml that it replaces. */
const LISTED_RULE = TOPIC_RULE.extend({
  source: z.enum(["file", "api"]),
  file: TOPIC_RULE.exactOptional(),
});

export const NODE = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  startedAt: TIME,
  seenAt: TIME,
});

const SEEN_REQUEST = z.object({
  peer: z.string(),
  address: z.string(),
  forwardedFor: z.string(),
  forwardedProto: z.string(),
  host: z.string(),
});

const AUDIT_ENTRY = z.object({
  offset: COUNT,
  at: TIME,
  key: z.string(),
  value: z.unknown(),
  by: z.string(),
  why: z.string().exactOptional(),
});
const AUDIT_PAGE = z.object({
  entries: z.array(AUDIT_ENTRY),
  more: z.boolean(),
  before: COUNT.exactOptional(),
});

export const ADMIN_OPERATIONS = {
  "/api/admin/keys": {
    GET: operation("listKeys", "All API keys.", {
      200: json("Keys", z.object({ keys: z.array(KEY) }), "The keys."),
    }),
    POST: operation(
      "makeKey",
      "Makes an API key.",
      { 201: json("MadeKey", MADE_KEY, "The key with its secret.") },
      [...WITH_JSON, "bad-name"],
      { body: body("NewKey", NEW_KEY) },
    ),
  },
  "/api/admin/keys/:id": { DELETE: done("revokeKey", "Revokes an API key.", ["not-found", ...STORING]) },
  "/api/admin/topics": {
    GET: operation("listTopicRules", "The rules of topics in force.", {
      200: json("TopicRules", z.object({ topics: z.array(LISTED_RULE) }), "The rules."),
    }),
  },
  "/api/admin/topics/:pattern": {
    PUT: operation(
      "setTopicRule",
      "Replaces the given fields of a topic's rule.",
      { 200: json("TopicRule", TOPIC_RULE, "The rule in force.") },
      WITH_JSON,
      { body: body("TopicRuleChange", TOPIC_TABLE.extend(REASON)) },
    ),
    DELETE: done("resetTopicRule", "Restores the rule of kabar.toml.", STORING),
  },
  "/api/admin/users/:id/revoke": {
    POST: done("revokeUser", "Ends a user's sessions and refuses the tokens issued so far.", WITH_JSON, {
      body: REASON_BODY,
    }),
  },
  "/api/admin/users/:id/export": {
    GET: operation(
      "exportUser",
      "All retained data of a user.",
      { 200: json("UserData", USER_DATA, "The data.") },
      ["bad-request"],
    ),
  },
  "/api/admin/users/:id/sessions": {
    DELETE: operation(
      "endUserSessions",
      "Ends every session of a user, on all nodes. Revokes nothing.",
      ENDED,
      WITH_JSON,
      {
        body: REASON_BODY,
      },
    ),
  },
  "/api/admin/users/:id/sessions/:session": {
    DELETE: operation("endUserSession", "Ends one session of a user.", ENDED, ["not-found", ...WITH_JSON], {
      body: REASON_BODY,
    }),
  },
  "/api/admin/users/:id/devices/:device": {
    DELETE: done(
      "removeUserDevice",
      "Removes a device of a user: it receives no push messages.",
      ["not-found", ...WITH_JSON],
      {
        body: REASON_BODY,
      },
    ),
  },
  "/api/admin/users/:id": {
    GET: operation(
      "readUser",
      "The open sessions of a user on all nodes, and the devices with push messages.",
      { 200: json("UserConnections", USER_CONNECTIONS, "Sessions, the newest first, and devices.") },
      ["bad-request"],
    ),
    DELETE: operation(
      "eraseUser",
      "Erases a user's messages, and the user's id and name everywhere else.",
      { 200: json("Erased", z.object({ erased: COUNT }), "The number of erased entries.") },
      WITH_JSON,
      { body: REASON_BODY },
    ),
  },
  "/api/admin/nodes": {
    GET: operation("listNodes", "The nodes that are alive, the one that answers first.", {
      200: json("Nodes", z.object({ nodes: z.array(NODE) }), "The nodes."),
    }),
  },
  "/api/admin/probes": {
    POST: operation("makeProbe", "Makes a probe of the way to this server.", {
      201: json("Probe", z.object({ id: z.string() }), "Request /api/probes/:id at the outside address."),
    }),
  },
  "/api/admin/probes/:id": {
    GET: operation(
      "readProbe",
      "How the requests of a probe arrived.",
      {
        200: json(
          "ProbeReport",
          z.object({ requests: z.array(SEEN_REQUEST), trustedProxyHops: COUNT }),
          "The requests so far.",
        ),
      },
      ["not-found"],
    ),
  },
  "/api/admin/backup": {
    GET: operation(
      "downloadBackup",
      "A backup of the log; for the operator's key only.",
      { 200: text("application/vnd.sqlite3", "A SQLite file.") },
      ["bad-request", "rate-limited", "log-unavailable"],
    ),
  },
  "/api/admin/audit": {
    GET: operation(
      "readAuditLog",
      "The entries of the audit log that match, newest first.",
      { 200: json("AuditLog", AUDIT_PAGE, "The changes; `before` is where to go on.") },
      ["bad-request"],
      { query: AUDIT_QUERY },
    ),
  },
  "/api/admin/audit/export": {
    GET: operation(
      "exportAuditLog",
      "All entries of the audit log that match, oldest first.",
      { 200: text("application/x-ndjson", "One JSON object a line, or with `format=csv` a table.") },
      ["bad-request"],
      { query: AUDIT_EXPORT_QUERY },
    ),
  },
} satisfies Partial<ByRoute<Operation>>;
