/**
 * What moderators do: each act of the menu is a row here, whichever door it came through. An act checks its right, changes
 * the state (moderation) or the log (chat), tells those it concerns, and is written to the audit log with who and why.
 */
import type { Identity } from "./auth.ts";
import type { Chat } from "./chat.ts";
import type { Cause, Control } from "./control.ts";
import { KabarError } from "./errors.ts";
import type { MessageLog } from "./log.ts";
import { type Moderation, TOPIC_MODE } from "./moderation.ts";
import type { ServerEvent } from "./protocol.ts";
import type { ModerationAct, Queue, TopicMode } from "./model.ts";
import { describeFirst } from "./rules.ts";
import type { Topics } from "./topics.ts";
import { WORD_RULES } from "./words.ts";

/** The ways to those whom an act concerns. */
export interface Announcements {
  /** To every live session of a topic. */
  toTopic: (topic: string, event: ServerEvent) => void;
  /** To a topic's moderators. */
  toStaff: (topic: string, event: ServerEvent) => void;
  /** To every session of a user. */
  toUser: (userId: string, event: ServerEvent) => void;
  /** The hashes of the addresses that a user's open sessions come from. */
  addressesOf: (userId: string) => string[];
}

export interface StaffParts {
  chat: Chat;
  log: MessageLog;
  topics: Topics;
  control: Control;
  moderation: Moderation;
  announce: Announcements;
}

type Act<A extends ModerationAct["action"]> = Extract<ModerationAct, { action: A }>;
type Acts = {
  [A in ModerationAct["action"]]: (
    who: Identity,
    topic: string,
    act: Act<A>,
    cause: Cause,
  ) => Promise<unknown>;
};

export type Staff = ReturnType<typeof createStaff>;

/** Makes the table of acts. */
export function createStaff({ chat, log, topics, control, moderation, announce }: StaffParts) {
  const tellStanding = (topic: string, userId: string): void =>
    announce.toUser(userId, { type: "standing", topic, ...moderation.standingOf(topic, userId) });

  function tellQueue(topic: string): void {
    const [held, reports] = [moderation.held(topic).length, moderation.reports(topic).length];
    announce.toStaff(topic, { type: "queue", topic, held, reports });
  }

  /** Acts that leave no state of their own leave a line in the audit log. */
  const note = (topic: string, act: ModerationAct, cause: Cause) => control.set(`act:${topic}`, act, cause);

  const remove = (who: Identity, topic: string, target: number) =>
    chat.change(who, topic, `remove-${target}`, { kind: "remove", target });

  async function sentence(topic: string, act: Act<"timeout"> | Act<"ban">, cause: Cause): Promise<void> {
    const kind = act.action === "ban" ? "ban" : "mute";
    await moderation.sentence(topic, act.user, kind, act.seconds, cause);
    if (act.action === "ban" && act.address) {
      for (const address of announce.addressesOf(act.user)) {
        await moderation.sentence(topic, `address ${address}`, kind, act.seconds, cause);
      }
    }
    tellStanding(topic, act.user);
  }

  const ACTS: Acts = {
    async remove(who, topic, act, cause) {
      await remove(who, topic, act.target);
      await note(topic, act, cause);
      await moderation.dismiss(topic, act.target, cause);
      tellQueue(topic);
    },
    async "remove-all"(who, topic, act, cause) {
      await note(topic, act, cause);
      for (const target of await log.offsetsOf(topic, act.user)) {
        await remove(who, topic, target).catch((error: unknown) => {
          // Changes and what was removed before need not be removed again.
          if (!(error instanceof KabarError && error.code === "message-unknown")) throw error;
        });
      }
    },
    timeout: (_, topic, act, cause) => sentence(topic, act, cause),
    ban: (_, topic, act, cause) => sentence(topic, act, cause),
    async unban(_, topic, { user }, cause) {
      await moderation.pardon(topic, user, cause);
      for (const address of announce.addressesOf(user))
        await moderation.pardon(topic, `address ${address}`, cause);
      tellStanding(topic, user);
    },
    async mode(_, topic, { mode }, cause) {
      const checked = TOPIC_MODE.partial().strict().safeParse(mode);
      if (!checked.success)
        throw new KabarError("bad-request", `mode: ${describeFirst(checked.error, mode)}`);
      const given = Object.keys(mode) as (keyof TopicMode)[];
      const change = Object.fromEntries(given.map((key) => [key, checked.data[key]]));
      await moderation.setMode(topic, change, cause);
    },
    async words(_, topic, { words }, cause) {
      const checked = WORD_RULES.strict().safeParse(words);
      if (!checked.success)
        throw new KabarError("bad-request", `words: ${describeFirst(checked.error, words)}`);
      await moderation.setWords(topic, checked.data, cause);
    },
    async pin(who, topic, { target, on }, cause) {
      await chat.change(who, topic, crypto.randomUUID(), { kind: "pin", target, on });
      const pins = await moderation.setPin(topic, target, on, cause);
      announce.toTopic(topic, { type: "pins", topic, pins });
    },
    async approve(_, topic, act, cause) {
      const message = await moderation.release(topic, act.user, act.messageId, cause);
      await chat.publishReviewed(message);
      await note(topic, act, cause);
      tellQueue(topic);
    },
    async reject(_, topic, act, cause) {
      await moderation.release(topic, act.user, act.messageId, cause);
      await note(topic, act, cause);
      const why = cause.why === undefined ? {} : { why: cause.why };
      announce.toUser(act.user, { type: "rejected", topic, messageId: act.messageId, ...why });
      tellQueue(topic);
    },
    async dismiss(_, topic, { target }, cause) {
      await moderation.dismiss(topic, target, cause);
      tellQueue(topic);
    },
    async clear(_, topic, act, cause) {
      const { top } = await log.state(topic);
      await note(topic, act, cause);
      await log.trim(topic, top);
      topics.forget(topic, top);
      announce.toTopic(topic, { type: "cleared", topic, upTo: top });
    },
  };

  return {
    /** Does an act. Throws `forbidden` for those who do not moderate the topic, and what the act itself throws. */
    async act(who: Identity, topic: string, act: ModerationAct): Promise<void> {
      chat.requireRight(who, topic, "moderate");
      const run = ACTS[act.action] as Acts["clear"];
      await run(who, topic, act as Act<"clear">, { by: who.user.id, why: act.why });
    },

    /** What waits for a topic's moderators. */
    queue(who: Identity, topic: string): Queue {
      chat.requireRight(who, topic, "moderate");
      return { held: moderation.held(topic), reports: moderation.reports(topic) };
    },

    /** A visitor's report of a message. */
    async report(who: Identity, topic: string, target: number, why: string | undefined): Promise<void> {
      chat.requireRight(who, topic, "read");
      const { first, top } = await log.state(topic);
      if (target < first || target > top) throw new KabarError("message-unknown");
      await moderation.report(topic, target, { by: who.user.id, why });
      tellQueue(topic);
    },

    /** Tells moderators that something came in to review. */
    tellQueue,
  };
}
