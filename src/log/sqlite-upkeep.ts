/**
 * Frees the file of a SQLite log from deleted texts, soon after every removal and in steps of a few milliseconds.
 *
 * A pass empties the write-ahead log, clears the unallocated space of all pages (sqlite-remains), and gives free pages back to
 * the disk. A row in the database marks that a pass is due, so that a crash does not forget it. Never waits for other programs:
 * a step that a reader prevents is retried. If clearing in place is refused, the next start rewrites the file instead.
 */
import type { Database } from "bun:sqlite";
import { SQLiteError } from "bun:sqlite";
import { statSync } from "node:fs";
import type { Logger } from "../logger.ts";
import type { Checkpoints } from "./sqlite-checkpoint.ts";
import { UnexpectedFormat } from "./sqlite-pages.ts";
import { openPageRemains, type PageRemains } from "./sqlite-remains.ts";

/** The first pass begins this long after a removal, so that one pass serves several removals. */
const GATHER_MS = 5000;
/** The shortest time between two passes: a pass reads the whole file. With both, texts are gone within half a minute. */
const PASS_EVERY_MS = 20_000;
/** A pass that waits for the end of removals checks this often. */
const LOOK_AGAIN_MS = 500;
/** The length of one step, and of the pause after it, in which the event loop serves others. */
const STEP_MS = 6;
const REST_MS = 15;
/** The pause before a step that another program's read prevented is retried. */
const RETRY_MS = 3000;
/** Free pages given back in one step. */
const PAGES_A_STEP = 48;
/** The longest time that shutdown spends on the last pass; the next start continues it. */
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

    /** Clears pages from `first` on until `untilMs`. Returns the next page, 0 after the last, undefined when other programs prevent it. */
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

    /** Gives some free pages back to the disk. True when more are left. */
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

type Steps = ReturnType<typeof createSteps>;

/** Rewrites the whole file from its rows, without the deleted ones. Logs why, and what failed; never throws. */
function rewriteFile({ db, path, logger }: UpkeepParts, steps: Steps, why: string): void {
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

/**
 * Decides when a pass runs: a few seconds after a removal, not while further removals follow, and not right after another
 * pass. `pass` never rejects; it resolves to whether another pass is due.
 */
function createPassTimer(pass: () => Promise<boolean>) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;
  let passedAt = Number.NEGATIVE_INFINITY;
  /** The first removal since the last pass began, and the newest one. */
  let firstAt = Number.NEGATIVE_INFINITY;
  let newestAt = Number.NEGATIVE_INFINITY;

  function schedule(): void {
    if (timer || isStopped) return;
    timer = setTimeout(begin, Math.max(GATHER_MS, passedAt + PASS_EVERY_MS - performance.now()));
  }

  function begin(): void {
    // Each step of a pass empties the write-ahead log, and delays removals that are still under way.
    const now = performance.now();
    if (now - newestAt < GATHER_MS && now - firstAt < PASS_EVERY_MS) {
      timer = setTimeout(begin, LOOK_AGAIN_MS);
      return;
    }
    void pass().then((isDue) => {
      passedAt = performance.now();
      timer = undefined;
      if (isDue) schedule();
    });
  }

  return {
    schedule,

    /** Schedules a pass for a removal. `isFirst`: no other removal waits for a pass. */
    noteRemoval(isFirst: boolean): void {
      newestAt = performance.now();
      if (isFirst) firstAt = newestAt;
      schedule();
    },

    /** Begins no further pass. */
    stop(): void {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Creates the upkeep of an open log. Rewrites the file first where a pass is due and clearing in place is refused. */
export function createUpkeep(parts: UpkeepParts) {
  const { db, path, checkpoints, busyTimeoutMs, logger } = parts;
  db.run(SCHEMA);
  const remains = openPageRemains(db, path);
  const steps = createSteps(db, remains, busyTimeoutMs);
  const note = db.prepare(NOTE);
  const isDue = (): boolean => db.query(IS_DUE).get() !== null;
  let stopped = false;
  /**
   * Why pages are not cleared in place until the next start; undefined when they are. Checked with an empty write-ahead log,
   * which may have a newer header of the file.
   */
  let refusal = steps.emptyWal() ? remains.refusal() : undefined;
  if (refusal !== undefined && isDue()) rewriteFile(parts, steps, refusal);
  /** Whether a removal is not cleared yet, and this process can clear it. */
  let isPending = refusal === undefined && isDue();

  async function clearFile(): Promise<void> {
    let page = 1;
    while (page > 0 && !stopped) {
      // The thread does most of the work; little is left for the event loop.
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

  function noteFailure(err: unknown): void {
    if (stopped) return;
    if (err instanceof UnexpectedFormat) {
      refusal = err.message;
      isPending = false;
      logger.error(
        { why: refusal },
        "deleted texts cannot be cleared from unused parts of the log's file; it was left as it is",
      );
      return;
    }
    isPending = true;
    logger.error({ err }, "clearing deleted texts from the log's file failed; retrying");
  }

  const timer = createPassTimer(async () => {
    await pass().catch(noteFailure);
    return isPending;
  });
  if (isPending) timer.schedule();

  return {
    /** Notes a removal whose bytes must not stay in the file. May be called within a transaction. */
    noteRemoval(): void {
      // Written also while a pass runs: the end of that pass deletes the row.
      note.run();
      timer.noteRemoval(!isPending);
      isPending = true;
    },

    /** Runs the last pass if one is due, for a few seconds at most. Call it before the database is closed. */
    stop(): void {
      stopped = true;
      timer.stop();
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
