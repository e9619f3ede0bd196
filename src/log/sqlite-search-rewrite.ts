/**
 * Rewrites of the index of texts, after a removal of many messages. Erasing each word of each in place costs far more than marking
 * it as removed, which FTS5 does by adding to the index, and rewriting the index once, which leaves out what is marked.
 *
 * A row says that a rewrite is due, so that a crash does not forget it. Each step merges some pages, in the caller's transaction.
 */
import type { Database } from "bun:sqlite";

/**
 * A removal of so many messages, and of such a share of the log, is worth a rewrite: erasing one in place costs as much as
 * rewriting some 500.
 */
const MIN_MESSAGES = 500;
const MIN_SHARE = 1 / 500;
/** How long the size of the log is remembered. */
const SIZE_MS = 60_000;
/** Pages of a step: a few milliseconds. */
const STEP_PAGES = 64;
/** A rewrite begins this long after the last text was marked: beginning anew loses what was done. */
const SETTLE_MS = 500;

const SCHEMA = "CREATE TABLE IF NOT EXISTS search_rewrite (due INTEGER PRIMARY KEY) STRICT";
const NOTE = "INSERT OR IGNORE INTO search_rewrite (due) VALUES (1)";
const DONE = "DELETE FROM search_rewrite";
const IS_DUE = "SELECT due FROM search_rewrite";
const SIZE = "SELECT sum(top - first + 1) AS size FROM topic";
/** A segment of an index begins with a row here, which goes with it. */
const SEGMENT_AFTER = "SELECT min(segid) AS segment FROM search_text_idx WHERE segid > ?";
const ERASE = "INSERT INTO search_text (search_text, rank) VALUES ('secure-delete', ?)";
const FLUSH = "INSERT INTO search_text (search_text) VALUES ('flush')";
const MERGE = "INSERT INTO search_text (search_text, rank) VALUES ('merge', ?)";

export type SearchRewrite = ReturnType<typeof createSearchRewrite>;

/** Creates the rewrites of an open log, whose index is there. */
export function createSearchRewrite(db: Database) {
  db.run(SCHEMA);
  const note = db.prepare(NOTE);
  const isNoted = db.prepare(IS_DUE);
  const done = db.prepare(DONE);
  const sizeOf = db.prepare<{ size: number | null }, []>(SIZE);
  const segmentAfter = db.prepare<{ segment: number | null }, [number]>(SEGMENT_AFTER);
  const erase = db.prepare(ERASE);
  const flush = db.prepare(FLUSH);
  const merge = db.prepare(MERGE);
  const totalChanges = db.prepare<{ count: number }, []>("SELECT total_changes() AS count");
  let isDue = isNoted.get() !== null;
  let markedAt = Number.NEGATIVE_INFINITY;
  /** The segments that are being rewritten; undefined until a rewrite begins. */
  let old: number[] | undefined;
  const size = { messages: 0, until: 0 };

  function segments(): number[] {
    const found: number[] = [];
    for (let at = 0; ;) {
      const { segment } = segmentAfter.get(at) ?? {};
      if (typeof segment !== "number") return found;
      found.push(segment);
      at = segment;
    }
  }

  function sizeOfLog(): number {
    if (performance.now() > size.until) {
      size.messages = sizeOf.get()?.size ?? 0;
      size.until = performance.now() + SIZE_MS;
    }
    return size.messages;
  }

  /** Merges some pages. Returns whether the old segments are gone: that happens to all at once, when they are merged. */
  function rewrite(): boolean {
    const before = old ?? segments();
    if (before.length <= 1) return true;
    const changes = totalChanges.get()?.count ?? 0;
    // A negative number begins a merge of all segments, a positive one goes on.
    merge.run(old ? STEP_PAGES : -STEP_PAGES);
    // sqlite.org/fts5.html section 6.8: a merge without work changes fewer than two rows. The one that began was undone.
    const hasWork = (totalChanges.get()?.count ?? 0) - changes >= 2;
    old = hasWork ? before : undefined;
    const present = new Set(segments());
    return !before.every((each) => present.has(each));
  }

  return {
    isDue: () => isDue,

    /** Whether a removal of so many messages is worth a rewrite. */
    isWorth: (messages: number): boolean => messages >= MIN_MESSAGES && messages >= sizeOfLog() * MIN_SHARE,

    /** Runs a removal that marks texts as removed. */
    marking(remove: () => void): void {
      note.run();
      isDue = true;
      old = undefined;
      erase.run(0);
      remove();
      // Else they would be erased in place, at the end of the transaction.
      flush.run();
      erase.run(1);
      markedAt = performance.now();
    },

    /** Rewrites some pages, if a rewrite is due. */
    step(): void {
      if (!isDue || performance.now() - markedAt < SETTLE_MS || !rewrite()) return;
      done.run();
      isDue = false;
      old = undefined;
    },
  };
}
