/**
 * Read marks, kept in step between a user's devices by the server: asks for the mark of each topic after every connection, and
 * sends what was read here. Only the leading tab sends. The larger a topic, the longer a mark waits, so that all readers
 * together send at most some hundreds a second. Knows no page: the caller says when nobody looks any more.
 */
import type { Client } from "../client/client.ts";
import type { Clock, Timer } from "../client/clock.ts";
import type { CommandError } from "../client/requests.ts";
import type { TopicState } from "../client/state.ts";
import type { StoredRecord } from "../client/storage.ts";
import type { CommandResults } from "../../src/protocol.ts";

/** The same as `LOST` in client/requests.ts, which belongs to another chunk. */
const LOST = "connection-lost";
/** Marks are gathered for this long: in a busy topic every message is read at once. */
const GATHER_MS = 1_000;
/** For each person in the topic a mark waits up to this long: all of them send at most 500 marks a second. */
const SPREAD_MS = 4;
/** The longest wait. */
const MAX_SPREAD_MS = 60_000;
/** The size of a topic whose people are not known. */
const UNKNOWN_CROWD = 1_000;

/** What is known of a topic of one epoch. */
interface Known {
  epoch: string;
  /** The server's mark; -1 before the user has one, undefined before the answer. */
  mark?: number | undefined;
  /** `readTo` as it was assumed at the first subscription: nothing up to it was seen here. -1: it was. */
  assumed: number;
  /** The marker of an earlier visit. */
  stored: number | undefined;
  isAsked: boolean;
  /** The server's answer, until the messages that it counts have arrived. */
  answer?: CommandResults["read"] | undefined;
  isFirst: boolean;
}

export interface MarkSyncParts {
  client: Client;
  clock: Clock;
  isLeading: () => boolean;
  /** Whether the present user has marks on the server. */
  hasMarks: () => boolean;
  /** Applies a mark that is newer than what was read here. */
  applyMark: (topic: string, offset: number) => void;
  /** The markers of an earlier visit. */
  stored: NonNullable<StoredRecord["read"]>;
  random?: () => number;
}

export type MarkSync = ReturnType<typeof createMarkSync>;

/** Creates the sync of one client; `look_` makes it act. */
export function createMarkSync(parts: MarkSyncParts) {
  const { client, clock, isLeading, hasMarks, applyMark, random = Math.random } = parts;
  const { keeper, command, dispatch } = client;
  let { stored } = parts;
  let user = "";
  const topics = new Map<string, Known>();
  /** What other tabs have read in topics that are not open here. */
  const noted = new Map<string, number>();
  const timers = new Map<string, Timer>();
  const sending = new Set<string>();

  const isOthers = (m: TopicState["messages"][number]) => !m.kind && m.user.id !== user;

  /** Begins anew for another user. The markers of an earlier visit count if they are of the same user. */
  function adopt(id: string, isGuest: boolean): void {
    const { reader } = keeper.record;
    const isOwn = reader === id || (isGuest && reader === undefined);
    if (user !== "" || !isOwn) stored = {};
    user = id;
    topics.clear();
    noted.clear();
    if (reader !== id) keeper.save({ reader: id, ...(isOwn ? {} : { read: {} }) });
  }
  function knownOf(t: TopicState, epoch: string): Known {
    const before = topics.get(t.topic);
    if (before?.epoch === epoch) return before;
    const mark = stored[t.topic];
    const mine = mark?.[0] === epoch ? mark[1] : undefined;
    const known: Known = {
      epoch,
      assumed: mine === undefined ? t.readTo : -1,
      stored: mine,
      isAsked: false,
      isFirst: true,
    };
    topics.set(t.topic, known);
    return known;
  }
  const isReal = (t: TopicState, { assumed }: Known): boolean => t.seeing || t.readTo > assumed;

  async function ask(topic: string, known: Known): Promise<void> {
    known.isAsked = true;
    try {
      const answer = await command("read", { topic });
      known.mark = Math.max(known.mark ?? -1, answer.offset ?? -1);
      known.answer = answer;
      look();
    } catch (cause) {
      const { code, retry, retryAfterMs } = cause as CommandError;
      if (code !== LOST && retry)
        clock.after((retryAfterMs ?? 0) + waitOf(topic), () => {
          known.isAsked = false;
          look();
        });
    }
  }

  /** Applies the server's answer: its count is the same on all devices, and knows messages that are not loaded here. */
  function apply(t: TopicState, known: Known, { offset, top = 0, unread = 0 }: CommandResults["read"]): void {
    const { isFirst } = known;
    const wasReal = isReal(t, known);
    known.answer = undefined;
    known.isFirst = false;
    // A user's first visit begins with nothing unread; from then on all devices count from there.
    known.assumed = -1;
    if (offset === undefined) return;
    const { topic, messages, liveFrom } = t;
    const left = messages.filter((m) => m.offset > offset && isOthers(m));
    // The line of new messages stands where the user stopped, on whatever device.
    const isAbove = (messages[0]?.offset ?? 0) > offset + 1;
    const newFrom = left[0] && (isAbove ? offset + 1 : left[0].offset);
    if (t.seeing) {
      if (isFirst && offset > (known.stored ?? -1) && !(newFrom && newFrom > liveFrom))
        dispatch({ type: "set", topic, fields: { newFrom } });
    } else if (!wasReal || offset >= t.readTo) {
      const count = unread + left.filter((m) => m.offset > top).length;
      dispatch({ type: "set", topic, fields: { readTo: offset, unread: count, newFrom } });
    }
  }

  const waitOf = (topic: string): number => {
    const people = client.state.topics[topic]?.facts.people?.count ?? UNKNOWN_CROWD;
    return GATHER_MS + random() * Math.min(people * SPREAD_MS, MAX_SPREAD_MS);
  };

  /** The offset to send: what was read here, or in another tab, and the server does not know. */
  function news(topic: string): number | undefined {
    const elsewhere = noted.get(topic) ?? -1;
    const t = client.state.topics[topic];
    const known = topics.get(topic);
    if (!t || !known) return elsewhere < 0 ? undefined : elsewhere;
    const { mark } = known;
    if (mark === undefined) return undefined;
    const offset = Math.max(isReal(t, known) ? t.readTo : -1, elsewhere);
    if (offset <= mark) return undefined;
    // Own messages, edits and reactions are no news: no device counts them.
    const isLoaded = mark >= 0 && (t.messages[0]?.offset ?? t.last + 1) <= mark + 1;
    const isNews = t.messages.some((m) => m.offset > mark && m.offset <= offset && isOthers(m));
    return isLoaded && !isNews ? undefined : Math.min(offset, t.last);
  }

  async function send(topic: string): Promise<void> {
    clock.cancel(timers.get(topic));
    timers.delete(topic);
    const offset = news(topic);
    if (offset === undefined || sending.has(topic) || !isLeading() || client.state.connection !== "online")
      return;
    sending.add(topic);
    try {
      const { offset: inForce = offset } = await command("read", { topic, offset });
      heard(topic, inForce);
      applyMark(topic, inForce);
    } catch (cause) {
      const { code, retry, retryAfterMs } = cause as CommandError;
      // Refused for good: the next message is the next try. After a lost connection all marks are compared.
      if (code !== LOST && !retry) heard(topic, offset);
      else if (code !== LOST) schedule(topic, retryAfterMs);
    }
    sending.delete(topic);
    look();
  }
  function schedule(topic: string, leastMs = 0): void {
    if (timers.has(topic) || sending.has(topic)) return;
    timers.set(
      topic,
      clock.after(leastMs + waitOf(topic), () => void send(topic)),
    );
  }
  function heard(topic: string, offset: number): void {
    if ((noted.get(topic) ?? -1) <= offset) noted.delete(topic);
    const known = topics.get(topic);
    if (known) known.mark = Math.max(known.mark ?? -1, offset);
  }

  function lookAt(t: TopicState, epoch: string): void {
    const known = knownOf(t, epoch);
    if (!known.isAsked) void ask(t.topic, known);
    // The messages that the answer counts have arrived.
    if (known.answer && t.last >= (known.answer.top ?? 0)) apply(t, known, known.answer);
  }
  function look(): void {
    const { connection, me, topics: states } = client.state;
    if (connection !== "online" || !me || !hasMarks()) return;
    if (me.id !== user) adopt(me.id, me.role === "guest");
    for (const t of Object.values(states)) if (t.phase === "ready" && t.cursor) lookAt(t, t.cursor.epoch);
    if (!isLeading()) return;
    for (const topic of new Set([...topics.keys(), ...noted.keys()]))
      if (news(topic) !== undefined) schedule(topic);
  }

  return {
    /** Compares what was read with what the server knows. Call it soon after every change. */
    look_: look,
    /** The connection is lost, and with it events of the server: the next one begins with questions. */
    lost_(): void {
      for (const known of topics.values()) known.isAsked = false;
    },
    /** Takes what another tab has read. `isLast`: nobody sees that tab any more. */
    note_(topic: string, offset: number, isLast: boolean): void {
      const known = topics.get(topic);
      if (known) known.assumed = Math.min(known.assumed, offset - 1);
      if (offset > (known?.mark ?? -1)) noted.set(topic, Math.max(noted.get(topic) ?? -1, offset));
      look();
      if (isLast) void send(topic);
    },
    /** Takes the server's mark. */
    heard_: heard,
    /** Sends at once: nobody looks any more. */
    flush_(): void {
      look();
      for (const topic of [...timers.keys()]) void send(topic);
    },
    stop_(): void {
      for (const timer of timers.values()) clock.cancel(timer);
      timers.clear();
    },
  };
}
