/**
 * Recovery of a stream: the position that a cursor stands for in this log, and the range that is gone.
 * Reads the log and changes nothing.
 */
import { cursorAtTop, type MessageLog, type TopicState } from "../log/log.ts";
import type { Cursor, Gap } from "../model.ts";

/** The cursor at a retained, or the last trimmed, offset. */
export async function cursorAt(
  log: MessageLog,
  topic: string,
  state: TopicState,
  offset: number,
): Promise<Cursor> {
  if (offset === state.top) return cursorAtTop(state);
  if (offset === state.first - 1) return { epoch: state.epoch, offset, tag: state.trimmed };
  const [entry] = offset >= state.first ? await log.read(topic, { after: offset - 1, limit: 1 }) : [];
  return { epoch: state.epoch, offset, tag: entry?.offset === offset ? entry.tag : "" };
}

/** Whether the cursor stands in this very log; otherwise why not. A bare offset is taken at its word. */
async function judge(
  log: MessageLog,
  topic: string,
  state: TopicState,
  from: Cursor | number,
): Promise<"here" | Gap["reason"]> {
  const { epoch, offset, tag } = typeof from === "number" ? { ...cursorAtTop(state), offset: from } : from;
  // Read before it was written to, and others were dropped in between: the tag says whether it is the same topic.
  const isSame = epoch === state.epoch || (log.wasEpoch(epoch) && offset >= state.first - 1);
  if (!isSame) return "epoch";
  if (offset > state.top) return "tag";
  if (offset < state.first - 1) return "trimmed";
  if (typeof from === "number") return "here";
  return (await cursorAt(log, topic, state, offset)).tag === tag ? "here" : "tag";
}

/**
 * The offset after which a reader's stream begins: its own position if this log can honour it, else the newest `last`
 * messages; and the range that it is not handed for that.
 */
export async function findStart(
  log: MessageLog,
  topic: string,
  state: TopicState,
  from: Cursor | number | undefined,
  last: number,
): Promise<{ offset: number; gap?: Gap }> {
  const recent = Math.max(state.top - last, state.first - 1);
  if (from === undefined) return { offset: recent };
  const offset = typeof from === "number" ? from : from.offset;
  const verdict = await judge(log, topic, state, from);
  if (verdict === "here") return { offset };
  if (verdict === "trimmed") {
    return { offset: state.first - 1, gap: { from: offset + 1, to: state.first - 1, reason: verdict } };
  }
  return { offset: recent, gap: { from: 1, to: recent, reason: verdict } };
}
