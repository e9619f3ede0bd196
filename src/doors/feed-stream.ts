/**
 * The feed as server-sent events, `GET /api/feed`: for API keys of scope `feed` in their topics, for admin keys and the
 * operator. A stream pulls, so that a slow reader costs one page of memory and loses nothing.
 */
import { z } from "zod";
import type { Config } from "../config.ts";
import { isLogAway, KabarError } from "../errors.ts";
import { formatCursor, parseCursor } from "../formats.ts";
import { FEED_KINDS, type FeedKind, isFeedKind } from "../hooks/feed-log.ts";
import type { Feed, FeedFilter } from "../hooks/feed.ts";
import type { Limits } from "../limits.ts";
import type { Cursor } from "../model.ts";
import { listLike, listOf, wholeNumber } from "../parsing.ts";
import { TOPIC_OR_PATTERN } from "../topic-rules.ts";
import type { Auth } from "../users/auth.ts";
import { encodeSseGap } from "../codec.ts";
import {
  addressOf,
  type AllowedOrigins,
  originOf,
  parseQuery,
  type PeerLookup,
  requireOrigin,
  type RouteRequest,
} from "./request.ts";
import { HEARTBEAT, HEARTBEAT_MS, STREAM_HEADERS } from "./stream-format.ts";

/** Streams of the feed that may be open at a time: each reads every entry by itself. */
const MAX_STREAMS = 20;
const RETRY_MS = 2000;

export const FEED_QUERY = {
  after: z.string().optional(),
  topics: listLike(TOPIC_OR_PATTERN, "a list of topics and patterns").optional(),
  kinds: listOf(isFeedKind, `of ${FEED_KINDS.join(", ")}`).optional(),
};
const OFFSET = wholeNumber(0, Number.MAX_SAFE_INTEGER);

export interface FeedStreamParts {
  config: Config;
  origins: AllowedOrigins;
  auth: Auth;
  feed: Feed;
  limits: Limits;
  /** True from the moment a shutdown begins. */
  isDraining: () => boolean;
}

/** The place after which a reader begins. Throws `bad-request`. */
function parsePlace(word: string | undefined): Cursor | number | undefined {
  if (word === undefined || word === "") return undefined;
  const offset = OFFSET.safeParse(word);
  const place = parseCursor(word) ?? offset.data;
  if (place !== undefined) return place;
  throw new KabarError(
    "bad-request",
    `after: is ${JSON.stringify(word.slice(0, 60))}, must be an offset or a cursor.`,
  );
}

export type FeedDoor = ReturnType<typeof createFeedDoor>;

/** Creates the door of the feed. */
export function createFeedDoor({ config, origins, auth, feed, limits, isDraining }: FeedStreamParts) {
  /** Open streams: the functions that end them, with the ids of their users and the origins of their pages. */
  const open = new Map<() => void, { userId: string; origin: string | undefined }>();

  function stream(
    epoch: string,
    begin: number,
    greeting: string,
    filter: FeedFilter,
    ending: AbortController,
  ) {
    let place = begin;
    const encoder = new TextEncoder();
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => controller.enqueue(encoder.encode(greeting)),
        async pull(controller) {
          const { signal } = ending;
          const waitUntil = performance.now() + HEARTBEAT_MS;
          let text = "";
          while (text === "" && !signal.aborted) {
            const { events, next } = await feed.read(place, filter);
            text = events
              .map(({ offset, tag, event }) => {
                const id = formatCursor({ epoch, offset, tag });
                return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
              })
              .join("");
            const waitMs = waitUntil - performance.now();
            if (text === "" && next === place && waitMs <= 0) text = HEARTBEAT;
            else if (text === "" && next === place) await feed.wait(waitMs, signal);
            place = next;
          }
          if (!signal.aborted) return controller.enqueue(encoder.encode(text));
          controller.close();
        },
        cancel: () => ending.abort(),
      },
      { highWaterMark: 0 },
    );
  }

  /** A response without events: an `EventSource` reconnects after it, and would give up after an error. */
  const comeBackLater = (): Response => new Response(`retry: ${RETRY_MS}\n\n`, { headers: STREAM_HEADERS });

  return {
    /** `GET /api/feed?after=&topics=&kinds=` */
    async open(request: RouteRequest, server: PeerLookup): Promise<Response> {
      requireOrigin(request, origins);
      const address = addressOf(request, server, config);
      const { user, feedTopics } = await auth.identifyRequest(
        request.headers.get("authorization"),
        undefined,
        address,
      );
      if (!feedTopics)
        throw new KabarError(
          "forbidden",
          "The feed needs an API key of scope feed: Authorization: Bearer <key>.",
        );
      if (isDraining()) return comeBackLater();
      const { after, topics, kinds } = parseQuery(request.url, FEED_QUERY);
      const from = parsePlace(request.headers.get("last-event-id") || after);
      if (open.size >= MAX_STREAMS)
        throw new KabarError(
          "too-many-sessions",
          `At most ${MAX_STREAMS} readers of the feed at a time.`,
          30_000,
        );
      limits.join(address);
      const ending = new AbortController();
      const end = () => ending.abort();
      ending.signal.addEventListener("abort", () => {
        open.delete(end);
        limits.leave(address);
      });
      open.set(end, { userId: user.id, origin: originOf(request) });
      request.signal.addEventListener("abort", end);
      try {
        await feed.open({ by: user.id });
        const { cursor, gap } = await feed.begin(from);
        const missing = gap === undefined ? "\n" : encodeSseGap(gap);
        const greeting = `retry: ${RETRY_MS}\nid: ${formatCursor(cursor)}\n${missing}`;
        const filter = { topics, within: feedTopics, kinds: kinds as FeedKind[] | undefined };
        return new Response(stream(cursor.epoch, cursor.offset, greeting, filter, ending), {
          headers: STREAM_HEADERS,
        });
      } catch (error) {
        end();
        if (isLogAway(error)) return comeBackLater();
        throw error;
      }
    },

    /** Ends every stream. */
    closeAll(): void {
      for (const end of [...open.keys()]) end();
    },

    /** Ends every stream of a user. */
    endUser(userId: string): void {
      for (const [end, stream] of [...open]) if (stream.userId === userId) end();
    },

    /** Ends every stream of pages that may no longer connect. */
    endPages(isGone: (origin: string) => boolean): void {
      for (const [end, { origin }] of [...open]) if (origin !== undefined && isGone(origin)) end();
    },
  };
}
