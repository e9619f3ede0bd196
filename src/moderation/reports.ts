/**
 * Open reports of each topic, kept in the control topic. A closed report leaves the queue, and the reporter's name leaves the
 * audit log.
 */
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import type { Report, User } from "../model.ts";
import { type QueueBudgets, QUEUE_RETRY_MS } from "./queue-budgets.ts";

/** Open reports of a topic. They are kept in memory. */
const MAX_REPORTS = 1000;

/** A report as it is stored. `of` is the id of the reported message's author. */
type StoredReport = Pick<Report, "at" | "why" | "byName"> & { of?: string };

/** The beginning of the keys of reports in the control topic. */
export const REPORT_PREFIX = "report:";

// No topic and no user id has a space: keys of one topic never begin like those of another.
const reportKey = (topic: string, offset: number, by: string) => `${REPORT_PREFIX}${topic} ${offset} ${by}`;

/** The id of the user who made the report under a key. */
export const reporterOf = (key: string): string => key.slice(key.lastIndexOf(" ") + 1);

/** The part of a closed report that stays in the audit log. */
function withoutName(report: unknown): unknown {
  const { byName: _, ...rest } = report as StoredReport;
  return rest;
}

/** Makes the reports over the control topic; `now` is in milliseconds since 1970. */
export function createReports(control: Control, budgets: QueueBudgets, now: () => number) {
  const reportsIn = (topic: string) => control.list(`${REPORT_PREFIX}${topic} `);

  /** The number of open reports of a topic. */
  const countReports = (topic: string): number => reportsIn(topic).length;

  const toReport = (offset: number, by: string, value: unknown): Report => {
    const { of: _, ...report } = value as StoredReport;
    return { offset, by, ...report };
  };

  /** The open reports of a topic, oldest first, without the reported messages. */
  const listReports = (topic: string): Report[] =>
    reportsIn(topic).map(([key, value]) =>
      toReport(Number(key.slice(0, key.indexOf(" "))), reporterOf(key), value),
    );

  /** The open reports of a message, oldest first. */
  const reportsOf = (topic: string, offset: number): Report[] =>
    control.list(reportKey(topic, offset, "")).map(([by, value]) => toReport(offset, by, value));

  return {
    listReports,
    reportsOf,
    countReports,

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
      await budgets.releaseOnFailure(key, control.set(key, value, { by: id }));
    },

    /** Closes all reports of a message. */
    async closeReports(topic: string, offset: number, cause: Cause): Promise<void> {
      const prefix = reportKey(topic, offset, "");
      // All at once, a thousand at most: one commit stores them together.
      await Promise.all(control.list(prefix).map(([by]) => control.forget(prefix + by, withoutName, cause)));
    },

    /** Removes a user's own reports from a topic. */
    async withdrawReports(topic: string, userId: string, cause: Cause): Promise<void> {
      for (const { offset, by } of listReports(topic))
        if (by === userId) await control.forget(reportKey(topic, offset, by), withoutName, cause);
    },
  };
}
