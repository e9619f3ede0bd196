/**
 * What becomes of the bytes of removed entries in a SQLite log: soon after a removal the write-ahead log is emptied, the unused
 * parts of pages are cleared, and free pages are given back, all in steps of a few milliseconds. A note in the database says that it is due, so
 * that a crash does not forget it.
 */
import type { Database } from "bun:sqlite";
import { SQLiteError } from "bun:sqlite";
import type { Logger } from "../logger.ts";
import { openPageRemains } from "./sqlite-remains.ts";

/** Removals are gathered this long before the first pass. */
const GATHER_MS = 5000;
/** The soonest that a pass follows another: a pass reads the whole file. With both, bytes are gone within half a minute. */
const PASS_EVERY_MS = 20_000;
/** How long one step works, and how long it leaves to others after that. */
const STEP_MS = 6;
const REST_MS = 15;
/** When to try again what another program's read kept from being done. */
const RETRY_MS = 3000;
/** Free pages given back in one step. */
const PAGES_A_STEP = 48;
/** At the end the process does not wait longer than this; what is left is done after the next start. */
const LAST_PASS_MS = 5000;

const NOTE = "INSERT OR IGNORE INTO upkeep (due) VALUES (1)";
const IS_DUE = "SELECT due FROM upkeep";
const DONE = "DELETE FROM upkeep";
const SCHEMA = "CREATE TABLE IF NOT EXISTS upkeep (due INTEGER PRIMARY KEY) STRICT";

export interface UpkeepParts {
  db: Database;
  path: string;
  /** How long a statement waits for another program's lock, in milliseconds; upkeep itself does not wait. */
  busyTimeoutMs: number;
  logger: Logger;
}

export type Upkeep = ReturnType<typeof createUpkeep>;

/** Makes the upkeep of an open log. */
export function createUpkeep({ db, path, busyTimeoutMs, logger }: UpkeepParts) {
  db.run(SCHEMA);
  const remains = openPageRemains(db, path);
  const note = db.prepare(NOTE);
  let noted = db.query(IS_DUE).get() !== null;
  let passedAt = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

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

  /** Brings the write-ahead log into the file and empties it. */
  const emptyWal = (): boolean =>
    withoutWaiting(() => {
      const { busy } = db.query("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number };
      return busy === 0;
    });

  /** Clears pages from `first` on for a step's time. Returns the next page, 0 at the end, undefined when it can't be done now. */
  function clearSome(first: number, untilMs: number): number | undefined {
    let next: number | undefined = first;
    const isDone = withoutWaiting(() => {
      // Others may have written since the last step.
      if (!emptyWal()) return false;
      do next = remains.clear(next ?? 1);
      while (next !== undefined && next > 0 && performance.now() < untilMs);
      return true;
    });
    return isDone ? next : undefined;
  }

  /** Gives some free pages back to the disk. True when there are more. */
  function shrinkSome(): boolean {
    const { freelist_count: free } = db.query("PRAGMA freelist_count").get() as { freelist_count: number };
    if (free === 0) return false;
    return withoutWaiting(() => {
      db.query(`PRAGMA incremental_vacuum(${PAGES_A_STEP})`).all();
      return free > PAGES_A_STEP;
    });
  }

  async function clearAll(): Promise<void> {
    let page = 1;
    while (page > 0 && !stopped) {
      const next = clearSome(page, performance.now() + STEP_MS);
      page = next ?? page;
      if (page > 0) await Bun.sleep(next === undefined ? RETRY_MS : REST_MS);
    }
  }

  async function pass(): Promise<void> {
    // What is removed from now on may lie in pages that this pass has behind it.
    noted = false;
    await clearAll();
    if (stopped) return;
    remains.sync();
    if (!noted) db.run(DONE);
    while (!stopped && shrinkSome()) await Bun.sleep(REST_MS);
    if (!stopped) emptyWal();
  }

  function schedule(): void {
    if (timer || stopped) return;
    const waitMs = Math.max(GATHER_MS, passedAt + PASS_EVERY_MS - performance.now());
    timer = setTimeout(() => {
      pass()
        .catch((err: unknown) => {
          noted = true;
          logger.error({ err }, "removed entries could not be cleared from the file; trying again");
        })
        .finally(() => {
          passedAt = performance.now();
          timer = undefined;
          if (noted) schedule();
        });
    }, waitMs);
  }
  if (noted) schedule();

  return {
    /** Notes, within a transaction or without, that something was removed that must not stay in the file. */
    noteRemoval(): void {
      // Also while a pass goes on: its end would take the note away.
      note.run();
      noted = true;
      schedule();
    },

    /** Does now what is due, for a few seconds at most. Call it before the database is closed. */
    stop(): void {
      stopped = true;
      clearTimeout(timer);
      try {
        if (db.query(IS_DUE).get() !== null && clearSome(1, performance.now() + LAST_PASS_MS) === 0) {
          remains.sync();
          db.run(DONE);
        }
        emptyWal();
      } catch (err) {
        logger.warn({ err }, "removed entries are cleared from the file after the next start");
      }
    },

    /** Lets go of the file. Call it after the database was closed. */
    close: remains.close,
  };
}
