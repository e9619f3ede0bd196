/**
 * A topic as server-sent events (WHATWG HTML section 9.2). The stream pulls: the next messages are fetched when the
 * reader has taken the last ones, so that a slow reader costs one page of memory and loses nothing.
 */
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import type { Chat } from "../chat/chat.ts";
import type { Subscription } from "../chat/reading.ts";
import { encodeSse, encodeSseGap } from "../codec.ts";
import { formatCursor } from "../formats.ts";
import { watchExpiry } from "../users/token-expiry.ts";
import type { Cursor } from "../model.ts";
import { jsonOf, newestOf, type Ringed, type Topics } from "../topics/topics.ts";

/** A comment this often keeps proxies from closing a quiet stream; most allow 30 seconds or more. */
const HEARTBEAT_MS = 15_000;
/** How long `EventSource` waits before it connects again after a loss: so much and up to as much again, not all in step. */
const RETRY_MS = 2000;
/** Characters of one write: encoding more would keep others waiting. */
const CHUNK_CHARACTERS = 131_072;

const STREAM_HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  // A proxy that compresses (`no-transform` forbids it) would hold events back.
  "Cache-Control": "no-store, no-transform",
  // nginx would otherwise hold events back until its buffer is full.
  "X-Accel-Buffering": "no",
} as const;

export interface EventStreamsParts {
  auth: Auth;
  chat: Chat;
  topics: Topics;
  /** After a shutdown, readers come back at moments spread over this time. */
  drainWindowMs: number;
  onOpen: () => void;
  onClose: () => void;
}

/** What a stream's opener wants to know of it. */
export interface EventStreamHooks {
  /** Fires when the reader is gone. */
  gone: AbortSignal;
  onEnd: () => void;
  /** Called with the bytes of messages from the past, which somebody has to be charged for. */
  onReplayed: (bytes: number) => void;
}

/** Some time, and up to as much again. */
const spread = (fromMs: number, overMs: number): number => fromMs + Math.floor(Math.random() * overMs);
const retryLine = (ms: number): string => `retry: ${ms}\n`;

/** The first messages of some, up to a chunk's size; at least one. */
function takeSome(messages: readonly Ringed[]): readonly Ringed[] {
  let characters = 0;
  const end = messages.findIndex(({ json }) => {
    characters += json.length;
    return characters > CHUNK_CHARACTERS;
  });
  return end < 0 ? messages : messages.slice(0, Math.max(1, end));
}

export type EventStreams = ReturnType<typeof createEventStreams>;

/** Makes the opener of streams, and the way to end them all. */
export function createEventStreams(parts: EventStreamsParts) {
  const { auth, chat, topics, drainWindowMs, onOpen, onClose } = parts;
  /** What ends each open stream, and whose it is. */
  const open = new Map<() => void, { who: Identity; topic: string }>();
  /** Streams that have ended and whose last bytes are still to be written. */
  const flushing = new Set<() => void>();

  /** Resolves when the topic is past `position`, after the heartbeat's time, or when `ended` fires. */
  function nextMoment({ active }: Subscription, position: number, ended: AbortSignal): Promise<void> {
    if (newestOf(active) > position) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        active.watchers.delete(done);
        ended.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, HEARTBEAT_MS);
      active.watchers.add(done);
      ended.addEventListener("abort", done);
    });
  }

  return {
    /** The response that streams a topic from a cursor, an offset, or the last N. Throws KabarError before it begins. */
    async open(
      who: Identity,
      topic: string,
      from: Cursor | number | undefined,
      last: number | undefined,
      { gone, onEnd, onReplayed }: EventStreamHooks,
    ): Promise<Response> {
      const plan = await chat.subscribe(who, topic, { from, last, session: `events ${who.user.id}` });
      const { active } = plan;
      const ending = new AbortController();
      let position = plan.cursor.offset;
      const past = plan.top;
      onOpen();
      // A token that has ended opens nothing: its reader comes back with a fresh one, or as a guest.
      const stopClock =
        who.expiresAtMs === undefined
          ? undefined
          : watchExpiry(who.expiresAtMs, Date.now, (inMs) => inMs === 0 && end());
      const end = () => {
        if (ending.signal.aborted) return;
        ending.abort();
        stopClock?.();
        open.delete(end);
        // A reader who is gone, or does not read, is not waited for.
        if (!gone.aborted) flushing.add(end);
        topics.release(active);
        onClose();
        onEnd();
      };
      open.set(end, { who, topic });
      gone.addEventListener("abort", end);

      // The cursor comes first: a reader who is cut off before the first message resumes from here all the same. A gap is in
      // the same block: a reader who has the cursor beyond it has been told of it.
      const here = `id: ${formatCursor(plan.cursor)}\n`;
      const greeting = `${retryLine(spread(RETRY_MS, RETRY_MS))}${here}${plan.gap ? encodeSseGap(plan.gap) : "\n"}`;
      const nextChunk = async (): Promise<string> => {
        const messages = takeSome(await topics.readAfter(active, position));
        const first = messages[0];
        const lastOne = messages.at(-1);
        if (!first || !lastOne) return "";
        const from = position + 1;
        const gap =
          first.offset > from ? encodeSseGap({ from, to: first.offset - 1, reason: "trimmed" }) : "";
        position = lastOne.offset;
        const { epoch } = active;
        const audience = chat.audienceOf(who, topic);
        const events = messages.map((message) => {
          const { offset, tag } = message;
          return encodeSse({ epoch, offset, tag }, jsonOf(message, audience));
        });
        const text = gap + events.join("");
        if (from <= past) onReplayed(text.length);
        return text;
      };

      const encoder = new TextEncoder();
      const body = new ReadableStream<Uint8Array>(
        {
          start: (controller) => controller.enqueue(encoder.encode(greeting)),
          async pull(controller) {
            // Between two chunks everybody else has a turn, however fast this reader is.
            await new Promise<void>((resolve) => setImmediate(resolve));
            let chunk = await nextChunk();
            if (chunk === "" && !ending.signal.aborted) {
              await nextMoment(plan, position, ending.signal);
              chunk = (await nextChunk()) || ": still here\n\n";
            }
            if (!ending.signal.aborted) return controller.enqueue(encoder.encode(chunk));
            controller.enqueue(encoder.encode(`${retryLine(spread(RETRY_MS, RETRY_MS + drainWindowMs))}\n`));
            controller.close();
            flushing.delete(end);
          },
          cancel() {
            end();
            flushing.delete(end);
          },
        },
        { highWaterMark: 1 },
      );
      return new Response(body, { headers: STREAM_HEADERS });
    },

    /** The response while the server shuts down: an error would end an `EventSource` for good, this one comes back. */
    comeBackLater: (): Response =>
      new Response(`${retryLine(spread(RETRY_MS, RETRY_MS + drainWindowMs))}\n`, { headers: STREAM_HEADERS }),

    /** Ends every stream, saying when to come back, at a moment of its own each. */
    closeAll(): void {
      for (const end of [...open.keys()]) end();
    },

    /** How many streams have ended and not written their last bytes. */
    flushing: (): number => flushing.size,

    /** Ends the streams of those who may not read their topic any longer. */
    review(): void {
      for (const [end, { who, topic }] of [...open]) if (!auth.rightsIn(who, topic)?.read) end();
    },

    /** Ends every stream of a user. */
    endUser(userId: string): void {
      for (const [end, { who }] of [...open]) if (who.user.id === userId) end();
    },
  };
}
