/**
 * State of the client, and `reduce(state, event)`, the one pure function that changes it.
 * Shows a topic's messages once and in order. A message that does not continue the list is not added: `hole` is set and the client
 * subscribes again from its cursor. Nothing here sends, waits or draws.
 */
import type { CommandResults } from "../../src/protocol.ts";
import { applyChanges } from "./changes.ts";
import type { Connection } from "./client-events.ts";
import { addFact, type TopicFacts, type TopicNews } from "./topic-facts.ts";
import type { Cursor, Gap, Message, Rights, SessionLimits, User } from "../../src/model.ts";
import type { Unsent } from "./storage.ts";

/** The reason why a topic, or the whole chat, can't be shown. */
export interface Refusal {
  code: string;
  message: string;
}

/** An own message on its way. `offset`: the server has stored the message, but this client has not received it yet. */
export interface Pending extends Unsent {
  offset?: number | undefined;
  /** The code of a refusal that passes: the outbox sends the message later. */
  slowed?: string | false;
  /** The message waits for a moderator's approval. */
  held?: boolean;
  /** A moderator rejected it, with or without a reason. */
  rejected?: { why: string | undefined };
}

export interface TopicState {
  topic: string;
  phase: "loading" | "ready" | "refused";
  refusal?: Refusal | undefined;
  can: Rights;
  /** The position from which the client resumes after a lost connection. */
  cursor?: Cursor | undefined;
  /** The newest offset received or declared gone; `last + 1` continues the list. */
  last: number;
  /** The oldest offset that history can give. */
  first: number;
  /** The newest offset at the time of the subscription: replay ends here, later messages are live. */
  liveFrom: number;
  messages: readonly Message[];
  gaps: readonly Gap[];
  pending: readonly Pending[];
  /** Messages arrived that don't continue the list. */
  hole: boolean;
  loadingOlder: boolean;
  /** Whether the user sees the newest messages. */
  seeing: boolean;
  readTo: number;
  unread: number;
  /** The first message that arrived unseen: the "New" line stands before this message. */
  newFrom?: number | undefined;
  /** The messages that a reconnect brought: the line "12 messages while you were away" stands before `from`. */
  away?: { from: number; count: number } | undefined;
  /** The server's facts about the topic besides its messages. */
  facts: TopicFacts;
}

export interface State {
  connection: Connection;
  /** When the next attempt comes, while reconnecting. */
  retryAt?: number | undefined;
  me?: User;
  /** The sign-in has ended: `me` is a guest that only reads. */
  isLapsed?: boolean | undefined;
  limits: SessionLimits;
  refusal?: Refusal;
  topics: Readonly<Record<string, TopicState>>;
}

type UnreadField = "readTo" | "unread" | "newFrom";
type ReadMark = readonly [epoch: string, offset: number];

export type StateEvent =
  | { type: "connection"; connection: Connection; retryAt?: number | undefined }
  | { type: "me"; me: User; limits?: SessionLimits | undefined; isLapsed?: boolean | undefined }
  | { type: "denied"; refusal: Refusal }
  | { type: "opened"; topic: string; pending: readonly Pending[]; cursor?: Cursor | undefined }
  | { type: "closed"; topic: string }
  | { type: "subscribed"; topic: string; reply: CommandResults["subscribe"]; mark?: ReadMark | undefined }
  | { type: "refused"; topic: string; refusal: Refusal }
  | { type: "messages"; topic: string; tag: string; messages: readonly Message[] }
  | { type: "gap"; topic: string; gap: Gap }
  /** An older page was asked for, messages have grown, or the server told of what is unread. */
  | {
      type: "set";
      topic: string;
      fields: Partial<Pick<TopicState, "loadingOlder" | "messages" | UnreadField>>;
    }
  | { type: "older"; topic: string; reply: CommandResults["history"] | undefined }
  | { type: "told"; topic: string; news: TopicNews }
  | { type: "queued"; topic: string; item: Pending }
  | { type: "pending"; topic: string; id: string; change: Partial<Pending> }
  | { type: "acked"; topic: string; id: string; offset: number }
  | { type: "discarded"; topic: string; id: string }
  | { type: "seeing"; topic: string; seeing: boolean }
  /** The user has read everything up to an offset, here or in another tab; without an offset, everything. */
  | { type: "read"; topic: string; upTo?: number };

/** A topic in memory keeps this many messages; older ones are read from the server again when scrolled to. */
export const MAX_KEPT = 4_000;

/** The initial state, with the server's default limits until the server sends its own. */
export const initialState: State = {
  connection: "idle",
  limits: { textBytes: 8_192, frameBytes: 65_536, topics: 50, historyPage: 200 },
  topics: {},
};

const newTopic = ({ topic, pending, cursor }: StateEvent & { type: "opened" }): TopicState => ({
  topic,
  cursor,
  phase: "loading",
  can: { read: true, write: true, react: true, people: true, moderate: false },
  last: cursor?.offset ?? 0,
  first: 1,
  liveFrom: 0,
  messages: [],
  gaps: [],
  pending,
  hole: false,
  loadingOlder: false,
  seeing: false,
  readTo: 0,
  unread: 0,
  facts: {},
});

/** Returns the offset of the oldest message held, or the next offset when none is held. */
export const oldestOffset = (t: TopicState): number => t.messages[0]?.offset ?? t.last + 1;

/** Whether the server has messages before the oldest one held. */
export const hasOlder = (t: TopicState): boolean => t.phase === "ready" && oldestOffset(t) > t.first;

/** Returns the state after an event; the same object when nothing changed. */
export function reduce(state: State, event: StateEvent): State {
  switch (event.type) {
    case "connection":
      return { ...state, connection: event.connection, retryAt: event.retryAt };
    case "me":
      return { ...state, me: event.me, isLapsed: event.isLapsed, limits: event.limits ?? state.limits };
    case "denied":
      return { ...state, connection: "denied", refusal: event.refusal };
    case "opened":
      return put(state, newTopic(event));
    case "closed": {
      const { [event.topic]: _, ...topics } = state.topics;
      return { ...state, topics };
    }
    default: {
      const before = state.topics[event.topic];
      if (!before) return state;
      const after = reduceTopic(before, event, state.me?.id);
      return after === before ? state : put(state, after);
    }
  }
}

const put = (state: State, topic: TopicState): State => ({
  ...state,
  topics: { ...state.topics, [topic.topic]: topic },
});

type TopicEvent = Exclude<StateEvent, { type: "connection" | "me" | "denied" | "opened" | "closed" }>;

function reduceTopic(t: TopicState, event: TopicEvent, me: string | undefined): TopicState {
  switch (event.type) {
    case "subscribed":
      return subscribed(t, event.reply, event.mark);
    case "refused":
      return { ...t, phase: "refused", refusal: event.refusal };
    case "messages":
      return received(t, event.messages, event.tag, me);
    case "gap":
      return skipped(t, event.gap);
    case "set":
      return { ...t, ...event.fields };
    case "older":
      return older({ ...t, loadingOlder: false }, event.reply);
    case "told":
      return told(t, event.news);
    case "queued":
      return { ...t, pending: [...t.pending, event.item] };
    case "pending":
      return change(t, event.id, event.change);
    case "acked":
      // A message that waits for a moderator has no offset yet.
      if (!event.offset) return change(t, event.id, { slowed: false, held: true });
      return event.offset <= t.last
        ? discard(t, event.id)
        : change(t, event.id, { slowed: false, offset: event.offset });
    case "discarded":
      return discard(t, event.id);
    case "seeing":
      return event.seeing ? read({ ...t, seeing: true }) : { ...t, seeing: false };
    case "read":
      return read(t, event.upTo, me);
  }
}

const discard = (t: TopicState, id: string): TopicState => ({
  ...t,
  pending: t.pending.filter((p) => p.id !== id),
});

const change = (t: TopicState, id: string, change: Partial<Pending>): TopicState => ({
  ...t,
  pending: t.pending.map((p) => (p.id === id ? { ...p, ...change } : p)),
});

function told(t: TopicState, news: TopicNews): TopicState {
  switch (news.type) {
    case "rights":
      return { ...t, can: news.can };
    case "cleared":
      return { ...t, first: news.upTo + 1, messages: t.messages.filter((m) => m.offset > news.upTo) };
    case "rejected":
      return change(t, news.messageId, { held: false, rejected: { why: news.why } });
    default:
      return { ...t, facts: addFact(t.facts, news) };
  }
}

function read(t: TopicState, upTo = t.last, me?: string): TopicState {
  const left = t.messages.filter((m) => m.offset > upTo && !m.kind && m.user.id !== me).length;
  return { ...t, readTo: Math.max(upTo, t.readTo), unread: Math.min(left, t.unread) };
}

/** After a reconnect the server may report a gap again, and longer. Skips a gap before `last`. */
const addGap = ({ gaps, last }: TopicState, gap: Gap): readonly Gap[] =>
  gap.to <= last ? gaps : [...gaps.filter((g) => g.to < gap.from), gap];

function subscribed(
  t: TopicState,
  reply: CommandResults["subscribe"],
  mark: ReadMark | undefined,
): TopicState {
  const { cursor, first, top, can, gap, people, mode, standing, pins, title } = reply;
  const last = cursor.offset;
  const now = {
    ...t,
    phase: "ready",
    refusal: undefined,
    first,
    liveFrom: top,
    can,
    hole: false,
    cursor,
    last,
    facts: { people, mode, standing, pins, title },
  } as const;
  if (
    t.cursor?.epoch === cursor.epoch &&
    (gap ? gap.reason === "trimmed" && gap.from <= t.last + 1 : last <= t.last)
  ) {
    const away = top > last ? { from: last + 1, count: top - last } : t.away;
    return {
      ...now,
      // Drops messages that were cleared meanwhile or are no longer retained.
      messages: t.messages.filter((m) => m.offset >= first),
      last: Math.max(last, t.last),
      away,
      gaps: gap ? addGap(t, gap) : t.gaps,
    };
  }
  // The first subscription, or another log, whose offsets are unrelated to the ones held.
  const readTo = mark && mark[0] === cursor.epoch && mark[1] <= top ? mark[1] : top;
  return {
    ...now,
    messages: [],
    gaps: [],
    pending: t.pending.filter((p) => p.offset === undefined),
    away: undefined,
    readTo,
    unread: 0,
    newFrom: readTo < top ? readTo + 1 : undefined,
  };
}

function received(
  t: TopicState,
  messages: readonly Message[],
  tag: string,
  me: string | undefined,
): TopicState {
  const { cursor } = t;
  const first = messages[0];
  if (!cursor || !first) return t;
  const isWhole = messages.every((m, i) => m.offset === first.offset + i);
  if (!isWhole || first.offset > t.last + 1) return t.hole ? t : { ...t, hole: true };
  const fresh = messages.filter((m) => m.offset > t.last);
  const last = fresh.at(-1)?.offset;
  if (last === undefined) return t;

  const isHere = (p: Pending) =>
    p.offset === undefined ? fresh.some((m) => m.id === p.id && m.user.id === me) : p.offset <= last;
  const news = t.seeing ? [] : fresh.filter((m) => m.offset > t.readTo && !m.kind && m.user.id !== me);
  const firstNew = news[0];
  const all = applyChanges([...t.messages, ...fresh], fresh);
  const kept = all.length > MAX_KEPT ? all.slice(-MAX_KEPT) : all;
  return {
    ...t,
    messages: kept,
    gaps: t.gaps.filter((g) => g.to >= (kept[0]?.offset ?? 0) - 1),
    pending: t.pending.some(isHere) ? t.pending.filter((p) => !isHere(p)) : t.pending,
    cursor: { epoch: cursor.epoch, offset: last, tag },
    last,
    readTo: t.seeing ? last : t.readTo,
    unread: t.unread + news.length,
    newFrom: t.unread === 0 && firstNew ? firstNew.offset : t.newFrom,
  };
}

/** Skips a gap. The cursor does not move: a gap has no tag, so no cursor can name its end. */
function skipped(t: TopicState, gap: Gap): TopicState {
  if (!t.cursor || gap.to <= t.last) return t;
  // A gap further on would leave a hole before it.
  if (gap.from > t.last + 1) return { ...t, hole: true };
  return { ...t, gaps: addGap(t, gap), last: gap.to, first: gap.to + 1 };
}

function older(t: TopicState, reply: CommandResults["history"] | undefined): TopicState {
  if (!reply || reply.epoch !== t.cursor?.epoch) return t;
  const oldest = oldestOffset(t);
  const fresh = reply.messages.filter((m) => m.offset < oldest);
  const last = fresh.at(-1);
  if (!last) return reply.more ? t : { ...t, first: oldest };
  // A late reply to an earlier request: its messages do not adjoin the ones held now.
  if (last.offset !== oldest - 1) return t;
  return { ...t, first: reply.first, messages: [...fresh, ...t.messages] };
}
