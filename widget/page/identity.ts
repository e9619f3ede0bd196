/**
 * The user's identity: a guest, the guest of another tab, or a signed user with a token of the site.
 * Gets tokens from where the page names them (an attribute, an address, a function) and renews each before it ends. A token
 * lives in memory: never in an address, in storage or in the console. A signed user whose token cannot be renewed
 * reads on as a guest and does not write: nobody turns from a signed user into a guest without noticing.
 */
import type { ServerFrame } from "../../src/protocol.ts";
import type { CommandError } from "../client/requests.ts";
import type { Client } from "../client/client.ts";
import type { Clock, Timer } from "../client/clock.ts";
import type { Notice } from "../client/client-events.ts";
import type { Keeper } from "../client/storage.ts";
import type { Claims } from "../client/page-hooks.ts";

/** Gets a token; undefined when nobody is signed in. Rejects when the site gives no answer. */
export type TokenSource = () => Promise<string | undefined>;

export interface IdentityOptions {
  client: Client;
  clock_: Clock;
  /** Called when the token changes: whether the new user may take over the session. */
  onChange?: () => boolean | Promise<boolean>;
  /** The user signed out in this tab. */
  onSignOut?: (forget: boolean) => void;
}

export type Identity = ReturnType<typeof createIdentity>;

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

/** Creates the identity of one client. The page attaches `onFrame`, `onHelloRefused` and `signOut` to the client. */
export function createIdentity({
  client,
  clock_: clock,
  onChange = () => true,
  onSignOut = () => undefined,
}: IdentityOptions) {
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
  const isLapsed = () => !!client.credentials_().isLapsed_;

  function plan(ms: number, run: () => void): void {
    clock.cancel(timer);
    timer = clock.after(ms, run);
  }

  /** Becomes the user of a token, or a guest without one. A running session keeps its place in every topic. */
  async function become(next: string | undefined, lapses = false): Promise<void> {
    if (next === token() && lapses === isLapsed()) return;
    const { connection, topics } = client.state;
    const isWhole = Object.values(topics).every(({ phase, can }) => phase !== "refused" && can.read);
    const mayStay = connection === "online" && isWhole && !isLapsed() && !lapses;
    client.setCredentials_({ token: next, isLapsed_: lapses });
    const isOurs = await onChange();
    if (token() !== next) return;
    if (next !== undefined && mayStay && isOurs) {
      const reply = await client.command("identify", { token: next }).catch(() => undefined);
      if (token() !== next) return;
      if (reply) return client.meet(reply.user);
      // The token is another user's, or invalid: a new hello finds out which.
    }
    client.restart();
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

  /** Reads on as a guest without the right to write, reports why, and asks for a token again later. */
  function lapse({ code, message }: Problem): void {
    if (isLapsed()) return;
    unreported = { type: "error", code, message };
    // Before the first connection nobody listens yet.
    if (client.state.connection !== "idle") report();
    plan(RETRY_MS, () => void renew(undefined));
    void become(undefined, true);
  }

  function report(): void {
    if (unreported) client.tell(unreported);
    unreported = undefined;
  }

  /** Asks for a fresh token; without one, the user lapses with `problem` if there is one. */
  async function renew(problem: Problem | undefined): Promise<void> {
    const asked = source;
    let fresh: string | undefined;
    try {
      fresh = await ask();
    } catch (error) {
      if (asked !== source) return;
      if (problem) lapse(toProblem(error));
      else plan(RETRY_MS, () => void renew(problem));
      return;
    }
    if (asked !== source) return;
    if (fresh !== undefined && fresh !== token() && fresh !== spent) await become(fresh);
    else if (problem) lapse(problem);
  }

  /** Replaces the source and becomes the user that it names. */
  async function use(next: TokenSource | undefined): Promise<void> {
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
  }

  return {
    use,
    identify({ token: claimed, name }: Claims = {}): Promise<void> {
      if (typeof claimed === "function") return use(async () => claimed());
      if (claimed !== undefined || name === undefined) return use(claimed ? async () => claimed : undefined);
      client.setCredentials_({ name });
      if (!token() && !client.keeper.record.name && client.state.me) client.sendName(name);
      return Promise.resolve();
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
      if (inMs > 0) plan(inMs / 2, () => void renew(undefined));
      else if (token()) {
        spent = token();
        void renew(ENDED);
      }
    },
    /** The page is visible again, or the network is back. */
    wake_(): void {
      if (isLapsed()) void renew(undefined);
    },
    /** Starts over as a new guest; with `forget`, erases what is stored on this device. */
    signOut({ forget = false, isRemote = false } = {}): void {
      const { keeper } = client;
      if (!isRemote) onSignOut(forget);
      clock.cancel(timer);
      source = undefined;
      for (const { id, topic } of keeper.unsent()) client.discard(id, topic);
      if (forget) erase(keeper);
      else if (keeper.consented) keeper.save({ guest: undefined, name: undefined });
      client.setCredentials_({ token: undefined, isLapsed_: false, guest: undefined });
      void onChange();
      client.restart();
    },
    /** Another tab stored its record: a guest who has not written becomes that tab's guest. */
    adopt_(): void {
      const { keeper } = client;
      const before = client.credentials_();
      const hasWritten = keeper.record.guest === before.guest && keeper.consented;
      const { guest, name } = keeper.reload();
      if (guest && guest !== before.guest && !hasWritten) {
        client.setCredentials_({ guest });
        if (!token()) client.restart();
      } else if (name && !token() && name !== client.state.me?.name) client.sendName(name);
    },
    stop_: (): void => clock.cancel(timer),
  };
}

/** The problem behind an error of a token source. */
const toProblem = (error: unknown): Problem => {
  const { code, message } = error as Error & { code?: unknown };
  // The browser's own errors have a number as their code.
  return { code: typeof code === "string" ? code : "token-failed", message };
};

/** Erases everything that the widget stored on this device for one server. */
export function erase(keeper: Keeper): void {
  for (const area of keeper.areas()) {
    try {
      for (const key of Object.keys(area)) {
        if (key === keeper.recordKey || key.replace(/:(unsent|draft|change):.*$/s, "") === keeper.recordKey)
          delete area[key];
      }
    } catch {
      // The browser refuses storage, so nothing is stored.
    }
  }
  keeper.reset();
}

/** The token source that an element's attributes name: `token` first, then `token-url`; undefined when neither is there. */
export function tokenSourceOf(
  host: Element,
  fetchToken: (url: string) => Promise<string | undefined>,
): TokenSource | undefined {
  const token = host.getAttribute("token");
  const url = host.getAttribute("token-url");
  let isFirst = true;
  if (!token && url === null) return undefined;
  return async (): Promise<string | undefined> => {
    const mayUse = token && (isFirst || url === null);
    isFirst = false;
    return mayUse ? token : url === null ? undefined : fetchToken(url);
  };
}

/** The site's deadline: shorter than the server waits for a hello. */
const FETCH_DEADLINE_MS = 8_000;

/**
 * Fetches a token from the site, with the site's cookies. The answer is the token as text or `{"token": …}`. Resolves to
 * undefined (nobody is signed in) for an empty answer and for 401 and 403; rejects for other errors.
 */
export async function fetchToken(url: string): Promise<string | undefined> {
  const signal = AbortSignal.timeout(FETCH_DEADLINE_MS);
  const response = await fetch(url, { credentials: "include", cache: "no-store", signal });
  if (response.status === 401 || response.status === 403) return undefined;
  if (!response.ok) throw new Error(`token-url answered with ${response.status}.`);
  const text = (await response.text()).trim();
  if (!text.startsWith("{")) return text || undefined;
  const { token } = JSON.parse(text) as { token?: unknown };
  return typeof token === "string" ? token : undefined;
}
