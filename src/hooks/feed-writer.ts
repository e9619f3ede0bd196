/**
 * Writes the feed's topic: follows the tail of the log and appends a reference for everything that the feed tells of. One node
 * writes for all. What was stored while no node wrote, as before a crash, is added when one begins; nothing is added twice,
 * because the log refuses a second reference to the same entry.
 */
import { CONTROL_TOPIC } from "../log/control-changes.ts";
import type { Control } from "../log/control.ts";
import { createGiveWay } from "../give-way.ts";
import { eachTopic, type Entry, type MessageLog } from "../log/log.ts";
import { pause } from "../pause.ts";
import { appendReferences, FEED_TOPIC, type FeedReference, readReference, referencesTo } from "./feed-log.ts";

/** References that wait to be written; above this they are read from the log again. */
const MAX_WAITING = 20_000;
/** References that are appended together. */
const APPEND_AT_ONCE = 500;
/** Entries that are read at a time. */
const PAGE = 500;
/**
 * A writer is never further behind than this, the clocks of other nodes included: older entries without a reference were stored
 * before the feed began.
 */
const LAG_MS = 300_000;
/** The time between two removals of old entries. */
const TRIM_EVERY_MS = 600_000;
const DAY_MS = 86_400_000;
/** The longest wait for somebody who wants the feed; a change of the control topic ends it. */
const IDLE_MS = 60_000;
/** The key of the control topic with the time at which the feed began. */
const SINCE = "feed:since";

export interface FeedWriterParts {
  log: MessageLog;
  control: Control;
  /** Whether the feed is recorded. */
  isActive: () => boolean;
  /** Days that the feed is kept. */
  feedDays: number;
  /** The lowest place that a webhook has yet to send: later entries are kept. */
  neededFrom: () => number;
  /** The references that an entry has beside its own: alerts. */
  alertsOf: (entry: Entry) => FeedReference[];
  now?: () => number;
}

export type FeedWriter = ReturnType<typeof createFeedWriter>;

/**
 * The newest offset of each source among the last references, and the time before which everything has a reference: `sinceMs`,
 * when the feed began, or five minutes before the newest one.
 */
async function readEnd(
  log: MessageLog,
  sinceMs: number,
): Promise<{ floorMs: number; fed: Map<string, number> }> {
  const fed = new Map<string, number>();
  let floorMs = sinceMs;
  for (let before = Number.MAX_SAFE_INTEGER; ;) {
    const page = await log.read(FEED_TOPIC, { before, limit: PAGE });
    const references = page.map(readReference).reverse();
    if (before === Number.MAX_SAFE_INTEGER) floorMs = Math.max(floorMs, (references[0]?.at ?? 0) - LAG_MS);
    for (const { source, offset, at } of references) {
      if (at < floorMs) return { floorMs, fed };
      if (source !== undefined && offset !== undefined)
        fed.set(source, Math.max(offset, fed.get(source) ?? 0));
    }
    before = page[0]?.offset ?? 0;
    if (page.length < PAGE) return { floorMs, fed };
  }
}

/** Creates the writer. It writes while `write` is called. */
export function createFeedWriter({
  log,
  control,
  isActive,
  feedDays,
  neededFrom,
  alertsOf,
  now = Date.now,
}: FeedWriterParts) {
  let waiting: FeedReference[] = [];
  /** Whether entries may lack a reference. */
  let isBehind = true;
  let trimmedAt = Number.NEGATIVE_INFINITY;
  const waiters = new Set<() => void>();

  function wake(): void {
    for (const end of waiters) end();
  }

  function add(references: FeedReference[]): void {
    if (references.length === 0 || !isActive()) return;
    if (waiting.length + references.length > MAX_WAITING) {
      waiting = [];
      isBehind = true;
    } else waiting.push(...references);
    wake();
  }

  const allOf = (entry: Entry): FeedReference[] => [...referencesTo(entry), ...alertsOf(entry)];

  control.onChange(wake);
  const stopTail = log.tail((entries) => {
    if (isActive()) add(entries.flatMap(allOf));
  });
  const stopBreaks = log.onBreak(() => {
    isBehind = true;
  });

  /** The references to what is in the log and not in the feed. */
  async function* missing(sinceMs: number): AsyncGenerator<FeedReference[]> {
    const end = await readEnd(log, sinceMs);
    const giveWay = createGiveWay();
    async function* sources(): AsyncGenerator<string> {
      yield CONTROL_TOPIC;
      yield* eachTopic(log);
    }
    for await (const source of sources()) {
      let after = end.fed.get(source) ?? (await log.offsetBefore(source, end.floorMs));
      for (;;) {
        const page = await log.read(source, { after, limit: PAGE });
        if (page.length > 0) yield page.flatMap(allOf);
        after = page.at(-1)?.offset ?? after;
        await giveWay();
        if (page.length < PAGE) break;
      }
    }
  }

  async function catchUp(sinceMs: number): Promise<void> {
    isBehind = false;
    const early: FeedReference[] = [];
    try {
      for await (const references of missing(sinceMs)) early.push(...references);
    } catch (error) {
      isBehind = true;
      throw error;
    }
    // Stable: entries of one topic stay in their order.
    early.sort((a, b) => a.at - b.at);
    waiting = [...early, ...waiting];
  }

  /** Notes when the feed begins and ends. Resolves to the time of its begin; undefined while it is not recorded. */
  async function follow(): Promise<number | undefined> {
    const since = control.get(SINCE);
    if (isActive() === (since !== undefined)) return since as number | undefined;
    const next = isActive() ? now() : null;
    // Before: what was stored earlier is no part of the feed.
    if (next !== null) isBehind = false;
    await control.set(SINCE, next, { by: "feed" });
    return next ?? undefined;
  }

  async function trim(): Promise<void> {
    if (Math.abs(now() - trimmedAt) < TRIM_EVERY_MS) return;
    trimmedAt = now();
    const old = await log.offsetBefore(FEED_TOPIC, now() - feedDays * DAY_MS);
    const { first } = await log.state(FEED_TOPIC);
    const upTo = Math.min(old, neededFrom());
    if (upTo >= first) await log.trim(FEED_TOPIC, upTo);
  }

  return {
    /** Adds references that follow from no entry of the log. */
    add,

    /** Forgets what waits, because another node writes. */
    yield(): void {
      waiting = [];
      isBehind = true;
    },

    /** Resolves when all that waits is written, or after `ms`. */
    async settle(ms: number): Promise<void> {
      const until = performance.now() + ms;
      while (waiting.length > 0 && performance.now() < until) await Bun.sleep(5);
    },

    /** Ends a wait, so that it looks again. */
    wake,

    /**
     * Resolves once the feed is recorded, or the end of its recording is not noted yet; when a look finds `isNeededElse` true; or
     * when `stopped` is aborted.
     */
    async needed(stopped: AbortSignal, isNeededElse: () => boolean): Promise<void> {
      while (!stopped.aborted && !isActive() && !isNeededElse() && control.get(SINCE) === undefined)
        await pause(IDLE_MS, stopped, waiters);
    },

    /** Writes for `ms`. Rejects when the log is away: what was not written is written by the next call. */
    async write(ms: number, stopped: AbortSignal): Promise<void> {
      const until = performance.now() + ms;
      while (performance.now() < until && !stopped.aborted) {
        const since = await follow();
        if (since === undefined) waiting = [];
        else if (isBehind) await catchUp(since);
        while (waiting.length > 0) {
          const next = waiting.slice(0, APPEND_AT_ONCE);
          await appendReferences(log, next);
          waiting = waiting.slice(next.length);
        }
        if (since !== undefined) await trim();
        if (stopped.aborted || waiting.length > 0) continue;
        await pause(until - performance.now(), stopped, waiters);
      }
    },

    /** Ends a running `write` soon. */
    stop(): void {
      stopTail();
      stopBreaks();
      wake();
    },
  };
}
