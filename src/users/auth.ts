/**
 * Authentication: an identity from the credential of a `hello` or a request (guest credential, signed token, API key or the
 * operator's key). Slows down guessing
 * of keys and tokens from one address.
 */
import type { Config } from "../config.ts";
import { createAccess, type AccessParts } from "./access.ts";
import { KabarError } from "../errors.ts";
import type { TokenUser, TokenVerifier } from "./jwt.ts";
import type { ApiKey, ApiKeys } from "./api-keys.ts";
import { type Identity, operatorIdentity, requireName } from "./identity.ts";
import type { KnownNames } from "./known-names.ts";
import type { User } from "../model.ts";
import { presentFields } from "../optional-fields.ts";
import type { ServerSecrets } from "./secrets.ts";
import {
  guestIdOfAddress,
  hashOfAddress,
  guestName,
  issueGuest,
  issuePassedGuest,
  hasPassedGate,
  verifyGuest,
} from "./guests.ts";

/** The fields of a `hello` without a token that identify a user. */
export interface Credentials {
  guest?: string | undefined;
  key?: string | undefined;
  name?: string | undefined;
}

/** Time after which a guest may retry to write while the gate checks the proof. */
const GATE_RETRY_MS = 250;

export interface AuthParts extends AccessParts {
  config: Config;
  secrets: ServerSecrets;
  keys: ApiKeys;
  /** Verifies signed tokens; undefined when the server accepts none. */
  verifyToken: TokenVerifier | undefined;
  /** Names that guests may not take. */
  names: KnownNames;
  /** The moment up to which a user's tokens are refused, in milliseconds since 1970; undefined when never revoked. */
  revokedAt: (userId: string) => number | undefined;
  /** Limits wrong keys and tokens by address: `require` throws `rate-limited` after too many, `note` counts one. */
  guesses: { require(address: string): void; note(address: string): void };
}

export type Auth = ReturnType<typeof createAuth>;

/** Makes guests of ids and names. */
function createGuestUsers(names: KnownNames) {
  /** A guest; a made-up name replaces one that is taken. */
  function guestOf(id: string, name: string | undefined): User {
    const wanted = name === undefined ? undefined : requireName(name);
    const isFree = wanted !== undefined && !names.isTaken(wanted);
    return { id, name: isFree ? wanted : guestName(id), role: "guest" };
  }

  /** A guest with this very name. Throws `name-taken`. */
  function requireGuest(id: string, name: string | undefined): User {
    const user = guestOf(id, name);
    if (name !== undefined && user.name !== requireName(name)) throw new KabarError("name-taken");
    return user;
  }
  return { guestOf, requireGuest };
}

/** Makes the check of API keys and the operator's key. */
function createKeyCheck({ secrets, keys, names, guesses }: AuthParts) {
  function service(key: ApiKey, name: string | undefined): Identity {
    const user: User = {
      id: `key:${key.id}`,
      name: name === undefined ? key.name : requireName(name),
      role: "service",
    };
    names.add(user);
    const isAdmin = keys.includes(key, "admin");
    return {
      user,
      grants: keys.grantsOf(key),
      isAdmin,
      ...(isAdmin || key.scope === "feed" ? { feedTopics: key.topics } : {}),
    };
  }

  /** The identity of a key. Throws `bad-credential`, `bad-name`, `rate-limited`. */
  return function identifyKey(secret: string, name: string | undefined, address: string): Identity {
    guesses.require(address);
    const key = keys.find(secret);
    if (key) return service(key, name);
    if (secrets.isOperatorKey(secret)) return operatorIdentity(name);
    guesses.note(address);
    throw new KabarError("bad-credential");
  };
}

/** Whether a token issued at a time is refused since `revokedAt`. The site's clock may be ahead of ours: a token issued before the revocation must not pass for a later one. */
export const isRevoked = (
  revokedAt: number | undefined,
  issuedAtMs: number,
  { tokenSkewS }: Pick<Config, "tokenSkewS">,
): boolean => revokedAt !== undefined && issuedAtMs <= revokedAt + tokenSkewS * 1000;

/** Makes the check of signed tokens. */
function createTokenCheck({ config, verifyToken, names, revokedAt, guesses }: AuthParts) {
  function toIdentity({ id, name, avatar, role, grants, issuedAtMs, expiresAtMs }: TokenUser): Identity {
    if (isRevoked(revokedAt(id), issuedAtMs, config)) {
      throw new KabarError("bad-token", "The token is no longer valid: its user was revoked.");
    }
    const user: User = presentFields({ id, name, role, avatar });
    names.add(user);
    return { user, grants, issuedAtMs, expiresAtMs };
  }

  /** The identity of a signed token. Throws `bad-token`, `token-expired`, `keys-unavailable`, `rate-limited`. */
  return async function identifyToken(token: string, address: string): Promise<Identity> {
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
  };
}

/** Makes the authentication. */
export function createAuth(parts: AuthParts) {
  const { config, verifyToken, names, revokedAt } = parts;
  const { guestSecret } = parts.secrets;
  const { guestOf, requireGuest } = createGuestUsers(names);
  const identifyKey = createKeyCheck(parts);
  const identifyToken = createTokenCheck(parts);

  const mustPassGate = (who: Identity): boolean =>
    config.guestGate !== "none" && who.user.role === "guest" && !who.hasPassedGate;

  return {
    ...createAccess(parts),

    /**
     * The identity of a session without a token. An unknown or revoked guest credential makes a new guest. Throws
     * `bad-credential` for a wrong key, `bad-name`, `rate-limited`.
     */
    identify(credentials: Credentials, address: string): Identity {
      const { guest, key, name } = credentials;
      if (key !== undefined) return identifyKey(key, name, address);
      const known = guest === undefined ? undefined : verifyGuest(guestSecret, guest);
      if (known !== undefined && guest !== undefined && revokedAt(known) === undefined)
        return { user: guestOf(known, name), credential: guest, hasPassedGate: hasPassedGate(guest) };
      const issued = issueGuest(guestSecret);
      return { user: guestOf(issued.id, name), credential: issued.credential };
    },

    identifyToken,

    /**
     * The identity of a request. `authorization` is `Bearer` with a key, a token or a guest credential; null makes the guest
     * of the address. Throws `bad-credential`, `name-taken`, `bad-name`, and what `identifyToken` throws.
     */
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
        : { user: requireGuest(id, name), hasPassedGate: hasPassedGate(bearer) };
    },

    /** The secret that signs guest credentials, challenges of the gate and fingerprints of submissions. */
    guestSecret,

    /** Whether an identity is a guest who still has to pass the gate before writing. */
    mustPassGate,

    /** Throws `gate-required` for a guest who has yet to pass the gate, `gate-refused` for one whom the gate refused. */
    requireGatePassed(who: Identity): void {
      if (!mustPassGate(who)) return;
      throw who.isRefusedByGate
        ? new KabarError("gate-refused")
        : new KabarError("gate-required", undefined, GATE_RETRY_MS);
    },

    /** The identity of a guest who has passed the gate, with a new credential that proves it. */
    admit: (who: Identity): Identity & { credential: string } => ({
      ...who,
      hasPassedGate: true,
      isRefusedByGate: false,
      credential: issuePassedGuest(guestSecret, who.user.id),
    }),

    /** The hash of an IP address, as bans keep it. */
    hashAddress: (address: string): string => hashOfAddress(guestSecret, address),

    /**
     * The same identity under another name. Throws `bad-name`, `name-taken`, and `forbidden` for signed users, whose name
     * the token sets.
     */
    rename(who: Identity, name: string): Identity {
      if (who.expiresAtMs !== undefined)
        throw new KabarError("forbidden", "Your name is set by the site that you are signed in to.");
      if (who.user.role === "guest") return { ...who, user: requireGuest(who.user.id, name) };
      return { ...who, user: { ...who.user, name: requireName(name) } };
    },

    /** The user as it may write now: a guest whose name a member has taken since gets a made-up one. */
    withFreeName(user: User): User {
      const isFree = user.role !== "guest" || !names.isTaken(user.name);
      return isFree ? user : { ...user, name: guestName(user.id) };
    },
  };
}
