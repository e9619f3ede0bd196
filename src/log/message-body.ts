/**
 * Stored message bodies: the JSON of a message without what the log keeps in columns, and the texts made from it for
 * readers. Encoders write a message's JSON once and wrap it by string concatenation.
 */
import type { Message } from "../model.ts";
import type { Entry } from "./log.ts";

/** What the log keeps of a message besides its envelope. */
export type StoredBody = Omit<Message, "topic" | "offset" | "id" | "at" | "hidden"> & {
  /** The id of the only visitor who is served it: moderators hid its author. */
  hidden?: string | undefined;
};

/** A body as the log keeps it; what is hidden says so first. */
export const encodeBody = (body: StoredBody): string =>
  JSON.stringify(body.hidden === undefined ? body : { hidden: body.hidden, ...body });

/** Whether a body, as the log keeps it, is hidden. Asked of every entry that is encoded, hence no parsing. */
export const isHiddenBody = (body: string): boolean => body.startsWith('{"hidden":');

/** A body as it was encoded. */
export const decodeBody = (body: string): StoredBody => JSON.parse(body);

/** A message's JSON, as it stands in events, history and server-sent events. */
export const encodeMessage = (entry: Entry): string =>
  `{"topic":"${entry.topic}","offset":${entry.offset},"id":"${entry.id}","at":${entry.at},${entry.body.slice(1)}`;

/**
 * What reads as a colon (UTS #39, and the colons of other scripts). A visarga is one at the end of a word only; within
 * it is a letter. A mark over or under a sign makes a colon of a dot.
 */
const COLONS =
  /[:\u02d0\u02f8\u0589\u05c3\u0700-\u0709\u1361\u1365\u1366\u16ec\u1803\u1804\u1809\u205a\u205d\u205e\u2236\u2237\u2254\u2255\u2982\u29f4\u2a74\u2af6\u2e2c\ua4fd\ua6f4\ua789\ufe13\ufe19\ufe30\ufe55\uff1a\u{11dd9}\u{12471}\u{1d108}]|[\u0903\u0983\u0a83\u0b03\u0c83\u0d03\u0f7f\u1038\u17c7](?![\p{L}\p{M}])/gu;
const MARKS_ON_SIGNS = /(?<=[\p{P}\p{S}\p{Z}])\p{M}+/gu;

/**
 * The line of plain mode, `name: text`; empty for what is no message or was removed. A reader who prints it must not take
 * a text's second line for somebody else's message, nor a name for the server's `! `, nor what stands in a name for the
 * beginning of the text: the first has a tab before it, the second a space, and no name has a colon.
 */
export function encodePlain(message: string): string {
  const { user, text, kind, removed } = decodeBody(message);
  if (kind !== undefined || removed !== undefined) return "";
  const name = user.name.replace(MARKS_ON_SIGNS, "").replace(COLONS, "·");
  const line = `${name}: ${text.includes("\n") ? text.replaceAll("\n", "\n\t") : text}`;
  return line.startsWith("!") ? ` ${line}` : line;
}
