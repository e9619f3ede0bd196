/**
 * Cursors that the leader has passed: a follower's cursor is a position in the leader's log only if it is one of them.
 * Remembers the last 200 of each topic.
 */
import type { Cursor } from "../../src/model.ts";
import type { ServerFrame } from "../../src/protocol.ts";
import type { TopicState } from "../client/state.ts";

/** Cursors remembered per topic. */
const MAX_CURSORS = 200;

export type KnownCursors = ReturnType<typeof createKnownCursors>;

/** Creates the memory of one client. */
export function createKnownCursors() {
  /** By topic, the tag of each offset at which an event ended. */
  const tags = new Map<string, Map<number, string>>();

  return {
    /** Remembers the cursors at which events ended; a subscription that does not continue from one forgets them: the log is another. */
    note_(frame: ServerFrame): void {
      if (frame.type === "messages") {
        const known = tags.get(frame.topic) ?? new Map<number, string>();
        tags.set(frame.topic, known.set(frame.messages.at(-1)?.offset ?? 0, frame.tag));
        const [oldest] = known.keys();
        if (known.size > MAX_CURSORS && oldest !== undefined) known.delete(oldest);
      } else if (frame.type === "ok" && "cursor" in frame) {
        const { offset, tag } = frame.cursor;
        const known = tags.get(frame.topic);
        const goesOn = known?.get(offset) === tag;
        for (const at of known?.keys() ?? []) if (!goesOn || at > offset) known?.delete(at);
      }
    },
    /** Whether a cursor is a position in the log that the leader reads. */
    has({ cursor, last, topic }: TopicState, { epoch, offset, tag }: Cursor): boolean {
      if (epoch !== cursor?.epoch || offset > last) return false;
      return (
        offset === 0 ||
        (offset === cursor.offset && tag === cursor.tag) ||
        tags.get(topic)?.get(offset) === tag
      );
    },
  };
}
