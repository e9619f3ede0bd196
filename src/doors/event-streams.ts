/**
 * Streams topics as server-sent events (WHATWG HTML section 9.2). A stream pulls: it fetches the next messages when the
 * reader has taken the last ones, so that a slow reader costs one page of memory and loses nothing.
 */
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import type { Chat } from "../chat/chat.ts";
import type { Subscription } from "../chat/reading.ts";
import { isLogAway } from "../errors.ts";
import { encodeSse, encodeSseAppend, encodeSseEphemeral, encodeSseGap } from "../codec.ts";
import { formatCursor } from "../formats.ts";
import { watchExpiry } from "../users/token-expiry.ts";
import type { Cursor } from "../model.ts";
import type { OpenSession } from "./open-peers.ts";
import { createEphemeralQueue } from "./ephemeral-queue.ts";
import { HEARTBEAT, HEARTBEAT_MS, STREAM_HEADERS } from "./stream-format.ts";
import { jsonOf } from "../topics/frames.ts";
import type { RingMessage } from "../topics/ring.ts";
import { pause } from "../pause.ts";
import type { Topics } from "../topics/topics.ts";

/** The shortest wait of an `EventSource` before it reconnects. A random part of the same length is added, so that readers do not return at the same moment. */
const RETRY_MS = 2000;
/** Characters of one write: encoding more would block the event loop for too long. */
const CHUNK_CHARACTERS = 131_072;

export interface EventStreamsParts {
  auth: Auth;
  chat: Chat;
  topics: Topics;
  /** After a shutdown, readers reconnect at moments spread over this time. */
  drainWindowMs: number;
  onOpen: () => void;
  onClose: () => void;
}

/** The events of a stream that its route reacts to. */
export interface EventStreamHooks {
  /** Aborted when the reader has disconnected. */
  gone: AbortSignal;
  /** The origin of the page that reads. */
  origin?: string | undefined;
  onEnd: () => void;
  /** Called with the bytes of replayed messages, for the reader's rate limit. */
  onReplayed: (bytes: number) => void;
}

/** A random time from `fromMs` to `fromMs + overMs`. */
const spread = (fromMs: number, overMs: number): number => fromMs + Math.floor(Math.random() * overMs);
const retryLine = (ms: number): string => `retry: ${ms}\n`;

/** The line after which a reader returns when the server has restarted. */
const returnLine = (drainWindowMs: number): string =>
  `${retryLine(spread(RETRY_MS, RETRY_MS + drainWindowMs))}\n`;

/** The first messages of a list, up to the size of a chunk; at least one. */
function takeChunk(messages: readonly RingMessage[]): readonly RingMessage[] {
  let characters = 0;
  const end = messages.findIndex(({ json }) => {
    characters += json.length;
    return characters > CHUNK_CHARACTERS;
  });
  return end < 0 ? messages : messages.slice(0, Math.max(1, end));
}

/**
 * The first lines of a stream. The cursor comes first: a reader who loses the connection before the first message can resume
 * from it. A gap is in the same block: a reader who has a cursor after the gap has received the gap, too.
 */
function encodeGreeting({ cursor, gap }: Subscription): string {
  const retry = retryLine(spread(RETRY_MS, RETRY_MS));
  return `${retry}id: ${formatCursor(cursor)}\n${gap ? encodeSseGap(gap) : "\n"}`;
}

/** Reads and encodes the messages of one stream, chunk by chunk, from the subscription's cursor on. */
function createChunkReader(
  { chat, topics }: Pick<EventStreamsParts, "chat" | "topics">,
  who: Identity,
  topic: string,
  plan: Subscription,
  onReplayed: EventStreamHooks["onReplayed"],
) {
  const { active, top } = plan;
  let position = plan.cursor.offset;
  const audienceNow = () => chat.audienceOf(who, topic);
  const ephemeral = createEphemeralQueue(active, audienceNow, encodeSseEphemeral, encodeSseAppend);

  /** The next stored messages as events; "" when there are none. */
  async function nextStored(): Promise<string> {
    const messages = takeChunk(await topics.readAfter(active, position));
    const first = messages[0];
    const last = messages.at(-1);
    if (!first || !last) return "";
    const from = position + 1;
    const gap = first.offset > from ? encodeSseGap({ from, to: first.offset - 1, reason: "trimmed" }) : "";
    position = last.offset;
    const { epoch } = active;
    const audience = audienceNow();
    const events = messages.map((message) => {
      const { offset, tag } = message;
      return encodeSse({ epoch, offset, tag }, jsonOf(message, audience));
    });
    const text = gap + events.join("");
    if (from <= top) onReplayed(text.length);
    return text;
  }

  return {
    /** The next messages as events; "" when there are none. */
    async next(): Promise<string> {
      const stored = await nextStored();
      return stored + ephemeral.take().join("");
    },

    /** Resolves when there are newer messages, when a heartbeat is due, or when the stream ends. */
    async wait(ended: AbortSignal): Promise<void> {
      if (!ephemeral.isEmpty() || active.ring.newest > position) return;
      await pause(HEARTBEAT_MS, ended, active.watchers, ephemeral.wakers);
    },

    /** Stops receiving messages that are not stored. */
    close: ephemeral.close,
  };
}

export type EventStreams = ReturnType<typeof createEventStreams>;

/** Creates the door of event streams: it opens them, and ends them at shutdown and when rights change. */
export function createEventStreams(parts: EventStreamsParts) {
  const { auth, chat, topics, drainWindowMs, onOpen, onClose } = parts;
  /** Each stream, from the moment it begins to open, by the function that ends it. */
  const open = new Map<
    () => void,
    { who: Identity; topic: string; origin: string | undefined; id: string; since: number }
  >();
  /** Streams that have ended and have not written their last bytes yet. */
  const flushing = new Set<() => void>();

  /** A response without messages, at shutdown and while the log is away: an `EventSource` reconnects after it, and would give up after an error. */
  const comeBackLater = (): Response => new Response(returnLine(drainWindowMs), { headers: STREAM_HEADERS });

  return {
    /** The response that streams a topic from a cursor, an offset, or the last N. Throws KabarError before it begins. */
    async open(
      who: Identity,
      topic: string,
      from: Cursor | number | undefined,
      last: number | undefined,
      { gone, origin, onEnd, onReplayed }: EventStreamHooks,
    ): Promise<Response> {
      const ending = new AbortController();
      let close: (() => void) | undefined;
      const end = () => {
        if (ending.signal.aborted) return;
        ending.abort();
        open.delete(end);
        close?.();
        onEnd();
      };
      // Before the log is read: the reader may disconnect, or lose the right to read, while the stream opens.
      open.set(end, { who, topic, origin, id: crypto.randomUUID(), since: Date.now() });
      gone.addEventListener("abort", end);
      const plan = await chat
        .subscribe(who, topic, { from, last, session: `events ${who.user.id}` })
        .catch((error: unknown) => {
          if (isLogAway(error)) return end();
          open.delete(end);
          throw error;
        });
      if (ending.signal.aborted || !plan) {
        if (plan) topics.release(plan.active);
        return comeBackLater();
      }
      onOpen();
      // An expired token ends the stream: its reader reconnects with a fresh one, or as a guest.
      const stopClock =
        who.expiresAtMs === undefined
          ? undefined
          : watchExpiry(who.expiresAtMs, Date.now, (inMs) => inMs === 0 && end());
      close = () => {
        stopClock?.();
        chunks.close();
        // A shutdown does not wait for a reader who has disconnected.
        if (!gone.aborted) flushing.add(end);
        topics.release(plan.active);
        onClose();
      };

      const chunks = createChunkReader(parts, who, topic, plan, onReplayed);
      const encoder = new TextEncoder();
      const body = new ReadableStream<Uint8Array>(
        {
          start: (controller) => controller.enqueue(encoder.encode(encodeGreeting(plan))),
          async pull(controller) {
            // Gives way between two chunks: a fast reader must not block the event loop.
            await new Promise<void>((resolve) => setImmediate(resolve));
            let chunk = await chunks.next();
            if (chunk === "" && !ending.signal.aborted) {
              await chunks.wait(ending.signal);
              chunk = (await chunks.next()) || HEARTBEAT;
            }
            if (!ending.signal.aborted) return controller.enqueue(encoder.encode(chunk));
            controller.enqueue(encoder.encode(returnLine(drainWindowMs)));
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

    comeBackLater,

    /** Ends every stream. Each receives a random time after which to reconnect. */
    closeAll(): void {
      for (const end of [...open.keys()]) end();
    },

    /** The number of streams that have ended and have not written their last bytes yet. */
    flushing: (): number => flushing.size,

    /** Ends the streams of readers who have lost the right to read their topic. */
    reviewRights(): void {
      for (const [end, { who, topic }] of [...open]) if (!auth.rightsIn(who, topic)?.read) end();
    },

    /** Ends the streams of these topics; their readers begin again from their cursors. */
    beginAgain(topics: readonly string[]): void {
      for (const [end, { topic }] of [...open]) if (topics.includes(topic)) end();
    },

    /** Ends every stream of pages that may no longer connect. */
    endPages(isGone: (origin: string) => boolean): void {
      for (const [end, { origin }] of [...open]) if (origin !== undefined && isGone(origin)) end();
    },

    /** The streams of a user. */
    sessionsOf: (userId: string): OpenSession[] =>
      Array.from(open.values()).flatMap(({ who, topic, id, since }) =>
        who.user.id === userId ? [{ id, kind: "events", since, topics: [topic] }] : [],
      ),

    /** Ends every stream of a user, or the one with an id. Returns their number. */
    endUser(userId: string, wanted?: string): number {
      const ended = [...open].filter(
        ([, { who, id }]) => who.user.id === userId && (wanted === undefined || wanted === id),
      );
      for (const [end] of ended) end();
      return ended.length;
    },
  };
}
