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

/** Ephemeral messages that are kept for each topic. */
const MAX_KEPT = 50;

/** Messages that were read out: two chats of one topic read a message out once. */
const announced = new WeakSet<Message>();

const rowOf = ({ message, key }: Passing, me: string | undefined): MessageRow => {
  const { id, user, text, at } = message;
  const { id: userId, name, role } = user;
  const mine = userId === me;
  return { type: "message", key, id, userId_: userId, name, role, text, at, head: true, mine, message };
};

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
  const take = (offset: number): void => {
    for (let next = left[0]; next && next.after < offset; next = left[0]) {
      left.shift();
      // What came long before the first row belongs to rows that are not here.
      if (hasBegun || next.after + 1 === offset) woven.push(rowOf(next, me));
    }
  };
  for (const row of rows) {
    const offset = "text" in row ? (row.message?.offset ?? Infinity) : 0;
    take(offset);
    hasBegun ||= offset > 0;
    const before = woven.at(-1);
    // A group does not continue across a message of another kind.
    const isCut = "text" in row && !row.head && before && "text" in before && before.message?.ephemeral;
    woven.push(isCut ? { ...row, head: true } : row);
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
