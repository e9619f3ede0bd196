/**
 * The HTTP door to topics: publish, history, moderation, the queue and server-sent events. Each route is a function from
 * a request to a response or a thrown KabarError; `answer` (request) catches once for all of them. Limits count
 * requests of guests and users; back ends with a key are not limited.
 */
import type { Auth } from "../users/auth.ts";
import { type Identity, isRateLimited } from "../users/identity.ts";
import type { ReadMarks } from "../chat/read-marks.ts";
import type { Chat } from "../chat/chat.ts";
import { chargeOf } from "../chat/charge.ts";
import { encodeWithMessages } from "../codec.ts";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import type { EventStreams } from "./event-streams.ts";
import type { Limits } from "../limits.ts";
import type { Cursor } from "../model.ts";
import { MESSAGE_ID_PATTERN, MESSAGE_ID_RULE, parseCursor, TOPIC_PATTERN, TOPIC_RULE } from "../formats.ts";
import {
  addressOf,
  type AllowedOrigins,
  type Answer,
  NO_STORE,
  originOf,
  parseQuery,
  type PeerLookup,
  requireOrigin,
  requireTopic,
  type RouteRequest,
} from "./request.ts";
import { readAct, readAppend, readMessage } from "./request-body.ts";
import { textLike, wholeNumber } from "../parsing.ts";
import type { ModerationActs } from "../chat/moderation-acts.ts";
import { z } from "zod";

/** RFC draft-ietf-httpapi-idempotency-key-header writes a key as a quoted string; curl users often leave the quotes out. */
export const QUOTED = /^"(.*)"$/;
const OFFSET = wholeNumber(0, Number.MAX_SAFE_INTEGER);

export interface ApiParts {
  config: Config;
  origins: AllowedOrigins;
  chat: Chat;
  moderationActs: ModerationActs;
  auth: Auth;
  events: EventStreams;
  readMarks: ReadMarks;
  limits: Limits;
  answer: Answer;
  /** True from the moment a shutdown begins. */
  isDraining: () => boolean;
}

/** A request after its origin is checked. */
interface Call {
  request: RouteRequest;
  /** The unit of the client's address, which limits count by. */
  address: string;
  /** Checks the credential, for a guest under this name. Throws `bad-credential` and what `identifyRequest` throws. */
  identify(name?: string): Promise<Identity>;
}

/** A request about a topic, whose name is checked. */
interface TopicCall extends Call {
  topic: string;
}

/** The `Idempotency-Key` of a request. Throws `bad-message-id`. */
function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.headers.get("idempotency-key")?.replace(QUOTED, "$1");
  if (key === undefined || MESSAGE_ID_PATTERN.test(key)) return key;
  throw new KabarError("bad-message-id", `Idempotency-Key: must be ${MESSAGE_ID_RULE}.`);
}

/** A position to resume from: a cursor, or an offset alone. Throws `bad-request`. */
function parseAfter(word: string): Cursor | number {
  const cursor = parseCursor(word);
  if (cursor) return cursor;
  const offset = OFFSET.safeParse(word);
  if (offset.success) return offset.data;
  throw new KabarError(
    "bad-request",
    `after: is ${JSON.stringify(word.slice(0, 60))}, must be an offset or a cursor.`,
  );
}

/** A page of encoded messages as an answer; `charge` is called with its length. */
export function encodePage(
  { messages, ...page }: { messages: readonly string[] },
  charge: (length: number) => void = () => {},
): Response {
  const text = encodeWithMessages(page, messages);
  charge(text.length);
  return new Response(text, {
    headers: { "Content-Type": "application/json;charset=utf-8", ...NO_STORE.headers },
  });
}

/** The query parameters of the routes; `maxHistoryPage` is the longest page that the server sends. */
export function topicQueries(maxHistoryPage: number) {
  return {
    publish: { name: z.string().optional() },
    append: { sequence: z.string().optional(), done: z.string().optional() },
    history: {
      before: OFFSET.optional(),
      after: OFFSET.optional(),
      limit: wholeNumber(1, maxHistoryPage).optional(),
    },
    events: { after: z.string().optional(), last: wholeNumber(0, maxHistoryPage).optional() },
    search: {
      q: z.string().optional(),
      topic: textLike(TOPIC_PATTERN, TOPIC_RULE).optional(),
      user: z.string().optional(),
      before: z.string().optional(),
      limit: wholeNumber(1, maxHistoryPage).optional(),
    },
  };
}

export type Api = ReturnType<typeof createApi>;

/** Creates the routes. */
export function createApi({
  config,
  origins,
  chat,
  moderationActs,
  auth,
  events,
  readMarks,
  limits,
  answer,
  isDraining,
}: ApiParts) {
  const queries = topicQueries(config.maxHistoryPage);

  /** A route: checks the origin, and answers with what `route` returns or throws. */
  const anyRoute =
    (route: (call: Call) => Promise<Response>) =>
    (request: RouteRequest, server: PeerLookup): Promise<Response> =>
      answer(() => {
        requireOrigin(request, origins);
        const address = addressOf(request, server, config);
        const identify = (name?: string) =>
          auth.identifyRequest(request.headers.get("authorization"), name, address);
        return route({ request, address, identify });
      });

  /** A route about a topic: checks its name, too. */
  const topicRoute = (route: (call: TopicCall) => Promise<Response>) =>
    anyRoute((call) => route({ ...call, topic: requireTopic(call.request) }));

  /** The charge for a long answer to guests and users. */
  const chargeReader = (who: Identity, address: string) => (length: number) => {
    if (isRateLimited(who)) limits.spendRead(address, length);
  };

  return {
    /** `POST /api/topics/:topic/messages` */
    publish: topicRoute(async ({ request, topic, address, identify }) => {
      const query = parseQuery(request.url, queries.publish);
      const sender = await identify(query.name);
      // A refused attempt costs only its sender. `chat` checks the rights, and answers a repeat even after they are lost.
      if (isRateLimited(sender)) limits.takeSender({ address, user: sender.user.id });
      const body = await readMessage(request, config.maxFrameBytes);
      const who = body.name === undefined ? sender : await identify(body.name);
      const id = idempotencyKeyOf(request) ?? body.id ?? crypto.randomUUID();
      const author = { ...who, address: auth.hashAddress(address) };
      const charge = isRateLimited(who) ? chargeOf(limits, address) : undefined;
      const { offset, repeated, held } = await chat.publish(author, topic, id, body, charge);
      if (held) return Response.json({ topic, id, held }, { status: 202 });
      return Response.json({ topic, offset, id, repeated }, { status: repeated ? 200 : 201 });
    }),

    /** `POST /api/topics/:topic/messages/:id/append` */
    append: topicRoute(async ({ request, topic, address, identify }) => {
      const query = parseQuery(request.url, queries.append);
      const who = await identify();
      if (isRateLimited(who)) limits.takeRead(address);
      const given = await readAppend(request, config.maxFrameBytes, query);
      const grown = await chat.growing.appendTo(who, topic, request.params.id ?? "", given);
      return Response.json(grown, NO_STORE);
    }),

    /** `GET /api/topics/:topic/messages` */
    history: topicRoute(async ({ request, topic, address, identify }) => {
      const query = parseQuery(request.url, queries.history);
      const who = await identify();
      if (isRateLimited(who)) limits.takeRead(address);
      return encodePage(await chat.history(who, topic, query), chargeReader(who, address));
    }),

    /** `GET /api/search` */
    search: anyRoute(async ({ request, address, identify }) => {
      const query = parseQuery(request.url, queries.search);
      const who = await identify();
      if (isRateLimited(who)) limits.takeSearch(address);
      return encodePage(await chat.search(who, query), chargeReader(who, address));
    }),

    /**
     * `POST /api/topics/:topic/moderate/:action`: an act of moderation by its name, with its fields in the body. Without
     * the name in the address, `action` is one of the fields, as in the command `moderate`.
     */
    moderate: topicRoute(async ({ request, topic, identify }) => {
      const who = await identify();
      moderationActs.requireModerator(who, topic);
      const act = await readAct(request, config.maxFrameBytes, request.params.action);
      return Response.json(await moderationActs.act(who, topic, act), NO_STORE);
    }),

    /** `GET /api/topics/:topic/queue`: the held messages, reports and sanctions of a topic. */
    queue: topicRoute(async ({ topic, identify }) =>
      Response.json(await moderationActs.queue(await identify(), topic), NO_STORE),
    ),

    /** `GET /api/me/unread`: what the user has not read, in the topics that the user has marks in. */
    unread: anyRoute(async ({ address, identify }) => {
      const who = await identify();
      if (isRateLimited(who)) limits.takeRead(address);
      return Response.json({ topics: await readMarks.unread(who) }, NO_STORE);
    }),

    /** `GET /api/topics/:topic/events` */
    events: topicRoute(async ({ request, topic, address, identify }) => {
      if (isDraining()) return events.comeBackLater();
      const query = parseQuery(request.url, queries.events);
      const who = await identify();
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
          origin: originOf(request),
          onEnd: leave,
          onReplayed: (bytes) => isRateLimited(who) && limits.spendRead(address, bytes),
        })
        .catch((error: unknown) => {
          leave();
          throw error;
        });
    }),
  };
}
