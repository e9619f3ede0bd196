/**
 * Frees the file of a SQLite log from deleted texts, soon after every removal and in steps of a few milliseconds.
 *
 * A pass empties the write-ahead log, clears the unallocated space of all pages (sqlite-remains), and gives free pages back to
 * the disk. A row in the database says that a pass is due, so that a crash does not forget it. Never waits for other programs:
 * what a reader prevents is tried again later. Where clearing in place is refused, the next start rewrites the file instead.
 */
import type { Database } from "bun:sqlite";
import { SQLiteError } from "bun:sqlite";
import { statSync } from "node:fs";
import type { Logger } from "../logger.ts";
import type { Checkpoints } from "./sqlite-checkpoint.ts";
import { UnexpectedFormat } from "./sqlite-pages.ts";
import { openPageRemains, type PageRemains } from "./sqlite-remains.ts";

/** Removals are gathered for this long before the first pass. */
const GATHER_MS = 5000;
/** The shortest time between two passes: a pass reads the whole file. With both, texts are gone within half a minute. */
const PASS_EVERY_MS = 20_000;
/** How often a pass that is due looks whether removals have ended. */
const LOOK_AGAIN_MS = 500;
/** How long one step works, and how long it leaves the process to others after that. */
const STEP_MS = 6;
const REST_MS = 15;
/** When to retry a step that another program's read prevented. */
const RETRY_MS = 3000;
/** Free pages given back in one step. */
const PAGES_A_STEP = 48;
/** How long the end of the process waits for the last pass; what is left is done after the next start. */
const LAST_PASS_MS = 5000;
/** Larger files are not rewritten at a start: a rewrite delays the start. */
const MAX_REWRITE_BYTES = 1024 * 1024 * 1024;

const NOTE = "INSERT OR IGNORE INTO upkeep (due) VALUES (1)";
const IS_DUE = "SELECT due FROM upkeep";
const DONE = "DELETE FROM upkeep";
const SCHEMA = "CREATE TABLE IF NOT EXISTS upkeep (due INTEGER PRIMARY KEY) STRICT";

export interface UpkeepParts {
  db: Database;
  path: string;
  checkpoints: Pick<Checkpoints, "run">;
  /** How long a statement waits for another program's lock, in milliseconds; upkeep itself does not wait. */
  busyTimeoutMs: number;
  logger: Logger;
}

export type Upkeep = ReturnType<typeof createUpkeep>;

/** The single steps of a pass. None waits for other programs; each reports when one of them holds the database. */
function createSteps(db: Database, remains: PageRemains, busyTimeoutMs: number) {
  /** Runs a step without waiting for other programs. False when one of them holds the database. */
  function withoutWaiting(run: () => boolean): boolean {
    db.run("PRAGMA busy_timeout = 0");
    try {
      return run();
    } catch (error) {
      if (error instanceof SQLiteError && error.code?.startsWith("SQLITE_BUSY")) return false;
      throw error;
    } finally {
      db.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    }
  }

  /** Brings the write-ahead log into the file and empties it. False when another program's read prevents it. */
  const emptyWal = (): boolean =>
    withoutWaiting(() => {
      const { busy, log } = db.query("PRAGMA wal_checkpoint(TRUNCATE)").get() as {
        busy: number;
        log: number;
      };
      return busy === 0 && log === 0;
    });

  return {
    emptyWal,

    /** Clears pages from `first` on until a time. Returns the next page, 0 after the last, undefined when others prevent it. */
    clearPages(first: number, untilMs: number): number | undefined {
      let next: number | undefined = first;
      const isDone = withoutWaiting(() => {
        // Appends and other programs may have written since the last step.
        if (!emptyWal()) return false;
        do next = remains.clear(next ?? 1);
        while (next !== undefined && next > 0 && performance.now() < untilMs);
        return true;
      });
      return isDone ? next : undefined;
    },

    /** Gives some free pages back to the disk. True when there are more. */
    shrinkFile(): boolean {
      const { freelist_count: free } = db.query("PRAGMA freelist_count").get() as { freelist_count: number };
      if (free === 0) return false;
      return withoutWaiting(() => {
        db.query(`PRAGMA incremental_vacuum(${PAGES_A_STEP})`).all();
        return free > PAGES_A_STEP;
      });
    },
  };
}

/** Creates the upkeep of an open log. Rewrites the file first where a pass is due and clearing in place is refused. */
export function createUpkeep({ db, path, checkpoints, busyTimeoutMs, logger }: UpkeepParts) {
  db.run(SCHEMA);
  const remains = openPageRemains(db, path);
  const steps = createSteps(db, remains, busyTimeoutMs);
  const note = db.prepare(NOTE);
  const isDue = (): boolean => db.query(IS_DUE).get() !== null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let passedAt = Number.NEGATIVE_INFINITY;
  /** The first removal since the last pass began, and the newest one. */
  let notedAt = Number.NEGATIVE_INFINITY;
  let removedAt = Number.NEGATIVE_INFINITY;
  let stopped = false;
  // The write-ahead log may have a newer header of the file: it is emptied first.
  /** Why pages are not cleared in place until the next start; undefined when they are. */
  let refusal = steps.emptyWal() ? remains.refusal() : undefined;
  if (refusal !== undefined && isDue()) rewriteFile(refusal);
  /** Whether a removal is not cleared yet, and this process can clear it. */
  let isPending = refusal === undefined && isDue();

  /** Rewrites the whole file from its rows: what was deleted is not among them. */
  function rewriteFile(why: string): void {
    try {
      if (statSync(path).size > MAX_REWRITE_BYTES) {
        logger.warn({ why }, "deleted texts may remain in unused parts of the log's file: run VACUUM on it");
        return;
      }
      db.run("VACUUM");
      db.run(DONE);
      steps.emptyWal();
      logger.info({ why }, "the log's file was rewritten without its deleted messages");
    } catch (err) {
      logger.warn({ err, why }, "deleted texts remain in unused parts of the log's file until a next start");
    }
  }

  function refuse(why: string): void {
    refusal = why;
    isPending = false;
    logger.error(
      { why },
      "deleted texts cannot be cleared from unused parts of the log's file; it was left as it is",
    );
  }

  async function clearFile(): Promise<void> {
    let page = 1;
    while (page > 0 && !stopped) {
      // The thread does the bulk; little is left for the event loop.
      await checkpoints.run();
      if (stopped) return;
      const next = steps.clearPages(page, performance.now() + STEP_MS);
      page = next ?? page;
      if (page > 0) await Bun.sleep(next === undefined ? RETRY_MS : REST_MS);
    }
    if (stopped) return;
    await remains.syncSoon();
    if (stopped) return;
    // A removal during the pass may lie in pages that the pass had already cleared: then another pass is due.
    if (!isPending) db.run(DONE);
  }

  async function pass(): Promise<void> {
    isPending = false;
    if (refusal === undefined) await clearFile();
    while (!stopped && steps.shrinkFile()) {
      await Bun.sleep(REST_MS);
      await checkpoints.run();
    }
    if (!stopped) steps.emptyWal();
  }

  function schedule(): void {
    if (timer || stopped) return;
    const waitMs = Math.max(GATHER_MS, passedAt + PASS_EVERY_MS - performance.now());
    const begin = (): void => {
      // Each step of a pass empties the write-ahead log, and delays removals that are still under way.
      const now = performance.now();
      if (now - removedAt < GATHER_MS && now - notedAt < PASS_EVERY_MS) {
        timer = setTimeout(begin, LOOK_AGAIN_MS);
        return;
      }
      pass()
        .catch((err: unknown) => {
          if (stopped) return;
          if (err instanceof UnexpectedFormat) return refuse(err.message);
          isPending = true;
          logger.error({ err }, "clearing deleted texts from the log's file failed; retrying");
        })
        .finally(() => {
          passedAt = performance.now();
          timer = undefined;
          if (isPending) schedule();
        });
    };
    timer = setTimeout(begin, waitMs);
  }
  if (isPending) schedule();

  return {
    /** Notes, within a transaction or without, that something was removed whose bytes must not stay in the file. */
    noteRemoval(): void {
      // Written also while a pass runs: the end of that pass deletes the row.
      note.run();
      removedAt = performance.now();
      if (!isPending) notedAt = removedAt;
      isPending = true;
      schedule();
    },

    /** Does what is due, for a few seconds at most. Call it before the database is closed. */
    stop(): void {
      stopped = true;
      clearTimeout(timer);
      try {
        const canClear = refusal === undefined && isDue();
        if (canClear && steps.clearPages(1, performance.now() + LAST_PASS_MS) === 0) {
          remains.sync();
          db.run(DONE);
        }
        steps.emptyWal();
      } catch (err) {
        logger.warn({ err }, "deleted texts are cleared from the log's file after the next start");
      }
    },

    /** Closes the file. Call it after the database was closed. */
    close: remains.close,
  };
}
