/**
 * Who the visitor is: a guest, the guest who spoke in another tab, or a member whom the site signed a token for. Gets tokens
 * from where the page says (an attribute, an address, a function), and a fresh one before the last ends. A token lives in
 * memory: never in an address, in storage or in the console. A member whose token can't be renewed reads on as a guest
 * and does not write, because nobody should turn from a member into a guest without noticing.
 */
import type { ServerFrame } from "../../src/protocol.ts";
import type { CommandError } from "../client/requests.ts";
import type { Client } from "../client/client.ts";
import type { Clock, Timer } from "../client/clock.ts";
import type { Notice } from "../client/client-events.ts";
import type { Keeper } from "../client/storage.ts";
import type { Claims, Ties } from "../client/page-hooks.ts";

/** Gets a token; nothing when nobody is signed in. Rejects when that could not be found out. */
export type Source = () => Promise<string | undefined>;

export interface IdentityOptions {
  client: Client;
  ties_: Ties;
  clock_: Clock;
  /** Called before the visitor becomes somebody else: whether the session may be kept for them. */
  onChange?: () => boolean | Promise<boolean>;
  /** The visitor signed out here. */
  onSignOut?: (forget: boolean) => void;
}

export type Identity = ReturnType<typeof createIdentity>;

/** A token that could not be had is asked for again after this long. */
const RETRY_MS = 30_000;

const ENDED = { code: "token-expired", message: "The token has ended, and there is no fresh one." };

export function createIdentity({
  client,
  ties_: ties,
  clock_: clock,
  onChange = () => true,
  onSignOut = () => undefined,
}: IdentityOptions) {
  let source: Source | undefined;
  let asking: Promise<string | undefined> | undefined;
  let timer: Timer | undefined;
  /** The server refused a token, and has not taken one since. */
  let wasRefused = false;
  /** The token that ended or was refused: of no use, should the source have no other. */
  let spent: string | undefined;
  let unsaid: Notice | undefined;

  function plan(ms: number, run: () => void): void {
    clock.cancel(timer);
    timer = clock.after(ms, run);
  }

  /** Becomes whom the token names, or a guest. A running session keeps its place in every topic. */
  async function become(token: string | undefined, isLapsed = false): Promise<void> {
    if (token === ties.token && isLapsed === !!ties.isLapsed_) return;
    const { connection, topics } = client.state;
    const isWhole = Object.values(topics).every(({ phase, can }) => phase !== "refused" && can.read);
    const mayStay = connection === "online" && isWhole && !ties.isLapsed_ && !isLapsed;
    Object.assign(ties, { token, isLapsed_: isLapsed });
    const isOurs = await onChange();
    if (ties.token !== token) return;
    if (token !== undefined && mayStay && isOurs) {
      const reply = await client.command("identify", { token }).catch(() => undefined);
      if (ties.token !== token) return;
      if (reply) return client.meet(reply.user);
      // Another user's, or wrong: a hello of its own says which.
    }
    client.restart();
  }

  /** Asks the source, once at a time. */
  function ask(): Promise<string | undefined> {
    if (asking) return asking;
    const answer = (source?.() ?? Promise.resolve(undefined)).finally(() => {
      if (asking === answer) asking = undefined;
    });
    asking = answer;
    return answer;
  }

  /** No token any longer: reads on as a guest, says so, and tries again by and by. */
  function lapse({ code, message }: { code: string; message: string }): void {
    if (ties.isLapsed_) return;
    unsaid = { type: "error", code, message };
    // Before the first connection nobody listens yet.
    if (client.state.connection !== "idle") say();
    plan(RETRY_MS, () => void renew(undefined));
    void become(undefined, true);
  }

  function say(): void {
    if (unsaid) client.tell(unsaid);
    unsaid = undefined;
  }

  /** Looks for a fresh token; `problem`: what there is without one. */
  async function renew(problem: { code: string; message: string } | undefined): Promise<void> {
    const of = source;
    let fresh: string | undefined;
    try {
      fresh = await ask();
    } catch (error) {
      if (of !== source) return;
      if (problem) lapse(toProblem(error));
      else plan(RETRY_MS, () => void renew(problem));
      return;
    }
    if (of !== source) return;
    if (fresh !== undefined && fresh !== ties.token && fresh !== spent) await become(fresh);
    else if (problem) lapse(problem);
  }

  /** Takes another source and becomes whom it names. */
  async function use(next: Source | undefined): Promise<void> {
    clock.cancel(timer);
    source = next;
    asking = undefined;
    wasRefused = false;
    try {
      const token = await ask();
      if (source === next) await become(token);
    } catch (error) {
      if (source === next) lapse(toProblem(error));
    }
  }

  ties.onRefused_ = ({ code, message }: CommandError) => {
    const isAgain = wasRefused;
    spent = ties.token;
    wasRefused = true;
    // Two in a row: the back end signs what this server does not take, and asking on would never end.
    if (isAgain) lapse({ code, message });
    else void renew({ code, message });
  };

  return {
    use,
    identify({ token, name }: Claims = {}): Promise<void> {
      if (typeof token === "function") return use(async () => token());
      if (token !== undefined || name === undefined) return use(token ? async () => token : undefined);
      ties.name = name;
      if (!ties.token && !client.keeper.record.name && client.state.me) client.sendName(name);
      return Promise.resolve();
    },
    /** Hears what the server says of the token. */
    hear(frame: ServerFrame): void {
      say();
      if (frame.type === "ok" && "expiresAt" in frame) wasRefused = false;
      if (frame.type !== "token") return;
      const { inMs } = frame;
      // Half of what is left: soon enough, no endless round with tokens that live for seconds.
      if (inMs > 0) plan(inMs / 2, () => void renew(undefined));
      else if (ties.token) {
        spent = ties.token;
        void renew(ENDED);
      }
    },
    /** The page is looked at again, or the network is back. */
    wake_(): void {
      if (ties.isLapsed_) void renew(undefined);
    },
    /** Becomes a new guest; with `forget`, everything kept on this device is erased. */
    signOut({ forget = false, isTold = false } = {}): void {
      const { keeper } = client;
      if (!isTold) onSignOut(forget);
      clock.cancel(timer);
      source = undefined;
      for (const { id, topic } of keeper.unsent()) client.discard(id, topic);
      if (forget) erase(keeper);
      else if (keeper.consented) keeper.save({ guest: undefined, name: undefined });
      Object.assign(ties, { token: undefined, isLapsed_: false, guest: undefined });
      void onChange();
      client.restart();
    },
    /** Another tab wrote its record: a guest who has not spoken becomes the one who spoke there. */
    adopt_(): void {
      const { keeper } = client;
      const hasSpoken = keeper.record.guest === ties.guest && keeper.consented;
      const { guest, name } = keeper.reload();
      if (guest && guest !== ties.guest && !hasSpoken) {
        ties.guest = guest;
        if (!ties.token) client.restart();
      } else if (name && !ties.token && name !== client.state.me?.name) client.sendName(name);
    },
    stop_: (): void => clock.cancel(timer),
  };
}

/** What went wrong with asking for a token. */
const toProblem = (error: unknown): { code: string; message: string } => {
  const { code, message } = error as Error & { code?: unknown };
  // A browser's own errors have numbers there.
  return { code: typeof code === "string" ? code : "token-failed", message };
};

/** Leaves nothing on the device. */
export function erase(keeper: Keeper): void {
  for (const area of keeper.areas()) {
    try {
      for (const key of Object.keys(area)) {
        if (key === keeper.recordKey || key.replace(/:(unsent|draft|change):.*$/s, "") === keeper.recordKey)
          delete area[key];
      }
    } catch {
      // A browser that refuses to be written to keeps nothing either.
    }
  }
  keeper.reset();
}

/** Where an element's attributes say that tokens come from: `token` first, then `token-url`. */
export function sourceOf(host: Element, fetchToken: (url: string) => Promise<string | undefined>) {
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

/** How long the site may take to answer: shorter than a server waits for a hello. */
const FETCH_DEADLINE_MS = 8_000;

/**
 * Asks the site for a token, with the site's own cookies. The answer is the token as text or `{"token": …}`; nobody is
 * signed in when it is empty or 401 or 403.
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
