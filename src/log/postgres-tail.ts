/**
 * Tail of a PostgreSQL log: hands entries of all nodes to listeners once, in offset order per topic.
 * NOTIFY is only a hint: the tail looks at intervals anyway, so that a lost notification costs a moment. A look asks for topics that
 * changed since the oldest transaction that ran at the look before (`pg_snapshot_xmin`). So a transaction that commits late is
 * found by the next look.
 */
import type { SQL } from "bun";
import type { Entry } from "./log.ts";
import type { Lane } from "./postgres-lane.ts";
import { changedSince, entriesAt, newEntries, type StoredEntry } from "./postgres-tables.ts";

/** How often the tail looks without a hint. */
const LOOK_EVERY_MS = 250;
/** Entries read with one statement. */
const PAGE = 1000;

interface KnownTopic {
  id: number;
  name: string;
  /** The newest offset that was handed out. */
  top: number;
}

export interface TailOptions {
  lane: Lane;
  /** Receives entries of one or more topics. */
  hand: (entries: readonly Entry[]) => void;
  /** Called with the error of a failed look, and with undefined when a look works again. */
  onHealth: (error: unknown) => void;
  now?: () => number;
}

export type Tail = Awaited<ReturnType<typeof startTail>>;

/** Starts a tail at the log's present end. Rejects when the database can't be read. */
export async function startTail({ lane, hand, onHealth, now = () => performance.now() }: TailOptions) {
  const byId = new Map<number, KnownTopic>();
  const byName = new Map<string, KnownTopic>();
  let seen = "0";
  let looking: Promise<void> | undefined;
  let again: Promise<void> | undefined;
  let lookedAt = now();
  let isStopped = false;

  function know(id: number, name: string, top: number): KnownTopic {
    const topic = { id, name, top };
    byId.set(id, topic);
    byName.set(name, topic);
    return topic;
  }
  const nameOf = (id: number): string => byId.get(id)?.name ?? "";

  /** Adds the present forms of the entries that these amend. */
  async function withAmended(sql: SQL, found: readonly StoredEntry[]): Promise<Map<StoredEntry, Entry[]>> {
    const places = found.flatMap(({ topicId, amends }) => amends.map((offset) => ({ topicId, offset })));
    const targets = new Map<string, Entry>();
    if (places.length > 0)
      for (const { topicId, entry } of await entriesAt(sql, places, nameOf))
        targets.set(`${topicId}/${entry.offset}`, entry);
    return new Map(
      found.map((each) => [
        each,
        each.amends.flatMap((offset) => targets.get(`${each.topicId}/${offset}`) ?? []),
      ]),
    );
  }

  /** Hands out what continues what was handed out; a part that is known already is left out. */
  function handOut(entries: readonly { topicId: number; entry: Entry }[]): void {
    const fresh: Entry[] = [];
    for (const { topicId, entry } of entries) {
      const topic = byId.get(topicId);
      if (!topic || entry.offset <= topic.top) continue;
      topic.top = entry.offset;
      fresh.push(entry);
    }
    if (fresh.length > 0) hand(fresh);
  }

  async function lookOnce(sql: SQL): Promise<void> {
    const { next, topics } = await changedSince(sql, seen);
    let behind = topics.filter(({ id, name, top }) => top > (byId.get(id) ?? know(id, name, 0)).top);
    while (behind.length > 0) {
      const wanted = behind.map(({ id }) => ({ id, after: byId.get(id)?.top ?? 0 }));
      const found = await newEntries(sql, wanted, PAGE, nameOf);
      const amended = await withAmended(sql, found);
      handOut(
        found.map((each) => {
          const targets = amended.get(each) ?? [];
          const entry = targets.length > 0 ? { ...each.entry, amended: targets } : each.entry;
          return { topicId: each.topicId, entry };
        }),
      );
      if (found.length < PAGE) break;
      behind = behind.filter(({ id, top }) => top > (byId.get(id)?.top ?? 0));
    }
    seen = next;
    lookedAt = now();
  }

  /** Resolves after a look that began after this call. */
  function look(): Promise<void> {
    if (isStopped) return Promise.resolve();
    if (looking) {
      again ??= looking.then(() => {
        again = undefined;
        return look();
      });
      return again;
    }
    looking = lane
      .inOrder(lookOnce)
      .then(
        () => onHealth(undefined),
        (error) => onHealth(error),
      )
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  await lane.inOrder(async (sql) => {
    const { next, topics } = await changedSince(sql, "0");
    seen = next;
    for (const { id, name, top } of topics) know(id, name, top);
  });
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);

  return {
    look,

    /** Hands out entries that this node has just stored, where they continue what is known. False where a look is needed first. */
    handOwn(entries: readonly Entry[], topics: readonly { id: number; name: string }[]): boolean {
      for (const { id, name } of topics) if (!byId.has(id)) know(id, name, 0);
      const next = new Map<string, number>();
      for (const { topic, offset } of entries) {
        const expected = next.get(topic) ?? (byName.get(topic)?.top ?? 0) + 1;
        if (offset !== expected) return false;
        next.set(topic, offset + 1);
      }
      handOut(entries.map((entry) => ({ topicId: byName.get(entry.topic)?.id ?? 0, entry })));
      return true;
    },

    /** Whether a topic has entries, as of the last look. */
    /** Forgets topics that were removed. */
    forget(names: readonly string[]): void {
      for (const name of names) {
        const topic = byName.get(name);
        if (topic) byId.delete(topic.id);
        byName.delete(name);
      }
    },
    hasTopic: (name: string): boolean => (byName.get(name)?.top ?? 0) > 0,
    countTopics: (): number => byName.size,
    /** Milliseconds since the last look that worked. */
    lagMs: (): number => now() - lookedAt,

    /** Resolves when no look is under way. */
    async stop(): Promise<void> {
      isStopped = true;
      clearInterval(timer);
      await looking;
    },
  };
}
