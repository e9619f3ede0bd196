/**
 * The emoji that the server takes: as reactions, as icons of messages, and in topics that take nothing else. The patterns are
 * made when they are first needed: they take milliseconds of a start.
 */

let one: RegExp | undefined;
let oneOrSpace: RegExp | undefined;

/** Whether a text is one emoji of Unicode's recommended set (UTS #51). */
export function isEmoji(text: string): boolean {
  one ??= /^\p{RGI_Emoji}$/v;
  return one.test(text);
}

/** Whether a text has only emoji and spaces. */
export function isEmojiOnly(text: string): boolean {
  // They are removed one by one: a pattern for the whole text would try every way to split it.
  oneOrSpace ??= /\p{RGI_Emoji}|\s/gv;
  return text.replace(oneOrSpace, "") === "";
}
