/**
 * Recovery of a stream: the position that a cursor stands for in this log, and the range that is gone.
 * Reads the log and changes nothing.
 */
import { cursorAtTop, entryAt, type MessageLog, type TopicState } from "../log/log.ts";
import type { Cursor, Gap } from "../model.ts";

/** The tag of a message that is in memory: readers resume from a ring while the log is away. */
export type TagAt = (offset: number) => string | undefined;
const nothingInMemory: TagAt = () => undefined;

/** The cursor of an offset that the log retains, or of the last trimmed offset. An unknown offset has an empty tag. */
export async function cursorAt(
  log: MessageLog,
  topic: string,
  state: TopicState,
  offset: number,
  tagAt = nothingInMemory,
): Promise<Cursor> {
  if (offset === state.top) return cursorAtTop(state);
  if (offset === state.first - 1) return { epoch: state.epoch, offset, tag: state.trimmed };
  if (offset < state.first) return { epoch: state.epoch, offset, tag: "" };
  const tag = tagAt(offset) ?? (await entryAt(log, topic, offset))?.tag ?? "";
  return { epoch: state.epoch, offset, tag };
}

/** Whether the log can continue from a cursor; otherwise the reason of the gap. An offset without a tag is not compared. */
async function checkCursor(
  log: MessageLog,
  topic: string,
  state: TopicState,
  from: Cursor | number,
  tagAt: TagAt,
): Promise<"here" | Gap["reason"]> {
  const { epoch, offset, tag } = typeof from === "number" ? { ...cursorAtTop(state), offset: from } : from;
  // A cursor taken before a topic's first entry has the epoch of topics without entries, and dropping empty topics changes
  // that epoch. The tag then shows whether the topic is the same.
  const isSame = epoch === state.epoch || (log.wasEpoch(epoch) && offset >= state.first - 1);
  if (!isSame) return "epoch";
  if (offset > state.top) return "tag";
  if (offset < state.first - 1) return "trimmed";
  if (typeof from === "number") return "here";
  return (await cursorAt(log, topic, state, offset, tagAt)).tag === tag ? "here" : "tag";
}

/**
 * Finds the offset after which a subscriber's stream begins: the cursor's own position if the log still has it, else the
 * position before the newest `last` messages. `gap` is the range of offsets that the subscriber does not receive.
 */
export async function findStart(
  log: MessageLog,
  topic: string,
  state: TopicState,
  from: Cursor | number | undefined,
  last: number,
  tagAt = nothingInMemory,
): Promise<{ offset: number; gap?: Gap }> {
  const recent = Math.max(state.top - last, state.first - 1);
  if (from === undefined) return { offset: recent };
  const offset = typeof from === "number" ? from : from.offset;
  const verdict = await checkCursor(log, topic, state, from, tagAt);
  if (verdict === "here") return { offset };
  if (verdict === "trimmed") {
    return { offset: state.first - 1, gap: { from: offset + 1, to: state.first - 1, reason: verdict } };
  }
  return { offset: recent, gap: { from: 1, to: recent, reason: verdict } };
}
