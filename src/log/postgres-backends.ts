/**
 * Server processes of PostgreSQL ("backends") that have answered. A crash of the database ends all of them, and may give the numbers
 * of its last transactions to other ones: a position by transaction number holds only on a backend that answered before.
 */
import { dropOldest } from "../oldest.ts";

/** Backends that are known; more come only from a pooler. */
const MAX_KNOWN = 100;

/** The expression that identifies the backend of a statement: its process and its start. Any user may read it. */
export const BACKEND = `(SELECT pid || ' ' || extract(epoch FROM backend_start) FROM pg_stat_get_activity(pg_backend_pid()))`;

/** Creates the set of known backends. */
export function createBackends() {
  const known = new Map<string, true>();
  return {
    /** Whether a backend has answered before. */
    has: (backend: string): boolean => known.has(backend),

    /** Notes that all before the answer of a backend is known. */
    add(backend: string): void {
      known.delete(backend);
      known.set(backend, true);
      dropOldest(known, MAX_KNOWN);
    },
  };
}
