/**
 * Passkeys of named owners of the console (WebAuthn). They are kept in the control topic, so that they hold on every node and after a
 * restart. A passkey signs its owner in without a name or passphrase, at the address where it was made and nowhere else, as long as the
 * owner is there. Does not make sessions: console-access does. Does not check rights: the admin door does.
 */
import { z } from "zod";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import type { Passkey } from "../model.ts";
import { presentFields } from "../optional-fields.ts";
import { createChallenges } from "./challenges.ts";
import type { Owner } from "./console-owners.ts";
import { digestOf } from "./guests.ts";
import { ownerIdentity } from "./identity.ts";
import {
  CEREMONY_MS,
  checkMade,
  checkUsed,
  type MadePasskey,
  makeOptions,
  type Place,
  type UsedPasskey,
  useOptions,
} from "./webauthn.ts";

/** Passkeys of one owner: a phone, a laptop and some keys, and a bound for the list. */
const MAX_OF_OWNER = 20;
const PREFIX = "console-passkey:";
/** What changes with each use stands under a key of its own: storing it never brings back a passkey that was removed meanwhile. */
const USE_PREFIX = "console-passkey-use:";
/** Characters of the digest of a credential's id that name it: 144 bits. */
const ID_CHARS = 24;
/** How often the audit log tells that a passkey may have been copied. */
const COPY_PAUSE_MS = 3_600_000;
const SIGN_IN = "sign in";

const STORED = z.object({
  name: z.string(),
  owner: z.string(),
  /** That of the owner at that time: an owner who is made anew under the same name has another one. */
  handle: z.string(),
  origin: z.string(),
  credential: z.string(),
  publicKey: z.string(),
  transports: z.array(z.string()),
  /** The authenticator's count of uses when the passkey was made; 0: it counts none. */
  counter: z.number(),
  madeAt: z.number(),
});
const USE = z.object({ counter: z.number(), usedAt: z.number().optional(), copiedAt: z.number().optional() });

/** The browser that makes or uses a passkey: its page, and the cookie of its challenge. */
export interface Attempt {
  place: Place;
  cookie: string;
}

export interface PasskeysParts {
  control: Control;
  /** The named owners, and the mark in force of each. */
  owners: { find: (name: string) => Owner | undefined; markOf: (name: string) => string | undefined };
  /** Signs challenges; the nodes of a cluster share it. */
  serverSecret: string;
  /** Limits wrong answers by address: `require` throws `rate-limited` after too many, `note` counts one. */
  guesses: { require(address: string): void; note(address: string): void };
  /** In milliseconds since 1970. */
  now?: () => number;
}

export type Passkeys = ReturnType<typeof createPasskeys>;

/** Names an owner to authenticators. It tells nothing about the owner (Level 2 section 14.6.1). */
const handleOf = ({ name, madeAt }: Owner): string => digestOf(`owner ${name.toLowerCase()} ${madeAt}`);
const idOf = (credential: string): string => digestOf(credential).slice(0, ID_CHARS);
const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Makes the passkeys over the control topic. */
export function createPasskeys({ control, owners, serverSecret, guesses, now = Date.now }: PasskeysParts) {
  const challenges = createChallenges({ control, serverSecret, lifeMs: CEREMONY_MS, now });

  /** A stored passkey whose owner is still there. */
  function inForce(value: unknown) {
    const { data } = STORED.safeParse(value);
    const owner = data && owners.find(data.owner);
    return data && owner && handleOf(owner) === data.handle ? data : undefined;
  }
  const find = (id: string) => inForce(control.get(PREFIX + id));
  const all = () =>
    control.list(PREFIX).flatMap(([id, raw]) => {
      const value = inForce(raw);
      return value ? [{ id, value }] : [];
    });
  const of = (owner: string) => all().filter(({ value }) => isSame(value.owner, owner));
  /** What is known of a passkey's uses. */
  const useOf = (id: string, { counter }: { counter: number }): z.output<typeof USE> =>
    USE.safeParse(control.get(USE_PREFIX + id)).data ?? { counter };

  async function drop(id: string, cause: Cause): Promise<void> {
    for (const key of [PREFIX + id, USE_PREFIX + id])
      if (control.get(key) !== undefined) await control.set(key, null, cause);
  }

  /** An owner by name. Throws `not-found`. */
  function requireOwner(name: string): Owner {
    const owner = owners.find(name);
    if (owner) return owner;
    throw new KabarError(
      "not-found",
      `There is no owner "${name.slice(0, 60)}". Passkeys belong to named owners, who also have a passphrase.`,
    );
  }

  /** For what a challenge is: neither another page nor somebody else can answer it. */
  const making = (owner: Owner, { origin }: Place, by: string): string =>
    JSON.stringify(["make", handleOf(owner), origin, by]);
  const signing = ({ origin }: Place): string => JSON.stringify([SIGN_IN, origin]);

  /** Throws `bad-request` when an owner has as many passkeys as may be. */
  function requireRoom({ name }: Owner): void {
    if (of(name).length >= MAX_OF_OWNER)
      throw new KabarError("bad-request", `${name} has ${MAX_OF_OWNER} passkeys; remove one first.`);
  }

  /**
   * Counts a use. Resolves to false for an old count, which a copy of the authenticator would send (Level 2 section 6.1.1); the
   * audit log tells of it. Authenticators that count nothing send 0.
   */
  async function countUse(id: string, value: z.output<typeof STORED>, counter: number): Promise<boolean> {
    const before = useOf(id, value);
    const cause = { by: ownerIdentity(value.owner).user.id };
    const isCounted = counter > 0 || before.counter > 0;
    // Of two answers with one count, sent at once, the first counts.
    const isNew = !isCounted || (counter > before.counter && (await challenges.useUp(`${id}.${counter}`)));
    if (isNew) {
      await control.set(USE_PREFIX + id, { ...before, counter, usedAt: now() }, cause);
      return true;
    }
    const { copiedAt = Number.NEGATIVE_INFINITY, ...known } = before;
    if (now() - copiedAt >= COPY_PAUSE_MS)
      await control.set(
        USE_PREFIX + id,
        { ...known, copiedAt: now() },
        { by: "operator", why: `the count of uses went from ${known.counter} to ${counter}` },
      );
    return false;
  }

  /** The passkey of an answer, once it is checked. Throws `bad-credential`. */
  async function identify(used: UsedPasskey, { place, cookie }: Attempt) {
    const challenge = challenges.read(cookie, signing(place));
    const late = new KabarError(
      "bad-credential",
      "This sign-in took more than five minutes, began in another browser or tab, or was used already. Try again.",
    );
    if (challenge === undefined) throw late;
    const id = idOf(used.id);
    const value = find(id);
    if (!value || value.credential !== used.id || value.origin !== place.origin)
      throw new KabarError("bad-credential", "This passkey is not known here, or was removed.");
    if (used.response.userHandle !== value.handle)
      throw new KabarError("bad-credential", "The passkey was refused. It names another owner.");
    const counter = await checkUsed(place, challenge, used, value);
    if (!(await challenges.useUp(challenge))) throw late;
    if (!(await countUse(id, value, counter)))
      throw new KabarError(
        "bad-credential",
        "The passkey was refused: its count of uses is an old one, so that it may have been copied. Sign in another way, remove it and add a new one.",
      );
    // Read again: the passkey or its owner may have been removed meanwhile.
    const mark = find(id) && owners.markOf(value.owner);
    if (mark === undefined) throw new KabarError("bad-credential", "This passkey was removed.");
    return { owner: { name: value.owner, mark }, passkey: id };
  }

  return {
    /** Whether there is a passkey. */
    exist: (): boolean => control.list(PREFIX).some(([, value]) => inForce(value) !== undefined),

    /** The passkeys, oldest first. */
    list: (): Passkey[] =>
      all().map(({ id, value }) => {
        const { usedAt, copiedAt } = useOf(id, value);
        const { owner, name, origin, madeAt } = value;
        return { id, owner, name, origin, madeAt, ...presentFields({ usedAt, copiedAt }) };
      }),

    /** Whether a passkey is in force and this owner's. */
    isOf(id: string, owner: string): boolean {
      const value = find(id);
      return value !== undefined && isSame(value.owner, owner);
    },

    /** Begins a sign-in: the options for the browser, and the cookie that must come back. Throws `not-found`, `rate-limited`. */
    beginSignIn(place: Place, address: string) {
      guesses.require(address);
      if (!all().some(({ value }) => value.origin === place.origin))
        throw new KabarError(
          "not-found",
          `No passkey was made at ${place.origin}. A passkey works at the address where it was made.`,
        );
      const { challenge, cookie } = challenges.make(signing(place));
      return { publicKey: useOptions(place, challenge), cookie };
    },

    /** Ends a sign-in: the owner, and the id of the passkey. Throws `bad-credential`, and `rate-limited` after too many wrong answers. */
    async signIn(used: UsedPasskey, attempt: Attempt, address: string) {
      guesses.require(address);
      try {
        return await identify(used, attempt);
      } catch (error) {
        if (error instanceof KabarError && error.code === "bad-credential") guesses.note(address);
        throw error;
      }
    },

    /** Begins to make a passkey: the options for the browser of `by`, and the cookie that must come back. Throws `not-found`, `bad-request`. */
    beginMaking(name: string, place: Place, by: string) {
      const owner = requireOwner(name);
      requireRoom(owner);
      const { challenge, cookie } = challenges.make(making(owner, place, by));
      const shown = { name: owner.name, handle: handleOf(owner) };
      return {
        publicKey: makeOptions(
          place,
          challenge,
          shown,
          of(name).map(({ value }) => value),
        ),
        cookie,
      };
    },

    /** Makes a passkey of an owner, `label` its name. Throws `not-found`, `bad-request`. */
    async make(
      owner: string,
      label: string,
      made: MadePasskey,
      { place, cookie }: Attempt,
      cause: Cause,
    ): Promise<Passkey> {
      const found = requireOwner(owner);
      const challenge = challenges.read(cookie, making(found, place, cause.by));
      const late = new KabarError(
        "bad-request",
        "This took more than five minutes, began in another browser or tab, or was done already. Try again.",
      );
      if (challenge === undefined) throw late;
      const key = await checkMade(place, challenge, made);
      const id = idOf(key.credential);
      if (find(id)) throw new KabarError("bad-request", "This passkey is there already.");
      requireRoom(found);
      if (!(await challenges.useUp(challenge))) throw late;
      // What owners have left behind who were removed meanwhile.
      for (const [old, value] of control.list(PREFIX)) if (!inForce(value)) await drop(old, cause);
      for (const [old] of control.list(USE_PREFIX)) if (!find(old)) await drop(old, cause);
      const shown = { owner: found.name, name: label, origin: place.origin, madeAt: now() };
      await control.set(PREFIX + id, { ...shown, handle: handleOf(found), ...key }, cause);
      return { id, ...shown };
    },

    /** Removes a passkey, which ends the sessions that it made. Throws `not-found`. */
    async remove(id: string, cause: Cause): Promise<void> {
      if (!find(id)) throw new KabarError("not-found", `There is no passkey "${id.slice(0, 60)}".`);
      await drop(id, cause);
    },

    /** Removes the passkeys of an owner who has been removed. */
    async removeOf(owner: string, cause: Cause): Promise<void> {
      for (const [id, value] of control.list(PREFIX))
        if (isSame(String((value as { owner?: unknown }).owner), owner)) await drop(id, cause);
    },
  };
}
