/**
 * The admin API: API keys, rules of topics, users, nodes, and explanations of messages. Every route needs
 * the operator's key or an API key of scope `admin`, and every change is an entry of the audit log.
 */
import type { Auth } from "../users/auth.ts";
import type { ConsoleAccess } from "../users/console-access.ts";
import { REASON } from "../codec.ts";
import type { Cluster } from "../log/cluster.ts";
import type { Config } from "../config.ts";
import { type ApiKeys, SCOPES } from "../users/api-keys.ts";
import type { Policy } from "../topics/policy.ts";
import type { UserData } from "../chat/user-data.ts";
import type { Revocations } from "../users/revocations.ts";
import { z } from "zod";
import { KabarError } from "../errors.ts";
import type { MessageLog } from "../log/log.ts";
import { MESSAGE_ID_PATTERN, MESSAGE_ID_RULE } from "../formats.ts";
import { streamPieces } from "./answer-pieces.ts";
import { createExplain } from "./explain.ts";
import { createAdminRoute, idParam, param, requireOperator } from "./admin-route.ts";
import { NO_STORE, parseQuery, requireTopic } from "./request.ts";
import type { Probes } from "./probes.ts";
import { readJson } from "./request-body.ts";
import { TOPIC_OR_PATTERN } from "../topic-rules.ts";
import { listLike, nameRule, oneOf, textLike, wholeNumber } from "../parsing.ts";
import type { Traces } from "../topics/trace.ts";

export interface AdminParts {
  config: Config;
  auth: Auth;
  consoleAccess: ConsoleAccess;
  log: MessageLog;
  traces: Traces;
  cluster: Cluster;
  keys: ApiKeys;
  policy: Policy;
  revocations: Revocations;
  userData: UserData;
  /** Makes a backup and resolves to the answer that carries it; `by` is the id of the user who asked. */
  sendBackup(by: string): Promise<Response>;
  probes: Probes;
}

export const NEW_KEY = z.object({
  name: textLike(
    /^[^\p{C}]{1,60}$/u,
    nameRule("1 to 60 characters", { must: "characters", min: 1, max: 60 }),
  ),
  scope: oneOf(SCOPES),
  topics: listLike(
    TOPIC_OR_PATTERN,
    nameRule("a list of topics and patterns", { must: "topic-list" }),
  ).default([]),
  ...REASON,
});
export const WHY = z.object(REASON);
export const EXPLAIN_QUERY = {
  offset: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
  id: textLike(MESSAGE_ID_PATTERN, nameRule(MESSAGE_ID_RULE, { must: "message-id" })).optional(),
};
const JSON_TYPE = { "Content-Type": "application/json;charset=utf-8" };

export type Admin = ReturnType<typeof createAdmin>;

/** Creates the routes of the admin API. They throw KabarError. */
export function createAdmin({
  config,
  auth,
  consoleAccess,
  log,
  traces,
  cluster,
  keys,
  policy,
  revocations,
  userData,
  sendBackup,
  probes,
}: AdminParts) {
  const admin = createAdminRoute({ auth, config, consoleAccess });
  const explain = createExplain({ log, traces, cluster });

  return {
    /** `GET /api/topics/:topic/explain?offset=` or `?id=`, and the same below `/api/admin`: when a message was stored, delivered and replayed. */
    explain: admin(async (request) => {
      const topic = requireTopic(request);
      const { offset, id } = parseQuery(request.url, EXPLAIN_QUERY);
      if ((offset === undefined) === (id === undefined)) {
        throw new KabarError("bad-request", "offset, id: give exactly one of the two.");
      }
      return Response.json(await explain({ topic, offset, id }), NO_STORE);
    }),

    /** `GET /api/admin/keys` */
    listKeys: admin(async () => Response.json({ keys: keys.list() }, NO_STORE)),

    /** `POST /api/admin/keys`: `{name, scope, topics?, why?}`. Only this answer contains the secret. */
    makeKey: admin(async (request, by) => {
      const { name, scope, topics, why } = await readJson(request, NEW_KEY);
      const { key, secret } = await keys.make(name, scope, topics, { by, why });
      return Response.json({ ...key, secret }, { status: 201, ...NO_STORE });
    }),

    /** `DELETE /api/admin/keys/:id` */
    revokeKey: admin(async (request, by) => {
      await keys.revoke(param(request, "id"), { by });
      return new Response(null, { status: 204 });
    }),

    /** `GET /api/admin/topics`: the rules in force, and where each comes from. */
    listTopics: admin(async () => {
      const topics = policy.list().map((rule) => ({ ...rule, ...policy.originOf(rule.pattern) }));
      return Response.json({ topics }, NO_STORE);
    }),

    /** `PUT /api/admin/topics/:pattern`: replaces the given fields of a topic's rule, at once. */
    setTopic: admin(async (request, by) => {
      const { why, ...change } = await readJson(request, z.looseObject(WHY.shape));
      return Response.json(await policy.set(param(request, "pattern"), change, { by, why }), NO_STORE);
    }),

    /** `DELETE /api/admin/topics/:pattern`: restores the rule of kabar.toml. */
    resetTopic: admin(async (request, by) => {
      await policy.reset(param(request, "pattern"), { by });
      return new Response(null, { status: 204 });
    }),

    /** `POST /api/admin/users/:id/revoke`: `{why?}`. Ends the user's sessions; tokens issued so far are refused. */
    revokeUser: admin(async (request, by) => {
      const { why } = await readJson(request, WHY);
      await revocations.revoke(idParam(request, "id"), { by, why });
      return new Response(null, { status: 204 });
    }),

    /** `GET /api/admin/users/:id/export`: all retained data of a user. */
    exportUser: admin(async (request) =>
      streamPieces(userData.exportUser(idParam(request, "id")), JSON_TYPE),
    ),

    /** `DELETE /api/admin/users/:id`: `{why?}`. Removes a user's messages, and the user's id and name from everything else. */
    eraseUser: admin(async (request, by) => {
      const { why } = await readJson(request, WHY);
      return Response.json(
        { erased: await userData.eraseUser(idParam(request, "id"), { by, why }) },
        NO_STORE,
      );
    }),

    /** `GET /api/admin/nodes`: the nodes that are alive, the one that answers first. */
    listNodes: admin(async () => Response.json({ nodes: cluster.nodes() }, NO_STORE)),

    /** `POST /api/admin/probes`: a probe of the way to this server. */
    makeProbe: admin(async () => probes.make()),

    /** `GET /api/admin/probes/:id`: how the requests of a probe arrived. */
    readProbe: admin(async (request) => probes.read(request)),

    /** `GET /api/admin/backup`: a backup of the log as a file. For the operator only. */
    backUp: admin(async (_request, by, who) => {
      requireOperator(who, "a backup holds the guests' secret");
      return sendBackup(by);
    }),
  };
}
