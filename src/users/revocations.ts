/**
 * Revocations of users, kept in the control topic. Tokens issued up to a user's revocation are refused; a token issued later
 * is accepted, so that the site can let the user back in. A guest's credential has no time of issue: it is refused for good,
 * and the guest returns as a new guest. Ending the user's open sessions is up to the listeners of `onRevoke`.
 */
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";

const PREFIX = "revoked:";

export type Revocations = ReturnType<typeof createRevocations>;

/** Makes the revocations over the control topic; `now` is in milliseconds since 1970. */
export function createRevocations(control: Control, now: () => number = Date.now) {
  return {
    /** The moment up to which a user's tokens are refused, in milliseconds since 1970; undefined when never revoked. */
    revokedAt(userId: string): number | undefined {
      const at = control.get(PREFIX + userId);
      return typeof at === "number" ? at : undefined;
    },

    /** Refuses all tokens or the credential of a user issued so far. Throws `bad-request` for users with neither. */
    async revoke(userId: string, cause: Cause): Promise<void> {
      if (userId.startsWith("key:"))
        throw new KabarError(
          "bad-request",
          `id: belongs to an API key; revoke it with DELETE /api/admin/keys/${userId.slice(4)}.`,
        );
      if (!/^(?:u:|g-)/.test(userId))
        throw new KabarError("bad-request", "id: must be the id of a signed user (u:…) or of a guest (g-…).");
      await control.set(PREFIX + userId, now(), cause);
    },

    /** Calls `listener` with the id of each user who is revoked. */
    onRevoke(listener: (userId: string) => void): void {
      control.onChange((key, value) => {
        if (key.startsWith(PREFIX) && value !== null) listener(key.slice(PREFIX.length));
      });
    },
  };
}
