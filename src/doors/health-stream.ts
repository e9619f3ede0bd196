/**
 * The health of the server as server-sent events, for the console's Home: how the server is, once a second, and each new point of the
 * plots. One reading a second serves all streams, and nothing is read while there is none. A slow reader skips readings and misses no
 * point. Does not know what a reading contains.
 */
import { KabarError } from "../errors.ts";
import type { Vital } from "../model.ts";
import { pause } from "../pause.ts";
import { STREAM_HEADERS } from "./stream-format.ts";
import type { Vitals, Window } from "./vitals.ts";

/** How often streams receive the health: as often as people can read numbers that change. */
const READ_EVERY_MS = 1000;
/** Streams that may be open at a time, each of a Home that somebody looks at. Further ones are refused, and ask again and again instead. */
const MAX_STREAMS = 20;
/** A stream ends after this time and its reader returns: a proxy that signs owners in has to let the new request pass. */
const MAX_LIFE_MS = 300_000;
/** The wait of an `EventSource` before it reconnects. */
const RETRY_MS = 1000;
/**
 * The first line travels alone for so long. Caddy's `encode` decides by the first bytes: a few are not worth compressing, and with
 * more it would hold everything back, whatever `no-transform` says.
 */
const HEAD_ALONE_MS = 50;
/** When a refused reader may try again: another one has to leave. */
const FULL_RETRY_MS = 30_000;
/** The place of a reader: the process whose points it has, and how many there were. */
const PLACE = /^([\w-]{1,40}):(\d{1,15})$/;

export interface HealthStreamsParts {
  /** Reads the health, as JSON. */
  readHealth: () => Promise<string>;
  vitals: Pick<Vitals, "points" | "taken">;
  /** Points as JSON. */
  encodePoints: (window: Window, points: readonly Vital[]) => string;
  /** The id of this process: points of another one are of no use to a reader. */
  node: string;
  /** True from the moment a shutdown begins. */
  isDraining: () => boolean;
  readEveryMs?: number;
}

/** Who opens a stream of which window, and from which place on. */
export interface HealthReader {
  user: string;
  window: Window;
  lastEventId: string | null;
  /** Whether the session or key of the request still counts. */
  isInForce: () => boolean;
  /** Aborted when the reader has disconnected. */
  gone: AbortSignal;
}

interface OpenStream extends Pick<HealthReader, "user" | "isInForce"> {
  until: number;
  end: () => void;
}

/** How many points of this process a reader has received; undefined when it has received none. */
function placeOf(lastEventId: string | null, node: string): number | undefined {
  const [, ofNode, taken] = PLACE.exec(lastEventId ?? "") ?? [];
  return ofNode === node ? Number(taken) : undefined;
}

export type HealthStreams = ReturnType<typeof createHealthStreams>;

/** Creates the door of health streams. */
export function createHealthStreams(parts: HealthStreamsParts) {
  const { readHealth, vitals, encodePoints, node, isDraining, readEveryMs = READ_EVERY_MS } = parts;
  const open = new Set<OpenStream>();
  const wakers = new Set<() => void>();
  const encoder = new TextEncoder();
  let timer: Timer | undefined;
  let isReading = false;
  /** The newest reading, as an event. */
  let reading: { event: string } | undefined;

  const closeAll = () => {
    for (const { end } of [...open]) end();
  };

  /** Ends the streams that may not go on. */
  function review(): void {
    const now = performance.now();
    for (const { until, isInForce, end } of [...open]) if (now >= until || !isInForce()) end();
  }

  /** Reads the health once for all streams. */
  async function read(): Promise<void> {
    review();
    if (isReading || open.size === 0) return;
    isReading = true;
    try {
      reading = { event: `event: health\ndata: ${await readHealth()}\n\n` };
      for (const wake of [...wakers]) wake();
    } catch {
      // Readers who ask for the health by itself receive the error.
      closeAll();
    } finally {
      isReading = false;
    }
  }

  function add(stream: OpenStream): void {
    open.add(stream);
    if (timer) return;
    timer = setInterval(() => void read(), readEveryMs);
    void read();
  }

  function remove(stream: OpenStream): void {
    open.delete(stream);
    if (open.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    reading = undefined;
  }

  /** Encodes the points of a window after a reader's place. */
  function createPlots(window: Window, lastEventId: string | null) {
    let place = placeOf(lastEventId, node);
    /** The points that the reader lacks, as an event; "" when there are none. */
    return (): string => {
      const taken = vitals.taken(window);
      if (taken === place) return "";
      // Without a place the reader has no points, or those of another process.
      const event = place === undefined ? "series" : "points";
      const all = vitals.points(window);
      const news = all.slice(Math.max(0, all.length - (taken - (place ?? 0))));
      place = taken;
      return `id: ${node}:${taken}\nevent: ${event}\ndata: ${encodePoints(window, news)}\n\n`;
    };
  }

  /** A response without events: an `EventSource` reconnects after it, and would give up after an error. */
  const comeBackLater = (): Response => new Response(`retry: ${RETRY_MS}\n\n`, { headers: STREAM_HEADERS });

  return {
    /** The response that streams the health. Throws `too-many-sessions`. */
    open({ user, window, lastEventId, isInForce, gone }: HealthReader): Response {
      if (isDraining()) return comeBackLater();
      if (open.size >= MAX_STREAMS)
        throw new KabarError(
          "too-many-sessions",
          `At most ${MAX_STREAMS} readers of the health at a time.`,
          FULL_RETRY_MS,
        );
      const ending = new AbortController();
      const { signal } = ending;
      const stream: OpenStream = {
        user,
        isInForce,
        until: performance.now() + MAX_LIFE_MS,
        end: () => ending.abort(),
      };
      signal.addEventListener("abort", () => remove(stream));
      gone.addEventListener("abort", stream.end);
      add(stream);
      const nextPlots = createPlots(window, lastEventId);
      let seen: typeof reading;
      const body = new ReadableStream<Uint8Array>(
        {
          start: (controller) => controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`)),
          async pull(controller) {
            if (!seen) await pause(HEAD_ALONE_MS, signal);
            while (!signal.aborted && (!reading || reading === seen))
              await pause(MAX_LIFE_MS, signal, wakers);
            if (signal.aborted || !reading) return controller.close();
            seen = reading;
            controller.enqueue(encoder.encode(reading.event + nextPlots()));
          },
          cancel: stream.end,
        },
        { highWaterMark: 0 },
      );
      return new Response(body, { headers: STREAM_HEADERS });
    },

    closeAll,

    /** Ends every stream of a user. */
    endUser(userId: string): void {
      for (const { user, end } of [...open]) if (user === userId) end();
    },
  };
}
