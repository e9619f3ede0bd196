/**
 * Changes of the control topic as the log stores them: appended, read and rewritten.
 * An entry's body is the JSON of one change with its author and reason. Does not know which values are in force.
 */
import { createGiveWay } from "../give-way.ts";
import type { Amendment, Entry, MessageLog } from "./log.ts";

/** Reserved: a topic of users begins with a letter or digit. */
export const CONTROL_TOPIC = "$control";
/** Changes that are read or rewritten at a time. */
export const CHANGES_AT_ONCE = 500;

/** The author of a change, and the reason. */
export interface Cause {
  by: string;
  why?: string | undefined;
}

/** A change in the audit log. `value` is null when the change removed the key. */
export interface ControlEntry extends Cause {
  offset: number;
  /** When the change was made, in milliseconds since 1970. */
  at: number;
  key: string;
  value: unknown;
}

/** The body of an entry. `moved`: when the change was made, if a compaction has stored it again. */
interface StoredChange extends Cause {
  key: string;
  value: unknown;
  moved?: number;
}

/** A change with the fact whether a compaction has stored it again, which changes no value. */
export interface ReadChange {
  change: ControlEntry;
  isMoved: boolean;
}

const parseChange = (body: string): StoredChange => JSON.parse(body);

const encodeChange = (key: string, value: unknown, { by, why }: Cause, moved?: number): string =>
  JSON.stringify({
    key,
    value,
    by,
    ...(why === undefined ? {} : { why }),
    ...(moved === undefined ? {} : { moved }),
  });

/** Decodes an entry of the control topic. */
export function readChange({ offset, at, body }: Entry): ReadChange {
  const { moved, ...change } = parseChange(body);
  return { change: { offset, at: moved ?? at, ...change }, isMoved: moved !== undefined };
}

async function append(log: MessageLog, by: string, body: string, amends?: Amendment): Promise<Entry> {
  const entry = { topic: CONTROL_TOPIC, userId: by, id: crypto.randomUUID(), body };
  return (await log.append(amends ? { ...entry, amends } : entry)).entry;
}

/** Appends a change. Resolves to the stored change, after the tail has passed it on. */
export const appendChange = async (
  log: MessageLog,
  key: string,
  value: unknown,
  cause: Cause,
): Promise<ControlEntry> => readChange(await append(log, cause.by, encodeChange(key, value, cause))).change;

/**
 * Appends the removal of a key that is removed once only: false when it was removed before, by whichever node. The same author
 * must remove it.
 */
export async function appendRemoval(log: MessageLog, key: string, cause: Cause): Promise<boolean> {
  const body = encodeChange(key, null, cause);
  const entry = { topic: CONTROL_TOPIC, userId: cause.by, id: `removal ${key}`, body };
  return !(await log.append(entry)).repeated;
}

/** Appends a change, and rewrites the value of the earlier change at `offset` in the same transaction. */
export async function amendChange(
  log: MessageLog,
  key: string,
  value: unknown,
  cause: Cause,
  earlier: { offset: number; rewrite: (value: unknown) => unknown },
): Promise<void> {
  const rewrite = ({ body }: Entry): string => {
    const stored = parseChange(body);
    return JSON.stringify({ ...stored, value: earlier.rewrite(stored.value) });
  };
  await append(log, cause.by, encodeChange(key, value, cause), { offset: earlier.offset, rewrite });
}

/** The key of a stored entry's change. */
export const keyOf = ({ body }: Entry): string => parseChange(body).key;

/** Stores a change again as the newest entry, with the time at which it was made. */
export async function moveChange(log: MessageLog, { at, body }: Entry): Promise<void> {
  const { key, value, by, why, moved } = parseChange(body);
  await append(log, by, encodeChange(key, value, { by, why }, moved ?? at));
}

/** The newest `limit` changes below the offset `before`, newest first. */
export async function readNewest(log: MessageLog, limit: number, before: number): Promise<ControlEntry[]> {
  const page = await log.read(CONTROL_TOPIC, { before, limit });
  return page.map((entry) => readChange(entry).change).reverse();
}

/** Every retained change, oldest first. Gives way to the event loop between changes. */
export async function* eachChange(log: MessageLog): AsyncGenerator<ControlEntry> {
  const giveWay = createGiveWay();
  for (let after = 0; ;) {
    const page = await log.read(CONTROL_TOPIC, { after, limit: CHANGES_AT_ONCE });
    for (const entry of page) {
      yield readChange(entry).change;
      await giveWay();
    }
    after = page.at(-1)?.offset ?? after;
    if (page.length < CHANGES_AT_ONCE) return;
  }
}

/** Rewrites stored changes in place: `forms` has their new forms by offset. Resolves to the number of rewritten changes. */
export const rewriteChanges = (log: MessageLog, forms: ReadonlyMap<number, ControlEntry>): Promise<number> =>
  log.scrub(CONTROL_TOPIC, [...forms.keys()], ({ offset, body }) => {
    const form = forms.get(offset);
    return form && encodeChange(form.key, form.value, form, parseChange(body).moved);
  });
