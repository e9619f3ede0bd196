/**
 * Acts of moderation, one row for each, whichever door they came through; also reports and the review queue. An act requires
 * the right to moderate, changes moderation or the log, notifies the sessions it concerns, and is in the audit log with the
 * moderator and the reason. Acts of a topic run one after the other.
 */
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import type { Chat } from "./chat.ts";
import { decodeBody } from "../log/message-body.ts";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import { entryAt, type MessageLog } from "../log/log.ts";
import { type Moderation, TOPIC_MODE } from "../moderation/moderation.ts";
import type { ServerEvent } from "../protocol.ts";
import type { ModerationAct, Queue, TopicMode } from "../model.ts";
import type { Presence } from "../topics/presence.ts";
import { describeFirst } from "../parsing.ts";
import type { Topics } from "../topics/topics.ts";
import { WORD_RULES } from "../moderation/word-filter.ts";

/** Messages of a user that are removed together. */
const REMOVE_AT_ONCE = 100;
/** Reports that a queue shows: more than a moderator handles at once. */
const MAX_REPORTS = 200;

/** Functions that reach the sessions of a topic or a user. */
export interface Announcements {
  /** To every live session of a topic. */
  toTopic: (topic: string, event: ServerEvent) => void;
  /** To a topic's moderators. */
  toModerators: (topic: string, event: ServerEvent) => void;
  /** To every session of a user. */
  toUser: (userId: string, event: ServerEvent) => void;
  /** The hashes of the addresses that a user's open sessions come from. */
  addressesOf: (userId: string) => string[];
}

export interface ModerationActsParts {
  auth: Auth;
  chat: Chat;
  log: MessageLog;
  topics: Topics;
  control: Control;
  moderation: Moderation;
  presence: Presence;
  announce: Announcements;
}

type Act<A extends ModerationAct["action"]> = Extract<ModerationAct, { action: A }>;
type Acts = {
  [A in ModerationAct["action"]]: (who: Identity, topic: string, act: Act<A>, cause: Cause) => Promise<Undo>;
};
/** The act that undoes an act; undefined where there is none. */
type Undo = ModerationAct | undefined;

export type ModerationActs = ReturnType<typeof createModerationActs>;

/** The modes that `keys` name. */
const pick = (mode: Partial<TopicMode>, keys: string[]): Partial<TopicMode> =>
  Object.fromEntries(Object.entries(mode).filter(([key]) => keys.includes(key)));

/** Checks the modes that an act sets. Throws `bad-request`. */
function parseModes(mode: Partial<TopicMode>): Partial<TopicMode> {
  const checked = TOPIC_MODE.partial().strict().safeParse(mode);
  if (!checked.success) throw new KabarError("bad-request", `mode: ${describeFirst(checked.error, mode)}`);
  return pick(checked.data as Partial<TopicMode>, Object.keys(mode));
}

/** Makes the table of acts: one row for each act, which performs it and resolves to the act that undoes it. */
function createActTable(
  { chat, log, topics, control, moderation, presence, announce }: ModerationActsParts,
  tellQueue: (topic: string) => void,
): Acts {
  const { sanctions } = moderation;

  const sendStanding = (topic: string, userId: string): void =>
    announce.toUser(userId, { type: "standing", topic, ...sanctions.standingOf(topic, userId) });

  /** Records an act that sets no key of its own in the audit log. */
  const record = (topic: string, act: ModerationAct, cause: Cause) => control.set(`act:${topic}`, act, cause);

  const remove = (who: Identity, topic: string, target: number) =>
    chat.change(who, topic, `remove-${target}`, { kind: "remove", target });

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
    const known = [...announce.addressesOf(user), ...moderation.addressesOf(user)];
    const addresses = isBan && act.address ? [...new Set(known)] : [];
    const kind = isBan ? "ban" : "mute";
    const name = await nameOf(topic, user);
    const undo = await sanctions.impose(topic, { kind, user, name, seconds, addresses }, cause);
    sendStanding(topic, user);
    tellQueue(topic);
    return undo;
  }

  return {
    async remove(who, topic, act, cause) {
      await remove(who, topic, act.target);
      await record(topic, act, cause);
      await moderation.closeReports(topic, act.target, cause);
      tellQueue(topic);
      return undefined;
    },
    async "remove-all"(who, topic, act, cause) {
      await record(topic, act, cause);
      const offsets = await log.offsetsOf(topic, act.user);
      const removeOne = (target: number) =>
        remove(who, topic, target).catch((error: unknown) => {
          // Entries of changes and removed messages have nothing to remove.
          if (!(error instanceof KabarError && error.code === "message-unknown")) throw error;
        });
      // In parts, so that one commit stores a part together and other writers do not wait long.
      for (let from = 0; from < offsets.length; from += REMOVE_AT_ONCE)
        await Promise.all(offsets.slice(from, from + REMOVE_AT_ONCE).map(removeOne));
      return undefined;
    },
    timeout: (_, topic, act, cause) => silence(topic, act, cause),
    ban: (_, topic, act, cause) => silence(topic, act, cause),
    async unban(_, topic, { user }, cause) {
      const undo = await sanctions.lift(topic, user, cause);
      sendStanding(topic, user);
      tellQueue(topic);
      return undo;
    },
    async shadow(_, topic, { user, on, seconds }, cause) {
      const name = await nameOf(topic, user);
      const undo = await sanctions.setShadow(topic, { user, on, seconds, name }, cause);
      tellQueue(topic);
      return undo;
    },
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
    async pin(who, topic, { target, on }, cause) {
      await chat.change(who, topic, crypto.randomUUID(), { kind: "pin", target, on });
      const pins = await moderation.setPin(topic, target, on, cause);
      announce.toTopic(topic, { type: "pins", topic, pins });
      return { action: "pin", target, on: !on };
    },
    async approve(_, topic, act, cause) {
      // Published first: when that fails, the message still waits.
      await chat.publishReviewed(moderation.requireHeld(topic, act.user, act.messageId));
      await moderation.release(topic, act.user, act.messageId, cause);
      await record(topic, act, cause);
      tellQueue(topic);
      return undefined;
    },
    async reject(_, topic, act, cause) {
      await moderation.rememberRejected(topic, act.user, act.messageId, cause);
      await moderation.release(topic, act.user, act.messageId, cause);
      await record(topic, act, cause);
      const why = cause.why === undefined ? {} : { why: cause.why };
      announce.toUser(act.user, { type: "rejected", topic, messageId: act.messageId, ...why });
      tellQueue(topic);
      return undefined;
    },
    async dismiss(_, topic, { target }, cause) {
      await moderation.closeReports(topic, target, cause);
      tellQueue(topic);
      return undefined;
    },
    async clear(_, topic, act, cause) {
      const { top } = await log.state(topic);
      await record(topic, act, cause);
      await log.trim(topic, top);
      topics.forget(topic, top);
      announce.toTopic(topic, { type: "cleared", topic, upTo: top });
      return undefined;
    },
  };
}

/** Makes the acts of moderation, reports and the review queue. */
export function createModerationActs(parts: ModerationActsParts) {
  const { auth, chat, moderation, announce } = parts;
  const { sanctions } = moderation;

  function tellQueue(topic: string): void {
    announce.toModerators(topic, {
      type: "queue",
      topic,
      held: moderation.countHeld(topic),
      reports: moderation.countReports(topic),
      sentences: sanctions.list(topic).length,
    });
  }

  const acts = createActTable(parts, tellQueue);

  /** Throws `forbidden` for an identity without the right to moderate, and for a muted or banned moderator. */
  const requireModerator = (who: Identity, topic: string) => auth.requireRights(who, topic, "moderate");

  /** The last unfinished act of each topic. */
  const running = new Map<string, Promise<unknown>>();

  /** Runs the acts of a topic one after the other: each changes the state that the one before it left. */
  async function inTurn<T>(topic: string, run: () => Promise<T>): Promise<T> {
    const before = running.get(topic);
    const mine = before ? before.then(run, run) : run();
    running.set(topic, mine);
    try {
      return await mine;
    } finally {
      if (running.get(topic) === mine) running.delete(topic);
    }
  }

  return {
    requireModerator,

    /**
     * Performs an act. Resolves to the act that undoes it, where there is one, and for a ban by address to the number of
     * addresses. Throws `forbidden` without the right to moderate, and the errors of the act itself.
     */
    async act(
      who: Identity,
      topic: string,
      act: ModerationAct,
    ): Promise<{ undo?: ModerationAct; addresses?: number }> {
      requireModerator(who, topic);
      const run = acts[act.action] as Acts["clear"];
      const cause = { by: who.user.id, why: act.why };
      const undo = await inTurn(topic, () => run(who, topic, act as Act<"clear">, cause));
      const isOfAddress = act.action === "ban" && act.address === true;
      return {
        ...(undo ? { undo } : {}),
        ...(isOfAddress ? { addresses: sanctions.countAddresses(topic, act.user) } : {}),
      };
    },

    /** The held messages and open reports of a topic, oldest first, and the sanctions in force. Throws `forbidden`. */
    async queue(who: Identity, topic: string): Promise<Queue> {
      requireModerator(who, topic);
      const reports = moderation.listReports(topic).slice(0, MAX_REPORTS);
      const offsets = [...new Set(reports.map(({ offset }) => offset))];
      const messages = new Map(
        await Promise.all(
          offsets.map(async (offset) => [offset, await chat.messageFor(who, topic, offset)] as const),
        ),
      );
      return {
        held: moderation.listHeld(topic),
        reports: reports.map((report) => {
          const message = messages.get(report.offset);
          return message ? { ...report, message } : report;
        }),
        sentences: sanctions.list(topic),
      };
    },

    /** Reports a message to the topic's moderators. Throws `message-unknown` for a message that the user cannot see. */
    async report(who: Identity, topic: string, target: number, why: string | undefined): Promise<void> {
      auth.requireRights(who, topic, "read");
      auth.requireGatePassed(who);
      chat.requireNotSilenced(who, topic);
      const message = await chat.messageFor(who, topic, target);
      if (!message) throw new KabarError("message-unknown");
      await moderation.addReport(topic, target, who.user, { why, of: message.user.id, address: who.address });
      tellQueue(topic);
    },

    /** Sends the sizes of a topic's queue to its moderators. */
    tellQueue,
  };
}
