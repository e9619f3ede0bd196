/**
 * The table of acts of moderation: one row for each act, which performs it, notifies the sessions it concerns and resolves to
 * the act that undoes it. Does not check the moderator's right and does not order the acts: moderation-acts does.
 */
import type { Identity } from "../users/identity.ts";
import type { Chat } from "./chat.ts";
import { decodeBody } from "../log/message-body.ts";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import { entryAt, type MessageLog } from "../log/log.ts";
import { type Moderation, TOPIC_MODE } from "../moderation/moderation.ts";
import type { ServerEvent } from "../protocol.ts";
import type { ModerationAct, TopicMode } from "../model.ts";
import type { Presence } from "../topics/presence.ts";
import { describeFirst } from "../parsing.ts";
import type { Topics } from "../topics/topics.ts";
import { WORD_RULES } from "../moderation/word-filter.ts";

/** Messages of a user that are removed together. */
const REMOVE_AT_ONCE = 100;

/** Functions that reach the sessions of a topic or a user. */
export interface Announcements {
  /** To every live session of a topic. */
  toTopic: (topic: string, event: ServerEvent) => void;
  /** To a topic's moderators. */
  toModerators: (topic: string, event: ServerEvent) => void;
  /** To every session of a user. */
  toUser: (userId: string, event: ServerEvent) => void;
  /** The hashes of the addresses that a user's sessions come from, or came from lately. */
  addressesOf: (userId: string) => Promise<string[]>;
}

export interface ActTableParts {
  chat: Chat;
  log: MessageLog;
  topics: Topics;
  control: Control;
  moderation: Moderation;
  presence: Presence;
  announce: Announcements;
  /** Sends the sizes of a topic's review queue to its moderators. */
  announceQueue: (topic: string) => void;
}

/** The acts of one kind. */
export type Act<A extends ModerationAct["action"]> = Extract<ModerationAct, { action: A }>;
/** The function of each kind of act. */
export type ActTable = {
  [A in ModerationAct["action"]]: (who: Identity, topic: string, act: Act<A>, cause: Cause) => Promise<Undo>;
};
/** The act that undoes an act; undefined where there is none. */
type Undo = ModerationAct | undefined;

/** The rows of some acts. */
type Rows<A extends ModerationAct["action"]> = Pick<ActTable, A>;

/** The modes that `keys` name. */
const pick = (mode: Partial<TopicMode>, keys: string[]): Partial<TopicMode> =>
  Object.fromEntries(Object.entries(mode).filter(([key]) => keys.includes(key)));

/** Checks the modes that an act sets. Throws `bad-request`. */
function parseModes(mode: Partial<TopicMode>): Partial<TopicMode> {
  const checked = TOPIC_MODE.partial().strict().safeParse(mode);
  if (!checked.success) throw new KabarError("bad-request", `mode: ${describeFirst(checked.error, mode)}`);
  return pick(checked.data as Partial<TopicMode>, Object.keys(mode));
}

/** Records an act that sets no key of its own in the audit log. */
const recordAct = (control: Control, topic: string, act: ModerationAct, cause: Cause) =>
  control.set(`act:${topic}`, act, cause);

/** Makes the acts on users: they impose and lift sanctions. */
function createUserActs({
  log,
  moderation,
  presence,
  announce,
  announceQueue,
}: ActTableParts): Rows<"timeout" | "ban" | "unban" | "shadow"> {
  const { sanctions } = moderation;

  const sendStanding = (topic: string, userId: string): void =>
    announce.toUser(userId, { type: "standing", topic, ...sanctions.standingOf(topic, userId) });

  /** The name of a user who is present or has written; undefined for other users. */
  async function nameOf(topic: string, user: string): Promise<string | undefined> {
    const here = presence.nameOf(topic, user);
    const offset = here === undefined ? (await log.offsetsOf(topic, user)).at(-1) : undefined;
    if (offset === undefined) return here;
    const entry = await entryAt(log, topic, offset);
    return entry && decodeBody(entry.body).user.name;
  }

  async function silence(topic: string, act: Act<"timeout"> | Act<"ban">, cause: Cause): Promise<Undo> {
    const { user, seconds } = act;
    const isBan = act.action === "ban";
    const addresses = isBan && act.address ? [...new Set(await announce.addressesOf(user))] : [];
    const kind = isBan ? "ban" : "mute";
    const name = await nameOf(topic, user);
    const undo = await sanctions.impose(topic, { kind, user, name, seconds, addresses }, cause);
    sendStanding(topic, user);
    announceQueue(topic);
    return undo;
  }

  return {
    timeout: (_, topic, act, cause) => silence(topic, act, cause),
    ban: (_, topic, act, cause) => silence(topic, act, cause),
    async unban(_, topic, { user }, cause) {
      const undo = await sanctions.lift(topic, user, cause);
      sendStanding(topic, user);
      announceQueue(topic);
      return undo;
    },
    async shadow(_, topic, { user, on, seconds }, cause) {
      const name = await nameOf(topic, user);
      const undo = await sanctions.setShadow(topic, { user, on, seconds, name }, cause);
      announceQueue(topic);
      return undo;
    },
  };
}

/** Makes the acts on messages: they remove and pin them. */
function createMessageActs({
  chat,
  log,
  topics,
  control,
  moderation,
  announce,
  announceQueue,
}: ActTableParts): Rows<"remove" | "remove-all" | "pin" | "clear"> {
  const remove = (who: Identity, topic: string, target: number) =>
    chat.change(who, topic, `remove-${target}`, { kind: "remove", target });

  /** Closes the reports of messages that are gone, and announces the queue. */
  async function closeReports(
    topic: string,
    isGone: (offset: number) => boolean,
    cause: Cause,
  ): Promise<void> {
    const waiting = [...moderation.listReports(topic), ...moderation.listFirst(topic)];
    const offsets = [...new Set(waiting.map(({ offset }) => offset))].filter(isGone);
    await Promise.all(offsets.map((offset) => moderation.closeReports(topic, offset, cause)));
    announceQueue(topic);
  }

  return {
    async remove(who, topic, act, cause) {
      await remove(who, topic, act.target);
      await recordAct(control, topic, act, cause);
      await closeReports(topic, (offset) => offset === act.target, cause);
      return undefined;
    },
    async "remove-all"(who, topic, act, cause) {
      await recordAct(control, topic, act, cause);
      const offsets = await log.offsetsOf(topic, act.user);
      const removeOne = (target: number) =>
        remove(who, topic, target).catch((error: unknown) => {
          // Entries of changes and removed messages have nothing to remove.
          if (!(error instanceof KabarError && error.code === "message-unknown")) throw error;
        });
      // In parts, so that one commit stores a part together and other writers do not wait long.
      for (let from = 0; from < offsets.length; from += REMOVE_AT_ONCE)
        await Promise.all(offsets.slice(from, from + REMOVE_AT_ONCE).map(removeOne));
      const removed = new Set(offsets);
      await closeReports(topic, (offset) => removed.has(offset), cause);
      return undefined;
    },
    async pin(who, topic, { target, on }, cause) {
      const wasOn = moderation.pinsOf(topic).includes(target);
      await chat.change(who, topic, crypto.randomUUID(), { kind: "pin", target, on });
      const pins = await moderation.setPin(topic, target, on, cause);
      announce.toTopic(topic, { type: "pins", topic, pins });
      return wasOn === on ? undefined : { action: "pin", target, on: !on };
    },
    async clear(_, topic, act, cause) {
      const { top } = await log.state(topic);
      await recordAct(control, topic, act, cause);
      await log.trim(topic, top);
      topics.forget(topic, top);
      announce.toTopic(topic, { type: "cleared", topic, upTo: top });
      await closeReports(topic, (offset) => offset <= top, cause);
      return undefined;
    },
  };
}

/** Makes the acts on the rules of a topic: its modes and its words. */
function createRuleActs({ moderation }: ActTableParts): Rows<"mode" | "words"> {
  return {
    async mode(_, topic, { mode }, cause) {
      const change = parseModes(mode);
      const before = pick(moderation.modeOf(topic), Object.keys(change));
      await moderation.setMode(topic, change, cause);
      return { action: "mode", mode: before };
    },
    async words(_, topic, { words }, cause) {
      const checked = WORD_RULES.strict().safeParse(words);
      if (!checked.success)
        throw new KabarError("bad-request", `words: ${describeFirst(checked.error, words)}`);
      const before = moderation.wordRulesOf(topic);
      await moderation.setWordRules(topic, checked.data, cause);
      return { action: "words", words: before };
    },
  };
}

/** Makes the acts on the review queue: they decide held messages and reports. */
function createReviewActs({
  chat,
  control,
  moderation,
  announce,
  announceQueue,
}: ActTableParts): Rows<"approve" | "reject" | "dismiss"> {
  return {
    async approve(_, topic, act, cause) {
      // Published first: when that fails, the message still waits.
      await chat.publishReviewed(moderation.requireHeld(topic, act.user, act.messageId));
      await moderation.release(topic, act.user, act.messageId, cause);
      await recordAct(control, topic, act, cause);
      announceQueue(topic);
      return undefined;
    },
    async reject(_, topic, act, cause) {
      await moderation.rememberRejected(topic, act.user, act.messageId, cause);
      await moderation.release(topic, act.user, act.messageId, cause);
      await recordAct(control, topic, act, cause);
      const why = cause.why === undefined ? {} : { why: cause.why };
      announce.toUser(act.user, { type: "rejected", topic, messageId: act.messageId, ...why });
      announceQueue(topic);
      return undefined;
    },
    async dismiss(_, topic, { target }, cause) {
      await moderation.closeReports(topic, target, cause);
      announceQueue(topic);
      return undefined;
    },
  };
}

/** Makes the table of all acts. */
export const createActTable = (parts: ActTableParts): ActTable => ({
  ...createUserActs(parts),
  ...createMessageActs(parts),
  ...createRuleActs(parts),
  ...createReviewActs(parts),
});
