/** Formats of names, ids, texts and cursors. Pure; shared with the widget, so that a client can check first. */
import type { Cursor } from "./model.ts";

/** Topic names: safe in a URL path, an attribute and a metric label. `$…` is reserved for the server itself. */
export const TOPIC_PATTERN: RegExp = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
export const TOPIC_RULE = "1 to 64 characters of A–Z a–z 0–9 . _ : -, the first a letter or digit";

/** Origins of pages in `allowed_origins`: a scheme, a host, a port; every subdomain by `*.`; every page by `*`. Each stands in a header. */
export const ORIGIN_PATTERN: RegExp = /^(\*|https?:\/\/(\*\.)?[a-z0-9.-]+(:\d{1,5})?|null)$/;
export const ORIGIN_RULE =
  'an origin like https://example.com or https://*.example.com (scheme, host, port; no path), or "*"';

/** Message ids: a UUID fits, and so does `deploy-1234`. */
export const MESSAGE_ID_PATTERN: RegExp = /^[A-Za-z0-9._:-]{1,64}$/;
export const MESSAGE_ID_RULE = "1 to 64 characters of A–Z a–z 0–9 . _ : -";

/** Most users that one message may address by `mentions`. */
export const MAX_MENTIONS = 20;

export const MAX_NAME_CHARS = 40;
export const NAME_RULE: string = `1 to ${MAX_NAME_CHARS} visible characters`;

/**
 * Bidi overrides and isolates can reorder the line around a name (CVE-2021-42574); with zero-width characters and fillers, two
 * names look the same. ZWJ and ZWNJ stay: emoji, Persian and Hindi need them.
 */
const INVISIBLE =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each is removed by itself
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it removes
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff]/gu;

export const MAX_TITLE_CHARS = 60;
export const TITLE_RULE: string = `at most ${MAX_TITLE_CHARS} visible characters in one line`;

/** Normalizes a line of at most `max` characters, as `cleanName` does. */
function cleanLine(raw: string, max: number): string | undefined {
  if (raw.length > max * 8) return undefined;
  const line = raw.normalize("NFC").replace(INVISIBLE, "").replace(/\s+/gu, " ").replace(CONTROL, "").trim();
  return VISIBLE.test(line) && [...line].length <= max ? line : undefined;
}

/**
 * Normalizes a name: NFC, without control and direction-changing characters, white space folded. Undefined when no visible
 * character is left or more than MAX_NAME_CHARS characters are.
 */
export const cleanName = (raw: string): string | undefined => cleanLine(raw, MAX_NAME_CHARS);

/** Normalizes a topic's title like a name. Undefined when no visible character is left, or more than 60 are. */
export const cleanTitle = (raw: string): string | undefined => cleanLine(raw, MAX_TITLE_CHARS);

/** Normalizes a heading or tag of a message like a name. Undefined when no visible character is left, or more than `max` are. */
export const cleanHeading = (raw: string, max: number): string | undefined => cleanLine(raw, max);

/** More than two blank lines in a row: they show only empty space. */
const LONG_GAP = /\n(?:[^\S\n]*\n){3,}/g;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** One line of ASCII that ends visibly, as most texts are: nothing in it is changed. */
const CLEAN_LINE = /^[ -~]*[!-~]$/;

/** Normalizes a part of a text like the whole one (`cleanText`), but for blank lines: white space of a part stays. */
export const cleanPart = (raw: string): string =>
  raw
    .toWellFormed()
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, "\n")
    .replace(CONTROL, "");

/** A text that was put together from parts: without white space at its end, and empty when no visible character is in it. */
export const endText = (text: string): string =>
  VISIBLE.test(text.replace(INVISIBLE, "")) ? text.trimEnd() : "";

/**
 * Normalizes a text for storage: well-formed Unicode, `\n` line ends, no control characters except tab and newline (an escape
 * sequence would run in the terminal of a reader in plain mode), no blank lines at its ends, at most two in a row within it.
 * Empty when no visible character is left. Takes time in proportion to the text's length.
 */
export function cleanText(raw: string): string {
  if (CLEAN_LINE.test(raw)) return raw;
  const text = cleanPart(raw)
    .replace(/^(?:[^\S\n]*\n)+/, "")
    .trimEnd()
    .replace(LONG_GAP, "\n\n\n");
  return VISIBLE.test(text.replace(INVISIBLE, "")) ? text : "";
}

/** A cursor as one word, for URLs, `Last-Event-ID` and storage: `offset.epoch.tag`. */
export const formatCursor = (c: Cursor): string => `${c.offset}.${c.epoch}.${c.tag}`;

/** Parses a cursor that `formatCursor` wrote. Undefined for any other word. */
export function parseCursor(word: string): Cursor | undefined {
  const match = /^(0|[1-9]\d{0,14})\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{0,16})$/.exec(word);
  return match ? { offset: Number(match[1]), epoch: match[2] ?? "", tag: match[3] ?? "" } : undefined;
}
