/**
 * The feed: everything that happens on the server, in one order that survives a restart. It is recorded while somebody wants
 * it: an API key of scope `feed`, a webhook, or an operator who has opened it. Reads the feed; feed-writer writes it.
 */
import type { Cause, Control } from "../log/control.ts";
import type { MessageLog } from "../log/log.ts";
import type { Cursor, Gap } from "../model.ts";
import { pause } from "../pause.ts";
import { covers } from "../rights.ts";
import { findBeginning } from "../topics/recovery.ts";
import { type PlacedEvent, toEvent } from "./feed-events.ts";
import { FEED_TOPIC, type FeedKind, readReference } from "./feed-log.ts";

/** Entries that are read at a time: each costs a read of the entry that it points at. */
const PAGE = 100;
/** The key of the control topic that says that the feed has been opened. */
const OPENED = "feed:opened";

/** The part of the feed that a reader wants; all of it where a list is missing. */
export interface FeedFilter {
  /** Names and patterns of topics. */
  topics?: readonly string[] | undefined;
  /** Names and patterns of the topics that the reader may see. */
  within?: readonly string[] | undefined;
  kinds?: readonly FeedKind[] | undefined;
}

export interface FeedParts {
  log: MessageLog;
  control: Control;
  /** Whether a key or a webhook wants the feed. */
  isWanted: () => boolean;
}

export type Feed = ReturnType<typeof createFeed>;

const wants = ({ topics, within, kinds }: FeedFilter, topic: string, kind: string): boolean =>
  // An alert tells of a message again: it is for readers who ask for it by name.
  (kinds === undefined ? kind !== "alert" : kinds.some((wanted) => wanted === kind)) &&
  [topics, within].every((list) => list === undefined || list.some((pattern) => covers(pattern, topic)));

/** Creates the feed over the log. */
export function createFeed({ log, control, isWanted }: FeedParts) {
  const isWantedNow = (): boolean => control.get(OPENED) !== undefined || isWanted();
  let isActive = isWantedNow();
  control.onChange((key) => {
    if (/^(?:key|hook-out|feed):/.test(key)) isActive = isWantedNow();
  });
  const waiting = new Set<() => void>();
  const stopTail = log.tail((entries) => {
    if (entries.some(({ topic }) => topic === FEED_TOPIC)) for (const wake of [...waiting]) wake();
  });

  return {
    /** Whether the feed is recorded. */
    isActive: (): boolean => isActive,

    /** Records the feed from now on. */
    async open(cause: Cause): Promise<void> {
      if (control.get(OPENED) === undefined) await control.set(OPENED, true, cause);
    },

    /** The newest place in the feed; a reader who begins there receives what comes. */
    top: (): Promise<number> => log.state(FEED_TOPIC).then(({ top }) => top),

    /** The place at which a reader begins, and the range that is gone. */
    begin: (from: Cursor | number | undefined): Promise<{ cursor: Cursor; gap?: Gap }> =>
      findBeginning(log, FEED_TOPIC, from, 0),

    /**
     * The wanted events after a place, at most a page, and the place after the last entry that was looked at. The place stays
     * when there is nothing more.
     */
    async read(after: number, filter: FeedFilter): Promise<{ events: PlacedEvent[]; next: number }> {
      const entries = await log.read(FEED_TOPIC, { after, limit: PAGE });
      const wanted = entries.filter((entry) => {
        const { topic, kind } = readReference(entry);
        return wants(filter, topic, kind);
      });
      const events = await Promise.all(wanted.map((entry) => toEvent(log, entry)));
      return { events, next: entries.at(-1)?.offset ?? after };
    },

    /** Resolves when the feed has grown, after `ms`, or when `ended` is aborted. */
    wait: (ms: number, ended: AbortSignal): Promise<void> => pause(ms, ended, waiting),

    /** Stops following the log. */
    stop: stopTail,
  };
}
