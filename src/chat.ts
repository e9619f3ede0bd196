/**
 * The rules, composed from what lies below: who may publish what, where a subscription begins, which page of history.
 * `publish` is the one way in for every message, whichever door it came through. Knows no socket and no request.
 */
import type { Auth, Identity } from "./auth.ts";
import { applyChange, type Change } from "./changes.ts";
import { decodeBody, encodeBody, type StoredBody } from "./codec.ts";
import type { Config } from "./config.ts";
import { KabarError } from "./errors.ts";
import type { Amendment, Entry, MessageLog } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Judgement, Moderation } from "./moderation.ts";
import type { Policy } from "./policy.ts";
import type { Presence } from "./presence.ts";
import type { SessionLimits } from "./protocol.ts";
import type { HeldMessage, User } from "./model.ts";
import { cleanText } from "./names.ts";
import { createReading } from "./reading.ts";
import type { Topics } from "./topics.ts";
import type { Traces } from "./trace.ts";
import type { Visibility } from "./visibility.ts";
import { hasLink } from "./words.ts";

/** What became of a publish. */
export interface Published {
  topic: string;
  offset: number;
  id: string;
  repeated: boolean;
  /** True when it waits for a moderator; the offset is 0 then. */
  held?: boolean;
}

/** Back ends and the operator: nobody moderates them. */
const isStaff = ({ user }: Identity): boolean => user.role === "service" || user.role === "operator";

/** What a publisher says besides who, where and the id. */
export interface Content {
  text: string;
  replyTo?: number | undefined;
  mentions?: string[] | undefined;
}

/** A text as it was sent may be this many times longer than the longest that is stored. */
const MAX_RAW_RATIO = 4;

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
  visibility: Visibility;
  /** Called when a message came in for review. */
  onHeld: (topic: string) => void;
  now?: () => number;
}

/**
 * What a visitor's message costs its topic, charged when everything else has been decided: what is refused costs nobody but
 * its sender. Nothing for back ends and staff.
 */
export interface Charge {
  /** Throws `rate-limited`. */
  take(topic: string): void;
  /** Nothing was stored after all. */
  refund(topic: string): void;
}
const FREE: Charge = { take: () => undefined, refund: () => undefined };

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
  visibility,
  onHeld,
  now = Date.now,
}: ChatOptions) {
  const limits: SessionLimits = {
    textBytes: config.maxTextBytes,
    frameBytes: config.maxFrameBytes,
    topics: config.maxTopicsPerSession,
    historyPage: config.maxHistoryPage,
  };

  function requireText(raw: string, topic: string): string {
    const max = policy.ruleOf(topic)?.maxTextBytes ?? config.maxTextBytes;
    // Cleaning takes away control characters and blank lines; a text far too long is not worth the work.
    if (raw.length > max * MAX_RAW_RATIO)
      throw new KabarError(
        "text-too-long",
        `The text has ${raw.length} characters; at most ${max} bytes are allowed.`,
      );
    const text = cleanText(raw);
    const bytes = Buffer.byteLength(text);
    if (bytes === 0) throw new KabarError("text-empty");
    if (bytes > max) {
      throw new KabarError("text-too-long", `The text has ${bytes} bytes; at most ${max} are allowed.`);
    }
    return text;
  }

  /** What the topic's rule and moderation say to a visitor's text. Throws what refuses it. */
  function judgeText({ user, address }: Identity, topic: string, text: string): Judgement {
    const isGuest = user.role === "guest";
    if (visibility.refusesLinks(topic, user) && hasLink(text))
      throw new KabarError("text-blocked", "Links may not be written here.");
    return moderation.judge({ topic, userId: user.id, isGuest, address, text });
  }

  /** The text of an edit, by the same rules as a new message; what would be held is refused, for it is out already. */
  function requireEdit(who: Identity, topic: string, raw: string, moderates: boolean): string {
    const text = requireText(raw, topic);
    if (moderates || isStaff(who)) return text;
    const judged = judgeText(who, topic, text);
    if (judged.heldFor) throw new KabarError("text-blocked");
    return judged.text;
  }

  /** Stores a message that may be published. */
  async function store(
    author: User,
    topic: string,
    id: string,
    content: Content,
    isHidden: boolean,
    charge: Charge = FREE,
  ): Promise<Published> {
    const { text, replyTo, mentions } = content;
    const user = visibility.namedIn(topic, auth.fairUser(author));
    const body: StoredBody = {
      ...(isHidden ? { hidden: user.id } : {}),
      user,
      text,
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(mentions === undefined || mentions.length === 0 ? {} : { mentions }),
    };
    charge.take(topic);
    const { entry, repeated } = await log.append({ topic, userId: user.id, id, body: encodeBody(body) });
    if (repeated) charge.refund(topic);
    if (repeated && !isSameMessage(decodeBody(entry.body), text)) throw conflict(id, entry.offset);
    presence.wrote(topic, user);
    return { topic, offset: entry.offset, id, repeated };
  }

  /**
   * What moderation says to a visitor's message. A refused one may have been stored by an earlier attempt, whose reply was
   * lost: then that is the answer. Only that look is awaited; what may be published goes on in the same tick.
   */
  function judge(who: Identity, topic: string, id: string, text: string): Judgement | Promise<Published> {
    try {
      return judgeText(who, topic, text);
    } catch (refusal) {
      return log.find(topic, who.user.id, id).then((earlier) => {
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
    await moderation.hold(message, { by: user.id }, who.address);
    onHeld(topic);
    return { topic, offset: 0, id, repeated: false, held: true };
  }

  /** Throws `banned` or `muted`. Back ends, and moderators who are neither, do not share the ban of an address. */
  function requireVoice(who: Identity, topic: string): void {
    if (isStaff(who) || auth.rightsIn(who, topic)?.moderate) return;
    moderation.sentences.requireVoice({ topic, userId: who.user.id, address: who.address });
  }

  const conflict = (id: string, offset: number): KabarError =>
    new KabarError(
      "message-id-conflict",
      `The message id "${id}" is taken by another message of yours, at offset ${offset}.`,
    );

  return {
    ...createReading({ config, log, topics, auth, metrics, traces, moderation, now }),

    /** What a session is told of the limits, and whether it has to pass the gate. */
    limitsOf(who: Identity): SessionLimits {
      const { guestGate: gate } = config;
      return gate !== "none" && auth.mustPass(who) ? { ...limits, gate } : limits;
    },

    /**
     * Publishes a message. Resolves when it is stored; the same (topic, user, id) again resolves to the first offset,
     * with another text it throws `message-id-conflict`. What moderation holds is not stored yet: `held`, offset 0. Up to
     * the append nothing is awaited: messages are stored in the order of the calls.
     */
    async publish(
      who: Identity,
      topic: string,
      id: string,
      content: Content,
      charge: Charge = FREE,
    ): Promise<Published> {
      const { moderate } = auth.requireRights(who, topic, "write");
      auth.requirePassed(who);
      const text = requireText(content.text, topic);
      const isExempt = moderate || isStaff(who);
      if (!isExempt) visibility.requireMentions(who.user, topic, content.mentions);
      const judged = isExempt ? { text } : judge(who, topic, id, text);
      if (judged instanceof Promise) return judged;
      if (judged.heldFor) return hold(who, topic, id, { ...content, text: judged.text }, judged.heldFor);
      const isHidden = !isExempt && moderation.sentences.isHidden(topic, who.user.id);
      return store(who.user, topic, id, { ...content, text: judged.text }, isHidden, charge);
    },

    /** Publishes a message that a moderator let through, as its author's. */
    publishReviewed: ({ user, topic, messageId, ...content }: HeldMessage): Promise<Published> =>
      store(user, topic, messageId, content, false),

    requireVoice,

    /** Marks a user as typing, by the same rules as a message. Nobody is told of a user who is not listed. */
    typing(who: Identity, topic: string): void {
      const { moderate } = auth.requireRights(who, topic, "write");
      auth.requirePassed(who);
      requireVoice(who, topic);
      if (!moderate && !isStaff(who)) moderation.requireOpen(topic);
      presence.typing(topic, who.user.id);
    },

    /** Publishes a change to an earlier message, by the same rules; see `applyChange` for who may do what. */
    async change(
      who: Identity,
      topic: string,
      id: string,
      change: Change,
      charge: Charge = FREE,
    ): Promise<Published> {
      const { moderate } = auth.requireRights(who, topic, change.kind === "react" ? "react" : "write");
      const user = visibility.namedIn(topic, who.user);
      // Taking back what one said is never refused.
      if (change.kind !== "remove") auth.requirePassed(who);
      if (change.kind !== "remove") requireVoice(who, topic);
      const isHidden = !moderate && moderation.sentences.isHidden(topic, user.id);
      const checked =
        change.kind === "edit" ? { ...change, text: requireEdit(who, topic, change.text, moderate) } : change;
      const body: StoredBody = { user, text: "", ...checked };
      const rewrite: Amendment["rewrite"] = (entry, offset, also) => {
        const { body, edits } = applyChange(
          entry,
          { user, moderates: moderate, isHidden },
          checked,
          offset,
          now(),
        );
        const { hidden } = body;
        const retell = (old: Entry) =>
          encodeBody({ ...decodeBody(old.body), hidden, text: edits?.text ?? "" });
        for (const each of edits?.offsets ?? []) also({ offset: each, rewrite: retell });
        return encodeBody(body);
      };
      // A change of what is hidden is hidden with it; so is a reaction of somebody who is.
      const veil = ({ body: changed }: Entry): string => {
        const hidden =
          decodeBody(changed).hidden ?? (isHidden && change.kind === "react" ? user.id : undefined);
        return encodeBody({ ...body, hidden });
      };
      const keeps = change.kind === "pin" || (change.kind === "react" && change.on);
      const amends = { offset: change.target, rewrite, body: veil, keeps };
      charge.take(topic);
      const { entry, repeated } = await log.append({
        topic,
        userId: user.id,
        id,
        body: encodeBody(body),
        amends,
      });
      if (repeated) charge.refund(topic);
      const stored = decodeBody(entry.body);
      if (repeated && (stored.kind !== change.kind || stored.target !== change.target))
        throw conflict(id, entry.offset);
      return { topic, offset: entry.offset, id, repeated };
    },
  };
}
