/**
 * A message as a foreign sender posted it, and its form within the rules of this server: what does not fit a field becomes a line
 * of the text, and a text that is too long says how much of it is missing. Pure. Knows no format of any sender.
 */
import type { Content } from "../chat/submission-rules.ts";
import { KabarError } from "../errors.ts";
import { isEmoji } from "../emoji.ts";
import { cleanHeading, cleanName, cleanText } from "../formats.ts";
import {
  cleanAddress,
  MAX_TAG_CHARS,
  MAX_TAGS,
  MAX_TITLE_CHARS,
  messageFields,
  type OptionalFields,
} from "../message-fields.ts";
import { presentFields } from "../optional-fields.ts";

/** A message of a foreign sender. Every field may have any value of its type. */
export interface Posting extends OptionalFields {
  /** The name and the picture of the author, where the sender sets them. */
  name?: string | undefined;
  avatar?: string | undefined;
  /** The parts of the text, each on lines of its own. */
  lines: string[];
}

/** A payload that breaks a rule of its own format; `word` is that format's word for it. */
export class PostingError extends KabarError {
  readonly word: string;

  constructor(word: string, message: string) {
    super("bad-request", message);
    this.word = word;
  }
}

/** A raw text is at most so many times as long as the longest stored text before it is cut: cleaning removes little. */
const MAX_RAW_RATIO = 4;

/** The first characters of a text, with a sign that there are more. */
export const shorten = (text: string, most: number): string => {
  const characters = [...text.slice(0, most * 8)];
  return characters.length <= most && text.length <= most * 8
    ? text
    : `${characters.slice(0, most - 1).join("")}…`;
};

/** A text in one line of at most `most` characters; undefined when nothing visible is left. */
function heading(text: string | undefined, most: number): string | undefined {
  if (text === undefined) return undefined;
  // Folding white space makes a text shorter, and takes long for one of a megabyte.
  const longest = most * 16;
  const line = text.slice(0, longest).replace(/\s+/gu, " ").trim();
  return cleanHeading(shorten(text.length > longest ? `${line}…` : line, most), most);
}

/** A text of at most `maxBytes`, the last line of which says how many characters are missing. */
function cutText(raw: string, maxBytes: number): string {
  const text = cleanText(raw.slice(0, maxBytes * MAX_RAW_RATIO));
  const beyond = Math.max(0, raw.length - maxBytes * MAX_RAW_RATIO);
  if (beyond === 0 && Buffer.byteLength(text) <= maxBytes) return text;
  const note = (missing: number) => `\n… (${missing} more characters)`;
  const room = maxBytes - Buffer.byteLength(note(raw.length));
  if (room <= 0) return cleanText(Buffer.from(text).subarray(0, maxBytes).toString().replace(/�+$/, ""));
  const kept = Buffer.from(text).subarray(0, room).toString().replace(/�+$/, "");
  return kept.trimEnd() + note(text.length - kept.length + beyond);
}

/** A text that names an address: the address alone where both are the same. */
export const withAddress = (label: string, address: string): string =>
  label === "" || address === "" || label === address ? label || address : `${label} (${address})`;

/** The tags that a message may have, and a line of the others. */
function splitTags(tags: readonly string[] | undefined): { tags: string[]; line: string } {
  const all = [...new Set((tags ?? []).map((tag) => tag.trim()).filter((tag) => tag !== ""))];
  const fit = (tag: string) => cleanHeading(tag, MAX_TAG_CHARS) !== undefined;
  const kept = all.filter(fit).slice(0, MAX_TAGS);
  const others = all.filter((tag) => !kept.includes(tag));
  return { tags: kept, line: others.length > 0 ? `Tags: ${others.join(", ")}` : "" };
}

const isIcon = (icon: string): boolean => isEmoji(icon) || cleanAddress(icon) !== undefined;

/** A posting with its buttons as lines: guests and users may not add buttons to a message. */
export const withoutButtons = ({ actions = [], lines, ...posting }: Posting): Posting => ({
  ...posting,
  lines: [...lines, ...actions.map((one) => withAddress(one.label, one.type === "view" ? one.url : ""))],
});

/** The content of a message, and its author's name and picture; undefined when nothing in it can be seen. */
export function fitPosting(
  posting: Posting,
  maxBytes: number,
): { content: Content; name?: string; avatar?: string } | undefined {
  const { title: rawTitle, link: rawLink, icon, priority, actions, data, ephemeral, expiresAt } = posting;
  const { tags, line: tagLine } = splitTags(posting.tags);
  let title = heading(rawTitle, MAX_TITLE_CHARS);
  const link = rawLink === undefined ? undefined : cleanAddress(rawLink);
  const lines = [
    title === undefined || !title.endsWith("…") || rawTitle === undefined ? "" : rawTitle,
    ...posting.lines,
    rawLink === undefined || link !== undefined ? "" : rawLink,
    tagLine,
  ];
  let text = cutText(lines.filter((line) => line.trim() !== "").join("\n"), maxBytes);
  if (text === "") {
    text = cutText(title ?? link ?? actions?.[0]?.label ?? "", maxBytes);
    title = undefined;
  }
  if (text === "") return undefined;
  const fields = messageFields({
    title,
    link,
    icon: icon !== undefined && isIcon(icon) ? icon : undefined,
    priority,
    tags,
    actions,
    data,
    ephemeral,
    expiresAt,
  });
  const name = posting.name === undefined ? undefined : cleanName(shorten(posting.name.trim(), 40));
  const avatar = posting.avatar === undefined ? undefined : cleanAddress(posting.avatar);
  return { content: { text, ...fields }, ...presentFields({ name, avatar }) };
}
