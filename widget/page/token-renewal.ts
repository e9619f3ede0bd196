/**
 * Renewal of a signed user's token: asks its source before the token ends, after it was refused, and when the page wakes.
 * A user whose token cannot be renewed lapses: reads on as a guest and does not write, and the page receives the reason. A token
 * that ended or was refused is not used again.
 */
import type { ServerFrame } from "../../src/protocol.ts";
import type { CommandError } from "../client/requests.ts";
import type { Client } from "../client/client.ts";
import type { Clock, Timer } from "../client/clock.ts";
import type { Notice } from "../client/client-events.ts";
import type { TokenSource } from "./token-source.ts";

/** Becomes the user of a token, or a guest without one. `lapses`: a signed user's token has ended. */
export type Become = (token: string | undefined, lapses?: boolean) => Promise<void>;

/** The pause before a source that gave no token is asked again. */
const RETRY_MS = 30_000;

/** The codes of a `hello` whose token the server refused. */
const TOKEN_REFUSALS: ReadonlySet<string> = new Set(["bad-token", "token-expired"]);

/** An error that the page receives as `kabar-error`. */
interface Problem {
  code: string;
  message: string;
}
const ENDED: Problem = {
  code: "token-expired",
  message: "The token has expired, and the site gave no new one.",
};

/** Returns the problem behind an error of a token source. */
const toProblem = (error: unknown): Problem => {
  const { code, message } = error as Error & { code?: unknown };
  // The browser's own errors have a number as their code.
  return { code: typeof code === "string" ? code : "token-failed", message };
};

/** Creates the renewal of one client, which has no source until `use`. */
export function createTokenRenewal(client: Client, clock: Clock, become: Become) {
  let source: TokenSource | undefined;
  let asking: Promise<string | undefined> | undefined;
  let timer: Timer | undefined;
  /** The server refused a token and has accepted none since. */
  let wasRefused = false;
  /** The token that ended or was refused: useless if the source returns it again. */
  let spent: string | undefined;
  /** An error that waits for a listener. */
  let unreported: Notice | undefined;
  const token = () => client.credentials_().token;
  const isLapsed = () => client.credentials_().isLapsed_;

  function plan(ms: number, problem?: Problem): void {
    clock.cancel(timer);
    timer = clock.after(ms, () => void renew(problem));
  }

  /** Asks the source for a token, once at a time. */
  function ask(): Promise<string | undefined> {
    if (asking) return asking;
    const answer = (source?.() ?? Promise.resolve(undefined)).finally(() => {
      if (asking === answer) asking = undefined;
    });
    asking = answer;
    return answer;
  }

  function report(): void {
    if (unreported) client.tell(unreported);
    unreported = undefined;
  }

  /** Reads on as a guest without the right to write, reports why, and asks for a token again later. */
  function lapse({ code, message }: Problem): void {
    if (isLapsed()) return;
    unreported = { type: "error", code, message };
    // Before the first connection nobody listens yet.
    if (client.state.connection !== "idle") report();
    plan(RETRY_MS);
    void become(undefined, true);
  }

  /** Asks for a fresh token; without one, the user lapses with `problem` if there is one. */
  async function renew(problem?: Problem): Promise<void> {
    const asked = source;
    let fresh: string | undefined;
    try {
      fresh = await ask();
    } catch (error) {
      if (asked !== source) return;
      if (problem) lapse(toProblem(error));
      else plan(RETRY_MS);
      return;
    }
    if (asked !== source) return;
    if (fresh !== undefined && fresh !== token() && fresh !== spent) await become(fresh);
    else if (problem) lapse(problem);
  }

  return {
    /** Replaces the source and becomes the user that it names. */
    async use(next: TokenSource | undefined): Promise<void> {
      clock.cancel(timer);
      source = next;
      asking = undefined;
      wasRefused = false;
      try {
        const found = await ask();
        if (source === next) await become(found);
      } catch (error) {
        if (source === next) lapse(toProblem(error));
      }
    },
    /** Renews a token that the server refused; false for other refusals. */
    onHelloRefused_({ code, message }: CommandError): boolean {
      if (!TOKEN_REFUSALS.has(code)) return false;
      const isAgain = wasRefused;
      spent = token();
      wasRefused = true;
      // Two refusals in a row: the site signs tokens that this server does not accept, and asking would never end.
      if (isAgain) lapse({ code, message });
      else void renew({ code, message });
      return true;
    },
    /** Takes what the server sends about the token: how long it lives, that it has ended. */
    onFrame_(frame: ServerFrame): void {
      report();
      if (frame.type === "ok" && "expiresAt" in frame) wasRefused = false;
      if (frame.type !== "token") return;
      const { inMs } = frame;
      // Half of the time left: early enough, and no endless loop with tokens that live for seconds.
      if (inMs > 0) plan(inMs / 2);
      else if (token()) {
        spent = token();
        void renew(ENDED);
      }
    },
    /** Asks again for a lapsed user: the page is visible again, or the network is back. */
    wake_(): void {
      if (isLapsed()) void renew();
    },
    /** Forgets the source and asks no more. */
    stop_(): void {
      clock.cancel(timer);
      source = undefined;
    },
  };
}
