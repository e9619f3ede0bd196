/**
 * API keys for back ends: made, listed, revoked; kept in the control topic as hashes. A key is shown once, when it is made.
 */
import { z } from "zod";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import { covers, type Grant } from "../rights.ts";

/** What a key may do. `admin` includes everything, in every topic. */
export const SCOPES = ["read", "publish", "moderate", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

const PREFIX = "key:";
const LEVEL_OF = { read: "read", publish: "write", moderate: "moderate", admin: "moderate" } as const;
const ORDER: readonly Scope[] = SCOPES;

const STORED = z.object({
  name: z.string(),
  hash: z.string(),
  scope: z.enum(SCOPES),
  topics: z.array(z.string()),
  madeAt: z.number(),
});

/** A key as it may be shown: everything but the secret, which nobody has any more. */
export interface ApiKey {
  id: string;
  name: string;
  scope: Scope;
  /** Topics and patterns it is good for. */
  topics: string[];
  madeAt: number;
}

const hashOf = (secret: string): string => new Bun.CryptoHasher("sha256").update(secret).digest("base64url");

export type ApiKeys = ReturnType<typeof createApiKeys>;

/** Makes the keyring over the control topic. */
export function createApiKeys(control: Control, now: () => number = Date.now) {
  const read = (id: string, value: unknown): (ApiKey & { hash: string }) | undefined => {
    const stored = STORED.safeParse(value);
    return stored.success ? { id, ...stored.data } : undefined;
  };
  const shown = ({ hash: _, ...key }: ApiKey & { hash: string }): ApiKey => key;

  return {
    /** Makes a key; `secret` is told here and never again. Throws `bad-request` for topics with the scope admin. */
    async make(
      name: string,
      scope: Scope,
      topics: string[],
      cause: Cause,
    ): Promise<{ key: ApiKey; secret: string }> {
      // The admin door is one door: keys, users and rules are of all topics.
      if (scope === "admin" && topics.some((pattern) => pattern !== "*"))
        throw new KabarError(
          "bad-request",
          "topics: must be absent, because a key of scope admin covers all topics.",
        );
      const id = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString("hex");
      const secret = `kk_${id}_${Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url")}`;
      const key: ApiKey = { id, name, scope, topics: topics.length > 0 ? topics : ["*"], madeAt: now() };
      const { id: _, ...stored } = key;
      await control.set(PREFIX + id, { ...stored, hash: hashOf(secret) }, cause);
      return { key, secret };
    },

    /** Every key that is good. */
    list: (): ApiKey[] =>
      control
        .list(PREFIX)
        .flatMap(([id, value]) => read(id, value) ?? [])
        .map(shown),

    /** Takes a key back at once. Throws `not-found`. */
    async revoke(id: string, cause: Cause): Promise<void> {
      if (control.get(PREFIX + id) === undefined)
        throw new KabarError("not-found", `There is no key "${id}".`);
      await control.set(PREFIX + id, null, cause);
    },

    /** Calls `listener` with the id of the back end's user whenever its key is taken back. */
    onRevoke(listener: (userId: string) => void): void {
      control.onChange((key, value) => {
        if (key.startsWith(PREFIX) && value === null) listener(key);
      });
    },

    /** The key behind a secret; undefined for anything that is no key of ours. */
    find(secret: string): ApiKey | undefined {
      const id = /^kk_([0-9a-f]{12})_[\w-]{32}$/.exec(secret)?.[1];
      const key = id === undefined ? undefined : read(id, control.get(PREFIX + id));
      // Hashes are compared, so that the time it takes tells nothing of the secret.
      return key && key.hash === hashOf(secret) ? shown(key) : undefined;
    },

    /** A key's rights as grants. */
    grantsOf: ({ scope, topics }: ApiKey): Grant[] =>
      topics.map((pattern) => ({ pattern, level: LEVEL_OF[scope] })),

    /** Whether a key's scope includes another. */
    includes: (key: ApiKey, scope: Scope): boolean => ORDER.indexOf(key.scope) >= ORDER.indexOf(scope),

    /** Whether a key is good for a topic at all. */
    isFor: (key: ApiKey, topic: string): boolean => key.topics.some((pattern) => covers(pattern, topic)),
  };
}
