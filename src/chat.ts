/**
 * The rules, composed from what lies below: who may publish what, where a subscription begins, which page of history.
 * `publish` is the one way in for every message, whichever door it came through. Knows no socket and no request.
 */
import type { Auth, Identity } from "./auth.ts";
import { applyChange, type Change } from "./changes.ts";
import { decodeBody, encodeBody, encodeMessage, type StoredBody } from "./codec.ts";
import type { Config } from "./config.ts";
import { KabarError } from "./errors.ts";
import type { Amendment, Entry, MessageLog, Page } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Judgement, Moderation } from "./moderation.ts";
import type { Policy } from "./policy.ts";
import type { Presence } from "./presence.ts";
import type { SessionLimits } from "./protocol.ts";
import type { Cursor, Gap, HeldMessage, Rights, Standing, TopicMode, User } from "./model.ts";
import { cleanText } from "./names.ts";
import { cursorAt, findStart } from "./recovery.ts";
import type { ActiveTopic, Topics } from "./topics.ts";
import type { Traces } from "./trace.ts";

/** What became of a publish. */
export interface Published {
  topic: string;
  offset: number;
  id: string;
  repeated: boolean;
  /** True when it waits for a moderator; the offset is 0 then. */
  held?: boolean;
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
  mode?: TopicMode;
  standing?: Standing;
  pins?: number[];
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

/** Back ends and the operator: nobody moderates them. */
const isStaff = ({ user }: Identity): boolean => user.role === "service" || user.role === "operator";

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
  moderation: Moderation;
  /** Called when a message came in for review. */
  onHeld: (topic: string) => void;
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
  moderation,
  onHeld,
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

  /** The text of an edit, by the same rules as a new message; what would be held is refused, for it is out already. */
  function requireEdit(who: Identity, topic: string, raw: string, moderates: boolean): string {
    const text = requireText(raw, topic);
    if (moderates || isStaff(who)) return text;
    const { user, address } = who;
    const judged = moderation.judge({
      topic,
      userId: user.id,
      isGuest: user.role === "guest",
      address,
      text,
    });
    if (judged.heldFor) throw new KabarError("text-blocked");
    return judged.text;
  }

  /** Stores a message that may be published. */
  async function store(user: User, topic: string, id: string, content: Content): Promise<Published> {
    const { text, replyTo, mentions } = content;
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
  }

  /**
   * What moderation says to a visitor's message. A refused one may have been stored by an earlier attempt, whose reply was
   * lost: then that is the answer. Only that look is awaited; what may be published goes on in the same tick.
   */
  function judge(who: Identity, topic: string, id: string, text: string): Judgement | Promise<Published> {
    const { user, address } = who;
    try {
      return moderation.judge({ topic, userId: user.id, isGuest: user.role === "guest", address, text });
    } catch (refusal) {
      return log.find(topic, user.id, id).then((earlier) => {
        if (!earlier) throw refusal;
        return { topic, offset: earlier.offset, id, repeated: true };
      });
    }
  }

  async function hold(
    who: Identity,
    topic: string,
    id: string,
    content: Content,
    heldFor: HeldMessage["heldFor"],
  ): Promise<Published> {
    const { text, replyTo, mentions } = content;
    const { user } = who;
    const earlier = await log.find(topic, user.id, id);
    if (earlier) return { topic, offset: earlier.offset, id, repeated: true };
    const message: HeldMessage = {
      topic,
      messageId: id,
      user,
      text,
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(mentions === undefined ? {} : { mentions }),
      at: now(),
      heldFor,
    };
    await moderation.hold(message, { by: user.id });
    onHeld(topic);
    return { topic, offset: 0, id, repeated: false, held: true };
  }

  const conflict = (id: string, offset: number): KabarError =>
    new KabarError(
      "message-id-conflict",
      `The message id "${id}" is taken by another message of yours, at offset ${offset}.`,
    );

  /** What moderators made special here, for a new subscriber. */
  function circumstances(who: Identity, topic: string): Pick<Subscription, "mode" | "standing" | "pins"> {
    const mode = moderation.modeOf(topic);
    const standing = moderation.standingOf(topic, who.user.id, who.address);
    const pins = moderation.pinsOf(topic);
    const special = mode.slowS > 0 || mode.readOnly || mode.emojiOnly || mode.hold !== "none";
    return {
      ...(special ? { mode } : {}),
      ...(standing.state === "ok" ? {} : { standing }),
      ...(pins.length > 0 ? { pins } : {}),
    };
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
     * with another text it throws `message-id-conflict`. What moderation holds is not stored yet: `held`, offset 0. Up to
     * the append nothing is awaited: messages are stored in the order of the calls.
     */
    async publish(who: Identity, topic: string, id: string, content: Content): Promise<Published> {
      const { moderate } = requireRights(who, topic, "write");
      const text = requireText(content.text, topic);
      const judged = moderate || isStaff(who) ? { text } : judge(who, topic, id, text);
      if (judged instanceof Promise) return judged;
      if (judged.heldFor) return hold(who, topic, id, { ...content, text: judged.text }, judged.heldFor);
      return store(who.user, topic, id, { ...content, text: judged.text });
    },

    /** Publishes a message that a moderator let through, as its author's. */
    publishReviewed: ({ user, topic, messageId, ...content }: HeldMessage): Promise<Published> =>
      store(user, topic, messageId, content),

    /** Throws `topic-unknown` or `forbidden` unless the identity has the right. */
    requireRight(who: Identity, topic: string, right: keyof Rights): void {
      requireRights(who, topic, right);
    },

    /** Publishes a change to an earlier message, by the same rules; see `applyChange` for who may do what. */
    async change(who: Identity, topic: string, id: string, change: Change): Promise<Published> {
      const { moderate } = requireRights(who, topic, change.kind === "react" ? "react" : "write");
      const { user } = who;
      const checked =
        change.kind === "edit" ? { ...change, text: requireEdit(who, topic, change.text, moderate) } : change;
      const body: StoredBody = { user, text: "", ...checked };
      const rewrite: Amendment["rewrite"] = (entry, offset, also) => {
        const { body, edits } = applyChange(entry, { user, moderates: moderate }, checked, offset, now());
        const retell = (old: Entry) => encodeBody({ ...decodeBody(old.body), text: edits?.text ?? "" });
        for (const each of edits?.offsets ?? []) also({ offset: each, rewrite: retell });
        return encodeBody(body);
      };
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
        const { offset, gap } = await findStart(log, topic, state, from, last);
        if (from !== undefined) metrics.resumes.inc({ result: gap?.reason ?? "here" });
        if (offset < state.top)
          traces.resumed({ topic, session, from: offset + 1, to: state.top, at: now() });
        return {
          active,
          cursor: await cursorAt(log, topic, state, offset),
          first: state.first,
          top: state.top,
          can,
          recovered: gap === undefined,
          ...(gap ? { gap } : {}),
          ...circumstances(who, topic),
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
