/**
 * The review queue of each topic: held messages, open reports and first messages, with their budgets. Kept in the control topic.
 */
import type { Cause, Control } from "../log/control.ts";
import { createFirstNotes, FIRST_PREFIX } from "./first-notes.ts";
import { createHeldMessages, HELD_PREFIX, type StoredHeldMessage } from "./held-messages.ts";
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

/** A case that waits in a topic, and since when, in milliseconds since 1970. */
export type WaitingCase = { at: number } & (
  { kind: "held"; held: StoredHeldMessage } | { kind: "reported" | "first"; offset: number }
);

/** The kinds of keys that are cases. */
const CASE_PREFIXES = [HELD_PREFIX, REPORT_PREFIX, FIRST_PREFIX] as const;

/**
 * Makes the function that returns the cases of a topic; `gather` makes them. They are kept until one of the topic changes: every console
 * asks for the cases of all topics every few seconds.
 */
function createKeptCases(control: Control, gather: (topic: string) => WaitingCase[]) {
  const kept = new Map<string, readonly WaitingCase[]>();
  control.onChange((key) => {
    const prefix = CASE_PREFIXES.find((one) => key.startsWith(one));
    if (prefix !== undefined) kept.delete(key.slice(prefix.length, key.indexOf(" ")));
  });
  return (topic: string): readonly WaitingCase[] => {
    const known = kept.get(topic);
    if (known) return known;
    const cases = gather(topic);
    // A topic without cases is not kept: there may be any number of them.
    if (cases.length > 0) kept.set(topic, cases);
    return cases;
  };
}

/** Makes the queues over the control topic; `now` is in milliseconds since 1970. */
export function createReviewQueue(control: Control, now: () => number) {
  const budgets = loadBudgets(control, now);
  const { withdrawMessages, ...heldMessages } = createHeldMessages(control, budgets, now);
  const { withdrawReports, closeReports, ...reports } = createReports(control, budgets, now);
  const { withdrawFirst, closeFirst, ...firstNotes } = createFirstNotes(control, now);

  const casesOf = createKeptCases(control, (topic) => {
    const reported = new Map<number, number>();
    for (const { offset, at } of reports.listReports(topic))
      reported.set(offset, Math.min(at, reported.get(offset) ?? at));
    return [
      ...heldMessages.storedIn(topic).map((held): WaitingCase => ({ kind: "held", at: held.at, held })),
      ...Array.from(reported, ([offset, at]): WaitingCase => ({ kind: "reported", at, offset })),
      ...firstNotes
        .listFirst(topic)
        .filter(({ offset }) => !reported.has(offset))
        .map(({ offset, at }): WaitingCase => ({ kind: "first", at, offset })),
    ];
  });

  return {
    ...heldMessages,
    ...reports,
    ...firstNotes,

    /**
     * The cases of a topic: held messages, and messages that are reported or their author's first, each once; a reported one dated as
     * its first report.
     */
    casesOf,

    /** The number of cases of a topic. */
    countCases: (topic: string): number => casesOf(topic).length,

    /** The topics that have cases. */
    topicsWithCases: (): Set<string> =>
      new Set(CASE_PREFIXES.flatMap((prefix) => [...control.topicsOf(prefix)])),

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
