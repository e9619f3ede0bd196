/**
 * Clicks on the buttons of messages. A click is an event of the feed, so that webhooks receive it at least once and in order.
 * Does not decide who may add buttons: submission-rules does.
 */
import type { Chat } from "../chat/chat.ts";
import { appendCharged, type Charge, FREE } from "../chat/charge.ts";
import { KabarError } from "../errors.ts";
import type { MessageLog } from "../log/log.ts";
import type { Sanctions } from "../moderation/sanctions.ts";
import type { CommandFields } from "../protocol.ts";
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import { appendClick } from "./feed-log.ts";
import type { Feed } from "./feed.ts";

export interface ClicksParts {
  auth: Pick<Auth, "requireRights" | "requireGatePassed">;
  chat: Pick<Chat, "messageFor" | "requireNotSilenced">;
  moderation: { sanctions: Pick<Sanctions, "isShadowBanned"> };
  log: MessageLog;
  feed: Pick<Feed, "isActive">;
  /** In milliseconds since 1970. */
  now?: () => number;
}

export type Clicks = ReturnType<typeof createClicks>;

/** Creates the function that records clicks. */
export function createClicks({ auth, chat, moderation, log, feed, now = Date.now }: ClicksParts) {
  return {
    /**
     * Records a click of a user who may react. Resolves when it is stored; `repeated` when an earlier attempt with this
     * `messageId` stored it. Rejects with `message-unknown`, with `bad-command` for a button that is not there, and with
     * `forbidden` where nobody receives clicks.
     */
    async click(
      who: Identity,
      { topic, messageId, target, action }: CommandFields["click"],
      charge: Charge = FREE,
    ): Promise<{ repeated: boolean }> {
      auth.requireRights(who, topic, "react");
      auth.requireGatePassed(who);
      chat.requireNotSilenced(who, topic);
      const message = await chat.messageFor(who, topic, target);
      if (!message || message.removed) throw new KabarError("message-unknown");
      if (message.actions?.[action]?.type !== "http")
        throw new KabarError(
          "bad-command",
          `action: is ${action}, must be the place of an action of type http in the message, from 0.`,
        );
      if (!feed.isActive())
        throw new KabarError("forbidden", "Nobody receives clicks here: this server has no webhook.");
      if (moderation.sanctions.isShadowBanned(topic, who.user.id)) return { repeated: false };
      const { id, name, role } = who.user;
      const click = { kind: "action", topic, at: now(), user: { id, name, role }, target, action } as const;
      const { repeated } = await appendCharged(charge, topic, () => appendClick(log, click, messageId));
      return { repeated };
    },
  };
}
