/**
 * The control topic: settings, keys and moderation as keyed entries of a reserved topic.
 * Folded into memory at the start and kept current by the tail. Ordered and durable like every message, with author, time and
 * reason: its history is the audit log.
 */
import {
  amendChange,
  appendChange,
  appendRemoval,
  type Cause,
  CHANGES_AT_ONCE,
  CONTROL_TOPIC,
  type ControlEntry,
  eachChange,
  readNewest,
  rewriteChanges,
} from "./control-changes.ts";
import { createCompaction } from "./control-compaction.ts";
import { foldControl } from "./control-fold.ts";
import type { MessageLog } from "./log.ts";

export type { Cause, ControlEntry };
export type Control = Awaited<ReturnType<typeof loadControl>>;

/** Folds the control topic into memory and follows it. */
export async function loadControl(log: MessageLog) {
  const listeners = new Set<(key: string, value: unknown) => void>();
  function notify(key: string, value: unknown): void {
    for (const listener of listeners) listener(key, value);
  }
  const fold = await foldControl(log, notify);
  const find = (key: string) => fold.values().get(key);
  const compaction = createCompaction(log, (key, offset) => find(key)?.offset === offset);

  /** Resolves when a change may be appended. */
  const untilFree = async (): Promise<void> => {
    await (fold.rereading() ?? compaction.step());
  };

  /** Applies the new form of a change, if the change is in force. */
  function replaceInForce(before: ControlEntry, after: ControlEntry): void {
    if (find(before.key)?.offset !== before.offset) return;
    fold.values().remove(before.key);
    fold.values().set(after.key, after.value, after.offset);
    if (JSON.stringify(before.value) !== JSON.stringify(after.value)) notify(after.key, after.value);
  }

  return {
    /** The value of a key; undefined when it has none. */
    get: (key: string): unknown => find(key)?.value,

    /**
     * The value of a kind's key that ends with `rest`. For what each message asks: costs next to nothing while the kind has no
     * keys.
     */
    getOf: (kind: string, rest: string): unknown =>
      fold.values().has(kind) ? find(kind + rest)?.value : undefined,

    /** Whether a kind has keys of a topic. */
    has: (kind: string, topic: string): boolean => fold.values().has(kind, topic),

    /** The keys that begin with `prefix` (a kind, or a kind and a topic), without the prefix, and their values. */
    list: (prefix: string): [string, unknown][] =>
      Array.from(fold.values().keys(prefix), (key) => [key.slice(prefix.length), find(key)?.value]),

    /** Topics that have a key of a kind, for example `held:`. There may be very many: give way between them. */
    *topicsOf(kind: string): Generator<string> {
      for (const group of fold.values().groups(kind)) yield group.slice(kind.length).trimEnd();
    },

    /** Sets a key, or removes it with the value null. Resolves when the change is stored and in force. */
    async set(key: string, value: unknown, cause: Cause): Promise<ControlEntry> {
      await untilFree();
      const entry = await appendChange(log, key, value, cause);
      await fold.rereading();
      return entry;
    },

    /**
     * Removes a key that is never set again. Of several removals by one author, on several nodes too, exactly one resolves to
     * true.
     */
    async removeOnce(key: string, cause: Cause): Promise<boolean> {
      await untilFree();
      const isFirst = await appendRemoval(log, key, cause);
      await fold.rereading();
      return isFirst;
    },

    /**
     * Removes a key, or sets it to `next`, and rewrites its present value in the audit log, because that value contains
     * something that must not be kept. Resolves when both are stored. Does nothing when the key has no value.
     */
    async forget(
      key: string,
      rewrite: (value: unknown) => unknown,
      cause: Cause,
      next: unknown = null,
    ): Promise<void> {
      await untilFree();
      const offset = find(key)?.offset;
      if (offset !== undefined) await amendChange(log, key, next, cause, { offset, rewrite });
    },

    /** Calls `listener` with every change from now on. */
    onChange(listener: (key: string, value: unknown) => void): void {
      listeners.add(listener);
    },

    /** The newest `limit` changes below the offset `before`, newest first. */
    history: (limit: number, before: number = Number.MAX_SAFE_INTEGER): Promise<ControlEntry[]> =>
      readNewest(log, limit, before),

    /** Every retained change, oldest first. Gives way to the event loop between changes. */
    each: (): AsyncGenerator<ControlEntry> => eachChange(log),

    /**
     * Rewrites changes in place, in the audit log and in force: `rewrite` resolves to the new form of a change, or to
     * undefined to keep it. Resolves to the number of rewritten changes.
     */
    async scrub(rewrite: (entry: ControlEntry) => Promise<ControlEntry | undefined>): Promise<number> {
      let scrubbed = 0;
      let pending: { before: ControlEntry; after: ControlEntry }[] = [];
      const store = async () => {
        const stored = pending;
        pending = [];
        scrubbed += await rewriteChanges(
          log,
          new Map(stored.map(({ before, after }) => [before.offset, after])),
        );
        for (const { before, after } of stored) replaceInForce(before, after);
      };
      for await (const before of eachChange(log)) {
        const after = await rewrite(before);
        if (after) pending.push({ before, after });
        if (pending.length >= CHANGES_AT_ONCE) await store();
      }
      await store();
      return scrubbed;
    },

    /** Resolves when changes are in force that other nodes stored before the call; soon where they do not arrive, or the log is away. */
    catchUp: (): Promise<void> => fold.catchUp().catch(() => {}),

    /** Reads the topic again, because another node has rewritten changes in place. Resolves when their new forms are in force. */
    refresh: fold.reread,

    /** Makes `owner` the author of the entries of a user. Their bodies stay. Resolves to the number of entries. */
    disown: (userId: string, owner: string): Promise<number> =>
      log.disown(CONTROL_TOPIC, userId, owner, ({ body }) => body),

    /** Drops changes older than `beforeMs` (milliseconds since 1970) from the audit log. Keeps the values in force. Resolves to the number of compacted entries. */
    compact: compaction.compact,
  };
}
