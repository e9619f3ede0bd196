/**
 * The HTTP door: publish, history, server-sent events, health, readiness, metrics. Each route is a function from a
 * request to a response or a thrown KabarError; `answer` (request) catches once for all of them.
 */
import type { Auth } from "../users/auth.ts";
import { isRateLimited } from "../users/identity.ts";
import { type Chat, chargeOf } from "../chat/chat.ts";
import { ACT, encodeWithMessages, parseObject, parsePublishBody, ruleError } from "../codec.ts";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import type { EventStreams } from "./event-streams.ts";
import type { Limits } from "../limits.ts";
import type { MessageLog } from "../log/log.ts";
import type { Metrics } from "../metrics.ts";
import type { Cursor } from "../model.ts";
import { MESSAGE_ID_PATTERN, MESSAGE_ID_RULE, parseCursor } from "../formats.ts";
import {
  addressOf,
  type Answer,
  parseQuery,
  type PeerLookup,
  receiveBody,
  requireOrigin,
  requireTopic,
  type TopicRequest,
  withoutCors,
} from "./request.ts";
import { wholeNumber } from "../parsing.ts";
import type { ModerationActs } from "../chat/moderation-acts.ts";
import { z } from "zod";

/** RFC draft-ietf-httpapi-idempotency-key-header writes a key as a quoted string; curl users don't. */
export const QUOTED = /^"(.*)"$/;

export interface ApiParts {
  config: Config;
  chat: Chat;
  moderationActs: ModerationActs;
  auth: Auth;
  log: MessageLog;
  events: EventStreams;
  limits: Limits;
  metrics: Metrics;
  answer: Answer;
  /** True from the moment of a shutdown. */
  isDraining: () => boolean;
}

const offset = wholeNumber(0, Number.MAX_SAFE_INTEGER);
const name = z.string().optional();
const UTF8 = new TextDecoder("utf-8", { fatal: true });

export type Api = ReturnType<typeof createApi>;

/** Makes the routes. */
export function createApi({
  config,
  chat,
  moderationActs,
  auth,
  log,
  events,
  limits,
  metrics,
  answer,
  isDraining,
}: ApiParts) {
  async function readBody(request: Request): Promise<string> {
    const tooLarge = () =>
      new KabarError("too-large", `The body is larger than ${config.maxFrameBytes} bytes.`);
    if (Number(request.headers.get("content-length") ?? 0) > config.maxFrameBytes) throw tooLarge();
    const encoding = request.headers.get("content-encoding") ?? "identity";
    if (encoding.toLowerCase() !== "identity")
      throw new KabarError(
        "unsupported-type",
        `Content-Encoding: is ${JSON.stringify(encoding.slice(0, 60))}; send the body as it is.`,
      );
    const bytes = await receiveBody(request.arrayBuffer());
    if (bytes.byteLength > config.maxFrameBytes) throw tooLarge();
    try {
      return UTF8.decode(bytes);
    } catch {
      throw new KabarError("bad-request", "The body is not UTF-8.");
    }
  }

  /** The text, and where the body says so its id and name. `curl -d` calls plain text a form: taken as it is. */
  async function readMessage(request: Request): Promise<{ text: string; id?: string; name?: string }> {
    const [type, ...parameters] = (request.headers.get("content-type") ?? "text/plain")
      .split(";")
      .map((part) => part.trim().toLowerCase());
    const known = ["text/plain", "application/x-www-form-urlencoded", "application/json"];
    if (type === undefined || !known.includes(type)) {
      throw new KabarError(
        "unsupported-type",
        `Content-Type: is "${type}", must be text/plain or application/json.`,
      );
    }
    const charset = parameters.find((part) => part.startsWith("charset="))?.slice("charset=".length);
    if (charset !== undefined && !/^"?(?:utf-?8|us-ascii)"?$/.test(charset))
      throw new KabarError(
        "unsupported-type",
        `Content-Type: charset is ${JSON.stringify(charset.slice(0, 60))}, must be utf-8.`,
      );
    const body = await readBody(request);
    if (type !== "application/json") return { text: body };
    const { text, id, name } = parsePublishBody(body);
    return { text, ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }) };
  }

  const identify = (request: Request, server: PeerLookup) =>
    auth.identifyRequest(request.headers.get("authorization"), undefined, addressOf(request, server, config));

  function idempotencyKey(request: Request): string | undefined {
    const key = request.headers.get("idempotency-key")?.replace(QUOTED, "$1");
    if (key === undefined || MESSAGE_ID_PATTERN.test(key)) return key;
    throw new KabarError("bad-message-id", `Idempotency-Key: must be ${MESSAGE_ID_RULE}.`);
  }

  const parseAfter = (word: string): Cursor | number => {
    const cursor = parseCursor(word);
    if (cursor) return cursor;
    const plain = offset.safeParse(word);
    if (plain.success) return plain.data;
    throw new KabarError(
      "bad-request",
      `after: is ${JSON.stringify(word.slice(0, 60))}, must be an offset or a cursor.`,
    );
  };

  return {
    /** `POST /api/topics/:topic/messages` */
    publish: (request: TopicRequest, server: PeerLookup): Promise<Response> =>
      answer(async () => {
        requireOrigin(request, config);
        const topic = requireTopic(request);
        const query = parseQuery(request.url, { name });
        const address = addressOf(request, server, config);
        const authorization = request.headers.get("authorization");
        const asker = await auth.identifyRequest(authorization, query.name, address);
        // An attempt costs its sender alone. Rights are chat's to ask: a repeat is answered when they have gone since.
        if (isRateLimited(asker)) limits.takeSender({ address, user: asker.user.id });
        const body = await readMessage(request);
        const who =
          body.name === undefined ? asker : await auth.identifyRequest(authorization, body.name, address);
        const id = idempotencyKey(request) ?? body.id ?? crypto.randomUUID();
        const author = { ...who, address: auth.hashAddress(address) };
        const charge = isRateLimited(who) ? chargeOf(limits, address) : undefined;
        const { offset, repeated, held } = await chat.publish(author, topic, id, body, charge);
        if (held) return Response.json({ topic, id, held }, { status: 202 });
        return Response.json({ topic, offset, id, repeated }, { status: repeated ? 200 : 201 });
      }),

    /** `GET /api/topics/:topic/messages` */
    history: (request: TopicRequest, server: PeerLookup): Promise<Response> =>
      answer(async () => {
        requireOrigin(request, config);
        const topic = requireTopic(request);
        const limit = wholeNumber(1, config.maxHistoryPage).optional();
        const query = parseQuery(request.url, { before: offset.optional(), after: offset.optional(), limit });
        const address = addressOf(request, server, config);
        const who = await auth.identifyRequest(request.headers.get("authorization"), undefined, address);
        if (isRateLimited(who)) limits.takeRead(address);
        const { messages, ...page } = await chat.history(who, topic, query);
        const text = encodeWithMessages(page, messages);
        if (isRateLimited(who)) limits.spendRead(address, text.length);
        return new Response(text, {
          headers: { "Content-Type": "application/json;charset=utf-8", "Cache-Control": "no-store" },
        });
      }),

    /**
     * `POST /api/topics/:topic/moderate/:action`: an act by its name, its fields in the body; or without the name, with
     * `action` among the fields, as in the command `moderate`.
     */
    moderate: (request: TopicRequest, server: PeerLookup): Promise<Response> =>
      answer(async () => {
        requireOrigin(request, config);
        const topic = requireTopic(request);
        const who = await identify(request, server);
        moderationActs.requireModerator(who, topic);
        const body = await readBody(request);
        const fields = body === "" ? {} : parseObject(body);
        if (!fields) throw new KabarError("bad-json");
        const { action } = request.params;
        const asked = action === undefined ? fields : { ...fields, action };
        const act = ACT.safeParse(asked);
        if (!act.success) throw ruleError(act.error, asked, "bad-request");
        return Response.json(await moderationActs.act(who, topic, act.data), {
          headers: { "Cache-Control": "no-store" },
        });
      }),

    /** `GET /api/topics/:topic/queue`: what waits for moderators. */
    queue: (request: TopicRequest, server: PeerLookup): Promise<Response> =>
      answer(async () => {
        requireOrigin(request, config);
        const topic = requireTopic(request);
        return Response.json(await moderationActs.queue(await identify(request, server), topic), {
          headers: { "Cache-Control": "no-store" },
        });
      }),

    /** `GET /api/topics/:topic/events` */
    events: (request: TopicRequest, server: PeerLookup): Promise<Response> =>
      answer(async () => {
        requireOrigin(request, config);
        if (isDraining()) return events.comeBackLater();
        const topic = requireTopic(request);
        const last = wholeNumber(0, config.maxHistoryPage).optional();
        const query = parseQuery(request.url, { after: z.string().optional(), last });
        const address = addressOf(request, server, config);
        const who = await auth.identifyRequest(request.headers.get("authorization"), undefined, address);
        const resume = request.headers.get("last-event-id") || query.after;
        const from = resume === undefined ? undefined : parseAfter(resume);
        if (isRateLimited(who)) limits.takeRead(address);
        limits.join(address);
        let isOpen = true;
        const leave = () => {
          if (isOpen) limits.leave(address);
          isOpen = false;
        };
        return events
          .open(who, topic, from, query.last, {
            gone: request.signal,
            onEnd: leave,
            onReplayed: (bytes) => isRateLimited(who) && limits.spendRead(address, bytes),
          })
          .catch((error: unknown) => {
            leave();
            throw error;
          });
      }),

    /** `GET /healthz`: the process is alive. */
    health: (): Response => new Response("ok\n", { headers: { "Cache-Control": "no-store" } }),

    /** `GET /readyz`: able to serve; otherwise 503 and why. */
    ready: (): Response => {
      const trouble = isDraining() ? "shutting down" : log.trouble();
      const headers = { "Cache-Control": "no-store" };
      if (trouble === undefined) return new Response("ready\n", { headers });
      return new Response(`not ready: ${trouble}\n`, { status: 503, headers });
    },

    /** `GET /metrics`: Prometheus text. */
    metrics: (request: Request, server: PeerLookup): Promise<Response> =>
      answer(async () => {
        if (!config.metricsPublic) {
          const address = addressOf(request, server, config);
          const { isAdmin } = await auth.identifyRequest(
            request.headers.get("authorization"),
            undefined,
            address,
          );
          if (!isAdmin)
            throw new KabarError(
              "forbidden",
              "Metrics need the operator's key, because metrics_public is false.",
            );
        }
        const headers = { "Content-Type": metrics.contentType, "Cache-Control": "no-store" };
        return new Response(await metrics.render(), { headers });
      }).then(withoutCors),
  };
}
