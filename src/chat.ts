/**
 * The rules, composed from what lies below: who may publish what, where a subscription begins, which page of history.
 * `publish` is the one way in for every message, whichever door it came through. Knows no socket and no request.
 */
import type { Auth, Identity } from "./auth.ts";
import { applyChange, type Change } from "./changes.ts";
import { decodeBody, encodeBody, encodeMessage, type StoredBody } from "./codec.ts";
import type { Config } from "./config.ts";
import { KabarError } from "./errors.ts";
import { cursorAtTop, type Entry, type MessageLog, type Page, type TopicState } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Policy } from "./policy.ts";
import type { Presence } from "./presence.ts";
import { type Cursor, cleanText, type Gap, type Rights, type SessionLimits } from "./protocol.ts";
import type { ActiveTopic, Topics } from "./topics.ts";
import type { Traces } from "./trace.ts";

/** What became of a publish. */
export interface Published {
  topic: string;
  offset: number;
  id: string;
  repeated: boolean;
}

/** Where a subscription begins, and what of the past it can't have. */
export interface Subscription {
  active: ActiveTopic;
  cursor: Cursor;
  first: number;
  top: number;
  can: Rights;
  recovered: boolean;
  gap?: Gap;
}

/** A page of history, its messages encoded already. */
export interface HistoryPage {
  topic: string;
  epoch: string;
  first: number;
  top: number;
  more: boolean;
  messages: string[];
}

/** Where a reader wants to begin. */
export interface Start {
  /** After a cursor, or after a bare offset, which is taken at its word. */
  from?: Cursor | number | undefined;
  /** Without `from`, or when it can't be honoured: the newest so many messages first. Default 0. */
  last?: number | undefined;
  /** Who reads, for the trace. */
  session: string;
}

export interface HistoryQuery {
  before?: number | undefined;
  after?: number | undefined;
  limit?: number | undefined;
}

const WORDS: Record<keyof Rights, string> = {
  read: "read",
  write: "write in",
  react: "react in",
  people: "see who is in",
  moderate: "moderate",
};
const DEFAULT_PAGE = 50;

/** What a publisher says besides who, where and the id. */
export interface Content {
  text: string;
  replyTo?: number | undefined;
  mentions?: string[] | undefined;
}

/** Whether a stored message is the one that a repeat speaks of; one that was changed since can't be compared. */
const isSameMessage = (stored: StoredBody, text: string): boolean =>
  stored.kind === undefined &&
  (stored.text === text || stored.edited !== undefined || stored.removed !== undefined);

export type Chat = ReturnType<typeof createChat>;

export interface ChatOptions {
  config: Config;
  log: MessageLog;
  topics: Topics;
  auth: Auth;
  metrics: Metrics;
  traces: Traces;
  presence: Presence;
  policy: Policy;
  now?: () => number;
}

/** Makes the rules. All of its functions throw KabarError for what is not allowed. */
export function createChat({
  config,
  log,
  topics,
  auth,
  metrics,
  traces,
  presence,
  policy,
  now = Date.now,
}: ChatOptions) {
  function requireRights(who: Identity, topic: string, right: keyof Rights): Rights {
    const rights = auth.rightsIn(who, topic);
    if (!rights) throw new KabarError("topic-unknown", `There is no topic "${topic}" on this server.`);
    if (!rights[right]) throw new KabarError("forbidden", `You may not ${WORDS[right]} "${topic}".`);
    return rights;
  }

  function requireText(raw: string, topic: string): string {
    const text = cleanText(raw);
    const bytes = Buffer.byteLength(text);
    if (bytes === 0) throw new KabarError("text-empty");
    const max = policy.ruleOf(topic)?.maxTextBytes ?? config.maxTextBytes;
    if (bytes > max) {
      throw new KabarError("text-too-long", `The text has ${bytes} bytes; at most ${max} are allowed.`);
    }
    return text;
  }

  function requireCount(name: string, count: number, min: number): number {
    if (count >= min && count <= config.maxHistoryPage) return count;
    throw new KabarError(
      "bad-request",
      `${name}: is ${count}, must be a whole number from ${min} to ${config.maxHistoryPage}.`,
    );
  }

  const conflict = (id: string, offset: number): KabarError =>
    new KabarError(
      "message-id-conflict",
      `The message id "${id}" is taken by another message of yours, at offset ${offset}.`,
    );

  /** The cursor at a retained, or the last trimmed, offset. */
  async function cursorAt(topic: string, state: TopicState, offset: number): Promise<Cursor> {
    if (offset === state.top) return cursorAtTop(state);
    const [entry] = offset >= state.first ? await log.read(topic, { after: offset - 1, limit: 1 }) : [];
    return { epoch: state.epoch, offset, tag: entry?.offset === offset ? entry.tag : "" };
  }

  /** Whether the cursor stands in this very log; otherwise why not. A bare offset is taken at its word. */
  async function judge(
    topic: string,
    state: TopicState,
    from: Cursor | number,
  ): Promise<"here" | Gap["reason"]> {
    const { epoch, offset, tag } = typeof from === "number" ? { ...cursorAtTop(state), offset: from } : from;
    if (epoch !== state.epoch) return "epoch";
    if (offset > state.top) return "tag";
    if (offset < state.first - 1) return "trimmed";
    // The entry before the oldest one can't be looked at any more, and nothing after it is missing.
    if (offset < state.first || typeof from === "number") return "here";
    return (await cursorAt(topic, state, offset)).tag === tag ? "here" : "tag";
  }

  async function findStart(
    topic: string,
    state: TopicState,
    from: Cursor | number | undefined,
    last: number,
  ): Promise<{ offset: number; gap?: Gap }> {
    const recent = Math.max(state.top - last, state.first - 1);
    if (from === undefined) return { offset: recent };
    const offset = typeof from === "number" ? from : from.offset;
    const verdict = await judge(topic, state, from);
    metrics.resumes.inc({ result: verdict });
    if (verdict === "here") return { offset };
    if (verdict === "trimmed") {
      return { offset: state.first - 1, gap: { from: offset + 1, to: state.first - 1, reason: verdict } };
    }
    return { offset: recent, gap: { from: 1, to: recent, reason: verdict } };
  }

  return {
    /** What a session is told of the limits. */
    limits: {
      textBytes: config.maxTextBytes,
      frameBytes: config.maxFrameBytes,
      topics: config.maxTopicsPerSession,
      historyPage: config.maxHistoryPage,
    } satisfies SessionLimits,

    /**
     * Publishes a message. Resolves when it is stored; the same (topic, user, id) again resolves to the first offset,
     * with another text it throws `message-id-conflict`. Everything up to the append happens before the first await:
     * messages are stored in the order of the calls.
     */
    async publish(who: Identity, topic: string, id: string, content: Content): Promise<Published> {
      requireRights(who, topic, "write");
      const { user } = who;
      const text = requireText(content.text, topic);
      const { replyTo, mentions } = content;
      const body: StoredBody = {
        user,
        text,
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(mentions === undefined || mentions.length === 0 ? {} : { mentions }),
      };
      const { entry, repeated } = await log.append({ topic, userId: user.id, id, body: encodeBody(body) });
      if (repeated && !isSameMessage(decodeBody(entry.body), text)) throw conflict(id, entry.offset);
      presence.wrote(topic, user);
      return { topic, offset: entry.offset, id, repeated };
    },

    /** Publishes a change to an earlier message, by the same rules; see `applyChange` for who may do what. */
    async change(who: Identity, topic: string, id: string, change: Change): Promise<Published> {
      const { moderate } = requireRights(who, topic, change.kind === "react" ? "react" : "write");
      const { user } = who;
      const checked = change.kind === "edit" ? { ...change, text: requireText(change.text, topic) } : change;
      const body: StoredBody = { user, text: "", ...checked };
      const rewrite = (entry: Entry): string =>
        encodeBody(applyChange(entry, { user, moderates: moderate }, checked, now()));
      const amends = { offset: change.target, rewrite };
      const { entry, repeated } = await log.append({
        topic,
        userId: user.id,
        id,
        body: encodeBody(body),
        amends,
      });
      const stored = decodeBody(entry.body);
      if (repeated && (stored.kind !== change.kind || stored.target !== change.target))
        throw conflict(id, entry.offset);
      return { topic, offset: entry.offset, id, repeated };
    },

    /**
     * Finds where a subscription begins. The caller releases `active` when the subscription ends.
     */
    async subscribe(who: Identity, topic: string, { from, last = 0, session }: Start): Promise<Subscription> {
      const can = requireRights(who, topic, "read");
      requireCount("last", last, 0);
      const active = await topics.open(topic);
      try {
        const state = await log.state(topic);
        const { offset, gap } = await findStart(topic, state, from, last);
        if (offset < state.top)
          traces.resumed({ topic, session, from: offset + 1, to: state.top, at: now() });
        return {
          active,
          cursor: await cursorAt(topic, state, offset),
          first: state.first,
          top: state.top,
          can,
          recovered: gap === undefined,
          ...(gap ? { gap } : {}),
        };
      } catch (error) {
        topics.release(active);
        throw error;
      }
    },

    /** A page of history: below `before`, above `after`, or the newest. */
    async history(who: Identity, topic: string, query: HistoryQuery): Promise<HistoryPage> {
      requireRights(who, topic, "read");
      const limit = requireCount("limit", query.limit ?? DEFAULT_PAGE, 1);
      if (query.before !== undefined && query.after !== undefined) {
        throw new KabarError("bad-request", "before and after: must not be given both.");
      }
      const { epoch, first, top } = await log.state(topic);
      const page: Page =
        query.after === undefined
          ? { before: query.before ?? top + 1, limit: limit + 1 }
          : { after: query.after, limit: limit + 1 };
      const entries = await log.read(topic, page);
      const more = entries.length > limit;
      const shown = "after" in page ? entries.slice(0, limit) : entries.slice(-limit);
      return { topic, epoch, first, top, more, messages: shown.map(encodeMessage) };
    },
  };
}
