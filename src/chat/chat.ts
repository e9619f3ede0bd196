/**
 * The chat: publishing, changing, typing and reading by the rights, rules and moderation of a topic. `publish` is the one way
 * in for every message, whichever door it came through. Knows no socket and no request.
 */
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import { applyChange, type Change } from "./changes.ts";
import { decodeBody, encodeBody, type StoredBody } from "../log/message-body.ts";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { type Charge, FREE } from "./charge.ts";
import type { Amendment, Appended, Entry, MessageLog, NewEntry } from "../log/log.ts";
import type { Metrics } from "../metrics.ts";
import type { Judgement, Moderation } from "../moderation/moderation.ts";
import type { StoredHeldMessage } from "../moderation/review-queue.ts";
import type { Policy } from "../topics/policy.ts";
import type { Presence } from "../topics/presence.ts";
import type { SessionLimits } from "../protocol.ts";
import type { HeldMessage, User } from "../model.ts";
import { cleanText } from "../formats.ts";
import { presentFields } from "../optional-fields.ts";
import { createRepeats, type Published, type Submission, type Submitted } from "./repeats.ts";
import { createReading } from "./reading.ts";
import type { Topics } from "../topics/topics.ts";
import type { Traces } from "../topics/trace.ts";
import type { Visibility } from "./visibility.ts";
import { hasLink } from "../moderation/word-filter.ts";

/** Whether moderation does not apply in any topic: to back ends and the operator. */
const isUnmoderated = ({ user }: Identity): boolean => user.role === "service" || user.role === "operator";

/** The content of a message, as its publisher sent it. */
export interface Content {
  text: string;
  replyTo?: number | undefined;
  mentions?: string[] | undefined;
}

/** A raw text may be this many times longer than the longest stored text. */
const MAX_RAW_RATIO = 4;

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
  /** Called with the topic when a message is held for review. */
  onHeld: (topic: string) => void;
  now?: () => number;
}

/** The optional fields of a message, as the log and the review queue store them: absent ones are missing. */
const contentFields = ({ text, replyTo, mentions }: Content) => ({
  text,
  ...presentFields({ replyTo, mentions: mentions?.length ? mentions : undefined }),
});

/** The text of a message cleaned, before any rule changes it, with its other fields: the submission's fingerprint covers them. */
const submittedMessage = ({ text, replyTo, mentions }: Content): Submitted => ({
  kind: "message",
  text: cleanText(text),
  replyTo,
  mentions,
});

/** Throws `message-unknown` when a reply's target is not retained, is no message, or is hidden from the author of the reply. */
function requireReplyTarget(
  entry: Entry | undefined,
  offset: number,
  userId: string,
  moderates: boolean,
): void {
  const body = entry && decodeBody(entry.body);
  const isVisible = body?.hidden === undefined || body.hidden === userId || moderates;
  if (body && body.kind === undefined && isVisible) return;
  throw new KabarError("message-unknown", `replyTo: there is no message at offset ${offset}.`);
}

/** How a message is stored, besides its content. */
interface StoreOptions {
  isShadowBanned?: boolean;
  charge?: Charge;
  proof?: string | undefined;
  requires?: NonNullable<NewEntry["requires"]> | undefined;
}

/** Makes the chat. All of its functions throw KabarError for what is not allowed; `now` is in milliseconds since 1970. */
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
    // Cleaning removes control characters and blank lines, so a raw text may be longer, but not so long that cleaning takes long.
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

  /** Judges a text by the topic's rule and moderation. Throws the error of the rule that refuses it. */
  function judgeText({ user, address }: Identity, topic: string, text: string): Judgement {
    const isGuest = user.role === "guest";
    if (visibility.refusesLinks(topic, user) && hasLink(text))
      throw new KabarError("text-blocked", "Links are not allowed here.");
    return moderation.judge({ topic, userId: user.id, isGuest, address, text });
  }

  /** The text of an edit, by the rules of a new message. A text that would be held is refused: the message is public already. */
  function requireEditText(who: Identity, topic: string, raw: string, moderates: boolean): string {
    const text = requireText(raw, topic);
    if (moderates || isUnmoderated(who)) return text;
    const judged = judgeText(who, topic, text);
    if (judged.heldFor) throw new KabarError("text-blocked");
    return judged.text;
  }

  const repeats = createRepeats({ log, moderation, auth });

  /** Judges a new message by rights, gate, rules and moderation. Throws the error of the first that refuses it. */
  function admitMessage(who: Identity, topic: string, content: Content): Judgement & { moderates: boolean } {
    const { moderate } = auth.requireRights(who, topic, "write");
    auth.requireGatePassed(who);
    const text = requireText(content.text, topic);
    const isExempt = moderate || isUnmoderated(who);
    if (!isExempt) visibility.requireMentions(who.user, topic, content.mentions);
    return { ...(isExempt ? { text } : judgeText(who, topic, text)), moderates: isExempt };
  }

  /** Judges a change by rights, gate, sanctions and, for an edit, the text. Throws the error of the first that refuses it. */
  function admitChange(who: Identity, topic: string, change: Change): { checked: Change; moderate: boolean } {
    const { moderate } = auth.requireRights(who, topic, change.kind === "react" ? "react" : "write");
    // Removing an own message is never refused.
    if (change.kind !== "remove") auth.requireGatePassed(who);
    if (change.kind !== "remove") requireNotSilenced(who, topic);
    const checked =
      change.kind === "edit"
        ? { ...change, text: requireEditText(who, topic, change.text, moderate) }
        : change;
    return { checked, moderate };
  }

  /** Stores a message that nothing refuses, and takes its charge. */
  async function store(
    author: User,
    topic: string,
    id: string,
    content: Content,
    { isShadowBanned = false, charge = FREE, proof, requires }: StoreOptions,
  ): Promise<Appended> {
    const user = visibility.withNameFor(topic, auth.withFreeName(author));
    const body: StoredBody = {
      ...(isShadowBanned ? { hidden: user.id } : {}),
      user,
      ...contentFields(content),
    };
    if (!log.hasTopic(topic) && policy.ruleOf(topic)?.pattern !== topic) charge.makeTopic(log.countTopics());
    charge.take(topic);
    const stored = await log.append({
      topic,
      userId: user.id,
      id,
      body: encodeBody(body),
      proof,
      ...(requires ? { requires } : {}),
    });
    if (stored.repeated) charge.refund(topic);
    else presence.wrote(topic, user);
    return stored;
  }

  /** How a judged message is stored: shadow-banned or not, its charge, its fingerprint, its reply target. */
  function storeOptionsOf(
    { user }: Identity,
    submission: Submission,
    submitted: Submitted,
    { moderates }: { moderates: boolean },
    charge: Charge,
  ): StoreOptions {
    const replyTo = submitted.kind === "message" ? submitted.replyTo : undefined;
    return {
      isShadowBanned: !moderates && moderation.sanctions.isShadowBanned(submission.topic, user.id),
      charge,
      proof: repeats.proofOf(submission, submitted),
      ...(replyTo === undefined
        ? {}
        : {
            requires: {
              offset: replyTo,
              check: (entry) => requireReplyTarget(entry, replyTo, user.id, moderates),
            },
          }),
    };
  }

  /** Holds a message for review, after the check of its reply target. */
  async function hold(
    { user, address }: Identity,
    submission: Submission,
    content: Content,
    heldFor: HeldMessage["heldFor"],
    { proof, requires }: StoreOptions,
  ): Promise<Published> {
    const { topic, id } = submission;
    if (requires) {
      const [target] = await log.read(topic, { after: requires.offset - 1, limit: 1 });
      requires.check(target?.offset === requires.offset ? target : undefined);
    }
    const message = {
      topic,
      messageId: id,
      user,
      ...contentFields(content),
      at: now(),
      heldFor,
      ...presentFields({ proof }),
    };
    await moderation.hold(message, { by: user.id }, address);
    onHeld(topic);
    return { topic, offset: 0, id, repeated: false, held: true };
  }

  /** Throws `banned` or `muted`. The ban of an address does not hold for back ends and for moderators who are not sanctioned. */
  function requireNotSilenced(who: Identity, topic: string): void {
    if (isUnmoderated(who) || auth.rightsIn(who, topic)?.moderate) return;
    moderation.sanctions.requireNotSilenced({ topic, userId: who.user.id, address: who.address });
  }

  return {
    ...createReading({ config, log, topics, auth, metrics, traces, moderation, now }),

    /** The limits of a session, with the gate where its guest has one to pass. */
    limitsOf(who: Identity): SessionLimits {
      const { guestGate: gate } = config;
      return gate !== "none" && auth.mustPassGate(who) ? { ...limits, gate } : limits;
    },

    /**
     * Publishes a message. Resolves when it is stored; the same (topic, user, id) again resolves to the first offset, whatever
     * the rules have become since; with another text it throws `message-id-conflict`. What moderation holds is not stored yet:
     * `held`, offset 0. Up to the append nothing is awaited: messages are stored in the order of the calls.
     */
    async publish(
      who: Identity,
      topic: string,
      id: string,
      content: Content,
      charge: Charge = FREE,
    ): Promise<Published> {
      const submission = { topic, userId: who.user.id, id };
      let judged: ReturnType<typeof admitMessage>;
      try {
        judged = admitMessage(who, topic, content);
      } catch (refusal) {
        return repeats.answerEarlier(who, submission, submittedMessage(content), refusal);
      }
      const submitted = submittedMessage(content);
      let isNew = false;
      try {
        const held = repeats.answerHeld(submission, submitted);
        if (held) return held;
        const options = storeOptionsOf(who, submission, submitted, judged, charge);
        const published = { ...content, text: judged.text };
        if (judged.heldFor) {
          const earlier = await log.find(topic, who.user.id, id);
          if (earlier) return repeats.settle(earlier, submission, submitted);
          const answer = await hold(who, submission, published, judged.heldFor, options);
          isNew = true;
          return answer;
        }
        const { entry, repeated } = await store(who.user, topic, id, published, options);
        if (repeated) return repeats.settle(entry, submission, submitted);
        isNew = true;
        return { topic, offset: entry.offset, id, repeated };
      } finally {
        // Slow mode counts published messages only.
        if (!isNew) judged.undoSlowMode?.();
      }
    },

    /** Publishes a held message that a moderator approved, in its author's name. */
    async publishReviewed({ user, topic, messageId, proof, ...content }: StoredHeldMessage): Promise<void> {
      await store(user, topic, messageId, content, { proof });
    },

    requireNotSilenced,

    /** Marks a user as typing, by the rules of a message. Typing of unlisted users is not shown. */
    typing(who: Identity, topic: string): void {
      const { moderate } = auth.requireRights(who, topic, "write");
      auth.requireGatePassed(who);
      requireNotSilenced(who, topic);
      if (!moderate && !isUnmoderated(who)) moderation.requireNotReadOnly(topic);
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
      const submission = { topic, userId: who.user.id, id };
      const submitted = change.kind === "edit" ? { ...change, text: cleanText(change.text) } : change;
      let admitted: ReturnType<typeof admitChange>;
      try {
        admitted = admitChange(who, topic, change);
      } catch (refusal) {
        return repeats.answerEarlier(who, submission, submitted, refusal);
      }
      repeats.answerHeld(submission, submitted);
      const user = visibility.withNameFor(topic, who.user);
      const { checked, moderate } = admitted;
      const isShadowBanned = !moderate && moderation.sanctions.isShadowBanned(topic, user.id);
      const body: StoredBody = { user, text: "", ...checked };
      const rewrite: Amendment["rewrite"] = (entry, offset, also) => {
        const { body, edits } = applyChange(
          entry,
          { user, moderates: moderate, isShadowBanned },
          checked,
          offset,
          now(),
        );
        const { hidden } = body;
        const rewriteEdit = (old: Entry) =>
          encodeBody({ ...decodeBody(old.body), hidden, text: edits?.text ?? "" });
        for (const each of edits?.offsets ?? []) also({ offset: each, rewrite: rewriteEdit });
        return encodeBody(body);
      };
      // A change of a hidden message is hidden with it; so is the reaction of a shadow-banned user.
      const encodeChange = ({ body: changed }: Entry): string => {
        const hidden =
          decodeBody(changed).hidden ?? (isShadowBanned && change.kind === "react" ? user.id : undefined);
        return encodeBody({ ...body, hidden });
      };
      const keeps = change.kind === "pin" || (change.kind === "react" && change.on);
      const amends = { offset: change.target, rewrite, body: encodeChange, keeps };
      charge.take(topic);
      const { entry, repeated } = await log.append({
        topic,
        userId: user.id,
        id,
        body: encodeBody(body),
        proof: repeats.proofOf(submission, submitted),
        amends,
      });
      if (!repeated) return { topic, offset: entry.offset, id, repeated };
      charge.refund(topic);
      return repeats.settle(entry, submission, submitted);
    },
  };
}
