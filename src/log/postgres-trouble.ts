/**
 * Troubles with PostgreSQL: sorts errors by what may be done after them, and describes them in words for the owner. Addresses
 * and passwords are not in these words. Pure.
 */

/** Work took too long: its connection is dropped, and what became of the work is not known. */
export class DeadlineError extends Error {}

interface Coded {
  /** Bun's own code. */
  code?: string;
  /** The server's code (PostgreSQL, appendix A). */
  errno?: string;
  message?: string;
}

const stateOf = (error: unknown): string => String((error as Coded).errno ?? "");

const WORDS: readonly [RegExp, string][] = [
  [
    /^28/,
    "PostgreSQL refuses the login: check the user name, the password, and whether it asks for TLS (?sslmode=require)",
  ],
  [/^3D000/, "the database does not exist"],
  [/^53100/, "PostgreSQL's disk is full"],
  [/^53300/, "PostgreSQL has no free connection"],
  [/^25006/, "the database can only be read (a standby?)"],
  [/^42501/, "the database user lacks a right"],
  [/^55P03|^40P01|^57014/, "a lock in the database could not be had in time"],
  [/^40/, "other transactions in the database were in the way"],
  [/^57P0/, "PostgreSQL is shutting down or starting"],
  [/^58|^XX/, "PostgreSQL's disk fails, or its files are damaged"],
];

/** Why the database can't be used, as half a sentence. */
export function troubleOf(error: unknown): string {
  if (error instanceof DeadlineError) return "PostgreSQL does not answer";
  const { code = "", message = "" } = error as Coded;
  const state = stateOf(error);
  if (/recovery is in progress/.test(message)) return "the database is a standby and can only be read";
  const found = WORDS.find(([pattern]) => pattern.test(state));
  if (found) return `${found[1]} (${state})`;
  if (/TLS_NOT_AVAILABLE/.test(code)) return "the address asks for TLS, and PostgreSQL does not offer it";
  if (/TLS|CERT|SELF_SIGNED|VERIFY/.test(code)) return `PostgreSQL's certificate is not trusted (${code})`;
  if (/CONNECTION|TIMEOUT|ECONN|ENOTFOUND|EAI_/.test(code)) return `PostgreSQL can't be reached (${code})`;
  return `PostgreSQL answered with an error (${state || code || message.slice(0, 80)})`;
}

/** Whether the connection itself failed, so that nobody knows what became of a running statement. */
export const isConnectionLost = (error: unknown): boolean =>
  error instanceof DeadlineError ||
  /CONNECTION|TIMEOUT/.test((error as Coded).code ?? "") ||
  /^(08|25P03|57P0)/.test(stateOf(error));

/** Whether another transaction was in the way: the same work may succeed at once (serialization failure, deadlock). */
export const isConflict = (error: unknown): boolean => /^(40001|40P01)$/.test(stateOf(error));

/** Whether the server ended a statement, as it does when its time is over. */
export const isCancelled = (error: unknown): boolean => stateOf(error) === "57014";

/** Whether the error may concern some of the entries only: a topic that is locked, or data that cannot be stored. */
export const isOfSome = (error: unknown): boolean => /^(22|23|55P03|54)/.test(stateOf(error));
