/**
 * Structured log lines on standard error, one JSON object each, without secrets.
 * Blacks out secrets wherever they turn up. Never logs addresses of clients or texts of messages.
 */
import { writeSync } from "node:fs";
import pino from "pino";

export type Logger = pino.Logger;

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Field names whose values never reach a log line, at the top of a line's object or one level down. */
const SECRET_FIELDS = ["key", "operatorKey", "guest", "token", "authorization", "secret", "guestSecret"];

/**
 * Standard error, for as long as it takes lines. One that can't be written (a full disk, a reader who is gone) is dropped:
 * a log line is never a reason to stop serving. Synchronous: the last line before a crash is the one that matters.
 */
const STANDARD_ERROR = {
  write(line: string): void {
    try {
      writeSync(2, line);
    } catch {
      // There is nowhere left to report it.
    }
  },
};

/** Makes the process's logger. Lines below `level` are dropped. */
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
