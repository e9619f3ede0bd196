/**
 * Structured log lines on standard error, one JSON object each, without secrets.
 * Replaces the values of secret fields. Callers log no texts of messages.
 */
import { writeSync } from "node:fs";
import pino from "pino";

export type Logger = pino.Logger;

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Field names whose values never reach a log line, at the top of a line's object or one level down. */
const SECRET_FIELDS = ["key", "operatorKey", "guest", "token", "authorization", "secret", "guestSecret"];

/**
 * Writes to standard error. Drops a line that cannot be written (a full disk, a closed pipe): a log line is never a reason to
 * stop serving. Synchronous, so that the last line before a crash is written.
 */
const STANDARD_ERROR = {
  write(line: string): void {
    try {
      writeSync(2, line);
    } catch {
      // There is no other place to report it.
    }
  },
};

/** Creates the logger of the process. Lines below `level` are dropped. */
export function createLogger(level: LogLevel): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: "[secret]" },
      formatters: { level: (label) => ({ level: label }) },
    },
    STANDARD_ERROR,
  );
}
