/**
 * The gate for new guests, where the owner wants one: a guest writes after a little work of their machine, or after the
 * site's back end said yes. Nothing is kept here: a challenge is signed for one guest and ends soon, and who has passed is
 * told by their credential. Reading never needs it, nor do signed users and guests who have passed before.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import type { Gate, GateProof } from "../model.ts";
import { hasProofOfWork, signText } from "./guests.ts";

/** A slow phone is done long before. */
const CHALLENGE_MS = 300_000;
/** Questions to the back end that may be open at once; more wait for others to be answered. */
const MAX_ASKING = 100;
const ASK_AGAIN_MS = 1000;

export type GuestGate = ReturnType<typeof createGate>;

/** A guest at the gate, and where they come from. */
export interface GateGuest {
  id: string;
  name: string;
  address: string;
}

/** Makes the gate; `secret` signs challenges. */
export function createGate(
  config: Pick<Config, "guestGate" | "gateWorkBits" | "gateUrl" | "gateTimeoutMs" | "gateOnFailure">,
  secret: string,
  now: () => number = Date.now,
  ask: (url: string, init: RequestInit) => Promise<Response> = fetch,
) {
  const { guestGate: kind, gateWorkBits: bits } = config;
  let asking = 0;

  const challengeOf = (id: string, endsAtMs: number): string =>
    `${endsAtMs}.${signText(secret, `gate ${id} ${endsAtMs} ${bits}`)}`;

  function checkWork({ id }: GateGuest, { challenge = "", nonce = "" }: GateProof): void {
    const endsAtMs = Number(challenge.split(".")[0]);
    if (!(endsAtMs > now()) || challenge !== challengeOf(id, endsAtMs))
      throw new KabarError(
        "gate-refused",
        "The challenge has expired or belongs to another guest. Request a new one.",
      );
    if (!hasProofOfWork(`${challenge}:${nonce}`, bits))
      throw new KabarError("gate-refused", `The hash does not begin with ${bits} zero bits.`);
  }

  /** What the back end says; undefined when it says nothing that can be understood in time. */
  async function askSite({ id, name, address }: GateGuest, proof?: string): Promise<boolean | undefined> {
    try {
      const response = await ask(config.gateUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ guest: { id, name }, address, ...(proof === undefined ? {} : { proof }) }),
        redirect: "error",
        signal: AbortSignal.timeout(config.gateTimeoutMs),
      });
      if (response.status === 403) return false;
      if (!response.ok) return undefined;
      const { allow } = Object((await response.json()) as unknown) as { allow?: unknown };
      return typeof allow === "boolean" ? allow : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    /** What a guest who has not passed has to do. */
    challenge(id: string): Gate {
      if (kind !== "work") return { kind };
      return { kind, challenge: challengeOf(id, now() + CHALLENGE_MS), bits };
    },

    /** Resolves when a guest has passed; throws `gate-refused`, or `rate-limited` while too many are asked about. */
    async pass(guest: GateGuest, proof: GateProof): Promise<void> {
      if (kind === "work") checkWork(guest, proof);
      if (kind !== "callback") return;
      if (asking >= MAX_ASKING) throw new KabarError("rate-limited", undefined, ASK_AGAIN_MS);
      asking += 1;
      const allowed = await askSite(guest, proof.proof).finally(() => {
        asking -= 1;
      });
      if (!(allowed ?? config.gateOnFailure === "open")) throw new KabarError("gate-refused");
    },
  };
}
