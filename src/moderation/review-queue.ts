/**
 * The review queue of each topic: held messages and open reports, kept in the control topic. Remembers rejected messages, so
 * that a repeat is not held again. What is decided leaves the queue, and its text and names leave the audit log. Does not
 * publish: moderation-acts does.
 */
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import type { HeldMessage, Report, User } from "../model.ts";
import { presentFields } from "../optional-fields.ts";
import { createQueueBudgets, QUEUE_RETRY_MS } from "./queue-budgets.ts";

/** Held messages of a topic, and of one user in it; open reports of a topic. They are kept in memory. */
const MAX_HELD = 500;
const MAX_HELD_OF_USER = 10;
const MAX_REPORTS = 1000;
/** Rejected messages of a topic that are remembered, the latest ones. */
const MAX_REJECTED = 200;

/** A held message with the fingerprint of its submission (`proof`, made in repeats), which never leaves the server. */
export type StoredHeldMessage = HeldMessage & { proof?: string };

/** A report as it is stored. `of` is the id of the reported message's author. */
export type StoredReport = Pick<Report, "at" | "why" | "byName"> & { of?: string };

// No topic, user id or message id has a space: keys of one topic never begin like those of another.
const heldKey = (topic: string, userId: string, messageId: string) => `held:${topic} ${userId} ${messageId}`;
const rejectedKey = (topic: string, userId: string, messageId: string) =>
  `rejected:${topic} ${userId} ${messageId}`;
const reportKey = (topic: string, offset: number, by: string) => `report:${topic} ${offset} ${by}`;

/** The part of a decided held message that stays in the audit log: its text is in the topic, or nowhere. */
function withoutContent(held: unknown): unknown {
  const { topic, messageId, user, at, heldFor } = held as HeldMessage;
  return { topic, messageId, user: { id: user.id }, at, heldFor };
}

/** The part of a closed report that stays in the audit log. */
function withoutName(report: unknown): unknown {
  const { byName: _, ...rest } = report as StoredReport;
  return rest;
}

/** Makes the budgets with the open reports of the control topic counted; a key that leaves the queue is released. */
function loadBudgets(control: Control, now: () => number) {
  const budgets = createQueueBudgets(now);
  for (const [rest] of control.list("report:"))
    budgets.noteReport(`report:${rest}`, rest.slice(rest.lastIndexOf(" ") + 1));
  control.onChange((key, value) => {
    if (value === null && /^(?:report|held):/.test(key)) budgets.release(key);
  });
  return budgets;
}

/** Makes the queues over the control topic; `now` is in milliseconds since 1970. */
export function createReviewQueue(control: Control, now: () => number) {
  const budgets = loadBudgets(control, now);
  /** Fingerprints of messages that are being stored as held: another one under the same id must not take their place. */
  const holding = new Map<string, string | undefined>();

  /** Stores a value that a budget was charged for; the charge is returned when that fails. */
  async function storeCharged(key: string, value: unknown, cause: Cause): Promise<void> {
    try {
      await control.set(key, value, cause);
    } catch (error) {
      budgets.release(key);
      throw error;
    }
  }

  /** A held message. Throws `message-unknown` when it is not waiting. */
  function requireHeld(topic: string, userId: string, messageId: string): StoredHeldMessage {
    const message = control.get(heldKey(topic, userId, messageId)) as StoredHeldMessage | undefined;
    if (message) return message;
    throw new KabarError("message-unknown", "This message is not waiting for review.");
  }

  /** The held messages of a topic, oldest first, without fingerprints. */
  const listHeld = (topic: string): HeldMessage[] =>
    control.list(`held:${topic} `).map(([, value]) => {
      const { proof: _, ...message } = value as StoredHeldMessage;
      return message;
    });

  /** The number of held messages of a topic. */
  const countHeld = (topic: string): number => control.list(`held:${topic} `).length;

  /** The number of open reports of a topic. */
  const countReports = (topic: string): number => control.list(`report:${topic} `).length;

  /** The open reports of a topic, oldest first, without the reported messages. */
  function listReports(topic: string): Report[] {
    return control.list(`report:${topic} `).map(([key, value]) => {
      const space = key.indexOf(" ");
      const { of: _, ...report } = value as StoredReport;
      return { offset: Number(key.slice(0, space)), by: key.slice(space + 1), ...report };
    });
  }

  /** Takes a decided message out of the queue and its text out of the audit log. Throws `message-unknown`. */
  async function release(topic: string, userId: string, messageId: string, cause: Cause): Promise<void> {
    requireHeld(topic, userId, messageId);
    await control.forget(heldKey(topic, userId, messageId), withoutContent, cause);
  }

  return {
    requireHeld,
    listHeld,
    countHeld,
    listReports,
    countReports,
    release,

    /**
     * Holds a message for review; holding it again changes nothing. `address` is the hash of the sender's IP address. Throws
     * `rate-limited` when the queue, the user or the address has too many.
     */
    async hold(message: StoredHeldMessage, cause: Cause, address?: string): Promise<void> {
      const { topic, user, messageId, proof } = message;
      const key = heldKey(topic, user.id, messageId);
      if (control.get(key) !== undefined) return;
      const waiting = control.list(`held:${topic} `);
      const own = waiting.filter(([rest]) => rest.startsWith(`${user.id} `)).length;
      if (own >= MAX_HELD_OF_USER || waiting.length >= MAX_HELD)
        throw new KabarError(
          "rate-limited",
          "Too many messages are waiting for review here.",
          QUEUE_RETRY_MS,
        );
      budgets.takeHeld(key, address);
      holding.set(key, proof);
      try {
        await storeCharged(key, message, cause);
      } finally {
        holding.delete(key);
      }
    },

    /** The fingerprint of a message that waits or was rejected under this id; undefined when there is none. */
    wasHeld(topic: string, userId: string, messageId: string): { proof: string | undefined } | undefined {
      const key = heldKey(topic, userId, messageId);
      if (holding.has(key)) return { proof: holding.get(key) };
      const stored = control.get(key) ?? control.get(rejectedKey(topic, userId, messageId));
      return stored === undefined ? undefined : { proof: (stored as { proof?: string }).proof };
    },

    /** Remembers that a held message is rejected, so that a repeat gets the first answer. Throws `message-unknown`. */
    async rememberRejected(topic: string, userId: string, messageId: string, cause: Cause): Promise<void> {
      const { proof } = requireHeld(topic, userId, messageId);
      const earlier = control.list(`rejected:${topic} `);
      for (const [rest] of earlier.slice(0, Math.max(0, earlier.length + 1 - MAX_REJECTED)))
        await control.set(`rejected:${topic} ${rest}`, null, cause);
      const value = { at: now(), ...presentFields({ proof }) };
      await control.set(rejectedKey(topic, userId, messageId), value, cause);
    },

    /**
     * Adds a user's report of a message; a second report by the same user changes nothing. `of` is the id of the message's
     * author, `address` the hash of the reporter's IP address. Throws `rate-limited`.
     */
    async addReport(
      topic: string,
      offset: number,
      { id, name }: User,
      { why, of, address }: { why?: string | undefined; of: string; address?: string | undefined },
    ): Promise<void> {
      const key = reportKey(topic, offset, id);
      if (control.get(key) !== undefined) return;
      if (countReports(topic) >= MAX_REPORTS)
        throw new KabarError("rate-limited", "Too many reports are waiting for review here.", QUEUE_RETRY_MS);
      budgets.takeReport(key, id, address);
      const value: StoredReport = { at: now(), byName: name, of, ...(why ? { why } : {}) };
      await storeCharged(key, value, { by: id });
    },

    /** Closes all reports of a message. */
    async closeReports(topic: string, offset: number, cause: Cause): Promise<void> {
      const prefix = reportKey(topic, offset, "");
      for (const [by] of control.list(prefix)) await control.forget(prefix + by, withoutName, cause);
    },

    /** Removes a user's held and rejected messages and own reports from a topic's queue. */
    async withdraw(topic: string, userId: string, cause: Cause): Promise<void> {
      for (const { user, messageId } of listHeld(topic))
        if (user.id === userId) await release(topic, userId, messageId, cause);
      for (const { offset, by } of listReports(topic))
        if (by === userId) await control.forget(reportKey(topic, offset, by), withoutName, cause);
      for (const [messageId] of control.list(rejectedKey(topic, userId, "")))
        await control.set(rejectedKey(topic, userId, messageId), null, cause);
    },

    /** Forgets how many reports a user made today; open ones stay counted. */
    forgetReporter: budgets.forget,
  };
}
