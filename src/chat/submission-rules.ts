/**
 * Rules of a submission: whether a message or a change is admitted, by rights, gate, sanctions, text and moderation. The rules
 * store no message. Judging a message remembers its author's address and counts the message for slow mode; `undoSlowMode`
 * takes the count back.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { cleanPart, cleanText } from "../formats.ts";
import {
  type FieldWords,
  NO_WORDS,
  type OptionalFields,
  withShownWords,
  wordsOf,
} from "../message-fields.ts";
import type { Judgement, Moderation } from "../moderation/moderation.ts";
import { hasLink } from "../moderation/word-filter.ts";
import type { Policy } from "../topics/policy.ts";
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import type { Change } from "./changes.ts";
import type { Visibility } from "./visibility.ts";

/** Whether moderation does not apply in any topic: to back ends and the operator. */
export const isUnmoderated = ({ user }: Identity): boolean =>
  user.role === "service" || user.role === "operator";

/** The content of a message, as its publisher sent it. */
export interface Content extends OptionalFields {
  text: string;
  replyTo?: number | undefined;
  mentions?: string[] | undefined;
  /** Whether the message begins to grow. */
  growing?: boolean | undefined;
}

/** A raw text may be this many times longer than the longest stored text. */
const MAX_RAW_RATIO = 4;

export interface SubmissionRulesParts {
  config: Config;
  auth: Auth;
  policy: Policy;
  moderation: Moderation;
  visibility: Visibility;
  /** In milliseconds since 1970. */
  now: () => number;
}

/** A change that is admitted, with its text as the rules leave it, and whether its user moderates the topic. */
export interface AdmittedChange {
  checked: Change;
  moderate: boolean;
}

/** A message that is admitted. */
export interface AdmittedMessage {
  /** The message with its words as the rules leave them. */
  content: Content;
  /** The cleaned text, which no rule has changed yet. */
  cleaned: string;
  /** Whether its author is exempt from moderation. */
  moderates: boolean;
  heldFor?: Judgement["heldFor"] | undefined;
  spacing?: Judgement["spacing"];
  undoSlowMode?: Judgement["undoSlowMode"] | undefined;
}

/** The content with its words as rules leave them; a copy where they differ. */
function withWords(content: Content, text: string, shown: readonly string[] = []): Content {
  const same = withShownWords(content, shown);
  return text === same.text ? same : { ...same, text };
}

export type SubmissionRules = ReturnType<typeof createSubmissionRules>;

/** Makes the rules. All of them throw KabarError for what is not allowed. */
export function createSubmissionRules({
  config,
  auth,
  policy,
  moderation,
  visibility,
  now,
}: SubmissionRulesParts) {
  const maxBytesOf = (topic: string): number => policy.ruleOf(topic)?.maxTextBytes ?? config.maxTextBytes;

  /** The cleaned text. Throws `text-empty` or `text-too-long`, by the limit of the topic in bytes. */
  function requireText(raw: string, topic: string): string {
    const max = maxBytesOf(topic);
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

  /** Judges a text, and the words of its fields, by the topic's rule and moderation. Throws the error of the rule that refuses it. */
  function judgeText({ user, address }: Identity, topic: string, text: string, words: FieldWords): Judgement {
    const isGuest = user.role === "guest";
    if (visibility.refusesLinks(topic, user) && [text, ...words.shown, words.other].some(hasLink))
      throw new KabarError("text-blocked", "Links are not allowed here.");
    return moderation.judge({ topic, userId: user.id, isGuest, address, text, words });
  }

  /** Throws `bad-request` for a message that would be gone before it is stored. */
  function requireFuture(expiresAt: number | undefined): void {
    if (expiresAt === undefined || expiresAt > now()) return;
    throw new KabarError(
      "bad-request",
      `expiresAt: is ${expiresAt}, must be a time to come, in milliseconds since 1970.`,
    );
  }

  /** Throws `forbidden` for buttons of somebody who does not moderate: they would speak for the site. */
  function requireNoActions(actions: Content["actions"]): void {
    if (!actions?.length) return;
    throw new KabarError("forbidden", "actions: only moderators and back ends may add buttons to a message.");
  }

  /** Throws `forbidden` for a growing message of somebody who does not moderate: no rule for texts could judge half a text. */
  function requireMayGrow(isExempt: boolean): void {
    if (isExempt) return;
    throw new KabarError("forbidden", "growing: only moderators and back ends may let a message grow.");
  }

  /** The text that a growing message begins with: empty, or by the limit of a message. */
  function requireBegin({ text: raw, ephemeral }: Content, topic: string): string {
    if (ephemeral) throw new KabarError("bad-request", "growing: an ephemeral message cannot grow.");
    if (raw !== "") requireText(raw, topic);
    return cleanPart(raw);
  }

  /** The text of an edit, by the rules of a new message. A text that would be held is refused: the message is public already. */
  function requireEditText(who: Identity, topic: string, raw: string, moderates: boolean): string {
    const text = requireText(raw, topic);
    if (moderates || isUnmoderated(who)) return text;
    const judged = judgeText(who, topic, text, NO_WORDS);
    if (judged.heldFor) throw new KabarError("text-blocked");
    return judged.text;
  }

  /** Throws `banned` or `muted`. The ban of an address does not hold for back ends and for moderators who are not sanctioned. */
  function requireNotSilenced(who: Identity, topic: string): void {
    if (isUnmoderated(who) || auth.rightsIn(who, topic)?.moderate) return;
    moderation.sanctions.requireNotSilenced({ topic, userId: who.user.id, address: who.address });
  }

  return {
    requireNotSilenced,

    /** The longest text of a topic, in bytes. */
    maxBytesOf,

    /** Throws what forbids a visitor to write by now, whatever the text: rights, sanctions, a topic that is read-only. */
    requireStillAllowed(who: Identity, topic: string): void {
      auth.requireRights(who, topic, "write");
      requireNotSilenced(who, topic);
      moderation.requireNotReadOnly(topic);
    },

    /** Judges a new message by rights, gate, rules and moderation. Throws the error of the first that refuses it. */
    admitMessage(who: Identity, topic: string, content: Content): AdmittedMessage {
      const { moderate } = auth.requireRights(who, topic, "write");
      auth.requireGatePassed(who);
      const isExempt = moderate || isUnmoderated(who);
      if (content.growing) requireMayGrow(isExempt);
      const text = content.growing ? requireBegin(content, topic) : requireText(content.text, topic);
      requireFuture(content.expiresAt);
      if (isExempt) return { content: withWords(content, text), cleaned: text, moderates: true };
      requireNoActions(content.actions);
      visibility.requireMentions(who.user, topic, content.mentions);
      const {
        text: allowed,
        shown,
        heldFor,
        spacing,
        undoSlowMode,
      } = judgeText(who, topic, text, wordsOf(content));
      const judged = withWords(content, allowed, shown);
      return { content: judged, cleaned: text, moderates: false, heldFor, spacing, undoSlowMode };
    },

    /** Throws what forbids a user to append to a growing message. */
    requireGrower(who: Identity, topic: string): void {
      const { moderate } = auth.requireRights(who, topic, "write");
      requireMayGrow(moderate || isUnmoderated(who));
    },

    /** Judges a change by rights, gate, sanctions and, for an edit, the text. Throws the error of the first that refuses it. */
    admitChange(who: Identity, topic: string, change: Change): AdmittedChange {
      const { moderate } = auth.requireRights(who, topic, change.kind === "react" ? "react" : "write");
      // Removing an own message is never refused.
      if (change.kind !== "remove") auth.requireGatePassed(who);
      if (change.kind !== "remove") requireNotSilenced(who, topic);
      const checked =
        change.kind === "edit"
          ? { ...change, text: requireEditText(who, topic, change.text, moderate) }
          : change;
      return { checked, moderate };
    },
  };
}
