/**
 * Users whose tokens are not good any more. Revoking ends a user's sessions at once and refuses every token that was issued
 * up to that moment; a token issued later is good again, so that a user can be let back in by the site.
 */
import type { Cause, Control } from "./control.ts";

const PREFIX = "revoked:";

export type Revocations = ReturnType<typeof createRevocations>;

/** Makes the list over the control topic. */
export function createRevocations(control: Control, now: () => number = Date.now) {
  return {
    /** The moment up to which a user's tokens are refused, in milliseconds since 1970. */
    revokedAt(userId: string): number | undefined {
      const at = control.get(PREFIX + userId);
      return typeof at === "number" ? at : undefined;
    },

    /** Refuses every token of a user issued so far. */
    async revoke(userId: string, cause: Cause): Promise<void> {
      await control.set(PREFIX + userId, now(), cause);
    },

    /** Calls `listener` with the user whenever one is revoked. */
    onRevoke(listener: (userId: string) => void): void {
      control.onChange((key, value) => {
        if (key.startsWith(PREFIX) && value !== null) listener(key.slice(PREFIX.length));
      });
    },
  };
}
