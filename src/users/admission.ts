/**
 * Admission of a session's guest through the gate. Checks that the session's user is a guest with a gate to pass, before
 * and after the gate decides, and issues the credential of a guest who has passed. Does not decide itself: gate does.
 */
import type { Auth } from "./auth.ts";
import type { Identity } from "./identity.ts";
import { KabarError } from "../errors.ts";
import type { GuestGate } from "./gate.ts";
import type { Gate, GateProof } from "../model.ts";

export type Admission = ReturnType<typeof createAdmission>;

/** Makes the admission of guests through `gate`. */
export function createAdmission(auth: Auth, gate: GuestGate) {
  /** A credential issued while the gate is off still works once it is on: only a guest with a gate to pass gets one. */
  function requireUnadmittedGuest(who: Identity): void {
    if (!auth.mustPassGate(who)) throw new KabarError("forbidden", "You do not have to pass a gate here.");
  }

  return {
    /** The gate that an identity has to pass before it may write: `none`, or a challenge for this guest. */
    gateOf: (who: Identity): Gate =>
      auth.mustPassGate(who) ? gate.challenge(who.user.id) : { kind: "none" },

    /**
     * Checks a guest's proof and resolves to the guest with a new credential. `current` returns the session's identity and
     * is called again after the check, because the user may have signed in meanwhile. Throws `forbidden` when the session
     * has no gate to pass, `gate-refused`, `rate-limited`.
     */
    async admit(
      current: () => Identity,
      address: string,
      proof: GateProof,
    ): Promise<Identity & { credential: string }> {
      const before = current();
      requireUnadmittedGuest(before);
      const { id, name } = before.user;
      await gate.pass({ id, name, address }, proof);
      const now = current();
      requireUnadmittedGuest(now);
      if (now.user.id !== id) throw new KabarError("forbidden");
      return auth.admit(now);
    },
  };
}
