/**
 * Mutes, bans and shadow bans by topic and user. A ban may also hold for the user's IP addresses, whose hashes are kept only
 * while it holds. Each change resolves to the act that undoes it. Does not check the moderator's right: moderation-acts does.
 */
import type { Cause, Control } from "../log/control.ts";
import { createGiveWay } from "../give-way.ts";
import type { ModerationAct } from "../model.ts";
import { presentFields } from "../optional-fields.ts";
import {
  createSanctionIndex,
  newAddressSubject,
  sanctionKey,
  shadowKey,
  type StoredSanction,
  type StoredShadow,
} from "./sanction-index.ts";
import { createStandings } from "./standings.ts";

/** A mute or ban to impose. */
export interface NewSanction {
  kind: StoredSanction["kind"];
  user: string;
  /** The user's name, for the list of sanctions. */
  name?: string | undefined;
  /** Undefined imposes it for good. */
  seconds: number | undefined;
  /** Hashes of IP addresses that the sanction also holds for. */
  addresses: readonly string[];
}

/** A shadow ban to begin (`on`) or to end. */
export interface ShadowChange {
  user: string;
  on: boolean;
  seconds?: number | undefined;
  name?: string | undefined;
}

export type Sanctions = ReturnType<typeof createSanctions>;

/** A stored value without the user's name. */
const withoutName = (value: unknown) => ({ ...Object(value), name: undefined });

/** Makes the sanctions over the control topic; `now` is in milliseconds since 1970. */
export function createSanctions(control: Control, now: () => number) {
  const index = createSanctionIndex(control);
  const { sanctions, shadows } = index;
  const { isInForce, secondsUntil, addressesOf, presentAct, ...standings } = createStandings(index, now);

  const endAfter = (seconds: number | undefined): number | null =>
    seconds === undefined ? null : now() + seconds * 1000;

  /** Removes a sanction, and the hash of its address from the audit log, too. */
  function remove(topic: string, subject: string, cause: Cause): Promise<unknown> {
    const key = sanctionKey(topic, subject);
    if (sanctions.get(topic, subject)?.address === undefined) return control.set(key, null, cause);
    return control.forget(key, (value) => ({ ...Object(value), address: undefined }), cause);
  }

  /** Removes the sanctions on a user and on the user's addresses. */
  async function removeAll(topic: string, user: string, cause: Cause): Promise<void> {
    for (const subject of [user, ...addressesOf(topic, user)])
      if (sanctions.get(topic, subject)) await remove(topic, subject, cause);
  }

  return {
    ...standings,

    /** Mutes or bans a user in a topic, in place of an earlier mute or ban. Resolves to the act that undoes it. */
    async impose(topic: string, wanted: NewSanction, cause: Cause): Promise<ModerationAct> {
      const { kind, user, name, seconds, addresses } = wanted;
      const undo = presentAct(topic, user) ?? { action: "unban", user };
      await removeAll(topic, user, cause);
      const { by, why } = cause;
      const value: StoredSanction = {
        kind,
        until: endAfter(seconds),
        by,
        at: now(),
        ...presentFields({ why, name }),
      };
      await control.set(sanctionKey(topic, user), value, cause);
      for (const address of addresses) {
        const key = sanctionKey(topic, newAddressSubject());
        await control.set(key, { ...value, address, of: user }, cause);
      }
      return undo;
    },

    /** Lifts the mute or ban of a user, and of the user's addresses. Resolves to the act that undoes it, if one was lifted. */
    async lift(topic: string, user: string, cause: Cause): Promise<ModerationAct | undefined> {
      const undo = presentAct(topic, user);
      await removeAll(topic, user, cause);
      return undo;
    },

    /**
     * Begins or ends a shadow ban of a user in a topic. Its record stays when it ends, because its author still reads the
     * messages that were hidden from others. Resolves to the act that undoes it.
     */
    async setShadow(
      topic: string,
      { user, on, seconds, name }: ShadowChange,
      cause: Cause,
    ): Promise<ModerationAct> {
      const before = shadows.get(topic, user);
      const wasOn = standings.isShadowBanned(topic, user);
      const secondsLeft = wasOn && before ? secondsUntil(before.until) : undefined;
      const { by, why } = cause;
      const until = on ? endAfter(seconds) : null;
      const value: StoredShadow = { on, until, by, at: now(), ...presentFields({ why, name }) };
      await control.set(shadowKey(topic, user), value, cause);
      return { action: "shadow", user, on: wasOn, ...presentFields({ seconds: secondsLeft }) };
    },

    /** The number of addresses that a user's ban holds for. */
    countAddresses: (topic: string, user: string): number => addressesOf(topic, user).length,

    /** Removes the user's name from the sanctions on the user in a topic; the sanctions stay. */
    async forgetName(topic: string, user: string, cause: Cause): Promise<void> {
      for (const subject of [user, ...addressesOf(topic, user)]) {
        const value = sanctions.get(topic, subject);
        if (value?.name !== undefined)
          await control.forget(sanctionKey(topic, subject), withoutName, cause, withoutName(value));
      }
      const value = shadows.get(topic, user);
      if (value?.name !== undefined)
        await control.forget(shadowKey(topic, user), withoutName, cause, withoutName(value));
    },

    /** Ends expired sanctions. Call it periodically: it removes addresses and notifies the listeners. */
    async sweep(): Promise<void> {
      const giveWay = createGiveWay();
      const cause: Cause = { by: "server", why: "its time is over" };
      for (const [topic, subject, sanction] of sanctions.all()) {
        if (!isInForce(sanction)) await remove(topic, subject, cause);
        await giveWay();
      }
      // The record stays: its author still reads the messages that were hidden from others.
      for (const [topic, user, shadow] of shadows.all()) {
        const ended: StoredShadow = { ...shadow, on: false, until: null };
        if (shadow.on && !isInForce(shadow)) await control.set(shadowKey(topic, user), ended, cause);
        await giveWay();
      }
    },

    /** Calls `listener` with the user's id whenever a sanction begins or ends; with undefined for one on an address. */
    onChange: index.onChange,
  };
}
