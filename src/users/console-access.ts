/**
 * Access to the owner's console: links that sign a browser in once, and the sessions that they make. Both are kept in the control
 * topic with a hash of their secret (SHA-256), like API keys, so that they hold on every node and after a restart; only the link
 * of a start is in memory, because a start must not write to an empty log. A session is the operator's, a named owner's, or a moderator's who
 * came with a token of the site: then it ends with the token. Does not check rights: the admin door does, which alone accepts sessions.
 */
import { randomHex } from "../random.ts";
import { z } from "zod";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import { presentFields } from "../optional-fields.ts";
import { LEVELS } from "../rights.ts";
import { createSecret, digestOf, secretsMatch, signText } from "./guests.ts";
import { type Identity, operatorIdentity, ownerIdentity } from "./identity.ts";

/** The time in which a link must be used. */
export const LINK_LIFE_MS = 600_000;
/** Unused links and sessions that are kept; the oldest end first. An owner needs one of each. */
const MAX_LINKS = 20;
const MAX_SESSIONS = 100;
/** Sessions of one moderator, and of all together. */
const MAX_OF_MODERATOR = 5;
const MAX_OF_MODERATORS = 500;

/** Characters that tell the servers of one host apart. */
const MARK_CHARS = 8;

const LINK_PREFIX = "console-link:";
const SESSION_PREFIX = "console-session:";
/** The ids of signed users begin so. */
const USER_PREFIX = "u:";
const SECRET = /^(?:link|session)_([0-9a-f]{12})_[\w-]{32}$/;

/** The ways in. */
export const WAYS_IN = ["link", "key", "passphrase", "passkey", "token", "oidc"] as const;
export type WayIn = (typeof WAYS_IN)[number];

/** Who comes in, and how: the operator, unless an owner or a moderator is named. */
export interface Entrant {
  how: WayIn;
  /** The named owner. `mark` is that of the owner's passphrase, or of the provider and the list that allow the owner. */
  owner?: { name: string; mark: string } | undefined;
  /** The id of the owner's passkey. */
  passkey?: string | undefined;
  /** The moderator of a token. */
  moderator?: Identity | undefined;
}

const LINK = z.object({ hash: z.string(), until: z.number() });
const SESSION = LINK.extend({
  how: z.enum(WAYS_IN),
  owner: z.string().optional(),
  /** The mark of the owner at that time: another one ends the session. */
  ownerMark: z.string().optional(),
  /** The passkey that made the session: its removal ends the session. */
  passkey: z.string().optional(),
  /** The user of a token, and what the token grants. */
  user: z
    .object({
      id: z.string(),
      name: z.string(),
      role: z.enum(["user", "moderator"]),
      avatar: z.string().optional(),
    })
    .optional(),
  grants: z.array(z.object({ pattern: z.string(), level: z.enum(LEVELS) })).optional(),
  issuedAtMs: z.number().optional(),
  browser: z.string().optional(),
  madeAt: z.number(),
  /** A mark of the operator's key at that time: another key ends the session. */
  mark: z.string(),
});

type SessionValue = z.output<typeof SESSION>;

/** A session of the console as it may be shown. Times are in milliseconds since 1970. */
export interface ConsoleSession {
  id: string;
  how: WayIn;
  /** The name of the owner, or the user of a token; both absent: the operator. */
  owner?: string | undefined;
  user?: { id: string; name: string } | undefined;
  /** The browser in a few words, as it called itself. */
  browser?: string | undefined;
  madeAt: number;
  until: number;
  /** The last request that this node received; absent where it received none since its start. */
  seenAt?: number;
}

/** The session of a request. */
export interface FoundSession {
  id: string;
  who: Identity;
  how: WayIn;
  /** In milliseconds since 1970. */
  until: number;
}

export interface ConsoleAccessParts {
  control: Control;
  /** The mark in force of an owner who came in this way; undefined when there is no such owner, or no such passkey of the owner. */
  owners: { markOf: (name: string, how: WayIn, passkey: string | undefined) => string | undefined };
  /** Whether tokens of a user that were issued at a time (in milliseconds since 1970) are refused. */
  isRevoked: (userId: string, issuedAtMs: number) => boolean;
  /** Names the operator's key in force without telling it. */
  operatorMark: string;
  /** The guests' secret: with the operator's key it tells this server from others, and the nodes of a cluster share it. */
  serverSecret: string;
  /** How long a session lasts, in milliseconds. */
  sessionLifeMs: number;
  /** Limits wrong secrets by address: `require` throws `rate-limited` after too many, `note` counts one. */
  guesses: { require(address: string): void; note(address: string): void };
  /** In milliseconds since 1970. */
  now?: () => number;
}

export type ConsoleAccess = ReturnType<typeof createConsoleAccess>;

/** The identity of a session's value. */
function identityOf({ how, owner, user, grants, issuedAtMs, until }: SessionValue): Identity | undefined {
  if (how !== "token") return owner === undefined ? operatorIdentity() : ownerIdentity(owner);
  // An erasure replaces the user of a session: it is nobody's then.
  if (!user?.id.startsWith(USER_PREFIX) || grants === undefined || issuedAtMs === undefined) return undefined;
  return { user: presentFields(user), grants, issuedAtMs, expiresAtMs: until };
}

/** A new secret with the id under which its hash is kept. */
function createKept(kind: "link" | "session"): { id: string; secret: string } {
  const id = randomHex(6);
  return { id, secret: `${kind}_${id}_${createSecret()}` };
}

/** Makes the links and sessions over the control topic. */
export function createConsoleAccess(parts: ConsoleAccessParts) {
  const { control, owners, operatorMark, serverSecret, sessionLifeMs, guesses, now = Date.now } = parts;
  /** The last request of each session on this node. */
  const seen = new Map<string, number>();
  /** The link that this start made, until it is used. */
  let linkOfStart: { hash: string; until: number } | undefined;
  control.onChange((key, value) => {
    if (key.startsWith(SESSION_PREFIX) && value === null) seen.delete(key.slice(SESSION_PREFIX.length));
  });

  /** The stored values of a kind with their ids, oldest first, and whether each is in force. */
  function stored<T extends z.ZodType<{ until: number }>>(prefix: string, rule: T) {
    return control.list(prefix).map(([id, raw]) => {
      const { data } = rule.safeParse(raw);
      return { id, value: data, isLive: data !== undefined && data.until > now() };
    });
  }

  /** The value of a secret; undefined for a wrong, used or expired one. Comparing hashes tells nothing by its timing. */
  function find<T extends z.ZodType<{ hash: string; until: number }>>(
    prefix: string,
    rule: T,
    secret: string,
  ): { id: string; value: z.output<T> } | undefined {
    const id = SECRET.exec(secret)?.[1];
    const { data } = rule.safeParse(id === undefined ? undefined : control.get(prefix + id));
    const isGood =
      id !== undefined && data && data.until > now() && secretsMatch(digestOf(secret), data.hash);
    return isGood ? { id, value: data } : undefined;
  }

  /** The same, after a look for what other nodes have stored meanwhile: a balancer may lead a browser to the other node at once. */
  async function findAnywhere<T extends z.ZodType<{ hash: string; until: number }>>(
    prefix: string,
    rule: T,
    secret: string,
  ): Promise<{ id: string; value: z.output<T> } | undefined> {
    const here = find(prefix, rule, secret);
    if (here || !SECRET.test(secret)) return here;
    await control.catchUp();
    return find(prefix, rule, secret);
  }

  /** Removes what has expired, and the oldest beyond `max` of those that `counts` picks. */
  async function tidy<T extends z.ZodType<{ until: number }>>(
    prefix: string,
    rule: T,
    max: number,
    counts: (value: z.output<T>) => boolean = () => true,
  ): Promise<void> {
    const all = stored(prefix, rule);
    const live = all.filter(({ isLive, value }) => isLive && value !== undefined && counts(value));
    const excess = live.slice(0, Math.max(0, live.length - max));
    const ended = [...all.filter(({ isLive }) => !isLive), ...excess];
    for (const { id } of ended) await control.set(prefix + id, null, { by: "operator" });
  }

  /** Makes room for a session. Moderators have sessions of their own number: none of them ends an owner's by signing in often. */
  async function tidySessions(moderator: Identity | undefined): Promise<void> {
    if (!moderator) return tidy(SESSION_PREFIX, SESSION, MAX_SESSIONS - 1, ({ how }) => how !== "token");
    const ofSame = ({ user }: SessionValue) => user?.id === moderator.user.id;
    await tidy(SESSION_PREFIX, SESSION, MAX_OF_MODERATOR - 1, ofSame);
    await tidy(SESSION_PREFIX, SESSION, MAX_OF_MODERATORS - 1, ({ how }) => how === "token");
  }

  /** Uses up the link of this start, if the secret is its. */
  function useLinkOfStart(secret: string): boolean {
    const link = linkOfStart;
    if (!link || link.until <= now() || !secretsMatch(digestOf(secret), link.hash)) return false;
    linkOfStart = undefined;
    return true;
  }

  /** Ends a session. Resolves to whether there was one. */
  async function end(id: string, cause: Cause): Promise<boolean> {
    if (control.get(SESSION_PREFIX + id) === undefined) return false;
    await control.set(SESSION_PREFIX + id, null, cause);
    return true;
  }

  /** The identity of a session; undefined when it is not in force. */
  function identify(value: SessionValue): Identity | undefined {
    const { how, mark, owner, ownerMark, passkey, user, issuedAtMs = 0 } = value;
    if (mark !== operatorMark) return undefined;
    const isOwnerGone = ownerMark === undefined || owners.markOf(owner ?? "", how, passkey) !== ownerMark;
    if (owner !== undefined && isOwnerGone) return undefined;
    if (user !== undefined && parts.isRevoked(user.id, issuedAtMs)) return undefined;
    return identityOf(value);
  }

  /** A session that a request has; undefined when it is not in force. */
  function found(session: { id: string; value: SessionValue } | undefined): FoundSession | undefined {
    const who = session && identify(session.value);
    if (!who) return undefined;
    const { id, value } = session;
    seen.set(id, now());
    return { id, who, how: value.how, until: value.until };
  }

  return {
    /** Tells this server from others, in the name of its cookie: browsers keep cookies by host, not by port. */
    serverMark: signText(serverSecret, `console ${operatorMark}`).replace(/\W/g, "_").slice(0, MARK_CHARS),

    /** Makes a link and resolves to its secret, which is not stored. It works once, for LINK_LIFE_MS. */
    async makeLink(cause: Cause): Promise<{ secret: string; until: number }> {
      await tidy(LINK_PREFIX, LINK, MAX_LINKS - 1);
      const { id, secret } = createKept("link");
      const until = now() + LINK_LIFE_MS;
      await control.set(LINK_PREFIX + id, { hash: digestOf(secret), until }, cause);
      return { secret, until };
    },

    /** Makes the link of this start: like others, but only this node knows it, and only until it stops. */
    makeLinkOfStart(): string {
      const { secret } = createKept("link");
      linkOfStart = { hash: digestOf(secret), until: now() + LINK_LIFE_MS };
      return secret;
    },

    /**
     * Uses up a link: the first of several uses wins, on whichever node. Throws `bad-credential` for a wrong, used or expired
     * link, `rate-limited` for an address with too many wrong ones.
     */
    async useLink(secret: string, address: string): Promise<void> {
      guesses.require(address);
      if (useLinkOfStart(secret)) return;
      const link = await findAnywhere(LINK_PREFIX, LINK, secret);
      const isFirst =
        link !== undefined && (await control.removeOnce(LINK_PREFIX + link.id, { by: "operator" }));
      if (isFirst) return;
      guesses.note(address);
      throw new KabarError(
        "bad-credential",
        "This link has been used or has expired. The command `kabar console` prints a new one.",
      );
    },

    /**
     * Makes a session and resolves to its secret, which is not stored. `browser`: what the browser calls itself. `before`: the
     * session that the browser has, and who ends it: the browser forgets its secret, so that signing out could not end it.
     */
    async makeSession(
      { how, owner, passkey, moderator }: Entrant,
      browser: string | undefined,
      before?: { id: string; by: string },
    ): Promise<{ secret: string; until: number }> {
      await tidySessions(moderator);
      const { id, secret } = createKept("session");
      const madeAt = now();
      const until = Math.min(madeAt + sessionLifeMs, moderator?.expiresAtMs ?? Number.POSITIVE_INFINITY);
      const ofOwner = { owner: owner?.name, ownerMark: owner?.mark, passkey };
      const { user, grants, issuedAtMs } = moderator ?? {};
      const value = presentFields({ how, browser, madeAt, until, ...ofOwner, user, grants, issuedAtMs });
      const by = user?.id ?? (owner ? ownerIdentity(owner.name) : operatorIdentity()).user.id;
      await control.set(
        SESSION_PREFIX + id,
        { hash: digestOf(secret), mark: operatorMark, ...value },
        { by },
      );
      // Making room may have ended it already.
      if (before) await end(before.id, { by: before.by });
      return { secret, until };
    },

    /** The session with this secret; undefined when this node knows none. */
    findSession: (secret: string): FoundSession | undefined => found(find(SESSION_PREFIX, SESSION, secret)),

    /** The session with this secret, which another node may just have made; undefined when there is none. */
    awaitSession: async (secret: string): Promise<FoundSession | undefined> =>
      found(await findAnywhere(SESSION_PREFIX, SESSION, secret)),

    /** The sessions in force, oldest first. */
    listSessions: (): ConsoleSession[] =>
      stored(SESSION_PREFIX, SESSION).flatMap(({ id, value, isLive }) => {
        if (!isLive || !value || !identify(value)) return [];
        const { how, browser, madeAt, until, owner, user } = value;
        const shownUser = user && { id: user.id, name: user.name };
        const shown = { how, browser, madeAt, until, owner, user: shownUser, seenAt: seen.get(id) };
        return { id, ...presentFields(shown) };
      }),

    /** Ends a session at once. Throws `not-found`. */
    async endSession(id: string, cause: Cause): Promise<void> {
      if (!(await end(id, cause)))
        throw new KabarError("not-found", `There is no session "${id.slice(0, 60)}".`);
    },
  };
}
