/**
 * The fold of the control topic: its values in memory, kept current by the log's tail.
 * When the tail breaks off, another database may answer. Then the topic is read again, and listeners receive the differences.
 */
import { KabarError } from "../errors.ts";
import { CHANGES_AT_ONCE, CONTROL_TOPIC, type ReadChange, readChange } from "./control-changes.ts";
import { type ControlValues, createControlValues, differences } from "./control-values.ts";
import type { MessageLog } from "./log.ts";
import { pause } from "../pause.ts";

/** The longest wait for changes of other nodes: longer than a look of the tail takes that no hint has woken. */
const CATCH_UP_MS = 1000;
/** The pause after a failure to read the topic again. */
const RETRY_MS = 250;

/** Reads the whole topic. Resolves to its values and its newest offset. */
async function readValues(log: MessageLog): Promise<{ values: ControlValues; newest: number }> {
  const values = createControlValues();
  let newest = 0;
  for (;;) {
    const page = await log.read(CONTROL_TOPIC, { after: newest, limit: CHANGES_AT_ONCE });
    for (const { change } of page.map(readChange)) values.set(change.key, change.value, change.offset);
    newest = page.at(-1)?.offset ?? newest;
    if (page.length < CHANGES_AT_ONCE) return { values, newest };
  }
}

/** Reads the topic and follows it. Calls `notify` with each later change, once and in order; null is a removed key. */
export async function foldControl(log: MessageLog, notify: (key: string, value: unknown) => void) {
  let values = createControlValues();
  /** The newest folded offset. */
  let newest = 0;
  /** Changes that the tail passes on while the topic is read. */
  const early: ReadChange[] = [];
  let isRead = false;
  /** How often the tail broke off. */
  let breaks = 0;
  let rereading: Promise<void> | undefined;
  /** Those who wait for newer changes. */
  const wakers = new Set<() => void>();
  /** The look at the log that is under way, and the one after it: a look sees what was stored before it began. */
  let looking: Promise<void> | undefined;
  let lookingNext: Promise<void> | undefined;

  function fold({ change, isMoved }: ReadChange): void {
    if (change.offset <= newest) return;
    newest = change.offset;
    for (const wake of [...wakers]) wake();
    values.set(change.key, change.value, change.offset);
    if (!isMoved) notify(change.key, change.value);
  }

  async function load(): Promise<void> {
    const mine = breaks;
    const read = await readValues(log);
    if (mine !== breaks) return load();
    const before = values;
    ({ values, newest } = read);
    isRead = true;
    for (const [key, value] of differences(before, values)) notify(key, value);
    for (const change of early.splice(0)) fold(change);
  }

  /** Loads until that succeeds. The earlier values stay in force meanwhile. */
  async function loadAgain(): Promise<void> {
    // Another reading may be wanted after the load, before this function goes on.
    while (!isRead) {
      try {
        await load();
      } catch (error) {
        if (error instanceof KabarError && error.code === "shutting-down") break;
        await Bun.sleep(RETRY_MS);
      }
    }
    rereading = undefined;
  }

  // Listens before it reads: changes that are appended meanwhile are folded after the stored ones, and none twice.
  log.tail((entries) => {
    for (const entry of entries) {
      if (entry.topic !== CONTROL_TOPIC) continue;
      if (isRead) fold(readChange(entry));
      else early.push(readChange(entry));
    }
  });
  await load();
  log.onBreak((topics) => {
    if (!topics.includes(CONTROL_TOPIC)) return;
    breaks += 1;
    isRead = false;
    early.length = 0;
    rereading ??= loadAgain();
  });

  /** Waits until everything is folded that is stored now. */
  async function look(): Promise<void> {
    const until = performance.now() + CATCH_UP_MS;
    const { top } = await log.state(CONTROL_TOPIC);
    while (newest < top && performance.now() < until)
      await pause(until - performance.now(), undefined, wakers);
  }

  return {
    /**
     * Resolves when the changes are folded that were stored before the call, on other nodes too; at the latest after CATCH_UP_MS.
     * Rejects while the log cannot be read. At most one look at the log is under way, however many wait.
     */
    catchUp(): Promise<void> {
      if (looking) {
        lookingNext ??= looking
          .catch(() => {})
          .then(() => {
            lookingNext = undefined;
            return this.catchUp();
          });
        return lookingNext;
      }
      looking = look().finally(() => {
        looking = undefined;
      });
      return looking;
    },

    /** The values in force. Another object after the tail broke off: do not keep it. */
    values: (): ControlValues => values,

    /** Resolves when the topic has been read again; undefined when it is not being read. Await it before an append. */
    rereading: (): Promise<void> | undefined => rereading,

    /** Reads the topic again. Resolves when its present form is in force. */
    reread(): Promise<void> {
      // A reading that is under way begins again.
      breaks += 1;
      isRead = false;
      rereading ??= loadAgain();
      return rereading;
    },
  };
}
