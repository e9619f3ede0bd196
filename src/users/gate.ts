/**
 * The gate for new guests: proof of work, or a question to the site's back end, before a guest may write. Keeps no state:
 * a challenge is signed for one guest and expires, and a guest's credential says that the guest has passed. Never asked for
 * reading, nor of signed users.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import type { Gate, GateProof } from "../model.ts";
import { hasProofOfWork, signText } from "./guests.ts";

/** How long a challenge is valid: a slow phone needs seconds for the work. */
const CHALLENGE_MS = 300_000;
/** Requests to the back end that may be open at once; a guest above the limit has to retry. */
const MAX_OPEN_REQUESTS = 100;
const RETRY_MS = 1000;

export type GuestGate = ReturnType<typeof createGate>;

/** A guest at the gate, with the IP address of the connection. */
export interface GateGuest {
  id: string;
  name: string;
  address: string;
}

/** Makes the gate; `secret` signs challenges, `request` sends the question to the back end (the global fetch). */
export function createGate(
  config: Pick<Config, "guestGate" | "gateWorkBits" | "gateUrl" | "gateTimeoutMs" | "gateOnFailure">,
  secret: string,
  now: () => number = Date.now,
  request: (url: string, init: RequestInit) => Promise<Response> = fetch,
) {
  const { guestGate: kind, gateWorkBits: bits } = config;
  let openRequests = 0;

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

  /** The back end's answer: true lets the guest in. Undefined for a timeout, a failure or an unreadable answer. */
  async function askSite({ id, name, address }: GateGuest, proof?: string): Promise<boolean | undefined> {
    try {
      const response = await request(config.gateUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ guest: { id, name }, address, proof }),
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
    /** The gate as a guest receives it: with a new challenge where proof of work is asked for. */
    challenge(id: string): Gate {
      if (kind !== "work") return { kind };
      return { kind, challenge: challengeOf(id, now() + CHALLENGE_MS), bits };
    },

    /**
     * Resolves when a guest has passed. Throws `gate-refused`, and `rate-limited` while too many requests to the back end
     * are open.
     */
    async pass(guest: GateGuest, proof: GateProof): Promise<void> {
      if (kind === "work") checkWork(guest, proof);
      if (kind !== "callback") return;
      if (openRequests >= MAX_OPEN_REQUESTS) throw new KabarError("rate-limited", undefined, RETRY_MS);
      openRequests += 1;
      const allowed = await askSite(guest, proof.proof).finally(() => {
        openRequests -= 1;
      });
      if (!(allowed ?? config.gateOnFailure === "open")) throw new KabarError("gate-refused");
    },
  };
}
