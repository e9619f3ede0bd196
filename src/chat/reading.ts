/**
 * Reading of a topic: the start of a subscription with its gap, pages of history, single messages, and the audience that a
 * user belongs to. Checks the right to read. Knows no socket and no request.
 */
import { type Audience, encodeFor, isShown, MODERATOR_AUDIENCE } from "../topics/audience.ts";
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { type Entry, entryAt, type MessageLog, type Page } from "../log/log.ts";
import type { Metrics } from "../metrics.ts";
import type { Cursor, Gap, Message, Rights, Standing, TopicMode } from "../model.ts";
import type { Moderation } from "../moderation/moderation.ts";
import { findBeginning } from "../topics/recovery.ts";
import type { ActiveTopic } from "../topics/active-topic.ts";
import type { Policy } from "../topics/policy.ts";
import type { Topics } from "../topics/topics.ts";
import type { Traces } from "../topics/trace.ts";

/** The start of a subscription: its cursor, the range of the log, the user's rights, and the gap that cannot be replayed. */
export interface Subscription {
  active: ActiveTopic;
  cursor: Cursor;
  first: number;
  top: number;
  can: Rights;
  recovered: boolean;
  gap?: Gap;
  mode?: TopicMode;
  standing?: Standing;
  pins?: number[];
  title?: string;
}

/** A page of history; its messages are encoded JSON. */
export interface HistoryPage {
  topic: string;
  epoch: string;
  first: number;
  top: number;
  more: boolean;
  messages: string[];
}

/** The start that a subscriber asks for. */
export interface Start {
  /** After a cursor, or after a bare offset, which is not checked against the log. */
  from?: Cursor | number | undefined;
  /** The number of newest messages to replay without `from`, or when `from` is no longer in the log. Default 0. */
  last?: number | undefined;
  /** The id of the session, for the trace. */
  session: string;
}

/**
 * The oldest retained offset as a page of history shows it. Retention may remove messages between the reading of the topic's
 * state and of the page: a page that begins later than the state says, or ends early, is right.
 */
export function firstOf(
  page: Page,
  entries: readonly Entry[],
  { first, top }: { first: number; top: number },
): number {
  const lowest = entries[0]?.offset;
  if ("after" in page) {
    const isBehind = page.after < top;
    const begins = lowest ?? (isBehind ? top + 1 : first);
    return begins > page.after + 1 ? Math.max(first, begins) : first;
  }
  const isWhole = entries.length < page.limit;
  return isWhole ? Math.max(first, lowest ?? Math.min(page.before, top + 1)) : first;
}

export interface HistoryQuery {
  before?: number | undefined;
  after?: number | undefined;
  limit?: number | undefined;
}

const DEFAULT_PAGE = 50;
/** Wait before a reader subscribes again to a topic whose tail broke off. */
const BROKEN_RETRY_MS = 100;

export interface ReadingParts {
  config: Config;
  log: MessageLog;
  topics: Topics;
  auth: Auth;
  metrics: Metrics;
  traces: Traces;
  moderation: Moderation;
  policy: Policy;
  now?: () => number;
}

/** Makes the reading part of chat. Its functions throw KabarError for what is not allowed. */
export function createReading({
  config,
  log,
  topics,
  auth,
  metrics,
  traces,
  moderation,
  policy,
  now = Date.now,
}: ReadingParts) {
  /** Checks a number of messages that a client asks for. Throws `bad-request`. */
  function requireCount(name: string, count: number, min: number): number {
    if (count >= min && count <= config.maxHistoryPage) return count;
    throw new KabarError(
      "bad-request",
      `${name}: is ${count}, must be a whole number from ${min} to ${config.maxHistoryPage}.`,
    );
  }

  /** The audience of an identity in a topic: moderators, a user who was shadow-banned, or everybody. */
  function audienceOf(who: Identity, topic: string): Audience {
    if (auth.rightsIn(who, topic)?.moderate) return MODERATOR_AUDIENCE;
    return moderation.sanctions.audienceOf(topic, who.user.id);
  }

  /** Modes, standing and pins for a new subscriber, where they are not the default. */
  function moderationState(who: Identity, topic: string): Pick<Subscription, "mode" | "standing" | "pins"> {
    const mode = moderation.modeOf(topic);
    const standing = moderation.sanctions.standingOf(topic, who.user.id, who.address);
    const pins = moderation.pinsOf(topic);
    const special = mode.slowS > 0 || mode.readOnly || mode.emojiOnly || mode.hold !== "none";
    return {
      ...(special ? { mode } : {}),
      ...(standing.state === "ok" ? {} : { standing }),
      ...(pins.length > 0 ? { pins } : {}),
    };
  }

  /** The topic's name in words; empty where its rule has none. */
  const titleOf = (topic: string): string => policy.ruleOf(topic)?.title ?? "";

  /** Pages of history are encoded one at a time, with a turn of the event loop between two, so that live messages go first. */
  let turn: Promise<unknown> = Promise.resolve();
  function nextTurn(): Promise<unknown> {
    turn = turn.then(() => new Promise((resolve) => setImmediate(resolve)));
    return turn;
  }

  return {
    audienceOf,
    requireCount,
    titleOf,

    /** The longest page of history. */
    pageLimit: config.maxHistoryPage,

    /** A message in the form that the identity may see; undefined when it is not retained or hidden from the identity. */
    async messageFor(who: Identity, topic: string, offset: number): Promise<Message | undefined> {
      const entry = await entryAt(log, topic, offset);
      const audience = audienceOf(who, topic);
      if (!entry || !isShown(entry, audience)) return undefined;
      return JSON.parse(encodeFor(entry, audience)) as Message;
    },

    /** Finds the start of a subscription. The caller releases `active` when the subscription ends. */
    async subscribe(who: Identity, topic: string, { from, last = 0, session }: Start): Promise<Subscription> {
      const can = auth.requireRights(who, topic, "read");
      requireCount("last", last, 0);
      const active = await topics.open(topic);
      try {
        const tagAt = (offset: number) => active.ring.tagAt(offset);
        const title = titleOf(topic);
        const { state, cursor, gap } = await findBeginning(log, topic, from, last, tagAt);
        // Entries read before the break and entries after it are not one stream.
        if (active.isBroken) throw new KabarError("log-unavailable", undefined, BROKEN_RETRY_MS);
        if (from !== undefined) metrics.resumes.inc({ result: gap?.reason ?? "here" });
        if (cursor.offset < state.top)
          traces.resumed({ topic, session, from: cursor.offset + 1, to: state.top, at: now() });
        return {
          active,
          cursor,
          first: state.first,
          top: state.top,
          can,
          recovered: gap === undefined,
          ...(gap ? { gap } : {}),
          ...moderationState(who, topic),
          ...(title === "" ? {} : { title }),
        };
      } catch (error) {
        topics.release(active);
        throw error;
      }
    },

    /** A page of history: below `before`, above `after`, or the newest. */
    async history(who: Identity, topic: string, query: HistoryQuery): Promise<HistoryPage> {
      auth.requireRights(who, topic, "read");
      const limit = requireCount("limit", query.limit ?? DEFAULT_PAGE, 1);
      if (query.before !== undefined && query.after !== undefined) {
        throw new KabarError("bad-request", "before, after: give at most one of the two.");
      }
      const audience = audienceOf(who, topic);
      await nextTurn();
      const state = await log.state(topic);
      const { epoch, top } = state;
      const page: Page =
        query.after === undefined
          ? { before: query.before ?? top + 1, limit: limit + 1 }
          : { after: query.after, limit: limit + 1 };
      const entries = await log.read(topic, page);
      const first = firstOf(page, entries, state);
      const more = entries.length > limit;
      const shown = "after" in page ? entries.slice(0, limit) : entries.slice(-limit);
      return { topic, epoch, first, top, more, messages: shown.map((entry) => encodeFor(entry, audience)) };
    },
  };
}
