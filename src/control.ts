/**
 * The control topic: settings, keys, moderation state as keyed entries of a reserved topic of the same log, folded into
 * memory at start and kept current by the tail. Ordered and durable like every message, with who, when and why: its
 * history is the audit log.
 */
import type { Entry, MessageLog } from "./log.ts";

/** No visitor can name it: a topic's name begins with a letter or digit. */
const CONTROL_TOPIC = "$control";
const PAGE = 500;

/** Who changed something, and why. */
export interface Cause {
  by: string;
  why?: string | undefined;
}

/** One change, as the audit log has it. `value` is null where a key was removed. */
export interface ControlEntry extends Cause {
  offset: number;
  at: number;
  key: string;
  value: unknown;
}

export type Control = Awaited<ReturnType<typeof loadControl>>;

function decode({ offset, at, body }: Entry): ControlEntry {
  return { offset, at, ...(JSON.parse(body) as Cause & { key: string; value: unknown }) };
}

/** Folds the control topic into memory and follows it. */
export async function loadControl(log: MessageLog) {
  const state = new Map<string, unknown>();
  /** Where the value of each key stands. */
  const offsets = new Map<string, number>();
  const listeners = new Set<(key: string, value: unknown) => void>();
  let folded = 0;

  function fold(entry: ControlEntry): void {
    if (entry.offset <= folded) return;
    folded = entry.offset;
    if (entry.value === null) {
      state.delete(entry.key);
      offsets.delete(entry.key);
    } else {
      state.set(entry.key, entry.value);
      offsets.set(entry.key, entry.offset);
    }
    for (const listener of listeners) listener(entry.key, entry.value);
  }

  // The tail first: what is appended while the past is read comes by it, and `folded` keeps the order.
  const early: ControlEntry[] = [];
  let ready = false;
  log.tail((entries) => {
    for (const entry of entries) {
      if (entry.topic !== CONTROL_TOPIC) continue;
      if (ready) fold(decode(entry));
      else early.push(decode(entry));
    }
  });
  for (;;) {
    const page = await log.read(CONTROL_TOPIC, { after: folded, limit: PAGE });
    for (const entry of page) fold(decode(entry));
    if (page.length < PAGE) break;
  }
  for (const entry of early) fold(entry);
  ready = true;

  return {
    /** The value of a key; undefined when it has none. */
    get: (key: string): unknown => state.get(key),

    /** Keys that begin with `prefix`, without it, and their values. */
    list(prefix: string): [string, unknown][] {
      return [...state]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length), value]);
    },

    /** Sets a key, or with null removes it. Resolves when it is stored and in force. */
    async set(key: string, value: unknown, { by, why }: Cause): Promise<ControlEntry> {
      const body = JSON.stringify({ key, value, by, ...(why === undefined ? {} : { why }) });
      const { entry } = await log.append({ topic: CONTROL_TOPIC, userId: by, id: crypto.randomUUID(), body });
      return decode(entry);
    },

    /**
     * Removes a key whose value had something in it that must not be kept, or gives it another value: it is rewritten in the
     * audit log, too. Resolves when both are stored.
     */
    async forget(
      key: string,
      rewrite: (value: unknown) => unknown,
      { by, why }: Cause,
      next: unknown = null,
    ): Promise<void> {
      const offset = offsets.get(key);
      if (offset === undefined) return;
      const body = JSON.stringify({ key, value: next, by, ...(why === undefined ? {} : { why }) });
      const blank = (entry: Entry): string => {
        const { value, ...rest } = JSON.parse(entry.body) as { value: unknown };
        return JSON.stringify({ ...rest, value: rewrite(value) });
      };
      const id = crypto.randomUUID();
      const amends = { offset, rewrite: blank };
      await log.append({ topic: CONTROL_TOPIC, userId: by, id, body, amends });
    },

    /** Calls `listener` with every change from now on. */
    onChange(listener: (key: string, value: unknown) => void): void {
      listeners.add(listener);
    },

    /** Changes, newest first, below `before`. */
    async history(limit: number, before?: number): Promise<ControlEntry[]> {
      const page = await log.read(CONTROL_TOPIC, { before: before ?? folded + 1, limit });
      return page.map(decode).reverse();
    },
  };
}
