/**
 * The review queue of each topic: held messages, open reports and first messages, with their budgets. Kept in the control topic.
 */
import type { Cause, Control } from "../log/control.ts";
import { createFirstNotes } from "./first-notes.ts";
import { createHeldMessages, HELD_PREFIX } from "./held-messages.ts";
import { createQueueBudgets, type QueueBudgets } from "./queue-budgets.ts";
import { createReports, REPORT_PREFIX, reporterOf } from "./reports.ts";

/** Makes the budgets with the open reports of the control topic counted; a key that leaves the queue is released. */
function loadBudgets(control: Control, now: () => number): QueueBudgets {
  const budgets = createQueueBudgets(now);
  for (const [rest] of control.list(REPORT_PREFIX))
    budgets.noteReport(REPORT_PREFIX + rest, reporterOf(rest));
  control.onChange((key, value) => {
    if (value === null && (key.startsWith(REPORT_PREFIX) || key.startsWith(HELD_PREFIX)))
      budgets.release(key);
  });
  return budgets;
}

/** Makes the queues over the control topic; `now` is in milliseconds since 1970. */
export function createReviewQueue(control: Control, now: () => number) {
  const budgets = loadBudgets(control, now);
  const { withdrawMessages, ...heldMessages } = createHeldMessages(control, budgets, now);
  const { withdrawReports, closeReports, ...reports } = createReports(control, budgets, now);
  const { withdrawFirst, closeFirst, ...firstNotes } = createFirstNotes(control, now);

  return {
    ...heldMessages,
    ...reports,
    ...firstNotes,

    /** The cases of a topic: held messages, and messages that are reported or their author's first, each once. */
    countCases(topic: string): number {
      const published = [...reports.listReports(topic), ...firstNotes.listFirst(topic)];
      return heldMessages.countHeld(topic) + new Set(published.map(({ offset }) => offset)).size;
    },

    /** Closes all reports of a message, and removes the note that it is its author's first. */
    async closeReports(topic: string, offset: number, cause: Cause): Promise<void> {
      await closeReports(topic, offset, cause);
      await closeFirst(topic, offset, cause);
    },

    /** Removes a user's held and rejected messages, first messages and own reports from a topic's queue. */
    async withdraw(topic: string, userId: string, cause: Cause): Promise<void> {
      await withdrawMessages(topic, userId, cause);
      await withdrawReports(topic, userId, cause);
      await withdrawFirst(topic, userId, cause);
    },

    /** Forgets how many reports a user made today; open ones stay counted. */
    forgetReporter: budgets.forget,
  };
}
