/**
 * Held messages of each topic: those that wait for review, and the latest rejected ones, so that a repeat is not held again.
 * Kept in the control topic. The text and name of a decided message leave the audit log. Does not publish: moderation-acts
 * does.
 */
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import type { HeldMessage } from "../model.ts";
import { presentFields } from "../optional-fields.ts";
import { type QueueBudgets, QUEUE_RETRY_MS } from "./queue-budgets.ts";

/** Held messages of a topic, and of one user in it. They are kept in memory. */
const MAX_HELD = 500;
const MAX_HELD_OF_USER = 10;
/** Rejected messages of a topic that are remembered, the latest ones. */
const MAX_REJECTED = 200;

/** A held message with the fingerprint of its submission (`proof`, made in repeats), which never leaves the server. */
export type StoredHeldMessage = HeldMessage & { proof?: string };

/** The beginning of the keys of held messages in the control topic. */
export const HELD_PREFIX = "held:";
const REJECTED_PREFIX = "rejected:";

// No topic, user id or message id has a space: keys of one topic never begin like those of another.
const heldKey = (topic: string, userId: string, messageId: string) =>
  `${HELD_PREFIX}${topic} ${userId} ${messageId}`;
const rejectedKey = (topic: string, userId: string, messageId: string) =>
  `${REJECTED_PREFIX}${topic} ${userId} ${messageId}`;

/** A held message as it may leave the server. */
export function withoutProof({ proof: _, ...message }: StoredHeldMessage): HeldMessage {
  return message;
}

/** The part of a decided held message that stays in the audit log: its text is in the topic, or nowhere. */
function withoutContent(held: unknown): unknown {
  const { topic, messageId, user, at, heldFor } = held as HeldMessage;
  return { topic, messageId, user: { id: user.id }, at, heldFor };
}

/** Makes the held messages over the control topic; `now` is in milliseconds since 1970. */
export function createHeldMessages(control: Control, budgets: QueueBudgets, now: () => number) {
  /** Messages that are being stored as held: another one under the same id must not take their place. */
  const holding = new Map<string, Pick<StoredHeldMessage, "proof" | "heldFor">>();

  const heldIn = (topic: string) => control.list(`${HELD_PREFIX}${topic} `);

  /** A held message. Throws `message-unknown` when it is not waiting. */
  function requireHeld(topic: string, userId: string, messageId: string): StoredHeldMessage {
    const message = control.get(heldKey(topic, userId, messageId)) as StoredHeldMessage | undefined;
    if (message) return message;
    throw new KabarError("message-unknown", "This message is not waiting for review.");
  }

  /** The held messages of a topic as they are stored, oldest first. */
  const storedIn = (topic: string): StoredHeldMessage[] =>
    heldIn(topic).map(([, value]) => value as StoredHeldMessage);

  /** The held messages of a topic, oldest first, without fingerprints. */
  const listHeld = (topic: string): HeldMessage[] => storedIn(topic).map(withoutProof);

  /** Takes a decided message out of the queue and its text out of the audit log. Throws `message-unknown`. */
  async function release(topic: string, userId: string, messageId: string, cause: Cause): Promise<void> {
    requireHeld(topic, userId, messageId);
    await control.forget(heldKey(topic, userId, messageId), withoutContent, cause);
  }

  return {
    requireHeld,
    storedIn,
    listHeld,
    release,

    /** Whether a message of a user waits, or is being stored, because the user had none in the topic. */
    hasFirstHeld(topic: string, userId: string): boolean {
      const prefix = heldKey(topic, userId, "");
      for (const [key, { heldFor }] of holding)
        if (heldFor === "first" && key.startsWith(prefix)) return true;
      return control.list(prefix).some(([, value]) => (value as HeldMessage).heldFor === "first");
    },

    /** The number of held messages of a topic. */
    countHeld: (topic: string): number => heldIn(topic).length,

    /**
     * Holds a message for review; holding it again changes nothing. `address` is the hash of the sender's IP address. Throws
     * `rate-limited` when the queue, the user or the address has too many.
     */
    async hold(message: StoredHeldMessage, cause: Cause, address?: string): Promise<void> {
      const { topic, user, messageId } = message;
      const key = heldKey(topic, user.id, messageId);
      if (control.get(key) !== undefined) return;
      const waiting = heldIn(topic);
      const own = waiting.filter(([rest]) => rest.startsWith(`${user.id} `)).length;
      if (own >= MAX_HELD_OF_USER || waiting.length >= MAX_HELD)
        throw new KabarError(
          "rate-limited",
          "Too many messages are waiting for review here.",
          QUEUE_RETRY_MS,
        );
      budgets.takeHeld(key, address);
      holding.set(key, message);
      try {
        await budgets.releaseOnFailure(key, control.set(key, message, cause));
      } finally {
        holding.delete(key);
      }
    },

    /** The fingerprint of a message that waits or was rejected under this id; undefined when there is none. */
    wasHeld(topic: string, userId: string, messageId: string): { proof: string | undefined } | undefined {
      // The usual case, which every message asks for: no key is made.
      if (holding.size === 0 && !control.has(HELD_PREFIX, topic) && !control.has(REJECTED_PREFIX, topic))
        return undefined;
      const key = heldKey(topic, userId, messageId);
      const stored =
        holding.get(key) ?? control.get(key) ?? control.get(rejectedKey(topic, userId, messageId));
      return stored === undefined ? undefined : { proof: (stored as { proof?: string }).proof };
    },

    /** Remembers that a held message is rejected, so that a repeat gets the first answer. Throws `message-unknown`. */
    async rememberRejected(topic: string, userId: string, messageId: string, cause: Cause): Promise<void> {
      const { proof } = requireHeld(topic, userId, messageId);
      const prefix = `${REJECTED_PREFIX}${topic} `;
      const earlier = control.list(prefix);
      for (const [rest] of earlier.slice(0, Math.max(0, earlier.length + 1 - MAX_REJECTED)))
        await control.set(prefix + rest, null, cause);
      const value = { at: now(), ...presentFields({ proof }) };
      await control.set(rejectedKey(topic, userId, messageId), value, cause);
    },

    /** Removes a user's held and rejected messages from a topic. */
    async withdrawMessages(topic: string, userId: string, cause: Cause): Promise<void> {
      for (const { user, messageId } of listHeld(topic))
        if (user.id === userId) await release(topic, userId, messageId, cause);
      for (const [messageId] of control.list(rejectedKey(topic, userId, "")))
        await control.set(rejectedKey(topic, userId, messageId), null, cause);
    },
  };
}
