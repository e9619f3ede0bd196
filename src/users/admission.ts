/**
 * How the guest of a session gets past the gate: who has one to pass, what becomes of the session's identity, and that nobody
 * else is given a credential that says so.
 */
import type { Auth, Identity } from "./auth.ts";
import { KabarError } from "../errors.ts";
import type { GuestGate } from "./gate.ts";
import type { Gate, GateProof } from "../model.ts";

export type Admission = ReturnType<typeof createAdmission>;

/** Makes it over the gate. */
export function createAdmission(auth: Auth, gate: GuestGate) {
  /** A credential given while there is no gate would be good on the day that there is one. */
  function requireNewcomer(who: Identity): void {
    if (!auth.mustPassGate(who)) throw new KabarError("forbidden", "You do not have to pass a gate here.");
  }

  return {
    /** What somebody has to do before they may write. */
    gateOf: (who: Identity): Gate =>
      auth.mustPassGate(who) ? gate.challenge(who.user.id) : { kind: "none" },

    /**
     * Lets a session's guest through. `current` is asked again afterwards: who signed in meanwhile is no guest any longer.
     * Throws what keeps them out.
     */
    async admit(
      current: () => Identity,
      address: string,
      proof: GateProof,
    ): Promise<Identity & { credential: string }> {
      const before = current();
      requireNewcomer(before);
      const { id, name } = before.user;
      await gate.pass({ id, name, address }, proof);
      const now = current();
      requireNewcomer(now);
      if (now.user.id !== id) throw new KabarError("forbidden");
      return auth.admit(now);
    },
  };
}
