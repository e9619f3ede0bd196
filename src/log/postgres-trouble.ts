/**
 * Troubles with PostgreSQL: sorts errors by what may be done after them, and describes them in words for the owner. Addresses
 * and passwords are not in these words. Pure.
 */
import { type TroubleCode, TROUBLES } from "../named-sentences.ts";

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

const KINDS: readonly [RegExp, TroubleCode][] = [
  [/^28/, "login-refused"],
  [/^3D000/, "no-database"],
  [/^53100/, "database-disk-full"],
  [/^53300/, "no-connection"],
  [/^25006/, "read-only"],
  [/^42501/, "lacks-right"],
  [/^55P03|^40P01|^57014/, "locked-too-long"],
  [/^40/, "others-in-way"],
  [/^57P0/, "restarting"],
  [/^58|^XX/, "database-disk-fails"],
];

/** Why the database can't be used, as half a sentence. */
export function troubleOf(error: unknown): string {
  if (error instanceof DeadlineError) return TROUBLES["no-answer"];
  const { code = "", message = "" } = error as Coded;
  const state = stateOf(error);
  if (/recovery is in progress/.test(message)) return TROUBLES.standby;
  const found = KINDS.find(([pattern]) => pattern.test(state));
  if (found) return `${TROUBLES[found[1]]} (${state})`;
  if (/TLS_NOT_AVAILABLE/.test(code)) return TROUBLES["no-tls"];
  if (/TLS|CERT|SELF_SIGNED|VERIFY/.test(code)) return `${TROUBLES["untrusted-certificate"]} (${code})`;
  if (/CONNECTION|TIMEOUT|ECONN|ENOTFOUND|EAI_/.test(code)) return `${TROUBLES.unreachable} (${code})`;
  return `${TROUBLES["other-error"]} (${state || code || message.slice(0, 80)})`;
}

/** Whether the connection itself failed, so that nobody knows what became of a running statement. */
export const isConnectionLost = (error: unknown): boolean =>
  error instanceof DeadlineError ||
  /CONNECTION|TIMEOUT/.test((error as Coded).code ?? "") ||
  /^(08|25P03|57P0)/.test(stateOf(error));

/** Whether another transaction was in the way: the same work may succeed at once (serialization failure, deadlock). */
export const isConflict = (error: unknown): boolean => /^(40001|40P01)$/.test(stateOf(error));

/** Whether an entry of the batch is stored already. */
export const isRepeat = (error: unknown): boolean => stateOf(error) === "23505";

/** Whether the server ended a statement, as it does when its time is over. */
export const isCancelled = (error: unknown): boolean => stateOf(error) === "57014";

/** Whether the error may concern some of the entries only: a topic that is locked, or data that cannot be stored. */
export const isOfSome = (error: unknown): boolean => /^(22|23|55P03|54)/.test(stateOf(error));
