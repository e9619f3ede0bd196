/**
 * Stored message bodies: the JSON of a message without the log's own columns, and texts made from it.
 * Encoders write a message's JSON once and wrap it by string concatenation.
 */
import { withTitleAndLink } from "../message-fields.ts";
import type { Message, User } from "../model.ts";
import type { Entry } from "./log.ts";

/** A message without the fields that the log stores beside the body. */
export type StoredBody = Omit<Message, "topic" | "offset" | "id" | "at" | "hidden"> & {
  /** The author's id, if the author is shadow-banned: the author receives the message as usual, moderators receive it marked. */
  hidden?: string | undefined;
};

/** The JSON of users: an author's messages share it. Users are never changed, only replaced. */
const encodedUsers = new WeakMap<User, string>();
function encodeUser(user: User): string {
  let json = encodedUsers.get(user);
  if (json === undefined) {
    json = JSON.stringify(user);
    encodedUsers.set(user, json);
  }
  return json;
}

/** Encodes a body. The field `hidden` comes first, so that `isHiddenBody` need not parse. */
export function encodeBody(body: StoredBody): string {
  if (body.hidden !== undefined) return JSON.stringify({ hidden: body.hidden, ...body });
  const isPlain = Object.keys(body).length === 2 && body.text !== undefined && body.user !== undefined;
  if (!isPlain) return JSON.stringify(body);
  return `{"user":${encodeUser(body.user)},"text":${JSON.stringify(body.text)}}`;
}

/** Whether a body's author was shadow-banned. Does not parse: called for every encoded entry. */
export const isHiddenBody = (body: string): boolean => body.startsWith('{"hidden":');

/** Whether a message grows. Does not parse: `growing` comes first in its body. */
export const isGrowingBody = (body: string): boolean => body.startsWith('{"growing":');

/**
 * Whether this is where readers of whole messages receive one: at the message itself, or at the end of one that has grown. They
 * skip all other entries.
 */
export const isWhole = ({ kind, removed, growing, done, text }: Omit<StoredBody, "hidden">): boolean =>
  kind === "edit"
    ? done !== undefined && text !== ""
    : kind === undefined && removed === undefined && growing === undefined && done === undefined;

/** Parses a body that `encodeBody` wrote. */
export const decodeBody = (body: string): StoredBody => JSON.parse(body);

/** The JSON of a message, as events, history and server-sent events contain it. */
export const encodeMessage = (entry: Entry): string =>
  `{"topic":"${entry.topic}","offset":${entry.offset},"id":"${entry.id}","at":${entry.at},${entry.body.slice(1)}`;

/**
 * Characters that look like a colon (UTS #39, and the colons of other scripts). A visarga counts only at the end of a word;
 * within a word it is a letter.
 */
const COLONS =
  /[:\u02d0\u02f8\u0589\u05c3\u0700-\u0709\u1361\u1365\u1366\u16ec\u1803\u1804\u1809\u205a\u205d\u205e\u2236\u2237\u2254\u2255\u2982\u29f4\u2a74\u2af6\u2e2c\ua4fd\ua6f4\ua789\ufe13\ufe19\ufe30\ufe55\uff1a\u{11dd9}\u{12471}\u{1d108}]|[\u0903\u0983\u0a83\u0b03\u0c83\u0d03\u0f7f\u1038\u17c7](?![\p{L}\p{M}])/gu;
/** Combining marks on punctuation: a dot with a dot above looks like a colon. */
const MARKS_ON_SIGNS = /(?<=[\p{P}\p{S}\p{Z}])\p{M}+/gu;

/**
 * The line of plain mode, `name: text`, with the title before the text and the link after it; empty for removed messages, for those that grow, and for entries that are not messages. A printed line is
 * never ambiguous: further lines of a text begin with a tab, a name that begins like the server's `! ` gets a space before
 * it, and colons within names become `·`.
 */
export function encodePlain(message: string): string {
  const body = decodeBody(message);
  const { user } = body;
  if (!isWhole(body)) return "";
  const text = withTitleAndLink(body.text, body);
  const name = user.name.replace(MARKS_ON_SIGNS, "").replace(COLONS, "·");
  const line = `${name}: ${text.includes("\n") ? text.replaceAll("\n", "\n\t") : text}`;
  return line.startsWith("!") ? ` ${line}` : line;
}
