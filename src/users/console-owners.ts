/**
 * Named owners of the console: who they are and their passphrases, kept in the control topic as hashes, so that they hold on every
 * node and after a restart. An owner has the operator's rights under a name of their own. Signing in takes the same time and gives
 * the same answer whether the name exists or not. Does not make sessions: console-access does.
 */
import { randomText } from "../random.ts";
import { z } from "zod";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import { checkPassphrase, createPassphrases } from "./passphrase.ts";

/** Named owners of one server: a household or a team, and a bound for the list. */
const MAX_OWNERS = 100;
const PREFIX = "console-owner:";
const ATTACK_PREFIX = "console-guessing:";
/** How often the audit log tells that somebody guesses an owner's passphrase. */
const ATTACK_PAUSE_MS = 3_600_000;
/** A name: of plain letters, so that no two look alike; addresses of e-mail are names, too. */
const NAME = /^[a-z0-9][a-z0-9._@+-]{0,39}$/i;
export const OWNER_NAME_RULE =
  "1 to 40 letters from a to z, digits and . _ @ + -, beginning with a letter or a digit";

const STORED = z.object({
  name: z.string(),
  hash: z.string(),
  /** Another one with every new passphrase: sessions with an older one end. */
  mark: z.string(),
  madeAt: z.number(),
  changedAt: z.number(),
});

/** An owner as it may be shown. Times are in milliseconds since 1970. */
export interface Owner {
  name: string;
  madeAt: number;
  /** When the passphrase was set. */
  changedAt: number;
}

export interface ConsoleOwnersParts {
  control: Control;
  /**
   * Limits wrong passphrases: `take` counts one by address and by name, and throws `rate-limited` after too many; `refund` takes
   * that back. `isSpent`: the next one for a name will be refused.
   */
  guesses: {
    take(address: string, name: string): void;
    refund(address: string, name: string): void;
    isSpent(name: string): boolean;
  };
  /** In milliseconds since 1970. */
  now?: () => number;
}

export type ConsoleOwners = ReturnType<typeof createConsoleOwners>;

/** A stored value without the hash, as the audit log keeps it once it is no longer in force. */
function withoutHash(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { hash: _, ...rest } = value as Record<string, unknown>;
  return rest;
}

/** Makes the owners over the control topic. */
export function createConsoleOwners({ control, guesses, now = Date.now }: ConsoleOwnersParts) {
  const passphrases = createPassphrases();
  /** When the audit log last told of guessing, by key. */
  const toldAt = new Map<string, number>();

  const keyOf = (name: string): string => name.toLowerCase();
  const stored = (name: string) => {
    const { data } = STORED.safeParse(NAME.test(name) ? control.get(PREFIX + keyOf(name)) : undefined);
    return data;
  };

  /** Tells in the audit log that an owner's passphrase is being guessed, at most once in ATTACK_PAUSE_MS. */
  function tellOfGuessing(name: string): void {
    const key = keyOf(name);
    if (now() - (toldAt.get(key) ?? Number.NEGATIVE_INFINITY) < ATTACK_PAUSE_MS) return;
    toldAt.set(key, now());
    const cause = { by: "operator", why: "too many wrong passphrases" };
    // Not awaited: an answer that took longer would tell that the name exists.
    void control.set(ATTACK_PREFIX + key, { name, at: now() }, cause).catch(() => toldAt.delete(key));
  }

  const shown = ({ name, madeAt, changedAt }: z.output<typeof STORED>): Owner => ({
    name,
    madeAt,
    changedAt,
  });

  return {
    /** The owners by name, oldest first. */
    list: (): Owner[] =>
      control.list(PREFIX).flatMap(([, value]) => {
        const { data } = STORED.safeParse(value);
        return data ? [shown(data)] : [];
      }),

    /** An owner by name; undefined when there is none. */
    find(name: string): Owner | undefined {
      const owner = stored(name);
      return owner && shown(owner);
    },

    /** Names the passphrase in force of an owner without telling it; undefined when there is no such owner. */
    markOf: (name: string): string | undefined => stored(name)?.mark,

    /**
     * Makes an owner, or gives one a new passphrase, which ends the sessions made with the old one. Resolves to whether the owner
     * is new. Throws `bad-request` for a name, a passphrase or one owner too many.
     */
    async set(name: string, passphrase: string, cause: Cause): Promise<boolean> {
      if (!NAME.test(name))
        throw new KabarError("bad-request", `name: must be ${OWNER_NAME_RULE}.`, undefined, {
          field: "name",
          must: "owner-name",
        });
      checkPassphrase(passphrase, name);
      const before = stored(name);
      if (!before && control.list(PREFIX).length >= MAX_OWNERS)
        throw new KabarError("bad-request", `There are ${MAX_OWNERS} owners; remove one first.`);
      const value = {
        name: before?.name ?? name,
        hash: await passphrases.hash(passphrase),
        mark: randomText(9),
        madeAt: before?.madeAt ?? now(),
        changedAt: now(),
      };
      const key = PREFIX + keyOf(name);
      if (control.get(key) === undefined) await control.set(key, value, cause);
      else await control.forget(key, withoutHash, cause, value);
      return before === undefined;
    },

    /** Removes an owner, which ends the sessions of that owner. Throws `not-found`. */
    async remove(name: string, cause: Cause): Promise<void> {
      if (!stored(name)) throw new KabarError("not-found", `There is no owner "${name.slice(0, 60)}".`);
      await control.forget(PREFIX + keyOf(name), withoutHash, cause);
      if (control.get(ATTACK_PREFIX + keyOf(name)) !== undefined)
        await control.set(ATTACK_PREFIX + keyOf(name), null, cause);
    },

    /**
     * The owner with this name and passphrase. Throws `bad-credential` for a wrong one or an unknown name, `rate-limited` after
     * too many of an address, or for a name.
     */
    async identify(
      name: string,
      passphrase: string,
      address: string,
    ): Promise<{ name: string; mark: string }> {
      guesses.take(address, keyOf(name));
      const owner = stored(name);
      const isRight = await passphrases.matches(passphrase, owner?.hash).catch((error: unknown) => {
        guesses.refund(address, keyOf(name));
        throw error;
      });
      if (isRight) {
        guesses.refund(address, keyOf(name));
        // Read again: the passphrase may have been changed meanwhile.
        const now = stored(name);
        if (owner && now?.mark === owner.mark) return { name: now.name, mark: now.mark };
      }
      if (owner && guesses.isSpent(keyOf(name))) tellOfGuessing(owner.name);
      throw new KabarError("bad-credential", "The name or the passphrase is wrong.");
    },
  };
}
