/**
 * A lane: connections to PostgreSQL for one kind of work, with a deadline. Work in order runs one piece at a time. A connection
 * that is silent past the deadline is dropped, even when no packet reported a loss; the next piece of work opens a new one.
 */
import { SQL } from "bun";
import { KabarError } from "../errors.ts";
import { DeadlineError, isConnectionLost } from "./postgres-trouble.ts";

const CONNECT_TIMEOUT_S = 5;
/** Names of connections in `pg_stat_activity`, by which a move finds servers and other moves. */
export const SERVER_CLIENT = "kabar";
export const MOVE_CLIENT = "kabar move";
/** How long a ping waits. */
const PING_MS = 1500;
/** A process that was paused wakes with its timers due: what has arrived meanwhile is read first. */
const WAKING_MS = 20;

export interface LaneOptions {
  /** `postgres://user:password@host:port/database`. */
  url: string;
  /** Connections that share work without order. */
  max?: number;
  /** Work that takes longer counts as lost. */
  deadlineMs: number;
  /** After a missed deadline the next one is twice as long, up to this: a slow database is not given up for ever. */
  maxDeadlineMs?: number;
  /**
   * True behind a pooler that changes the server's connection between transactions: it keeps no named statement, and a
   * statement of two steps needs a transaction.
   */
  isPooled?: boolean;
  /** The name of the connections in `pg_stat_activity`. */
  client?: string;
}

export type Lane = ReturnType<typeof createLane>;

/** Creates a lane. Connects when there is work. */
export function createLane({
  url,
  max = 1,
  deadlineMs,
  maxDeadlineMs = deadlineMs,
  isPooled = false,
  client = SERVER_CLIENT,
}: LaneOptions) {
  let sql: SQL | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  let patienceMs = deadlineMs;
  /** Pieces of work under way. */
  let running = 0;

  function drop(): void {
    const gone = sql;
    sql = undefined;
    gone?.close({ timeout: 0 }).catch(() => undefined);
  }

  async function work<T>(run: (sql: SQL) => Promise<T>, limitMs?: number): Promise<T> {
    if (closed) throw new KabarError("shutting-down");
    sql ??= new SQL(url, {
      max,
      connectionTimeout: CONNECT_TIMEOUT_S,
      prepare: !isPooled,
      connection: { application_name: client },
    });
    const mine = sql;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        timer = setTimeout(() => reject(new DeadlineError()), WAKING_MS);
      }, limitMs ?? patienceMs);
    });
    running += 1;
    try {
      const result = await Promise.race([run(mine), late]);
      if (limitMs === undefined) patienceMs = deadlineMs;
      return result;
    } catch (error) {
      const isLate = error instanceof DeadlineError;
      if (isLate && limitMs === undefined) patienceMs = Math.min(maxDeadlineMs, patienceMs * 2);
      // One lost connection of several is replaced by itself, and the work on the others goes on.
      if (mine === sql && (isLate || (max === 1 && isConnectionLost(error)))) drop();
      throw error;
    } finally {
      running -= 1;
      clearTimeout(timer);
    }
  }

  const inOrder = <T>(run: (sql: SQL) => Promise<T>, limitMs?: number): Promise<T> => {
    const mine = last.then(() => work(run, limitMs));
    last = mine.catch(() => undefined);
    return mine;
  };
  /** Keeps the statements of a read on one connection of the server. */
  const asRead = <T>(run: (sql: SQL) => Promise<T>) =>
    isPooled ? (sql: SQL) => sql.begin("read only", (tx) => run(tx)) as Promise<T> : run;

  const asWhole = <T>(run: (sql: SQL) => Promise<T>) =>
    isPooled ? (sql: SQL) => sql.begin((tx) => run(tx)) as Promise<T> : run;

  return {
    /**
     * Runs work after all work before it. Rejects with what it threw, or with DeadlineError; `limitMs` replaces the deadline of
     * the lane.
     */
    inOrder,

    /** Runs work after all work before it, on one connection of the server: behind a pooler in a transaction. */
    onOneConnection: <T>(run: (sql: SQL) => Promise<T>): Promise<T> => inOrder(asWhole(run)),

    /** Resolves when the database answers, soon or not at all: says whether a connection can be had, whatever work costs. */
    ping: (): Promise<unknown> => inOrder((sql) => sql.unsafe("SELECT 1"), PING_MS),

    /** Runs statements that only read, after all work before them. */
    readInOrder: <T>(run: (sql: SQL) => Promise<T>, limitMs?: number): Promise<T> =>
      inOrder(asRead(run), limitMs),

    /** Runs statements that only read on a free connection of the lane. */
    read: <T>(run: (sql: SQL) => Promise<T>): Promise<T> => work(asRead(run)),

    /** Runs work on a free connection of the lane. */
    anytime: <T>(run: (sql: SQL) => Promise<T>): Promise<T> => work(run),

    /** Opens new connections for later work, unless work is under way: idle ones may have died in silence. */
    renew(): void {
      if (running === 0) drop();
    },

    /** Waits for work in order, then closes the connections. */
    async close(): Promise<void> {
      await last;
      closed = true;
      drop();
    },
  };
}
