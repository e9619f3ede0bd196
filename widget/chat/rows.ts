/**
 * Rows of the list, built from messages: groups of one author, and dividers for a day, a gap, "New" and "while you were away".
 * Pure, so that tests can check the list without a page.
 */
import type { Message, User } from "../../src/model.ts";
import type { TopicState } from "../client/state.ts";
import { dayOf } from "./dates.ts";

/** A divider: a day (by its first moment), a number of expired messages, or the reader's last position. */
export type LineRow =
  | { type: "day"; key: string; at: number }
  | { type: "gap"; key: string; count: number }
  /** The number of messages that arrived while the connection was lost. */
  | { type: "new"; key: string; count: number };

/** A message. `key` stays the same while it goes from pending to stored. */
export interface MessageRow {
  type: "message";
  key: string;
  id: string;
  userId_: string;
  name: string;
  role: string;
  text: string;
  at: number;
  /** Whether it begins a group and shows the author's name. */
  head: boolean;
  mine: boolean;
  state?: "pending" | "failed" | "held";
  /** A moderator rejected it, with or without a reason. */
  rejected?: { why: string | undefined } | undefined;
  /** The message itself, once it is stored. */
  message?: Message;
  /** The message it answers, if the list holds it. */
  quoted_?: Message | undefined;
  /** The code of a refusal that passes. */
  slowed_?: string | false | undefined;
  /** Of an ephemeral message: no other one of its group follows. */
  isLast_?: boolean;
}

export type Row = LineRow | MessageRow;

/** Messages of one author within this time form a group. */
const GROUP_MS = 5 * 60_000;

/** Builds the rows of a range of a topic's messages; unsent messages follow if the range is the newest. */
export function buildRows(t: TopicState, messages: readonly Message[], isNewest: boolean, me?: User): Row[] {
  const rows: Row[] = [];
  const gaps = [...t.gaps];
  const { away, newFrom = Number.POSITIVE_INFINITY } = t;
  let before: MessageRow | undefined;
  let day: number | undefined;
  let isMarked = false;

  function addLine(row: LineRow): void {
    rows.push(row);
    before = undefined;
  }
  function addMessage(
    key: string,
    id: string,
    user: User,
    text: string,
    at: number,
    rest: Partial<MessageRow>,
  ): void {
    const { id: userId, name, role } = user;
    const head = before?.userId_ !== userId || before.name !== name || at - before.at >= GROUP_MS;
    before = {
      type: "message",
      key,
      id,
      userId_: userId,
      name,
      role,
      text,
      at,
      head,
      mine: userId === me?.id,
      ...rest,
    };
    rows.push(before);
  }
  /** Adds the gaps before an offset. A gap before the first message belongs to the previous range. */
  function addGaps(offset: number): void {
    for (let gap = gaps[0]; gap && gap.to < offset; gap = gaps[0]) {
      gaps.shift();
      if (rows[0] || gap.to + 1 === offset)
        addLine({ type: "gap", key: `gap${gap.to}`, count: gap.to - gap.from + 1 });
    }
  }

  function addNewLine(offset: number): void {
    const isAway = offset === away?.from;
    if (isMarked || (!isAway && offset < newFrom)) return;
    isMarked = true;
    // If the first new message is above this range, so is the line.
    if (isAway || rows[0] || offset === newFrom)
      addLine({ type: "new", key: "new", count: isAway ? away.count : 0 });
  }

  for (const message of messages) {
    const { offset, id, user, text, at, kind, replyTo } = message;
    addGaps(offset);
    addNewLine(offset);
    if (kind) continue;
    const today = dayOf(at);
    if (today !== day) addLine({ type: "day", key: `day${today}`, at: today });
    day = today;
    addMessage(user.id === me?.id ? id : `${offset}`, id, user, text, at, {
      message,
      quoted_: replyTo ? t.messages.find((m) => m.offset === replyTo) : undefined,
    });
  }
  if (!isNewest) return rows;
  addGaps(Number.POSITIVE_INFINITY);
  for (const { id, text, at, failed, rejected, slowed, held } of t.pending) {
    const author = me ?? { id: "", name: "", role: "guest" };
    const state = failed || rejected ? "failed" : held ? "held" : "pending";
    addMessage(id, id, author, text, at, { mine: true, state, rejected, slowed_: slowed });
  }
  return rows;
}
