/** Failures of devices in a row: when to send to one again, and when to give it up. In memory only. */
import { pauseAfter } from "../hooks/hook-runner.ts";
import type { PushOutcome } from "./push-request.ts";

/** Refusals, and days of failures, in a row after which a device is given up. */
const MAX_REFUSALS = 10;
const GIVE_UP_AFTER_MS = 3 * 86_400_000;

interface Failing {
  attempts: number;
  refusals: number;
  since: number;
  retryAt: number;
}

/** Creates the failures; `now` is in milliseconds since 1970. */
export function createFailures(now: () => number) {
  const failing = new Map<string, Failing>();

  return {
    forget: (id: string): void => void failing.delete(id),

    /** When to send to a device again, in milliseconds since 1970; 0 for one without failures. */
    retryAt: (id: string): number => failing.get(id)?.retryAt ?? 0,

    /** Notes a failure or a refusal; a message that was sent ends them. Returns whether the device is given up. */
    note(id: string, outcome: PushOutcome): boolean {
      if (outcome.kind !== "failed" && outcome.kind !== "refused") {
        failing.delete(id);
        return outcome.kind === "gone";
      }
      const before = failing.get(id) ?? { attempts: 0, refusals: 0, since: now(), retryAt: 0 };
      if (outcome.kind === "refused") {
        failing.set(id, { ...before, refusals: before.refusals + 1 });
        return before.refusals + 1 >= MAX_REFUSALS;
      }
      const attempts = before.attempts + 1;
      const retryAt = now() + pauseAfter(attempts, outcome.retryAfterMs, Math.random());
      failing.set(id, { ...before, attempts, retryAt });
      return now() - before.since >= GIVE_UP_AFTER_MS;
    },
  };
}
