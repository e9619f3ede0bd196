/**
 * Delivers the frames of the server as events of the package's client: each entry of a topic once, in order, then the cursor.
 * The client's state decides which entries continue the stream; this file remembers how far each topic was delivered.
 */
import type { Cursor, Gap, Message } from "../../src/model.ts";
import type { CommandResults, ServerFrame } from "../../src/protocol.ts";
import type { Client as InnerClient } from "../client/client.ts";
import { type Emitter, isEventName } from "./emitter.ts";

/** The reply to a `subscribe`. */
export type SubscribeReply = CommandResults["subscribe"];

/** How far a topic was delivered. */
interface Progress {
  last: number;
  cursor?: Cursor | undefined;
  reply?: SubscribeReply;
}

const isSubscribeReply = (frame: object): frame is SubscribeReply =>
  "cursor" in frame && "recovered" in frame;

/** Creates the delivery of one client. */
export function createDelivery(inner: InnerClient, { emit_: emit }: Emitter) {
  const topics = new Map<string, Progress>();

  const isMine = ({ user }: Message): boolean => user.id === inner.state.me?.id;

  /** Emits a range that is gone, without what was delivered or reported before. */
  function reportGap(topic: string, { from, to, reason }: Gap, { last }: Progress): void {
    const start = reason === "trimmed" ? Math.max(from, last + 1) : from;
    if (reason !== "trimmed" || to > last) emit("gap", { type: "gap", topic, from: start, to, reason });
  }

  function deliver(topic: string, messages: readonly Message[], progress: Progress): void {
    const { state } = inner;
    const { last, liveFrom, cursor } = state.topics[topic] ?? { last: 0, liveFrom: 0, cursor: undefined };
    for (const message of messages) {
      const { offset, kind } = message;
      if (offset <= progress.last || offset > last) continue;
      progress.last = offset;
      if (kind === "hidden") continue;
      const info = { mine: isMine(message), replay: offset <= liveFrom };
      emit(kind ? "change" : "message", message, info);
      // A listener may have unsubscribed from the topic or closed the client.
      if (topics.get(topic) !== progress) return;
    }
    if (!cursor || progress.cursor === cursor) return;
    progress.cursor = cursor;
    emit("cursor", topic, cursor);
  }

  /** Takes the reply to a subscribe: where the stream begins, and the range that is gone. */
  function begin(topic: string, reply: SubscribeReply, progress: Progress): void {
    const { cursor, gap } = reply;
    progress.reply = reply;
    if (gap) reportGap(topic, gap, progress);
    progress.last = inner.state.topics[topic]?.last ?? cursor.offset;
    const before = progress.cursor;
    if (before?.tag === cursor.tag && before.offset === cursor.offset) return;
    progress.cursor = cursor;
    emit("cursor", topic, cursor);
  }

  function takeOf(topic: string, frame: ServerFrame, progress: Progress): void {
    switch (frame.type) {
      case "ok":
        if (isSubscribeReply(frame)) begin(topic, frame, progress);
        break;
      case "messages":
        deliver(topic, frame.messages, progress);
        break;
      case "ephemeral":
        for (const message of frame.messages)
          emit("ephemeral", message, { mine: isMine(message), replay: false });
        break;
      case "gap":
        reportGap(topic, frame, progress);
        progress.last = Math.max(progress.last, inner.state.topics[topic]?.last ?? 0);
        break;
      default:
        if (isEventName(frame.type)) emit(frame.type, frame as never);
    }
  }

  return {
    /** Begins a topic at a cursor, or anew. */
    begin_(topic: string, cursor: Cursor | undefined): void {
      topics.set(topic, { last: cursor?.offset ?? 0, cursor });
    },
    end_: (topic: string): void => void topics.delete(topic),
    clear_: (): void => topics.clear(),
    cursor: (topic: string): Cursor | undefined => topics.get(topic)?.cursor,
    /** The reply to the latest subscribe of a topic. */
    replyOf_: (topic: string): SubscribeReply | undefined => topics.get(topic)?.reply,

    /** Takes a frame that the client has applied to its state. */
    take_(frame: ServerFrame): void {
      const progress = "topic" in frame ? topics.get(frame.topic) : undefined;
      if (progress && "topic" in frame) takeOf(frame.topic, frame, progress);
    },
  };
}
