/**
 * What moderators decided, folded from the control topic, and what it means for a message about to be published: who may
 * not write for a while, how fast, what waits for review. Everything here is state and judgement; the acts are staff's.
 */
import { dropOldest } from "../oldest.ts";
import { z } from "zod";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import type { HeldMessage, Report, TopicMode, User } from "../model.ts";
import { createQueueBudgets } from "./queue-budgets.ts";
import { oneOf, wholeNumber, yesOrNo } from "../parsing.ts";
import { createSanctions } from "./sanctions.ts";
import {
  checkWordRules,
  createWordFilter,
  WORD_RULES,
  type WordFilter,
  type WordRules,
} from "./word-filter.ts";

/** Authors whose address's hash is remembered, and how long: a moderator bans somebody who has just left. */
const MAX_AUTHORS = 50_000;
const AUTHOR_MS = 3_600_000;
/** Users whose last message is remembered for slow mode. */
const MAX_PACED = 50_000;
const PINS_MAX = 5;
/** Messages of a topic, and of one user in it, that may wait for a moderator; reports likewise. They are held in memory. */
const MAX_HELD = 500;
const MAX_HELD_OF_ONE = 10;
const MAX_REPORTS = 1000;
/** Rejected messages of a topic whose ids are remembered, so that a repeat is not held again: the latest so many. */
const MAX_REJECTED = 200;
/** When there may be room again. */
const CROWDED_MS = 60_000;

export const TOPIC_MODE = z.object({
  slowS: wholeNumber(0, 86_400).default(0),
  readOnly: yesOrNo().default(false),
  emojiOnly: yesOrNo().default(false),
  hold: oneOf(["none", "guests", "all"]).default("none"),
});
/** Who is about to say what, as far as moderation cares. */
export interface Utterance {
  topic: string;
  userId: string;
  isGuest: boolean;
  /** The hash of the visitor's address, where the door knows it. */
  address?: string | undefined;
  text: string;
}

/** What becomes of an utterance: its text as it may be stored, or a reason to hold it. */
export interface Judgement {
  text: string;
  heldFor?: "review" | "words" | "links";
  /** Takes back that slow mode counted it: nothing was published after all. */
  unsay?: () => void;
}

/** A held message and the fingerprint of what was submitted (repeats.ts), which nobody is shown. */
export type StoredHeldMessage = HeldMessage & { proof?: string };

// Neither topics, ids nor message ids have spaces: no key of one topic begins like another's.
const heldKey = (topic: string, userId: string, messageId: string) => `held:${topic} ${userId} ${messageId}`;
const rejectedKey = (topic: string, userId: string, messageId: string) =>
  `rejected:${topic} ${userId} ${messageId}`;
const reportKey = (topic: string, offset: number, by: string) => `report:${topic} ${offset} ${by}`;

/** What the audit log keeps of a held message that was decided on: its text is in the topic, or nowhere. */
function withoutContent(held: unknown): unknown {
  const { topic, messageId, user, at, heldFor } = held as HeldMessage;
  return { topic, messageId, user: { id: user.id }, at, heldFor };
}

/** A report as the control topic has it: `of` wrote what is reported. */
type StoredReport = Pick<Report, "at" | "why" | "byName"> & { of?: string };

/** What it keeps of a report that is closed. */
function withoutName(report: unknown): unknown {
  const { byName: _, ...rest } = report as StoredReport;
  return rest;
}

/** One emoji, or white space. Taken away one by one: a pattern for the whole text would try every way to cut it up. */
const EMOJI_OR_SPACE = /\p{RGI_Emoji}|\s/gv;
/** Whether a text has nothing but emoji and spaces. */
export const isEmojiOnly = (text: string): boolean => text.replace(EMOJI_OR_SPACE, "") === "";

export type Moderation = ReturnType<typeof createModeration>;

/** Makes moderation over the control topic. */
export function createModeration(control: Control, now: () => number = Date.now) {
  const sanctions = createSanctions(control, now);
  const filters = new Map<string, { rules: unknown; filter: WordFilter }>();
  const lastSaid = new Map<string, number>();

  const budgets = createQueueBudgets(now);
  for (const [rest] of control.list("report:"))
    budgets.noteReport(`report:${rest}`, rest.slice(rest.lastIndexOf(" ") + 1));
  control.onChange((key, value) => {
    if (value === null && /^(?:report|held):/.test(key)) budgets.release(key);
  });

  /** The hash of the address that each author last wrote from, the latest author last. */
  const authors = new Map<string, { address: string; at: number }>();

  function noteAuthor({ userId, address }: Utterance): void {
    if (address === undefined) return;
    authors.delete(userId);
    authors.set(userId, { address, at: now() });
    for (const [id, { at }] of authors) {
      if (authors.size <= MAX_AUTHORS && at > now() - AUTHOR_MS) break;
      authors.delete(id);
    }
  }

  const usual = TOPIC_MODE.parse({});

  const modeOf = (topic: string): TopicMode => {
    const mode = control.get(`mode:${topic}`);
    return mode === undefined ? usual : TOPIC_MODE.parse(mode);
  };

  function filterOf(topic: string): WordFilter | undefined {
    const rules = control.get(`words:${topic}`);
    if (rules === undefined) return undefined;
    const known = filters.get(topic);
    if (known?.rules === rules) return known.filter;
    const filter = createWordFilter(WORD_RULES.parse(rules));
    filters.set(topic, { rules, filter });
    return filter;
  }

  function requirePace({ topic, userId }: Utterance, slowS: number): void {
    if (slowS === 0) return;
    const waitMs = (lastSaid.get(`${topic} ${userId}`) ?? Number.NEGATIVE_INFINITY) + slowS * 1000 - now();
    if (waitMs > 0) {
      throw new KabarError(
        "slow-mode",
        `Slow mode: one message every ${slowS} s. Wait ${Math.ceil(waitMs / 1000)} s.`,
        waitMs,
      );
    }
  }

  /** Notes when somebody spoke. Returns what takes it back. */
  function notePace({ topic, userId }: Utterance, slowS: number): () => void {
    if (slowS === 0) return () => undefined;
    const said = `${topic} ${userId}`;
    const [at, before] = [now(), lastSaid.get(said)];
    lastSaid.delete(said);
    lastSaid.set(said, at);
    dropOldest(lastSaid, MAX_PACED);
    return () => {
      if (lastSaid.get(said) !== at) return;
      if (before === undefined) lastSaid.delete(said);
      else lastSaid.set(said, before);
    };
  }

  /** Stores what a budget was charged for. */
  async function keep(key: string, value: unknown, cause: Cause): Promise<void> {
    try {
      await control.set(key, value, cause);
    } catch (error) {
      budgets.release(key);
      throw error;
    }
  }

  /** A message that waits for review. Throws `message-unknown` when it is not there. */
  function requireHeld(topic: string, userId: string, messageId: string): StoredHeldMessage {
    const message = control.get(heldKey(topic, userId, messageId)) as StoredHeldMessage | undefined;
    if (message) return message;
    throw new KabarError("message-unknown", "This message is not waiting for review.");
  }

  /** Messages that are about to be held: another one under the same id must not take their place. */
  const arriving = new Map<string, string | undefined>();

  return {
    /** Who may not write, and who is hidden. */
    sanctions,

    /** The hash of the address that a user wrote from within the hour, as a list of one or none. */
    addressesOf(userId: string): string[] {
      const author = authors.get(userId);
      return author && author.at > now() - AUTHOR_MS ? [author.address] : [];
    },

    modeOf,

    /** Sets some of a topic's modes. */
    setMode: (topic: string, change: Partial<TopicMode>, cause: Cause) =>
      control.set(`mode:${topic}`, { ...modeOf(topic), ...change }, cause),

    wordRulesOf: (topic: string): WordRules => WORD_RULES.parse(control.get(`words:${topic}`) ?? {}),

    /** Sets a topic's word rules. Throws `bad-request` for a pattern that is none, and for rules that are too slow. */
    async setWordRules(topic: string, rules: WordRules, cause: Cause): Promise<void> {
      checkWordRules(rules);
      await control.set(`words:${topic}`, rules, cause);
    },

    /** Whether a word that a visitor chose, for example a name, is refused, masked or held by a topic's rules. */
    breaksWordRules(topic: string, word: string): boolean {
      const verdict = filterOf(topic)?.(word);
      return (
        verdict !== undefined && (verdict.blocked || verdict.heldFor !== undefined || verdict.text !== word)
      );
    },

    /** Throws `read-only` while only moderators write. */
    requireNotReadOnly(topic: string): void {
      if (modeOf(topic).readOnly) throw new KabarError("read-only");
    },

    /**
     * Judges what somebody is about to say. Throws what refuses it: `banned`, `muted`, `read-only`, `emoji-only`,
     * `text-blocked`, `slow-mode`. Moderators are not judged.
     */
    judge(utterance: Utterance): Judgement {
      sanctions.requireNotSilenced(utterance);
      noteAuthor(utterance);
      const mode = modeOf(utterance.topic);
      if (mode.readOnly) throw new KabarError("read-only");
      if (mode.emojiOnly && !isEmojiOnly(utterance.text)) throw new KabarError("emoji-only");
      const verdict = filterOf(utterance.topic)?.(utterance.text) ?? { text: utterance.text, blocked: false };
      if (verdict.blocked) throw new KabarError("text-blocked");
      requirePace(utterance, mode.slowS);
      const unsay = notePace(utterance, mode.slowS);
      const review = mode.hold === "all" || (mode.hold === "guests" && utterance.isGuest);
      const heldFor = verdict.heldFor ?? (review ? "review" : undefined);
      return { text: verdict.text, unsay, ...(heldFor ? { heldFor } : {}) };
    },

    /**
     * Keeps a message for review. The same again changes nothing. `address` is the hash of where it came from. Throws
     * `rate-limited`.
     */
    async hold(message: StoredHeldMessage, cause: Cause, address?: string): Promise<void> {
      const { topic, user, messageId, proof } = message;
      const key = heldKey(topic, user.id, messageId);
      if (control.get(key) !== undefined) return;
      const waiting = control.list(`held:${topic} `);
      const own = waiting.filter(([rest]) => rest.startsWith(`${user.id} `)).length;
      if (own >= MAX_HELD_OF_ONE || waiting.length >= MAX_HELD)
        throw new KabarError("rate-limited", "Too many messages are waiting for review here.", CROWDED_MS);
      budgets.takeHeld(key, address);
      arriving.set(key, proof);
      try {
        await keep(key, message, cause);
      } finally {
        arriving.delete(key);
      }
    },

    /** What waits for review in a topic, oldest first. */
    held: (topic: string): HeldMessage[] =>
      control.list(`held:${topic} `).map(([, value]) => {
        const { proof: _, ...message } = value as StoredHeldMessage;
        return message;
      }),

    /** Whether a message was held under this id, still waits or was rejected since, and its fingerprint. */
    wasHeld(topic: string, userId: string, messageId: string): { proof: string | undefined } | undefined {
      const key = heldKey(topic, userId, messageId);
      if (arriving.has(key)) return { proof: arriving.get(key) };
      const kept = control.get(key) ?? control.get(rejectedKey(topic, userId, messageId));
      return kept === undefined ? undefined : { proof: (kept as { proof?: string }).proof };
    },

    /** Remembers that a held message was rejected: a repeat of it is answered as before, and not held again. */
    async rememberRejected(topic: string, userId: string, messageId: string, cause: Cause): Promise<void> {
      const { proof } = requireHeld(topic, userId, messageId);
      const earlier = control.list(`rejected:${topic} `);
      for (const [rest] of earlier.slice(0, Math.max(0, earlier.length + 1 - MAX_REJECTED)))
        await control.set(`rejected:${topic} ${rest}`, null, cause);
      const value = { at: now(), ...(proof === undefined ? {} : { proof }) };
      await control.set(rejectedKey(topic, userId, messageId), value, cause);
    },

    requireHeld,

    /** Takes a message out of review; its text is not kept here any longer. Throws `message-unknown` when it is not there. */
    async release(topic: string, userId: string, messageId: string, cause: Cause): Promise<void> {
      requireHeld(topic, userId, messageId);
      await control.forget(heldKey(topic, userId, messageId), withoutContent, cause);
    },

    /**
     * Keeps a visitor's report of a message that `of` wrote; one a visitor and message, the same again is no second one. `address` is the hash
     * of where it came from. Throws `rate-limited`.
     */
    async report(
      topic: string,
      offset: number,
      { id, name }: User,
      { why, of, address }: { why?: string | undefined; of: string; address?: string | undefined },
    ): Promise<void> {
      const key = reportKey(topic, offset, id);
      if (control.get(key) !== undefined) return;
      if (control.list(`report:${topic} `).length >= MAX_REPORTS)
        throw new KabarError("rate-limited", "Too many reports are waiting for review here.", CROWDED_MS);
      budgets.takeReport(key, id, address);
      const value: StoredReport = { at: now(), byName: name, of, ...(why ? { why } : {}) };
      await keep(key, value, { by: id });
    },

    /** Open reports of a topic, oldest first: offsets, and who said why. */
    reports(topic: string): Report[] {
      return control.list(`report:${topic} `).map(([key, value]) => {
        const space = key.indexOf(" ");
        const { of: _, ...said } = value as StoredReport;
        return { offset: Number(key.slice(0, space)), by: key.slice(space + 1), ...said };
      });
    },

    /** How many reports of a topic are open. */
    countReports: (topic: string): number => control.list(`report:${topic} `).length,

    /** Closes every report of a message. */
    async dismiss(topic: string, offset: number, cause: Cause): Promise<void> {
      const prefix = reportKey(topic, offset, "");
      for (const [by] of control.list(prefix)) await control.forget(prefix + by, withoutName, cause);
    },

    /** Withdraws what a user reported in a topic and what of theirs waits there; what is laid on them stays, without their name. */
    async forgetUser(topic: string, userId: string, cause: Cause): Promise<void> {
      for (const { user, messageId } of this.held(topic))
        if (user.id === userId) await this.release(topic, userId, messageId, cause);
      for (const { offset, by } of this.reports(topic))
        if (by === userId) await control.forget(reportKey(topic, offset, by), withoutName, cause);
      for (const [messageId] of control.list(rejectedKey(topic, userId, "")))
        await control.set(rejectedKey(topic, userId, messageId), null, cause);
      await sanctions.forgetName(topic, userId, cause);
    },

    /** Forgets what is remembered of a user beside the log: the hash of their address, their pace. */
    forgetActivity(userId: string): void {
      authors.delete(userId);
      budgets.forget(userId);
      for (const key of lastSaid.keys()) if (key.endsWith(` ${userId}`)) lastSaid.delete(key);
    },

    /** Offsets of a topic's pinned messages, oldest pin first. */
    pinsOf: (topic: string): number[] => (control.get(`pins:${topic}`) as number[] | undefined) ?? [],

    /** Notes that a message was pinned or not; beyond five the oldest pin goes. */
    async setPin(topic: string, offset: number, on: boolean, cause: Cause): Promise<number[]> {
      const others = this.pinsOf(topic).filter((pin) => pin !== offset);
      const pins = on ? [...others, offset].slice(-PINS_MAX) : others;
      await control.set(`pins:${topic}`, pins.length > 0 ? pins : null, cause);
      return pins;
    },

    /** Calls `listener` whenever a topic's word rules change. */
    onWordRulesChange(listener: () => void): void {
      control.onChange((key) => {
        if (key.startsWith("words:")) listener();
      });
    },

    /** Calls `listener` with the topic whenever its modes change. */
    onModeChange(listener: (topic: string) => void): void {
      control.onChange((key) => {
        if (key.startsWith("mode:")) listener(key.slice("mode:".length));
      });
    },
  };
}
