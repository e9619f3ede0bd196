/**
 * Compaction of the control topic: drops old changes from the audit log and keeps the values that are in force.
 * Works in short steps. A step stores the changes in force again at the end of the topic, then trims the range.
 */
import { CONTROL_TOPIC, keyOf, moveChange } from "./control-changes.ts";
import type { MessageLog } from "./log.ts";

/** Entries of one step: new changes wait for one step at most. */
const ENTRIES_A_STEP = 200;

/** Creates the compaction of a log's control topic. `isInForce` tells whether the change at an offset gave a key its value. */
export function createCompaction(log: MessageLog, isInForce: (key: string, offset: number) => boolean) {
  let step: Promise<unknown> | undefined;

  async function compactRange(first: number, last: number): Promise<void> {
    // Pending changes are applied before `isInForce` is asked.
    await log.flush();
    const page = await log.read(CONTROL_TOPIC, { after: first - 1, limit: last - first + 1 });
    const inForce = page.filter((entry) => isInForce(keyOf(entry), entry.offset));
    await Promise.all(inForce.map((entry) => moveChange(log, entry)));
    await log.trim(CONTROL_TOPIC, last);
  }

  return {
    /** The running step; undefined when none runs. Await it before a change is appended. */
    step: (): Promise<unknown> | undefined => step,

    /** Drops changes made before `beforeMs` (milliseconds since 1970) that are not in force. Resolves to the number of compacted entries. */
    async compact(beforeMs: number): Promise<number> {
      const last = await log.offsetBefore(CONTROL_TOPIC, beforeMs);
      const { first } = await log.state(CONTROL_TOPIC);
      for (let from = first; from <= last; from += ENTRIES_A_STEP) {
        const work = compactRange(from, Math.min(last, from + ENTRIES_A_STEP - 1));
        step = work.catch(() => undefined);
        try {
          await work;
        } finally {
          step = undefined;
        }
        // Changes that waited for this step are appended before the next one.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return Math.max(0, last - first + 1);
    },
  };
}
