/**
 * Moderation of a topic: modes, word rules, pins, sanctions and the review queue, and the judgement of a message by all of
 * them. Kept in the control topic. Neither checks the moderator's right nor notifies sessions: moderation-acts does.
 */
import { z } from "zod";
import type { Cause, Control } from "../log/control.ts";
import { isEmojiOnly } from "../emoji.ts";
import { KabarError } from "../errors.ts";
import type { FieldWords } from "../message-fields.ts";
import type { TopicMode } from "../model.ts";
import { oneOf, wholeNumber, yesOrNo } from "../parsing.ts";
import { createRecentAddresses } from "./recent-addresses.ts";
import { createReviewQueue } from "./review-queue.ts";
import { createSanctions } from "./sanctions.ts";
import type { Spacing } from "../log/log.ts";
import { presentFields } from "../optional-fields.ts";
import { createSlowMode } from "./slow-mode.ts";
import type { Author } from "./standings.ts";
import {
  checkWordRules,
  createWordFilter,
  WORD_RULES,
  type WordFilter,
  type WordRules,
  type WordVerdict,
} from "./word-filter.ts";

/** Pinned messages of a topic: the widget shows them all above the list. */
const MAX_PINS = 5;

const DEFAULT_MODE: TopicMode = { slowS: 0, readOnly: false, emojiOnly: false, hold: "none" };
/** A topic's modes, as acts of moderation set them. */
export const TOPIC_MODE = z.object({
  slowS: wholeNumber(0, 86_400).default(DEFAULT_MODE.slowS),
  readOnly: yesOrNo().default(DEFAULT_MODE.readOnly),
  emojiOnly: yesOrNo().default(DEFAULT_MODE.emojiOnly),
  hold: oneOf(["none", "guests", "all"]).default(DEFAULT_MODE.hold),
});

/** Kinds of keys under which the control topic has modes and word rules, by topic. */
const MODE_PREFIX = "mode:";
const WORDS_PREFIX = "words:";

/** A text that an author wants to publish. */
export interface Draft extends Author {
  isGuest: boolean;
  text: string;
  /** The words of the message's other fields: those that readers see are masked like the text, a masked word in others is refused. */
  words: FieldWords;
}

/** The result for a text that is not refused: the text as it may be stored, or a reason to hold it. */
export interface Judgement {
  text: string;
  /** The shown words of the fields as they may be stored, in the order of the draft. */
  shown: readonly string[];
  heldFor?: "review" | "words" | "links";
  /** The interval of slow mode, which the log checks where several nodes write. */
  spacing?: Spacing | undefined;
  /** Takes the message back from slow mode, when it was not published after all. */
  undoSlowMode?: () => void;
}

export type Moderation = ReturnType<typeof createModeration>;

/** The words of a draft as a filter leaves them, and why it holds the message. Throws `text-blocked`. */
function filterWords(
  filter: WordFilter,
  text: string,
  words: FieldWords,
): Pick<Judgement, "text" | "shown" | "heldFor"> {
  const verdictOf = (part: string): WordVerdict =>
    part === "" ? { text: part, blocked: false } : filter(part);
  const verdict = verdictOf(text);
  const shown = words.shown.map(verdictOf);
  const other = verdictOf(words.other);
  const all = [verdict, ...shown, other];
  if (all.some(({ blocked }) => blocked) || other.text !== words.other) throw new KabarError("text-blocked");
  const heldFor = all.find((each) => each.heldFor)?.heldFor;
  return { text: verdict.text, shown: shown.map((each) => each.text), ...presentFields({ heldFor }) };
}

/** Makes the word rules of all topics; a topic's filter is compiled at its first use after a change. */
function createWordFilters(control: Control) {
  const filters = new Map<string, { rules: unknown; filter: WordFilter }>();

  return {
    /** The compiled filter of a topic; undefined when it has no word rules. */
    filterOf(topic: string): WordFilter | undefined {
      const rules = control.getOf(WORDS_PREFIX, topic);
      if (rules === undefined) return undefined;
      const known = filters.get(topic);
      if (known?.rules === rules) return known.filter;
      const filter = createWordFilter(WORD_RULES.parse(rules));
      filters.set(topic, { rules, filter });
      return filter;
    },

    /** The word rules of a topic. */
    wordRulesOf: (topic: string): WordRules => WORD_RULES.parse(control.getOf(WORDS_PREFIX, topic) ?? {}),

    /** Sets a topic's word rules. Throws `bad-request` for an invalid pattern, and for rules that match too slowly. */
    async setWordRules(topic: string, rules: WordRules, cause: Cause): Promise<void> {
      checkWordRules(rules);
      await control.set(WORDS_PREFIX + topic, rules, cause);
    },

    /** Calls `listener` whenever a topic's word rules change. */
    onWordRulesChange(listener: () => void): void {
      control.onChange((key) => {
        if (key.startsWith(WORDS_PREFIX)) listener();
      });
    },
  };
}

/** Makes the modes and pins of all topics. */
function createTopicSettings(control: Control) {
  /** Parsed modes by stored value: every message asks for them. */
  const parsed = new WeakMap<object, TopicMode>();
  const modeOf = (topic: string): TopicMode => {
    const stored = control.getOf(MODE_PREFIX, topic);
    if (stored === undefined) return DEFAULT_MODE;
    const known = parsed.get(Object(stored));
    if (known) return known;
    const mode: TopicMode = Object.freeze(TOPIC_MODE.parse(stored));
    parsed.set(Object(stored), mode);
    return mode;
  };
  const pinsOf = (topic: string): number[] => (control.get(`pins:${topic}`) as number[] | undefined) ?? [];

  return {
    /** The present modes of a topic. */
    modeOf,

    /** Sets some of a topic's modes. */
    setMode: (topic: string, change: Partial<TopicMode>, cause: Cause) =>
      control.set(MODE_PREFIX + topic, { ...modeOf(topic), ...change }, cause),

    /** Calls `listener` with the topic whenever its modes change. */
    onModeChange(listener: (topic: string) => void): void {
      control.onChange((key) => {
        if (key.startsWith(MODE_PREFIX)) listener(key.slice(MODE_PREFIX.length));
      });
    },

    /** Throws `read-only` while only moderators may write in a topic. */
    requireNotReadOnly(topic: string): void {
      if (modeOf(topic).readOnly) throw new KabarError("read-only");
    },

    /** Offsets of a topic's pinned messages, oldest pin first. */
    pinsOf,

    /** Adds or removes a pin; one beyond the limit replaces the oldest. Resolves to the pins. */
    async setPin(topic: string, offset: number, on: boolean, cause: Cause): Promise<number[]> {
      const others = pinsOf(topic).filter((pin) => pin !== offset);
      const pins = on ? [...others, offset].slice(-MAX_PINS) : others;
      await control.set(`pins:${topic}`, pins.length > 0 ? pins : null, cause);
      return pins;
    },
  };
}

/** Makes moderation over the control topic; `now` is in milliseconds since 1970. */
export function createModeration(control: Control, now: () => number = Date.now) {
  const sanctions = createSanctions(control, now);
  const { forgetReporter, withdraw, ...queue } = createReviewQueue(control, now);
  const { filterOf, ...words } = createWordFilters(control);
  const settings = createTopicSettings(control);
  const slowMode = createSlowMode(now);
  const recentAddresses = createRecentAddresses(now);

  return {
    ...queue,
    ...words,
    ...settings,

    /** Mutes, bans and shadow bans. */
    sanctions,

    /** The hash of the address that a user wrote from within the hour, as a list of one or none. */
    addressesOf: recentAddresses.of,

    /** Whether a topic's word rules refuse, mask or hold a word that a user chose, such as a name. */
    breaksWordRules(topic: string, word: string): boolean {
      const verdict = filterOf(topic)?.(word);
      return (
        verdict !== undefined && (verdict.blocked || verdict.heldFor !== undefined || verdict.text !== word)
      );
    },

    /**
     * Judges a text that an author wants to publish; do not ask for moderators, who are exempt. Throws `banned`, `muted`,
     * `read-only`, `emoji-only`, `text-blocked`, `slow-mode`.
     */
    judge(draft: Draft): Judgement {
      const { topic, userId, address, isGuest, text, words } = draft;
      sanctions.requireNotSilenced(draft);
      recentAddresses.add(userId, address);
      const mode = settings.modeOf(topic);
      if (mode.readOnly) throw new KabarError("read-only");
      if (mode.emojiOnly && ![text, ...words.shown, words.other].every(isEmojiOnly))
        throw new KabarError("emoji-only");
      const filter = filterOf(topic);
      const judged: Judgement = filter ? filterWords(filter, text, words) : { text, shown: words.shown };
      if (mode.slowS > 0) {
        slowMode.require(topic, userId, mode.slowS);
        judged.undoSlowMode = slowMode.begin(topic, userId, mode.slowS);
        judged.spacing = slowMode.spacing(mode.slowS);
      }
      const needsReview = mode.hold === "all" || (mode.hold === "guests" && isGuest);
      if (needsReview) judged.heldFor ??= "review";
      return judged;
    },

    /** Removes a user's held messages and reports from a topic, and the user's name from sanctions, which stay. */
    async forgetUser(topic: string, userId: string, cause: Cause): Promise<void> {
      await withdraw(topic, userId, cause);
      await sanctions.forgetName(topic, userId, cause);
    },

    /** Forgets the data of a user in memory: address, time of the last message, number of reports today. */
    forgetActivity(userId: string): void {
      recentAddresses.forget(userId);
      forgetReporter(userId);
      slowMode.forget(userId);
    },
  };
}
