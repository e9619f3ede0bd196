/**
 * Subscriptions of a follower: answers `subscribe` from the leader's state and from history.
 * The follower first receives what it misses and then every event; no `await` lies between the last of the one and the first of
 * the other, so there is no gap and no double.
 */
import type { Message } from "../../src/model.ts";
import type { CommandFields } from "../../src/protocol.ts";
import type { Client } from "../client/client.ts";
import type { TopicState } from "../client/state.ts";
import type { Following } from "./followers.ts";
import type { KnownCursors } from "./known-cursors.ts";

export type Subscribe = CommandFields["subscribe"];

/** A follower's line, as long as one command of it runs. */
export interface Asking {
  /** False once the line has ended. */
  isHere: () => boolean;
  /** Replies to the command; does nothing once the line has ended. */
  answer: (reply: object) => void;
  /** The follower's topics. */
  topics: Map<string, Following>;
}

/** Most messages replayed to a follower; beyond, the server serves better: it pages with flow control. */
const MAX_REPLAY = 2_000;

/** Whether messages continue a list that ends with an offset. */
const follows = (messages: readonly Message[], offset: number): boolean =>
  messages.length > 0 && messages.every((message, i) => message.offset === offset + 1 + i);

/** Resolves to the topic once the server has granted or refused it; to undefined when the connection is lost first. */
function settled(client: Client, topic: string): Promise<TopicState | undefined> {
  return new Promise((resolve) => {
    const stop = client.listen(look);
    function look(): void {
      const { connection, topics } = client.state;
      const isOnline = connection === "online";
      const t = topics[topic];
      if (t?.phase === "loading" && isOnline) return;
      stop();
      resolve(isOnline ? t : undefined);
    }
    look();
  });
}

/** Returns the messages after an offset; undefined unless the leader holds all of them. */
function heldAfter({ messages, last }: TopicState, offset: number): Message[] | undefined {
  if (offset >= last) return [];
  const held = messages.filter((message) => message.offset > offset);
  return held.length === last - offset ? held : undefined;
}

/**
 * Returns the replies that bring a follower from an offset to the leader's present state. `missed` are the messages after the
 * offset that history brought. Undefined when the leader does not hold the rest.
 */
function repliesUpTo(
  t: TopicState,
  { topic, cursor }: Subscribe,
  from: number,
  missed: readonly Message[],
): object[] | undefined {
  const rest = heldAfter(t, from + missed.length);
  if (!rest || !t.cursor) return undefined;
  const { epoch, tag } = t.cursor;
  const { first, can, facts, last: held } = t;
  // The leader's own replay may still be under way.
  const top = Math.max(held, t.liveFrom);
  // A page of history may be ahead of the leader's state: those messages arrive again, live.
  const messages = [...missed, ...rest].filter(({ offset }) => offset <= held);
  const start = cursor ?? { epoch, offset: from, tag: from === held ? tag : "" };
  const { typing: _, ...known } = facts;
  const reply = { topic, cursor: start, first, top, can, recovered: true, ...known };
  return messages[0] ? [reply, { type: "messages", topic, tag, messages }] : [reply];
}

/** Sends the follower the messages after its cursor, then makes it live. Resolves to false when the leader cannot. */
async function catchUp(
  client: Client,
  following: Following,
  begin: TopicState,
  asked: Subscribe,
  isWanted: () => boolean,
  answer: (reply: object) => void,
): Promise<boolean> {
  const { topic, cursor, last = 0 } = asked;
  const from = cursor?.offset ?? Math.max(begin.last - last, begin.first - 1, 0);
  const epoch = begin.cursor?.epoch ?? "";
  const missed: Message[] = [];
  for (;;) {
    const t = client.state.topics[topic];
    const isSound = t?.cursor?.epoch === epoch && t.cursor.offset === t.last && !t.hole;
    if (!isSound || missed.length > MAX_REPLAY) return false;
    // From here to `isLive` nothing is awaited, so that every later event is live.
    const replies = repliesUpTo(t, asked, from, missed);
    if (replies) {
      for (const reply of replies) answer(reply);
      following.isLive = true;
      return true;
    }
    const after = from + missed.length;
    const limit = client.state.limits.historyPage;
    const page = await client.command("history", { topic, after, limit }).catch(() => undefined);
    if (!isWanted()) return true;
    if (page?.epoch !== epoch || !follows(page.messages, after)) return false;
    missed.push(...page.messages);
  }
}

/**
 * Subscribes a follower to a topic, once for all tabs. Resolves to false when the leader cannot serve it (an unknown
 * cursor, a trimmed log): the follower then needs a socket of its own.
 */
export async function subscribeFollower(
  client: Client,
  cursors: KnownCursors,
  asked: Subscribe,
  { isHere, answer, topics }: Asking,
): Promise<boolean> {
  const { topic, cursor } = asked;
  const { close } = client.open(topic, asked.last);
  const following: Following = { close, isLive: false };
  topics.get(topic)?.close();
  topics.set(topic, following);
  const isWanted = () => isHere() && topics.get(topic) === following;
  const t = await settled(client, topic);
  if (!isWanted() || !t) return true;
  const { refusal } = t;
  if (refusal && refusal.code !== "too-many-topics") {
    close();
    topics.delete(topic);
    answer({ type: "error", ...refusal, retry: false });
    return true;
  }
  if (refusal || !t.cursor || (cursor && !cursors.has(t, cursor))) return false;
  return catchUp(client, following, t, asked, isWanted, answer);
}
