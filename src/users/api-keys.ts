/**
 * API keys of back ends, with their scope and topics. The control topic keeps a hash of each secret
 * (SHA-256); the secret itself is shown once, when the key is created. Does not check rights: auth does, with the key's grants.
 */
import { randomHex, randomText } from "../random.ts";
import { z } from "zod";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import { digestOf } from "./guests.ts";
import type { Grant } from "../rights.ts";

/** Scopes of keys that include the ones before. `admin` covers every topic. */
const ASCENDING = ["read", "publish", "moderate", "admin"] as const;
/** All scopes. `feed` reads, and receives everything that happens (hooks/feed), what only moderators see included. */
export const SCOPES = [...ASCENDING, "feed"] as const;
export type Scope = (typeof SCOPES)[number];

const PREFIX = "key:";
/** The level of rights that a scope grants in the key's topics. */
const LEVEL_OF = {
  read: "read",
  publish: "write",
  moderate: "moderate",
  admin: "moderate",
  feed: "read",
} as const;
const ORDER: readonly Scope[] = ASCENDING;

const STORED = z.object({
  name: z.string(),
  hash: z.string(),
  scope: z.enum(SCOPES),
  topics: z.array(z.string()),
  madeAt: z.number(),
});

/** A key as it may be shown: without its secret. */
export interface ApiKey {
  id: string;
  name: string;
  scope: Scope;
  /** Topics and patterns that the key covers. */
  topics: string[];
  /** In milliseconds since 1970. */
  madeAt: number;
}

/** Parses a stored key. Undefined for an invalid value. */
function parseStored(id: string, value: unknown): (ApiKey & { hash: string }) | undefined {
  const stored = STORED.safeParse(value);
  return stored.success ? { id, ...stored.data } : undefined;
}

const withoutHash = ({ hash: _, ...key }: ApiKey & { hash: string }): ApiKey => key;

export type ApiKeys = ReturnType<typeof createApiKeys>;

/** Makes the keys over the control topic; `now` is in milliseconds since 1970. */
export function createApiKeys(control: Control, now: () => number = Date.now) {
  return {
    /**
     * Creates a key for some topics and patterns (none: for all) and resolves to it with its secret, which is not stored.
     * Throws `bad-request` for topics with the scope admin.
     */
    async make(
      name: string,
      scope: Scope,
      topics: string[],
      cause: Cause,
    ): Promise<{ key: ApiKey; secret: string }> {
      // The admin API changes keys, users and rules, which belong to all topics.
      if (scope === "admin" && topics.some((pattern) => pattern !== "*"))
        throw new KabarError(
          "bad-request",
          "topics: must be absent, because a key of scope admin covers all topics.",
        );
      const id = randomHex(6);
      const secret = `kk_${id}_${randomText(24)}`;
      const key: ApiKey = { id, name, scope, topics: topics.length > 0 ? topics : ["*"], madeAt: now() };
      const { id: _, ...stored } = key;
      await control.set(PREFIX + id, { ...stored, hash: digestOf(secret) }, cause);
      return { key, secret };
    },

    /** All keys that are not revoked. */
    list: (): ApiKey[] =>
      control
        .list(PREFIX)
        .flatMap(([id, value]) => parseStored(id, value) ?? [])
        .map(withoutHash),

    /** Revokes a key at once. Throws `not-found`. */
    async revoke(id: string, cause: Cause): Promise<void> {
      if (control.get(PREFIX + id) === undefined)
        throw new KabarError("not-found", `There is no key "${id}".`);
      await control.set(PREFIX + id, null, cause);
    },

    /** Calls `listener` with the user id (`key:<id>`) of a back end whose key is revoked. */
    onRevoke(listener: (userId: string) => void): void {
      control.onChange((key, value) => {
        if (key.startsWith(PREFIX) && value === null) listener(key);
      });
    },

    /** The key with this secret; undefined when there is none. */
    find(secret: string): ApiKey | undefined {
      const id = /^kk_([0-9a-f]{12})_[\w-]{32}$/.exec(secret)?.[1];
      const key = id === undefined ? undefined : parseStored(id, control.get(PREFIX + id));
      // Comparing hashes reveals nothing of the secret by its timing.
      return key && key.hash === digestOf(secret) ? withoutHash(key) : undefined;
    },

    /** A key's rights as grants. */
    grantsOf: ({ scope, topics }: ApiKey): Grant[] =>
      topics.map((pattern) => ({ pattern, level: LEVEL_OF[scope] })),

    /** Whether a key's scope includes another. */
    includes: (key: ApiKey, scope: Exclude<Scope, "feed">): boolean =>
      ORDER.indexOf(key.scope) >= ORDER.indexOf(scope),
  };
}
