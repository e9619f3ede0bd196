/**
 * Who is it, and what may they do. Takes what a `hello` or a request brought along (a guest credential, a signed user's
 * token, a key) and answers with an identity; answers which rights an identity has in a topic. Owns the secrets: the
 * operator's key and what guest credentials are signed with.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import type { TokenUser, TokenVerifier } from "./jwt.ts";
import type { ApiKey, ApiKeys } from "./api-keys.ts";
import type { KnownNames } from "./known-names.ts";
import type { Rights, User } from "../model.ts";
import { cleanName, NAME_RULE } from "../formats.ts";
import { findCovering, type Grant, type Level, rightsOf } from "../rights.ts";
import { loadSecret } from "./secrets.ts";
import type { TopicRule } from "../topic-rules.ts";
import {
  guestIdOfAddress,
  hashOfAddress,
  guestName,
  issueGuest,
  issuePassedGuest,
  secretsMatch,
  hasPassedGate,
  verifyGuest,
} from "./guests.ts";

/** What a `hello` or a request brought along. */
export interface Claims {
  guest?: string | undefined;
  key?: string | undefined;
  name?: string | undefined;
}

/** A guest who is passing the gate may try again this soon. */
const GATE_RETRY_MS = 250;

/** A user, and what only the server knows of them. */
export interface Identity {
  user: User;
  /** Rights beyond, or below, those of the role. */
  grants?: readonly Grant[];
  /** A guest's credential, to be that guest again. */
  credential?: string;
  /** Whether a guest has passed the gate. */
  hasPassed?: boolean;
  /** Whether the gate did not let a guest through. */
  isRefused?: boolean;
  /** The hash of the address they come from, where the door knows it. */
  address?: string;
  /** Whether the admin door is open to them. */
  admin?: boolean;
  /** When a signed user's token was issued and ends, in milliseconds since 1970. */
  issuedAtMs?: number;
  expiresAtMs?: number;
}

/** Guests and signed users, whose pace is limited; back ends and staff keep their own. */
export const isRateLimited = ({ user }: Identity): boolean => user.role === "guest" || user.role === "user";

const WORDS: Record<keyof Rights, string> = {
  read: "read",
  write: "write in",
  react: "react in",
  people: "see who is in",
  moderate: "moderate",
};

const OPERATOR_ID = "operator";
const OPERATOR_NAME = "Operator";

/** The name as it may be shown. Throws `bad-name`. */
export function requireName(raw: string): string {
  const name = cleanName(raw);
  if (name === undefined) throw new KabarError("bad-name", `name: must be ${NAME_RULE}.`);
  return name;
}

export interface AuthParts {
  config: Config;
  keys: ApiKeys;
  /** Checks signed users' tokens; undefined when none are configured. */
  verifyToken: TokenVerifier | undefined;
  /** The rule of a topic as it is now; undefined when there is no such topic. */
  ruleOf: (topic: string) => TopicRule | undefined;
  /** Names that guests may not take. */
  names: KnownNames;
  /** Whether a user is muted or banned in a topic. */
  isSilenced: (topic: string, userId: string) => boolean;
  /** From when on tokens of a user are good; undefined when none was ever revoked. */
  revokedAt: (userId: string) => number | undefined;
  /** Stops those who try keys and tokens: throws `rate-limited` for an address with too many wrong ones; notes one. */
  guesses: { require(address: string): void; note(address: string): void };
}

export type Auth = ReturnType<typeof createAuth>;

/** Makes the authority. The data folder must exist. */
export function createAuth({
  config,
  keys,
  verifyToken,
  ruleOf,
  names,
  isSilenced,
  revokedAt,
  guesses,
}: AuthParts) {
  const kept = config.operatorKey ? undefined : loadSecret(config.dataDir, "operator.key");
  const operatorKey = kept?.secret ?? config.operatorKey;
  const guestSecret = config.guestSecret || loadSecret(config.dataDir, "guest.secret").secret;

  /** A guest; a name that is taken is replaced by a made-up one. */
  function guest(id: string, name: string | undefined): User {
    const wanted = name === undefined ? undefined : requireName(name);
    const isFree = wanted !== undefined && !names.isTaken(wanted);
    return { id, name: isFree ? wanted : guestName(id), role: "guest" };
  }

  /** The same, for a door that can say so. Throws `name-taken`. */
  function requireGuest(id: string, name: string | undefined): User {
    const user = guest(id, name);
    if (name !== undefined && user.name !== requireName(name)) throw new KabarError("name-taken");
    return user;
  }

  function operator(name: string | undefined): Identity {
    const user: User = {
      id: OPERATOR_ID,
      name: name === undefined ? OPERATOR_NAME : requireName(name),
      role: "operator",
    };
    return { user, admin: true };
  }

  function service(key: ApiKey, name: string | undefined): Identity {
    const user: User = {
      id: `key:${key.id}`,
      name: name === undefined ? key.name : requireName(name),
      role: "service",
    };
    names.add(user);
    return { user, grants: keys.grantsOf(key), admin: keys.includes(key, "admin") };
  }

  function identifyKey(secret: string, name: string | undefined, address: string): Identity {
    guesses.require(address);
    const key = keys.find(secret);
    if (key) return service(key, name);
    if (secretsMatch(secret, operatorKey)) return operator(name);
    guesses.note(address);
    throw new KabarError("bad-credential");
  }

  function toIdentity({ id, name, avatar, role, grants, issuedAtMs, expiresAtMs }: TokenUser): Identity {
    const revoked = revokedAt(id);
    // The site's clock may be ahead of ours: a token of before the moment must not pass for one of after it.
    if (revoked !== undefined && issuedAtMs <= revoked + config.tokenSkewS * 1000) {
      throw new KabarError("bad-token", "The token is no longer valid: its user was revoked.");
    }
    const user: User = { id, name, role, ...(avatar === undefined ? {} : { avatar }) };
    names.add(user);
    return { user, grants, issuedAtMs, expiresAtMs };
  }

  /** Who a signed token is of. Throws `bad-token`, `token-expired`. */
  async function identifyToken(token: string, address: string): Promise<Identity> {
    if (!verifyToken)
      throw new KabarError(
        "bad-token",
        "This server does not accept tokens: neither token_secret nor token_keys is set.",
      );
    guesses.require(address);
    try {
      return toIdentity(await verifyToken(token));
    } catch (error) {
      if (error instanceof KabarError && error.code === "bad-token") guesses.note(address);
      throw error;
    }
  }

  function levelIn({ user, grants }: Identity, topic: string, rule: TopicRule): Level {
    if (user.role === "operator") return "moderate";
    const granted = grants && findCovering(grants, topic);
    if (granted) return granted.level;
    if (user.role === "moderator") return "moderate";
    if (user.role === "service") return "none";
    return user.role === "guest" ? rule.guests : rule.users;
  }

  const mustPassGate = ({ user, hasPassed = false }: Identity): boolean =>
    config.guestGate !== "none" && user.role === "guest" && !hasPassed;

  function rightsIn(who: Identity, topic: string): Rights | undefined {
    const rule = ruleOf(topic);
    if (!rule) return undefined;
    const level = levelIn(who, topic, rule);
    // A muted or banned moderator does not moderate there: nothing is removed, and no hidden entry is read.
    const isSuspended =
      level === "moderate" && who.user.role !== "operator" && isSilenced(topic, who.user.id);
    return rightsOf(isSuspended ? "write" : level, rule);
  }

  return {
    /** The key that was made at this start, to be shown once; undefined when it existed before. */
    newOperatorKey: kept?.made ? operatorKey : undefined,

    /** Who a session is that brings no token. An unknown guest credential makes a new guest; a wrong key throws `bad-credential`. */
    identify(claims: Claims, address: string): Identity {
      if (claims.key !== undefined) return identifyKey(claims.key, claims.name, address);
      const known = claims.guest === undefined ? undefined : verifyGuest(guestSecret, claims.guest);
      if (known !== undefined && claims.guest !== undefined && revokedAt(known) === undefined) {
        const hasPassed = hasPassedGate(claims.guest);
        return { user: guest(known, claims.name), credential: claims.guest, hasPassed };
      }
      const issued = issueGuest(guestSecret);
      return { user: guest(issued.id, claims.name), credential: issued.credential };
    },

    identifyToken,

    /** Who sent a request: `Authorization: Bearer` with a key, a token or a guest credential, else the address's guest. */
    async identifyRequest(
      authorization: string | null,
      name: string | undefined,
      address: string,
    ): Promise<Identity> {
      if (authorization === null) return { user: requireGuest(guestIdOfAddress(guestSecret, address), name) };
      const bearer = /^Bearer +(\S{1,8192})$/i.exec(authorization)?.[1];
      if (bearer === undefined) {
        throw new KabarError(
          "bad-credential",
          "Authorization must be: Bearer <key, token or guest credential>.",
        );
      }
      // A JWT has three parts; neither keys nor the operator's key need to look like one.
      if (verifyToken && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(bearer) && !/^g[12]\./.test(bearer))
        return identifyToken(bearer, address);
      const id = verifyGuest(guestSecret, bearer);
      if (id !== undefined && revokedAt(id) !== undefined)
        throw new KabarError("bad-credential", "The credential is no longer valid: its guest was revoked.");
      return id === undefined
        ? identifyKey(bearer, name, address)
        : { user: requireGuest(id, name), hasPassed: hasPassedGate(bearer) };
    },

    /** Signs challenges of the gate. */
    guestSecret,

    /** Whether somebody has to pass the gate before they may write. */
    mustPassGate,

    /** Throws `gate-required` for a new guest, where there is a gate, and `gate-refused` for one whom it kept out. */
    requireGatePassed(who: Identity): void {
      if (!mustPassGate(who)) return;
      throw who.isRefused
        ? new KabarError("gate-refused")
        : new KabarError("gate-required", undefined, GATE_RETRY_MS);
    },

    /** A guest who has passed the gate, with the credential that says so. */
    admit: (who: Identity): Identity & { credential: string } => ({
      ...who,
      hasPassed: true,
      isRefused: false,
      credential: issuePassedGuest(guestSecret, who.user.id),
    }),

    /** An address's unit as bans know it: a hash that no id of a guest shares. */
    hashAddress: (address: string): string => hashOfAddress(guestSecret, address),

    /**
     * The same identity under another name. Signed users are called what their token says. Throws `bad-name`, `name-taken`,
     * `forbidden`.
     */
    rename(who: Identity, name: string): Identity {
      if (who.expiresAtMs !== undefined)
        throw new KabarError("forbidden", "Your name is set by the site that you are signed in to.");
      if (who.user.role === "guest") return { ...who, user: requireGuest(who.user.id, name) };
      return { ...who, user: { ...who.user, name: requireName(name) } };
    },

    /** The same user; a guest whose name has become somebody else's is called by a made-up one. */
    withFreeName(user: User): User {
      const isFair = user.role !== "guest" || !names.isTaken(user.name);
      return isFair ? user : { ...user, name: guestName(user.id) };
    },

    /** What an identity may do in a topic; undefined when the server has no such topic. */
    rightsIn,

    /** The same; throws `topic-unknown`, or `forbidden` for those who have not this one of the rights. */
    requireRights(who: Identity, topic: string, right: keyof Rights): Rights {
      const rights = rightsIn(who, topic);
      if (!rights) throw new KabarError("topic-unknown", `There is no topic "${topic}" on this server.`);
      if (!rights[right])
        throw new KabarError("forbidden", `You do not have permission to ${WORDS[right]} "${topic}".`);
      return rights;
    },
  };
}
