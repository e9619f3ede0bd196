/**
 * Subscribing as ntfy's clients do it (docs.ntfy.sh/subscribe/api): `GET /ntfy/:topics/json`, `/sse`, `/raw` and `/ws`, with `since=`,
 * `poll=1` and filters. Rights, limits and moderation are those of `GET /api/topics/:topic/events`.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { NTFY_FORMS, type NtfyEvent, type NtfyForm, ntfyEvent } from "../hooks/ntfy-format.ts";
import { readFilter, readPoll, readSince } from "../hooks/ntfy-params.ts";
import type { Limits } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { type Identity, isRateLimited } from "../users/identity.ts";
import { watchExpiry } from "../users/token-expiry.ts";
import { type NtfyAnswer, openNtfyCall, requireNtfyTopic } from "./ntfy-door.ts";
import { NtfyPeer } from "./ntfy-peer.ts";
import { type NtfyReader, type NtfyReaderParts, openNtfyReader } from "./ntfy-reader.ts";
import type { Peer } from "./peer.ts";
import { type AllowedOrigins, NO_STORE, originOf, type PeerLookup, type RouteRequest } from "./request.ts";
import { STREAM_HEADERS } from "./stream-format.ts";

/** The time after which a client that comes during a shutdown may try again. */
const RETURN_AFTER_MS = 1000;

export interface NtfyStreamsParts extends Omit<NtfyReaderParts, "maxTopics"> {
  config: Config;
  origins: AllowedOrigins;
  limits: Limits;
  logger: Logger;
  metrics: Metrics;
  ntfyAnswer: NtfyAnswer;
  /** True from the moment a shutdown begins. */
  isDraining: () => boolean;
}

export type NtfyStreams = ReturnType<typeof createNtfyStreams>;

/** A subscription that has begun. */
export interface NtfySubscription {
  who: Identity;
  address: string;
  names: readonly string[];
  isPoll: boolean;
  /** The first events. */
  greeting: NtfyEvent[];
  /** The next events, when there are some or a sign of life is due; undefined when the subscription has ended. */
  next(): Promise<NtfyEvent[] | undefined>;
  /** Ends the subscription and frees its reader. */
  end(): void;
  /** Aborted by `end`. */
  ended: AbortSignal;
}

interface OpenStream {
  who: Identity;
  names: readonly string[];
  /** The origin of the page that reads. */
  origin: string | undefined;
}

/** The topics of a request's path. Throws `bad-topic`. */
const topicsOf = (request: RouteRequest): string[] => [
  ...new Set((request.params.topics ?? "").split(",").map(requireNtfyTopic)),
];

/** Makes the function that waits for the next events of a reader. */
function createNext(
  { limits, keepaliveMs }: { limits: Limits; keepaliveMs: number },
  reader: NtfyReader,
  { who, names, isPoll, address }: Pick<NtfySubscription, "who" | "names" | "isPoll" | "address">,
  ended: AbortSignal,
): NtfySubscription["next"] {
  /** Charges an address for what it reads of the log. Undefined once the reader has caught up. */
  let charge: ((events: readonly NtfyEvent[]) => void) | undefined = isRateLimited(who)
    ? (events) => limits.spendRead(address, JSON.stringify(events).length)
    : undefined;

  /** The events of one round; empty when a sign of life, the end, or another round is due. */
  async function round(): Promise<NtfyEvent[]> {
    // Gives way between two rounds: a fast reader must not block the event loop.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const events = ended.aborted ? [] : await reader.next();
    if (events.length > 0) charge?.(events);
    if (!reader.isBehind()) charge = undefined;
    return events;
  }

  return async () => {
    const dueAt = performance.now() + keepaliveMs;
    for (;;) {
      const events = await round();
      if (ended.aborted) return undefined;
      if (events.length > 0) return events;
      if (reader.isBehind()) continue;
      if (isPoll) return undefined;
      const leftMs = dueAt - performance.now();
      if (leftMs <= 0) return [ntfyEvent("keepalive", names.join(","), Date.now())];
      await reader.wait(leftMs, ended);
    }
  };
}

/** Creates the routes. */
export function createNtfyStreams(parts: NtfyStreamsParts) {
  const { config, auth, limits, logger, metrics, ntfyAnswer, isDraining } = parts;
  const keepaliveMs = config.ntfyKeepaliveS * 1000;
  /** Open streams over HTTP, by the function that ends each. Those over WebSocket are peers. */
  const open = new Map<() => void, OpenStream>();

  /** Begins the subscription that a request asks for. Throws KabarError. */
  async function begin(request: RouteRequest, server: PeerLookup): Promise<NtfySubscription> {
    if (isDraining()) throw new KabarError("shutting-down", undefined, RETURN_AFTER_MS);
    const names = topicsOf(request);
    const { param, address, identify } = openNtfyCall(parts, request, server);
    const isPoll = readPoll(param);
    const since = readSince(param, isPoll, Date.now());
    const filter = readFilter(param);
    const who = await identify();
    if (isRateLimited(who)) limits.takeRead(address);
    limits.join(address);
    const maxTopics = config.maxTopicsPerSession;
    const options = { who, names, since, filter, isPoll };
    const reader = await openNtfyReader({ ...parts, maxTopics }, options).catch((error: unknown) => {
      limits.leave(address);
      throw error;
    });
    const ending = new AbortController();
    // An expired token ends the stream: its reader comes back with a fresh one.
    const stopClock =
      who.expiresAtMs === undefined
        ? undefined
        : watchExpiry(who.expiresAtMs, Date.now, (leftMs) => leftMs === 0 && ending.abort());
    ending.signal.addEventListener("abort", () => {
      stopClock?.();
      reader.close();
    });
    return {
      who,
      address,
      names,
      isPoll,
      greeting: isPoll ? [] : [ntfyEvent("open", names.join(","), Date.now())],
      next: createNext({ limits, keepaliveMs }, reader, { who, names, isPoll, address }, ending.signal),
      end: () => ending.abort(),
      ended: ending.signal,
    };
  }

  /** The body of a stream, which pulls the next events when its reader has taken the last ones. */
  function bodyOf({ greeting, next, end }: NtfySubscription, { encode }: NtfyForm) {
    const encoder = new TextEncoder();
    const write = (events: readonly NtfyEvent[]) => encoder.encode(events.map(encode).join(""));
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => greeting.length > 0 && controller.enqueue(write(greeting)),
        async pull(controller) {
          try {
            const events = await next();
            if (events) return controller.enqueue(write(events));
          } catch (err) {
            if (!(err instanceof KabarError)) logger.error({ err }, "bug in a stream of ntfy's");
          }
          end();
          controller.close();
        },
        cancel: end,
      },
      { highWaterMark: 1 },
    );
  }

  const stream =
    (form: NtfyForm) =>
    (request: RouteRequest, server: PeerLookup): Promise<Response> =>
      ntfyAnswer(async () => {
        const subscription = await begin(request, server);
        const { who, names, address, end, ended } = subscription;
        metrics.sessions.inc({ mode: "ntfy" });
        open.set(end, { who, names, origin: originOf(request) });
        const finish = () => {
          if (!open.delete(end)) return;
          metrics.sessions.dec({ mode: "ntfy" });
          limits.leave(address);
        };
        ended.addEventListener("abort", finish);
        request.signal.addEventListener("abort", end);
        if (request.signal.aborted) end();
        return new Response(bodyOf(subscription, form), {
          headers: { ...STREAM_HEADERS, "Content-Type": form.contentType },
        });
      });

  const endWhere = (isOver: (stream: OpenStream) => boolean): void => {
    for (const [end, each] of [...open]) if (isOver(each)) end();
  };

  return {
    json: stream(NTFY_FORMS.json),
    sse: stream(NTFY_FORMS.sse),
    raw: stream(NTFY_FORMS.raw),

    /** `GET /ntfy/:topics/ws`: undefined when the socket is upgraded. */
    upgrade: (request: RouteRequest, server: Bun.Server<Peer>): Promise<Response | undefined> =>
      ntfyAnswer(async () => {
        if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
          throw new KabarError(
            "upgrade-required",
            "invalid request: client not using the websocket protocol",
          );
        const subscription = await begin(request, server);
        const peer = new NtfyPeer(subscription, {
          mayRead: () => subscription.names.every((topic) => auth.rightsIn(subscription.who, topic)?.read),
          onBug: (err) => logger.error({ err }, "bug in a socket of ntfy's"),
        });
        peer.origin = originOf(request);
        if (server.upgrade(request, { data: peer })) return undefined;
        subscription.end();
        limits.leave(subscription.address);
        throw new KabarError("bad-request", "The WebSocket handshake is incomplete (RFC 6455 section 4.1).");
      }),

    /** `GET /ntfy/:topics/auth`: whether the sender may read the topics. */
    check: (request: RouteRequest, server: PeerLookup): Promise<Response> =>
      ntfyAnswer(async () => {
        const names = topicsOf(request);
        const who = await openNtfyCall(parts, request, server).identify();
        for (const topic of names) auth.requireRights(who, topic, "read");
        return Response.json({ success: true }, NO_STORE);
      }),

    /** Ends every stream. */
    closeAll: (): void => endWhere(() => true),

    /** Ends the streams of readers who have lost the right to read one of their topics. */
    reviewRights: (): void =>
      endWhere(({ who, names }) => !names.every((topic) => auth.rightsIn(who, topic)?.read)),

    /** Ends the streams of these topics; their readers come back with the id of their last message. */
    beginAgain: (topics: readonly string[]): void =>
      endWhere(({ names }) => names.some((topic) => topics.includes(topic))),

    /** Ends every stream of pages that may no longer connect. */
    endPages: (isGone: (origin: string) => boolean): void =>
      endWhere(({ origin }) => origin !== undefined && isGone(origin)),

    /** Ends every stream of a user. */
    endUser: (userId: string): void => endWhere(({ who }) => who.user.id === userId),
  };
}
