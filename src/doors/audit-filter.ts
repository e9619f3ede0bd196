/** The filter of the audit log: who made a change, of which kind, about which topic or user, when, and with which text in it. Pure. */
import type { ControlEntry } from "../log/control.ts";
import { fold } from "../log/search-text.ts";

/** What an entry must match; what is absent matches all. */
export interface AuditFilter {
  /** A part of the author's id. */
  by?: string | undefined;
  /** The kind: the beginning of the key, before the colon. */
  action?: string | undefined;
  /** A topic, or the id of a user: a word of the key, or a value anywhere in the change. */
  about?: string | undefined;
  /** A text anywhere in the entry, whatever its case and accents. */
  q?: string | undefined;
  /** From this time on, and before this one, in milliseconds since 1970. */
  from?: number | undefined;
  until?: number | undefined;
}

/** Nested values beyond this are not looked at: none that the server makes is. */
const MAX_DEPTH = 8;

function hasValue(value: unknown, wanted: string, depth = 0): boolean {
  if (value === wanted) return true;
  if (typeof value !== "object" || value === null || depth === MAX_DEPTH) return false;
  return Object.values(value).some((each) => hasValue(each, wanted, depth + 1));
}

/** The kind of a key. */
const kindOf = (key: string): string => key.slice(0, Math.max(0, key.indexOf(":")));

/** Creates the test whether an entry matches. `entry` is as it may be shown: nobody searches for what nobody sees. */
export function createAuditTest({ by, action, about, q, from = 0, until = Infinity }: AuditFilter) {
  const author = by === undefined ? undefined : fold(by);
  const text = q === undefined ? undefined : fold(q);
  return (entry: ControlEntry): boolean => {
    const { key, at, value } = entry;
    if (at < from || at >= until) return false;
    if (author !== undefined && !fold(entry.by).includes(author)) return false;
    if (action !== undefined && kindOf(key) !== action) return false;
    if (about !== undefined) {
      const parts = key.slice(key.indexOf(":") + 1).split(" ");
      if (!parts.includes(about) && !hasValue(value, about)) return false;
    }
    return (
      text === undefined ||
      fold(`${key} ${JSON.stringify(value)} ${entry.by} ${entry.why ?? ""}`).includes(text)
    );
  };
}
