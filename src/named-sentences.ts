/**
 * Sentences with a name: rules that a request broke, weaknesses of the log, troubles with it. The server says them in English; the
 * name and the values let the console say them in its languages (widget/words/console-server-words).
 */

/** Names of rules, with the values that each has; the console has a sentence for each. */
export const RULES = {
  "whole-number": ["min", "max"],
  "one-of": ["words"],
  "yes-or-no": [],
  title: ["max"],
  topic: [],
  "topic-pattern": [],
  "topic-list": [],
  characters: ["min", "max"],
  text: [],
  "known-fields": ["words"],
  origin: [],
  "origins-full": ["max"],
  "owner-name": [],
  "hard-to-guess": [],
  "message-id": [],
} as const;

/** A rule by its name, with its values: for programs that put it into words of their own. */
export interface NamedRule {
  must: keyof typeof RULES;
  min?: number;
  max?: number;
  words?: readonly string[];
}

/** A rule that a request broke, and the field that broke it; empty for the request as a whole. */
export interface BrokenRule extends NamedRule {
  field: string;
}

/** Weaknesses of a log that works, with the values that each has. */
export const LOG_WARNINGS = {
  "fsync-off": [],
  "full-page-writes-off": [],
  "synchronous-commit-off": [],
  "standby-not-awaited": [],
  "commit-local": [],
  "few-connections": ["most", "held"],
  "not-hearing": [],
} as const;

/** A weakness of a log: its name, its values, and the whole of it in English. */
export interface LogWarning {
  code: keyof typeof LOG_WARNINGS;
  text: string;
  /** Of `few-connections`: the connections that there may be, and those of a node. */
  most?: number;
  held?: number;
  /** Of a log over several databases: the one that has it. */
  database?: string;
}

/** Why a log can't be used, as half sentences. An explanation of the engine may follow in brackets. */
export const TROUBLES = {
  "login-refused":
    "PostgreSQL refuses the login: check the user name, the password, and whether it asks for TLS (?sslmode=require)",
  "no-database": "the database does not exist",
  "database-disk-full": "PostgreSQL's disk is full",
  "no-connection": "PostgreSQL has no free connection",
  "read-only": "the database can only be read (a standby?)",
  "lacks-right": "the database user lacks a right",
  "locked-too-long": "a lock in the database could not be had in time",
  "others-in-way": "other transactions in the database were in the way",
  restarting: "PostgreSQL is shutting down or starting",
  "database-disk-fails": "PostgreSQL's disk fails, or its files are damaged",
  "no-answer": "PostgreSQL does not answer",
  standby: "the database is a standby and can only be read",
  "no-tls": "the address asks for TLS, and PostgreSQL does not offer it",
  "untrusted-certificate": "PostgreSQL's certificate is not trusted",
  unreachable: "PostgreSQL can't be reached",
  "other-error": "PostgreSQL answered with an error",
  "tail-behind": "the tail is behind the database",
  "disk-full": "the disk is full",
  "no-permission": "no permission to write",
  "file-locked": "the database is locked by another process",
  "file-damaged": "the database is damaged",
} as const;

export type TroubleCode = keyof typeof TROUBLES;

/** The name of a trouble by its words; undefined for words of an engine or the file system, and of several databases. */
export function troubleCodeOf(words: string): TroubleCode | undefined {
  const codes = Object.keys(TROUBLES) as TroubleCode[];
  return codes.find((code) => words === TROUBLES[code] || words.startsWith(`${TROUBLES[code]} (`));
}
