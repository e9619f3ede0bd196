/** The emoji that the server takes: as reactions, and as icons of messages. */

let pattern: RegExp | undefined;

/** Whether a text is one emoji of Unicode's recommended set (UTS #51). */
export function isEmoji(text: string): boolean {
  // Made for the first text: it takes milliseconds of a start.
  pattern ??= /^\p{RGI_Emoji}$/v;
  return pattern.test(text);
}
