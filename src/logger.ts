/**
 * Structured log lines on standard error, one JSON object each, without secrets.
 * Replaces the values of secret fields. Callers log no texts of messages. No library: one with what all programs want of a log
 * takes a tenth of a start.
 */
import { writeSync } from "node:fs";

/** Levels, the lowest first. Silent is above all lines. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The fields of a line. `err` is what was thrown. */
type Fields = Readonly<Record<string, unknown>>;

/** Writes a line: what happened, with fields or without. Never throws. */
interface WriteLine {
  (message: string): void;
  (fields: Fields, message: string): void;
}

/** The log of the process, or of one part of it. */
export interface Logger extends Readonly<Record<Exclude<LogLevel, "silent">, WriteLine>> {
  /** A log whose lines have these fields, too. */
  child(fields: Fields): Logger;
}

/** Field names whose values never reach a log line, at the top of a line's object or one level down. */
const SECRET_FIELDS = new Set([
  "key",
  "operatorKey",
  "guest",
  "token",
  "authorization",
  "secret",
  "guestSecret",
]);

/** Causes and collected errors that are shown of an error: a chain may be endless. */
const MAX_INNER = 8;

/**
 * Writes to standard error. Drops a line that cannot be written (a full disk, a closed pipe): a log line is never a reason to
 * stop serving. Synchronous, so that the last line before a crash is written.
 */
function writeToStandardError(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // There is no other place to report it.
  }
}

/** An error and its causes, the outermost first. */
function causesOf(error: Error): Error[] {
  const errors = [error];
  for (let { cause } = error; cause instanceof Error && errors.length < MAX_INNER; { cause } = cause)
    errors.push(cause);
  return errors;
}

/** An error as fields; another value as it is. */
function describeError(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const errors = causesOf(thrown);
  const own = Object.fromEntries(Object.entries(thrown).filter(([name]) => name !== "cause"));
  const inner = thrown instanceof AggregateError ? thrown.errors.slice(0, MAX_INNER) : undefined;
  return {
    type: thrown.constructor.name,
    message: errors.map(({ message }) => message).join(": "),
    stack: errors.map(({ stack }) => stack).join("\ncaused by: "),
    ...(inner ? { aggregateErrors: inner.map(describeError) } : {}),
    ...own,
  };
}

/** Fields without the values of secret ones. */
function withoutSecrets(fields: Fields, depth: number): Fields {
  const shown = Object.entries(fields).map(([name, value]) => {
    if (value !== undefined && SECRET_FIELDS.has(name)) return [name, "[secret]"];
    const isNested = depth > 0 && typeof value === "object" && value !== null && !("toJSON" in value);
    return [name, isNested && !Array.isArray(value) ? withoutSecrets(value as Fields, depth - 1) : value];
  });
  return Object.fromEntries(shown);
}

/** A line as JSON. Of fields that have no JSON (a circle, say), it names the reason. */
function toLine(head: Fields, own: Fields, fields: Fields, message: string): string {
  try {
    const all = { ...own, ...fields };
    const described = "err" in all ? { ...all, err: describeError(all.err) } : all;
    return JSON.stringify({ ...head, ...withoutSecrets(described, 1), msg: message });
  } catch (error) {
    return JSON.stringify({ ...head, fields: String(error), msg: message });
  }
}

/** Creates the logger of the process. Lines below `level` are dropped. `write` receives each line with its end. */
export function createLogger(level: LogLevel, write = writeToStandardError): Logger {
  const lowest = LOG_LEVELS.indexOf(level);
  const withFields = (own: Fields): Logger => {
    const writeAt = (name: LogLevel): WriteLine => {
      if (LOG_LEVELS.indexOf(name) < lowest) return () => undefined;
      return (first: string | Fields, second?: string) => {
        const [fields, message] = typeof first === "string" ? [{}, first] : [first, second ?? ""];
        const head = { level: name, time: new Date().toISOString() };
        write(`${toLine(head, own, fields, message)}\n`);
      };
    };
    return {
      debug: writeAt("debug"),
      info: writeAt("info"),
      warn: writeAt("warn"),
      error: writeAt("error"),
      child: (fields) => withFields({ ...own, ...fields }),
    };
  };
  return withFields({});
}
