/**
 * Incoming webhooks as the operator sets them: a name, a topic, and the hash of the secret in their address. Kept in the control
 * topic. Reads no request: doors/hooks-in does.
 */
import { randomHex } from "../random.ts";
import { z } from "zod";
import { KabarError } from "../errors.ts";
import type { Cause, Control } from "../log/control.ts";
import { createSecret, digestOf } from "../users/guests.ts";
import type { Identity } from "../users/identity.ts";

const PREFIX = "hook-in:";
/** Incoming webhooks of a server: a page of the admin API shows all of them. */
const MAX_HOOKS = 500;

const STORED = z.object({
  topic: z.string(),
  name: z.string(),
  hash: z.string(),
  isSigned: z.boolean(),
  turn: z.number(),
  madeAt: z.number(),
});
type Stored = z.output<typeof STORED>;

/** An incoming webhook as it may be shown: without its secret. */
export interface IncomingHook {
  id: string;
  topic: string;
  /** The author of its messages, where a message has no name of its own. */
  name: string;
  /** Whether every request must be signed (HMAC-SHA256). */
  isSigned: boolean;
  /** Grows with every new secret. */
  turn: number;
  /** In milliseconds since 1970. */
  madeAt: number;
}

export type IncomingHooks = ReturnType<typeof createIncomingHooks>;

const withoutHash = (id: string, { hash: _, ...shown }: Stored): IncomingHook => ({ id, ...shown });

/** The identity of a webhook: it writes in its own topic, as a back end. */
export const hookIdentity = ({ id, topic, name }: IncomingHook): Identity => ({
  user: { id: `hook:${id}`, name, role: "service" },
  grants: [{ pattern: topic, level: "write" }],
});

/** Creates the incoming webhooks over the control topic; `now` is in milliseconds since 1970. */
export function createIncomingHooks(control: Control, serverSecret: string, now: () => number = Date.now) {
  function read(id: string): Stored | undefined {
    const stored = STORED.safeParse(control.get(PREFIX + id));
    return stored.success ? stored.data : undefined;
  }

  /** A webhook with its hash. Throws `not-found`. */
  function require(id: string): Stored {
    const stored = read(id);
    if (!stored) throw new KabarError("not-found", `There is no incoming webhook "${id.slice(0, 60)}".`);
    return stored;
  }

  /** Stores a webhook under a new secret, and resolves to both. */
  async function store(id: string, fields: Omit<Stored, "hash">, cause: Cause) {
    const secret = `hi_${id}_${createSecret()}`;
    await control.set(PREFIX + id, { ...fields, hash: digestOf(secret) }, cause);
    return { hook: { id, ...fields } satisfies IncomingHook, secret };
  }

  return {
    list: (): IncomingHook[] =>
      control.list(PREFIX).flatMap(([key]) => {
        const stored = read(key);
        return stored ? [withoutHash(key, stored)] : [];
      }),

    /** The webhook with this secret; undefined when there is none. */
    find(secret: string): IncomingHook | undefined {
      const id = /^hi_([0-9a-f]{12})_[\w-]{32}$/.exec(secret)?.[1];
      const stored = id === undefined ? undefined : read(id);
      // Comparing hashes reveals nothing of the secret by its timing.
      return id !== undefined && stored?.hash === digestOf(secret) ? withoutHash(id, stored) : undefined;
    },

    /**
     * The key that signs a webhook's requests. Derived from the server's secret and new with every secret of the webhook, so
     * that no log and no backup of one has it.
     */
    signingSecretOf: ({ id, turn }: IncomingHook): string =>
      new Bun.CryptoHasher("sha256", serverSecret).update(`signs webhook ${id} ${turn}`).digest("hex"),

    /** Creates a webhook. Throws `rate-limited` when there are too many. */
    async make(wanted: Pick<IncomingHook, "topic" | "name" | "isSigned">, cause: Cause) {
      if (control.list(PREFIX).length >= MAX_HOOKS)
        throw new KabarError(
          "rate-limited",
          `A server has at most ${MAX_HOOKS} incoming webhooks. Delete one first.`,
        );
      return store(randomHex(6), { ...wanted, turn: 0, madeAt: now() }, cause);
    },

    /** Gives a webhook a new secret; the old one ends at once. Throws `not-found`. */
    rotate(id: string, cause: Cause) {
      const { hash: _, ...fields } = require(id);
      return store(id, { ...fields, turn: fields.turn + 1 }, cause);
    },

    /** Deletes a webhook. Throws `not-found`. */
    async remove(id: string, cause: Cause): Promise<void> {
      require(id);
      await control.set(PREFIX + id, null, cause);
    },
  };
}
