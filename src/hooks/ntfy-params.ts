/**
 * Parameters of ntfy's publishers and subscribers (docs.ntfy.sh/publish): from headers, from the query, or from JSON, under all of
 * their names. What this server does not do is refused with ntfy's own code. Pure.
 */
import { emojiNamed } from "./emoji-names.ts";
import { type Loose, objectsOf, textOf } from "./loose-json.ts";
import type { NtfyFilter } from "./ntfy-format.ts";
import { type Posting, PostingError } from "./posting.ts";
import { type PostingWriter, writePosting } from "./posting-writer.ts";

/** Reads the first of a parameter's names that has a value; "" without any. */
export type ReadParam = (...names: string[]) => string;

/** Actions that one message may have, as in ntfy. */
const MAX_ACTIONS = 3;
/** Cloudflare and others send a header Priority of their own (RFC 9218). */
const HTTP_PRIORITY = /^u=\d(?:,\s*(?:i|\d))?$/;
const ENCODED_WORDS = /=\?([\w-]{1,40})\?([bq])\?([^?\s]{0,8192})\?=(?:\s+(?==\?))?/gi;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** The error with a code of ntfy's (server/errors.go). */
export const ntfyError = (code: number, message: string): PostingError =>
  new PostingError(String(code), message);

/** Text of a header, which HTTP libraries hand out byte by byte. */
function decodeBytes(value: string): string {
  if (!/[\u0080-\u00ff]/.test(value)) return value;
  try {
    return UTF8.decode(Buffer.from(value, "latin1"));
  } catch {
    return value;
  }
}

/** A header's value with its encoded words decoded (RFC 2047): `=?UTF-8?B?…?=`. */
export function decodeHeader(raw: string): string {
  const value = decodeBytes(raw);
  return value.replace(ENCODED_WORDS, (all, charset: string, kind: string, text: string) => {
    const bytes =
      kind.toLowerCase() === "b"
        ? Buffer.from(text, "base64")
        : Buffer.from(
            text
              .replaceAll("_", " ")
              .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
            "latin1",
          );
    try {
      return new TextDecoder(charset as Bun.Encoding).decode(bytes);
    } catch {
      return all;
    }
  });
}

/** Parameters of a request: `json` first, where there is one, then headers, then the query. */
export function paramsOf(headers: Headers, query: URLSearchParams, json: Loose = {}): ReadParam {
  const first = (values: string[]): string => values.find((value) => value !== "") ?? "";
  const jsonText = (name: string): string => {
    const value = json[name];
    if (Array.isArray(value)) return name === "actions" ? JSON.stringify(value) : value.map(textOf).join(",");
    return value === true ? "true" : textOf(value);
  };
  const header = (name: string): string => {
    const value = decodeHeader(headers.get(name) ?? "").trim();
    return name === "priority" && HTTP_PRIORITY.test(value) ? "" : value;
  };
  return (...names) =>
    first(names.map(jsonText)) ||
    first(names.map(header)) ||
    first(names.map((name) => (query.get(name) ?? "").trim()));
}

const isYes = (value: string): boolean => ["1", "yes", "true"].includes(value.toLowerCase());
const isNo = (value: string): boolean => ["0", "no", "false"].includes(value.toLowerCase());

const PRIORITIES: Record<string, number> = { min: 1, low: 2, default: 3, high: 4, max: 5, urgent: 5 };

/** A priority by its number or its name; undefined for none. Throws PostingError. */
function priorityOf(raw: string): number | undefined {
  const word = raw.trim().toLowerCase();
  if (word === "") return undefined;
  if (/^[1-5]$/.test(word)) return Number(word);
  const priority = Object.hasOwn(PRIORITIES, word) ? PRIORITIES[word] : undefined;
  if (priority !== undefined) return priority;
  throw ntfyError(
    40007,
    "invalid priority parameter: must be 1 to 5, min, low, default, high, max or urgent",
  );
}

const commaList = (raw: string): string[] =>
  raw
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

/** The parts of the short form of actions, at commas outside of quotes; semicolons separate actions. */
function splitActions(raw: string): string[][] {
  const actions: string[][] = [[]];
  const parts = raw.match(/;|(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^,;"'])+|["']/g) ?? [];
  for (const part of parts) {
    if (part === ";") actions.push([]);
    else actions.at(-1)?.push(part.trim());
  }
  return actions.filter((action) => action.some((part) => part !== ""));
}

const unquote = (text: string): string =>
  text.replace(/^(["'])([\s\S]*)\1$/, "$2").replace(/\\(["'])/g, "$1");

/** An action of the short form, `view, Label, https://…, clear=true`, as an object. */
function readShortAction(parts: string[]): Loose {
  const places = ["action", "label", "url"];
  return Object.fromEntries(
    parts.map((part, i) => {
      const [, key, value] = /^([-.\w]+)\s*=\s*([\s\S]*)$/.exec(part) ?? [];
      return key === undefined ? [places[i] ?? `${i}`, unquote(part)] : [key, unquote(value ?? "")];
    }),
  );
}

/** The actions of a message. Throws PostingError. */
function readActions(raw: string): Loose[] {
  if (raw === "") return [];
  let actions: Loose[];
  if (raw.trim().startsWith("[")) {
    try {
      actions = objectsOf(JSON.parse(raw));
    } catch {
      throw ntfyError(40018, "invalid request: actions invalid; they are no JSON");
    }
  } else actions = splitActions(raw).map(readShortAction);
  if (actions.length > MAX_ACTIONS)
    throw ntfyError(40018, `invalid request: actions invalid; only ${MAX_ACTIONS} actions allowed`);
  return actions;
}

/** Throws PostingError for what this server does not do: a message would be lost, late or without its file. */
function refuseUnsupported(param: ReadParam): void {
  if (param("x-delay", "delay", "x-at", "at", "x-in", "in") !== "")
    throw ntfyError(40004, "delayed messages are not supported by this server: send the message at its time");
  if (param("x-email", "x-e-mail", "email", "e-mail", "mail", "e") !== "")
    throw ntfyError(40001, "e-mail notifications are not enabled");
  if (param("x-call", "call") !== "") throw ntfyError(40032, "invalid request: calling is disabled");
  const template = param("x-template", "template", "tpl");
  if (template !== "" && !isNo(template))
    throw ntfyError(
      40043,
      "invalid request: templates are not supported by this server; incoming webhooks read GitHub's and Grafana's payloads",
    );
}

/** Adds the message: the body, or the parameter where the body is empty. A text that came as a file stands after its name. */
function addMessage(out: PostingWriter, param: ReadParam, body: string): void {
  const message = param("x-message", "message", "m").replaceAll("\\n", "\n");
  const filename = param("x-filename", "filename", "file", "f");
  const attach = param("x-attach", "attach", "a");
  const isFile = filename !== "" && attach === "" && body.trim() !== "";
  if (isFile) out.add(message);
  if (isFile) out.add(`${filename}:`);
  out.add(body.trim() || message);
  if (attach !== "") out.addFile(filename, attach);
}

/** The message of a publisher. Throws PostingError with ntfy's code. */
export function readNtfy(param: ReadParam, body: string): Posting {
  refuseUnsupported(param);
  const out = writePosting();
  const attach = param("x-attach", "attach", "a");
  if (attach !== "" && !/^https?:\/\//.test(attach))
    throw ntfyError(40013, "invalid request: attachment URL is invalid");
  const icon = param("x-icon", "icon");
  if (icon !== "" && !icon.startsWith("https://"))
    throw ntfyError(40021, "invalid request: icon URL is invalid; it must begin with https://");
  addMessage(out, param, body);
  for (const action of readActions(param("x-actions", "actions", "action"))) {
    const isView = textOf(action.action).toLowerCase() === "view";
    out.addButton(textOf(action.label), isView ? textOf(action.url) : "");
  }
  if (out.posting.lines.length === 0) out.add("triggered");
  const tags = commaList(param("x-tags", "tags", "tag", "ta"));
  return {
    ...out.posting,
    title: param("x-title", "title", "t") || undefined,
    link: param("x-click", "click") || undefined,
    // Clients of ntfy show the first tag that names an emoji as one.
    icon: icon || tags.map(emojiNamed).find((emoji) => emoji !== undefined),
    priority: priorityOf(param("x-priority", "priority", "prio", "p")),
    tags,
    ephemeral: isNo(param("x-cache", "cache")) || undefined,
  };
}

/** A subscriber's start: none, everything, the newest message, a time in milliseconds since 1970, or a message by its id. */
export type Since = "none" | "all" | "latest" | { at: number } | { id: string };

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds of a duration such as `1h30m`; undefined for another word. */
function durationOf(word: string): number | undefined {
  if (!/^(?:\d{1,9}(?:\.\d{1,6})?(?:ms|s|m|h|d)){1,6}$/.test(word)) return undefined;
  return [...word.matchAll(/([\d.]+)(ms|s|m|h|d)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (UNITS[unit ?? ""] ?? 0),
    0,
  );
}

/** The start that a subscriber asks for; `nowMs` is in milliseconds since 1970. Throws PostingError. */
export function readSince(param: ReadParam, isPoll: boolean, nowMs: number): Since {
  const word = param("x-since", "since", "si");
  if (word === "") return isPoll ? "all" : "none";
  if (word === "all" || word === "none" || word === "latest") return word;
  if (/^[A-Za-z0-9]{12}$/.test(word)) return { id: word };
  if (/^\d{1,11}$/.test(word)) return { at: Number(word) * 1000 };
  const duration = durationOf(word);
  if (duration !== undefined) return { at: nowMs - duration };
  throw ntfyError(
    40008,
    "invalid since parameter: must be an id, a time in seconds, a duration like 10m, all, latest or none",
  );
}

/** Whether a subscriber wants what is stored and nothing more. */
export const readPoll = (param: ReadParam): boolean => isYes(param("x-poll", "poll", "po"));

/** The filter of a subscription. Throws PostingError. */
export const readFilter = (param: ReadParam): NtfyFilter => ({
  id: param("x-id", "id"),
  message: param("x-message", "message", "m"),
  title: param("x-title", "title", "t"),
  tags: commaList(param("x-tags", "tags", "tag", "ta")),
  priorities: commaList(param("x-priority", "priority", "prio", "p")).map((word) => priorityOf(word) ?? 3),
});
