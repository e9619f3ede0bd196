/**
 * The health of a PostgreSQL log, in one place: whether its tail can read, whether it can be written, and how far the tail is
 * behind. Logs each change once. Tries to write while writes fail, so that a log without publishers recovers, too.
 */
import type { Logger } from "../logger.ts";
import { TROUBLES } from "../named-sentences.ts";
import { isConnectionLost, troubleOf } from "./postgres-trouble.ts";

/** A tail that is further behind than this is trouble: other nodes' messages arrive late. */
const MAX_LAG_MS = 2000;
/** How long a read waits for a database that is away. */
const PATIENCE_MS = 2500;
const CHECK_EVERY_MS = 25;
/** How often a write is tried while writes fail. */
const TRY_EVERY_MS = 1000;

export type Health = ReturnType<typeof createHealth>;

export interface HealthParts {
  logger: Logger;
  /** Rejects while the log can't be written. */
  tryWrite: () => Promise<unknown>;
  /** How far the tail is behind. */
  lagMs: () => number;
  /** Called when the database is back after it could not be reached. */
  onBack: () => void;
}

/** Creates the health of a log that works. */
export function createHealth({ logger, tryWrite, lagMs, onBack }: HealthParts) {
  const errors: { reads?: unknown; writes?: unknown } = {};
  let words: string | undefined;
  let trying: ReturnType<typeof setInterval> | undefined;
  let isStopped = false;

  function set(what: "reads" | "writes", error: unknown): void {
    if (isStopped) return;
    if (error === undefined) delete errors[what];
    else errors[what] = error;
    const worst = errors.writes ?? errors.reads;
    const next = worst === undefined ? undefined : troubleOf(worst);
    if (next === words) return;
    words = next;
    if (next === undefined) logger.info("the database answers again");
    else logger.error({ err: worst }, next);
  }

  /** Whether the database can't be reached. */
  const isAway = (): boolean => errors.reads !== undefined && isConnectionLost(errors.reads);

  function setWrites(error: unknown): void {
    set("writes", error);
    if (error === undefined || isStopped) {
      clearInterval(trying);
      trying = undefined;
      return;
    }
    trying ??= setInterval(() => {
      tryWrite().then(
        () => setWrites(undefined),
        (failure) => setWrites(failure),
      );
    }, TRY_EVERY_MS);
  }

  return {
    /** Notes a failed look of the tail, or with undefined one that worked. */
    setReads(error: unknown): void {
      const wasAway = isAway();
      set("reads", error);
      if (wasAway && !isAway()) onBack();
    },

    /** Notes a failed append, or with undefined one that worked. */
    setWrites,

    isAway,

    /** Resolves when the database is back, or after `PATIENCE_MS`: a restart takes a second or two. Says whether it is back. */
    async untilBack(): Promise<boolean> {
      const until = performance.now() + PATIENCE_MS;
      while (isAway() && !isStopped && performance.now() < until) await Bun.sleep(CHECK_EVERY_MS);
      return !isAway();
    },

    /** Why the log can't be used, as half a sentence. */
    trouble(): string | undefined {
      if (words !== undefined) return words;
      const behindS = Math.floor(lagMs() / 1000);
      if (lagMs() <= MAX_LAG_MS) return undefined;
      return `${TROUBLES["tail-behind"]} (${behindS} s, more than ${MAX_LAG_MS / 1000} s)`;
    },

    stop(): void {
      isStopped = true;
      clearInterval(trying);
    },
  };
}
