/**
 * Ephemeral messages of one chat: they have no place in the log, so the list gets them from here, after the message that was the
 * newest when they came. They end with the page. Keeps the latest of each topic.
 */
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow, Row } from "../../chat/rows.ts";

/** An ephemeral message, and the newest offset of its topic at that moment. */
interface Passing {
  message: Message;
  after: number;
  key: string;
}

/** Messages of one author within this time form a group: as in chat/rows, with which this chunk shares no code. */
const GROUP_MS = 5 * 60_000;

/** Ephemeral messages that are kept for each topic. */
const MAX_KEPT = 50;

/** Messages that were read out: two chats of one topic read a message out once. */
const announced = new WeakSet<Message>();

const rowOf = ({ message, key }: Passing, me: string | undefined): MessageRow => {
  const { id, user, text, at } = message;
  const { id: userId, name, role } = user;
  const [mine, head] = [userId === me, true];
  return {
    type: "message",
    key,
    id,
    userId_: userId,
    name,
    role,
    text,
    at,
    head,
    mine,
    message,
    isLast_: true,
  };
};

/** Whether a row continues the group of the row before it. */
function continues(row: MessageRow, before: Row | undefined): boolean {
  if (!before || !("text" in before)) return false;
  const { userId_, name, at } = before;
  return row.userId_ === userId_ && row.name === name && row.at - at < GROUP_MS;
}

/** Returns the rows of a list with ephemeral messages in their places; `isNewest`: the rows reach to the end of the topic. */
export function weaveRows(
  rows: Row[],
  passing: readonly Passing[],
  isNewest: boolean,
  me: string | undefined,
): Row[] {
  const woven: Row[] = [];
  const left = [...passing];
  let hasBegun = false;
  function push(row: Row): void {
    const before = woven.at(-1);
    if (before && "text" in before && before.message?.ephemeral && "text" in row) {
      const isGroup = continues(row, before);
      woven[woven.length - 1] = { ...before, isLast_: !isGroup || !row.message?.ephemeral };
      woven.push({ ...row, head: !isGroup });
    } else if ("text" in row && row.message?.ephemeral) woven.push({ ...row, head: !continues(row, before) });
    else woven.push(row);
  }
  const take = (offset: number): void => {
    for (let next = left[0]; next && next.after < offset; next = left[0]) {
      left.shift();
      // What came long before the first row belongs to rows that are not here.
      if (hasBegun || next.after + 1 === offset) push(rowOf(next, me));
    }
  };
  for (const row of rows) {
    const offset = "text" in row ? (row.message?.offset ?? Infinity) : 0;
    take(offset);
    hasBegun ||= offset > 0;
    push(row);
  }
  hasBegun ||= rows.length === 0;
  if (isNewest) take(Infinity);
  return woven;
}

/** Creates the ephemeral messages of one chat. `announce` reads a message of another user out. */
export function createEphemeral(kit: Kit, announce: (message: Message) => void) {
  const { client, root, state, topic: now, redraw_: redraw } = kit;
  const kept = new Map<string, Passing[]>();
  let count = 0;
  const unlisten = client.listen((notice) => {
    if (notice.type !== "message" || !notice.message.ephemeral) return;
    const { topic, message, mine } = notice;
    const { last = 0 } = state().topics[topic] ?? {};
    const all = [...(kept.get(topic) ?? []), { message, after: last, key: `passing${count++}` }];
    kept.set(topic, all.slice(-MAX_KEPT));
    for (const name of kept.keys()) if (!state().topics[name]) kept.delete(name);
    if (topic !== now()?.topic) return;
    if (!mine && !root.hidden && !announced.has(message)) announce(message);
    announced.add(message);
    redraw();
  });

  return {
    /** Adds the shown topic's ephemeral messages to the rows of its list. */
    weave_(rows: Row[]): Row[] {
      const t = now();
      const passing = kept.get(t?.topic ?? "");
      if (!t || !passing) return rows;
      const newest = t.messages.findLast(({ kind }) => !kind);
      const isNewest = !newest || rows.some((row) => "text" in row && row.message === newest);
      return weaveRows(rows, passing, isNewest, state().me?.id);
    },
    stop_: unlisten,
  };
}
