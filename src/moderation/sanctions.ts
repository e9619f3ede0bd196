/**
 * Mutes, bans and shadow bans by topic and user. A ban may also hold for the user's IP addresses, whose hashes are kept only
 * while it holds. Sanctions can be listed and lifted; each change resolves to the act that undoes it. Does not check the
 * moderator's right: moderation-acts does.
 */
import { type Audience, authorAudience, PUBLIC_AUDIENCE } from "../topics/audience.ts";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import { createGiveWay } from "../give-way.ts";
import type { ModerationAct, Sanction, Standing } from "../model.ts";
import { presentFields } from "../optional-fields.ts";
import {
  createSanctionIndex,
  isAddressSubject,
  newAddressSubject,
  type SanctionIndex,
  sanctionKey,
  shadowKey,
  type StoredSanction,
  type StoredShadow,
} from "./sanction-index.ts";

/** A mute or ban to impose. */
export interface NewSanction {
  kind: StoredSanction["kind"];
  user: string;
  /** The user's name, for the list of sanctions. */
  name?: string | undefined;
  /** Undefined is for good. */
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

/** An author in a topic. `address` is the hash of the IP address, where the door knows it. */
export interface Author {
  topic: string;
  userId: string;
  address?: string | undefined;
}

export type Sanctions = ReturnType<typeof createSanctions>;

/** Decides which sanctions are in force at the moment of the question. */
function createStandings(index: SanctionIndex, now: () => number) {
  const isInForce = ({ until }: { until: number | null }): boolean => until === null || until > now();

  function sanctionInForce(topic: string, subject: string): StoredSanction | undefined {
    const sanction = index.sanctions.get(topic, subject);
    return sanction && isInForce(sanction) ? sanction : undefined;
  }

  /** The heaviest sanction on a user, or on the user's address, in a topic. */
  function heaviestOn({ topic, userId, address }: Author): StoredSanction | undefined {
    if (index.sanctions.isEmpty) return undefined; // the usual case
    const subjects = [userId, ...index.subjectsOn(topic, address)];
    const found = subjects.flatMap((subject) => sanctionInForce(topic, subject) ?? []);
    return found.find(({ kind }) => kind === "ban") ?? found[0];
  }

  /** Subjects of the sanctions in force on addresses, by the user of the address. */
  function addressesIn(topic: string): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const [subject, sanction] of index.sanctions.in(topic)) {
      if (sanction.of === undefined || !isInForce(sanction)) continue;
      found.set(sanction.of, [...(found.get(sanction.of) ?? []), subject]);
    }
    return found;
  }

  /** Whole seconds until a moment, rounded up; undefined for null, which is for good. */
  const secondsUntil = (until: number | null): number | undefined =>
    until === null ? undefined : Math.ceil((until - now()) / 1000);

  return {
    isInForce,
    heaviestOn,
    addressesIn,
    secondsUntil,

    /** Subjects of the sanctions in force on a user's addresses. */
    addressesOf: (topic: string, user: string): string[] => addressesIn(topic).get(user) ?? [],

    /** The act that would impose a user's present sanction again; undefined when there is none. */
    presentAct(topic: string, user: string): ModerationAct | undefined {
      const sanction = sanctionInForce(topic, user);
      if (!sanction) return undefined;
      const { kind, until, why } = sanction;
      const seconds = secondsUntil(until);
      if (kind === "mute" && seconds !== undefined)
        return { action: "timeout", user, seconds, ...presentFields({ why }) };
      const address = addressesIn(topic).has(user);
      return { action: "ban", user, address, ...presentFields({ seconds, why }) };
    },
  };
}

/** The standing that a sanction gives its user. */
const standingUnder = (sanction: StoredSanction | undefined): Standing =>
  sanction === undefined
    ? { state: "ok" }
    : {
        state: sanction.kind === "ban" ? "banned" : "muted",
        ...presentFields({ until: sanction.until ?? undefined, why: sanction.why }),
      };

/** A stored sanction as moderators see it in the list. */
const toListed = (
  user: string,
  kind: Sanction["kind"],
  { until, why, by, at, name }: Omit<StoredSanction, "kind">,
): Sanction => ({ user, kind, by, at, ...presentFields({ name, until: until ?? undefined, why }) });

/** A stored value without the user's name. */
const withoutName = (value: unknown) => ({ ...Object(value), name: undefined });

/** Makes the sanctions over the control topic; `now` is in milliseconds since 1970. */
export function createSanctions(control: Control, now: () => number) {
  const index = createSanctionIndex(control);
  const { sanctions, shadows } = index;
  const standings = createStandings(index, now);
  const { isInForce, addressesIn, addressesOf, presentAct } = standings;

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

  function isShadowBanned(topic: string, userId: string): boolean {
    const shadow = shadows.get(topic, userId);
    return shadow?.on === true && isInForce(shadow);
  }

  return {
    /** Throws `banned` or `muted` for an author who is, with the end, the reason and, for a mute, the wait in ms. */
    requireNotSilenced(author: Author): void {
      const sanction = standings.heaviestOn(author);
      if (!sanction) return;
      const until = sanction.until === null ? "" : ` until ${new Date(sanction.until).toISOString()}`;
      const why = sanction.why === undefined ? "" : `: ${sanction.why}`;
      const waitMs = sanction.until === null ? undefined : sanction.until - now();
      if (sanction.kind === "ban")
        throw new KabarError("banned", `You are banned from writing here${until}${why}.`);
      throw new KabarError("muted", `You are muted here${until}${why}.`, waitMs);
    },

    /** The standing of a user in a topic: ok, muted or banned. */
    standingOf: (topic: string, userId: string, address?: string): Standing =>
      standingUnder(standings.heaviestOn({ topic, userId, address })),

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
      const wasOn = isShadowBanned(topic, user);
      const secondsLeft = wasOn && before ? standings.secondsUntil(before.until) : undefined;
      const { by, why } = cause;
      const until = on ? endAfter(seconds) : null;
      const value: StoredShadow = { on, until, by, at: now(), ...presentFields({ why, name }) };
      await control.set(shadowKey(topic, user), value, cause);
      return { action: "shadow", user, on: wasOn, ...presentFields({ seconds: secondsLeft }) };
    },

    /** Whether a user is shadow-banned in a topic now. */
    isShadowBanned,

    /** The audience of a user who does not moderate: the author's own for a user who was ever shadow-banned in the topic. */
    audienceOf: (topic: string, userId: string): Audience =>
      shadows.get(topic, userId) ? authorAudience(userId) : PUBLIC_AUDIENCE,

    /** The number of addresses that a user's ban holds for. */
    countAddresses: (topic: string, user: string): number => addressesOf(topic, user).length,

    /** The sanctions in force in a topic: mutes and bans first, then shadow bans. */
    list(topic: string): Sanction[] {
      const addresses = addressesIn(topic);
      const silenced: Sanction[] = [];
      for (const [user, sanction] of sanctions.in(topic)) {
        if (isAddressSubject(user) || !isInForce(sanction)) continue;
        const address = addresses.has(user) ? { address: true } : {};
        silenced.push({ ...toListed(user, sanction.kind, sanction), ...address });
      }
      const shadowBanned: Sanction[] = [];
      for (const [user, shadow] of shadows.in(topic))
        if (shadow.on && isInForce(shadow)) shadowBanned.push(toListed(user, "shadow", shadow));
      return [...silenced, ...shadowBanned];
    },

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

    /** Ends the sanctions whose time is over. Call it now and then: it removes addresses and tells the listeners. */
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
