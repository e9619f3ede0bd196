/**
 * Recovery of a stream: the position that a cursor stands for in this log, and the range that is gone.
 * Reads the log and changes nothing.
 */
import { KabarError } from "../errors.ts";
import { cursorAtTop, entryAt, type MessageLog, type TopicState } from "../log/log.ts";
import type { Cursor, Gap } from "../model.ts";

/** Wait before a reader subscribes again whose cursor only the log can judge. */
const AWAY_RETRY_MS = 500;

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
  if (offset > state.top) {
    // Another node may have handed out what this one does not know yet: only the log itself can tell a fork.
    if (state.isRemembered) throw new KabarError("log-unavailable", undefined, AWAY_RETRY_MS);
    return "tag";
  }
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

/** The start of a stream as the log stands: its state, the cursor, and the range that is gone. */
export interface Beginning {
  state: TopicState;
  cursor: Cursor;
  gap?: Gap;
}

/**
 * Reads the state of a topic and finds the start of a stream in it. Retention may remove the entry at a cursor between two
 * reads, which looks like a fork: then both are read again.
 */
export async function findBeginning(
  log: MessageLog,
  topic: string,
  from: Cursor | number | undefined,
  last: number,
  tagAt = nothingInMemory,
): Promise<Beginning> {
  for (;;) {
    const state = await log.state(topic);
    const { offset, gap } = await findStart(log, topic, state, from, last, tagAt);
    const cursor = await cursorAt(log, topic, state, offset, tagAt);
    const isDoubtful = gap?.reason === "tag" || (cursor.tag === "" && offset > 0);
    if (isDoubtful && (await log.state(topic)).first !== state.first) continue;
    return { state, cursor, ...(gap ? { gap } : {}) };
  }
}
