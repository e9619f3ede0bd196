/**
 * Structured log lines on standard error, one JSON object each, with secrets blacked out wherever they turn up.
 * Addresses of visitors and texts of messages are never logged.
 */
import pino from "pino";

export type Logger = pino.Logger;

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Field names whose values never reach a log line, at the top of a line's object or one level down. */
const SECRET_FIELDS = ["key", "operatorKey", "guest", "token", "authorization", "secret", "guestSecret"];

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
    // Synchronous: the last line before a crash is the one that matters.
    pino.destination({ fd: 2, sync: true }),
  );
}
