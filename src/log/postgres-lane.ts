/**
 * A lane: one connection to PostgreSQL that runs one piece of work at a time, with a deadline. A connection that is lost,
 * or silent past the deadline, is dropped; the next piece of work opens a new one.
 */
import { SQL } from "bun";
import { KabarError } from "../errors.ts";

/** Work that takes longer counts as a lost connection, even when no packet reported one. */
const DEADLINE_MS = 10_000;
const CONNECT_TIMEOUT_S = 5;
/** Names of connections in `pg_stat_activity`, by which a move finds servers and other moves. */
export const SERVER_CLIENT = "kabar";
export const MOVE_CLIENT = "kabar move";

/** The work took too long: the connection is dropped, and what became of it is not known. */
export class DeadlineError extends Error {}

/** Why the database can't be used, in words for the owner. Addresses and passwords are not in it. */
export function troubleOf(error: unknown): string {
  if (error instanceof DeadlineError) return "PostgreSQL does not answer";
  const { code = "", errno, message = "" } = error as { code?: string; errno?: string; message?: string };
  const state = String(errno ?? "");
  const words: readonly [RegExp, string][] = [
    [/^28/, "PostgreSQL refuses the login: check the user name and the password"],
    [/^3D000/, "the database does not exist"],
    [/^53100/, "PostgreSQL's disk is full"],
    [/^53300/, "PostgreSQL has no free connection"],
    [/^25006/, "the database can only be read (a standby?)"],
    [/^42501/, "the database user lacks a right"],
    [/^55P03|^40P01|^57014/, "a lock in the database could not be had in time"],
    [/^57P0/, "PostgreSQL is shutting down or starting"],
  ];
  const found = words.find(([pattern]) => pattern.test(state));
  if (found) return `${found[1]} (${state})`;
  if (/CONNECTION|TIMEOUT|TLS|ECONN/.test(code)) return `PostgreSQL can't be reached (${code})`;
  return `PostgreSQL answered with an error (${state || code || message.slice(0, 80)})`;
}

/** Whether the connection itself failed, so that nobody knows what became of a running statement. */
export const isConnectionLost = (error: unknown): boolean =>
  error instanceof DeadlineError ||
  /CONNECTION|TIMEOUT/.test((error as { code?: string }).code ?? "") ||
  /^(08|57P0)/.test(String((error as { errno?: string }).errno ?? ""));

export type Lane = ReturnType<typeof createLane>;

/** Makes a lane. `max` connections share it when its work needs no order. */
export function createLane(url: string, max = 1, client = SERVER_CLIENT) {
  let sql: SQL | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  function drop(): void {
    const gone = sql;
    sql = undefined;
    gone?.close({ timeout: 0 }).catch(() => undefined);
  }

  async function work<T>(run: (sql: SQL) => Promise<T>): Promise<T> {
    if (closed) throw new KabarError("shutting-down");
    sql ??= new SQL(url, {
      max,
      connectionTimeout: CONNECT_TIMEOUT_S,
      connection: { application_name: client },
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new DeadlineError()), DEADLINE_MS);
    });
    try {
      return await Promise.race([run(sql), late]);
    } catch (error) {
      if (isConnectionLost(error)) drop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    /** Runs work after all work before it. Rejects with what it threw, or with DeadlineError. */
    inOrder<T>(run: (sql: SQL) => Promise<T>): Promise<T> {
      const mine = last.then(() => work(run));
      last = mine.catch(() => undefined);
      return mine;
    },

    /** Runs work on a free connection of the lane. */
    anytime: <T>(run: (sql: SQL) => Promise<T>): Promise<T> => work(run),

    /** Waits for work in order, then closes the connections. */
    async close(): Promise<void> {
      await last;
      closed = true;
      drop();
    },
  };
}
