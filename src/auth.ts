/**
 * Who is it, and what may they do. Owns the secrets: the operator's key and what guest credentials are signed with,
 * from the configuration or else from files in the data folder that only their owner can read.
 */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, findTopicRule } from "./config.ts";
import { KabarError } from "./errors.ts";
import { cleanName, NAME_RULE, type Rights, type User } from "./protocol.ts";
import { createSecret, guestIdOfAddress, guestName, issueGuest, sameSecret, verifyGuest } from "./tokens.ts";

/** What a `hello` or a request brought along. */
export interface Claims {
  guest?: string | undefined;
  key?: string | undefined;
  name?: string | undefined;
}

/** A user, with the credential to be that user again where there is one. */
export interface Identity {
  user: User;
  credential?: string;
}

const NOBODY: Rights = { read: false, write: false };
const EVERYTHING: Rights = { read: true, write: true };
const GUEST_RIGHTS = {
  write: EVERYTHING,
  read: { read: true, write: false },
  none: NOBODY,
} satisfies Record<string, Rights>;

const OPERATOR_ID = "operator";
const OPERATOR_NAME = "Operator";

/** Reads a secret from the data folder, or makes it there, readable by its owner only. */
function keepSecret(dataDir: string, file: string): { secret: string; made: boolean } {
  const path = join(dataDir, file);
  if (existsSync(path)) return { secret: readFileSync(path, "utf8").trim(), made: false };
  const secret = createSecret();
  writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: "wx" });
  chmodSync(path, 0o600);
  return { secret, made: true };
}

/** The name as it may be shown. Throws `bad-name`. */
export function requireName(raw: string): string {
  const name = cleanName(raw);
  if (name === undefined) throw new KabarError("bad-name", `name: must be ${NAME_RULE}.`);
  return name;
}

export type Auth = ReturnType<typeof createAuth>;

/** Makes the authority. The data folder must exist. */
export function createAuth(config: Config) {
  const kept = config.operatorKey ? undefined : keepSecret(config.dataDir, "operator.key");
  const operatorKey = kept?.secret ?? config.operatorKey;
  const guestSecret = config.guestSecret || keepSecret(config.dataDir, "guest.secret").secret;

  const guest = (id: string, name: string | undefined): User => ({
    id,
    name: name === undefined ? guestName(id) : requireName(name),
    role: "guest",
  });
  const operator = (name: string | undefined): User => ({
    id: OPERATOR_ID,
    name: name === undefined ? OPERATOR_NAME : requireName(name),
    role: "operator",
  });
  function requireKey(key: string): void {
    if (!sameSecret(key, operatorKey)) throw new KabarError("bad-credential");
  }

  return {
    /** The key that was made at this start, to be shown once; undefined when it existed before. */
    newOperatorKey: kept?.made ? operatorKey : undefined,

    /** Who a session is. An unknown guest credential makes a new guest; a wrong key throws `bad-credential`. */
    identify(claims: Claims): Identity {
      if (claims.key !== undefined) {
        requireKey(claims.key);
        return { user: operator(claims.name) };
      }
      const known = claims.guest === undefined ? undefined : verifyGuest(guestSecret, claims.guest);
      if (known !== undefined && claims.guest !== undefined) {
        return { user: guest(known, claims.name), credential: claims.guest };
      }
      const issued = issueGuest(guestSecret);
      return { user: guest(issued.id, claims.name), credential: issued.credential };
    },

    /** Who sent an HTTP request: `Authorization: Bearer` with a key or a guest credential, else the address's guest. */
    identifyRequest(authorization: string | null, name: string | undefined, address: string): User {
      if (authorization === null) return guest(guestIdOfAddress(guestSecret, address), name);
      const token = /^Bearer +(\S{1,4096})$/i.exec(authorization)?.[1];
      if (token === undefined) {
        throw new KabarError("bad-credential", "Authorization must be: Bearer <key or credential>.");
      }
      const id = verifyGuest(guestSecret, token);
      if (id !== undefined) return guest(id, name);
      requireKey(token);
      return operator(name);
    },

    /** The guest that everything without a credential from this address is. */
    guestOfAddress: (address: string, name: string | undefined): User =>
      guest(guestIdOfAddress(guestSecret, address), name),

    /** The same user under another name. Throws `bad-name`. */
    rename: (user: User, name: string): User => ({ ...user, name: requireName(name) }),

    /** What a user may do in a topic; undefined when the server has no such topic. */
    rightsIn(user: User, topic: string): Rights | undefined {
      const rule = findTopicRule(config, topic);
      if (!rule) return undefined;
      return user.role === "operator" ? EVERYTHING : GUEST_RIGHTS[rule.guests];
    },
  };
}
