/**
 * The control topic: settings, keys and moderation as keyed entries of a reserved topic.
 * Folded into memory at the start and kept current by the tail. Ordered and durable like every message, with author, time and
 * reason: its history is the audit log.
 */
import { createGiveWay } from "../give-way.ts";
import { KabarError } from "../errors.ts";
import type { Entry, MessageLog } from "./log.ts";

/** No visitor can name it: a topic's name begins with a letter or digit. */
const CONTROL_TOPIC = "$control";
const PAGE = 500;
/** After a failure to read the topic anew, when the next try follows. */
const READ_AGAIN_MS = 250;
/** Entries that one step of a compaction moves or drops; changes wait for one step at most. */
const COMPACT_AT_ONCE = 200;

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

/** What the log has of a change. `moved`: when it was made, where a compaction stored it again. */
interface StoredChange extends Cause {
  key: string;
  value: unknown;
  moved?: number;
}

export type Control = Awaited<ReturnType<typeof loadControl>>;

function decode({ offset, at, body }: Entry): ControlEntry & { isMoved: boolean } {
  const { moved, ...change } = JSON.parse(body) as StoredChange;
  return { offset, at: moved ?? at, ...change, isMoved: moved !== undefined };
}

/** Keys by what they begin with: `kind:`, or `kind:topic ` where they are of a topic. */
const groupOf = (key: string): string => {
  const space = key.indexOf(" ");
  return key.slice(0, (space < 0 ? key.indexOf(":") : space) + 1);
};
const kindOf = (key: string): string => key.slice(0, key.indexOf(":") + 1);

/** The present values by key; those of one topic are found without looking at the others. */
function createState() {
  const values = new Map<string, { value: unknown; offset: number }>();
  const groups = new Map<string, Set<string>>();
  const kinds = new Map<string, Set<string>>();

  function add<T>(sets: Map<string, Set<T>>, name: string, item: T): void {
    const set = sets.get(name);
    if (set) set.add(item);
    else sets.set(name, new Set([item]));
  }

  return {
    get: (key: string) => values.get(key),

    set(key: string, value: unknown, offset: number): void {
      values.set(key, { value, offset });
      add(groups, groupOf(key), key);
      add(kinds, kindOf(key), groupOf(key));
    },

    delete(key: string): void {
      if (!values.delete(key)) return;
      const group = groups.get(groupOf(key));
      group?.delete(key);
      if (group?.size !== 0) return;
      groups.delete(groupOf(key));
      const kind = kinds.get(kindOf(key));
      kind?.delete(groupOf(key));
      if (kind?.size === 0) kinds.delete(kindOf(key));
    },

    groups: (kind: string): Iterable<string> => kinds.get(kind) ?? [],

    allKeys: (): Iterable<string> => values.keys(),

    /** Keys that begin with `prefix`, which has the kind and may go on with a topic and a space. */
    *keys(prefix: string): Generator<string> {
      const wanted = prefix.includes(" ") ? [groupOf(prefix)] : (kinds.get(kindOf(prefix)) ?? []);
      for (const group of wanted)
        for (const key of groups.get(group) ?? []) if (key.startsWith(prefix)) yield key;
    },
  };
}

/** Folds the control topic into memory and follows it. */
export async function loadControl(log: MessageLog) {
  let state = createState();
  const listeners = new Set<(key: string, value: unknown) => void>();
  let folded = 0;
  /** A step of a compaction, while it goes on: changes wait for it. */
  let compacting: Promise<unknown> | undefined;

  function fold({ offset, key, value, isMoved }: ReturnType<typeof decode>): void {
    if (offset <= folded) return;
    folded = offset;
    if (value === null) state.delete(key);
    else state.set(key, value, offset);
    if (!isMoved) for (const listener of listeners) listener(key, value);
  }

  /** Reads the whole topic. Resolves to its state and its newest offset. */
  async function readAll() {
    const read = createState();
    let after = 0;
    for (;;) {
      const page = await log.read(CONTROL_TOPIC, { after, limit: PAGE });
      for (const { offset, key, value } of page.map(decode)) {
        if (value === null) read.delete(key);
        else read.set(key, value, offset);
        after = offset;
      }
      if (page.length < PAGE) return { read, newest: after };
    }
  }

  // The tail first: what is appended while the past is read comes by it, and `folded` keeps the order.
  const early: ReturnType<typeof decode>[] = [];
  let ready = false;
  /** How often the log's tail broke off: another database may answer, with other changes. */
  let breaks = 0;

  /** Reads the topic, puts its changes in force, and tells listeners which values differ from those before. */
  async function load(): Promise<void> {
    const mine = breaks;
    const { read, newest } = await readAll();
    if (mine !== breaks) return load();
    const before = state;
    state = read;
    folded = newest;
    ready = true;
    for (const key of new Set([...before.allKeys(), ...read.allKeys()])) {
      const value = read.get(key)?.value ?? null;
      if (JSON.stringify(value) === JSON.stringify(before.get(key)?.value ?? null)) continue;
      for (const listener of listeners) listener(key, value);
    }
    for (const entry of early.splice(0)) fold(entry);
  }

  log.tail((entries) => {
    for (const entry of entries) {
      if (entry.topic !== CONTROL_TOPIC) continue;
      if (ready) fold(decode(entry));
      else early.push(decode(entry));
    }
  });
  await load();

  /** The topic is read anew, while that goes on: changes wait for it. */
  let reading: Promise<void> | undefined;
  /** Loads until that succeeds; the values before stay in force meanwhile. */
  async function loadAgain(): Promise<void> {
    for (;;) {
      try {
        await load();
        break;
      } catch (error) {
        if (error instanceof KabarError && error.code === "shutting-down") break;
        await Bun.sleep(READ_AGAIN_MS);
      }
    }
    reading = undefined;
  }
  log.onBreak((topics) => {
    if (!topics.includes(CONTROL_TOPIC)) return;
    breaks += 1;
    ready = false;
    early.length = 0;
    reading ??= loadAgain();
  });

  const shown = ({ isMoved: _, ...entry }: ReturnType<typeof decode>): ControlEntry => entry;
  const encode = (key: string, value: unknown, { by, why }: Cause): string =>
    JSON.stringify({ key, value, by, ...(why === undefined ? {} : { why }) });

  /** One step of a compaction: stores the values that are in force anew, and drops everything up to `upTo`. */
  async function dropUpTo(first: number, upTo: number): Promise<void> {
    await log.flush(); // what is under way is folded before its place is looked at
    const page = await log.read(CONTROL_TOPIC, { after: first - 1, limit: upTo - first + 1 });
    const inForce = page
      .map((entry) => ({ entry, change: JSON.parse(entry.body) as StoredChange }))
      .filter(({ entry, change }) => state.get(change.key)?.offset === entry.offset);
    await Promise.all(
      inForce.map(({ entry, change }) => {
        const body = JSON.stringify({ ...change, moved: change.moved ?? entry.at });
        return log.append({ topic: CONTROL_TOPIC, userId: change.by, id: crypto.randomUUID(), body });
      }),
    );
    await log.trim(CONTROL_TOPIC, upTo);
  }

  return {
    /** The value of a key; undefined when it has none. */
    get: (key: string): unknown => state.get(key)?.value,

    /** Keys that begin with `prefix` (a kind, or a kind and a topic), without it, and their values. */
    list: (prefix: string): [string, unknown][] =>
      Array.from(state.keys(prefix), (key) => [key.slice(prefix.length), state.get(key)?.value]),

    /** Topics that have a key of a kind, for example `held:`. */
    topicsOf: (kind: string): string[] =>
      Array.from(state.groups(kind), (group) => group.slice(kind.length).trimEnd()),

    /** Sets a key, or with null removes it. Resolves when it is stored and in force. */
    async set(key: string, value: unknown, cause: Cause): Promise<ControlEntry> {
      await (reading ?? compacting);
      const body = encode(key, value, cause);
      const id = crypto.randomUUID();
      const { entry } = await log.append({ topic: CONTROL_TOPIC, userId: cause.by, id, body });
      return shown(decode(entry));
    },

    /**
     * Removes a key whose value had something in it that must not be kept, or gives it another value: it is rewritten in the
     * audit log, too. Resolves when both are stored.
     */
    async forget(
      key: string,
      rewrite: (value: unknown) => unknown,
      cause: Cause,
      next: unknown = null,
    ): Promise<void> {
      await (reading ?? compacting);
      const offset = state.get(key)?.offset;
      if (offset === undefined) return;
      const blank = (entry: Entry): string => {
        const { value, ...rest } = JSON.parse(entry.body) as StoredChange;
        return JSON.stringify({ ...rest, value: rewrite(value) });
      };
      await log.append({
        topic: CONTROL_TOPIC,
        userId: cause.by,
        id: crypto.randomUUID(),
        body: encode(key, next, cause),
        amends: { offset, rewrite: blank },
      });
    },

    /** Calls `listener` with every change from now on. */
    onChange(listener: (key: string, value: unknown) => void): void {
      listeners.add(listener);
    },

    /** Changes, newest first, below `before`. */
    async history(limit: number, before?: number): Promise<ControlEntry[]> {
      const page = await log.read(CONTROL_TOPIC, { before: before ?? folded + 1, limit });
      return page.map((entry) => shown(decode(entry))).reverse();
    },

    /** Every change that is kept, oldest first; others have their turn meanwhile. */
    async *each(): AsyncGenerator<ControlEntry> {
      const giveWay = createGiveWay();
      for (let after = 0; ;) {
        const page = await log.read(CONTROL_TOPIC, { after, limit: PAGE });
        for (const entry of page) {
          yield shown(decode(entry));
          await giveWay();
        }
        after = page.at(-1)?.offset ?? after;
        if (page.length < PAGE) return;
      }
    },

    /**
     * Rewrites changes where they stand, in the audit log and in force: `rewrite` resolves to the new form of one, or to
     * undefined to leave it. Resolves to how many were rewritten.
     */
    async scrub(rewrite: (entry: ControlEntry) => Promise<ControlEntry | undefined>): Promise<number> {
      let scrubbed = 0;
      let bodies = new Map<number, { before: ControlEntry; after: ControlEntry }>();
      const store = async () => {
        const forms = bodies;
        bodies = new Map();
        scrubbed += await log.scrub(CONTROL_TOPIC, [...forms.keys()], (entry) => {
          const form = forms.get(entry.offset)?.after;
          if (!form) return undefined;
          const { moved } = JSON.parse(entry.body) as StoredChange;
          return JSON.stringify({
            ...(JSON.parse(encode(form.key, form.value, form)) as StoredChange),
            ...(moved === undefined ? {} : { moved }),
          });
        });
        for (const { before, after } of forms.values()) {
          if (state.get(before.key)?.offset !== before.offset) continue;
          state.delete(before.key);
          if (after.value !== null) state.set(after.key, after.value, after.offset);
          if (JSON.stringify(before.value) === JSON.stringify(after.value)) continue;
          for (const listener of listeners) listener(after.key, after.value);
        }
      };
      for await (const before of this.each()) {
        const after = await rewrite(before);
        if (after) bodies.set(before.offset, { before, after });
        if (bodies.size >= PAGE) await store();
      }
      await store();
      return scrubbed;
    },

    /** Gives the changes that a user made another author, where the log itself keeps one. */
    disown: (userId: string, owner: string): Promise<number> =>
      log.disown(CONTROL_TOPIC, userId, owner, ({ body }) => body),

    /** Drops changes older than `beforeMs` from the audit log; what is in force stays so. Resolves to how many. */
    async compact(beforeMs: number): Promise<number> {
      const last = await log.offsetBefore(CONTROL_TOPIC, beforeMs);
      const { first } = await log.state(CONTROL_TOPIC);
      for (let from = first; from <= last; from += COMPACT_AT_ONCE) {
        const step = dropUpTo(from, Math.min(last, from + COMPACT_AT_ONCE - 1));
        compacting = step.catch(() => undefined);
        try {
          await step;
        } finally {
          compacting = undefined;
        }
        // Changes that waited are stored before the next step looks.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return Math.max(0, last - first + 1);
    },
  };
}
