/**
 * Interface of toasts and overlay, which show messages without controls. Both draw the author and the text with
 * `drawMessage`.
 */
import type { Message } from "../../src/model.ts";

/** Something that shows messages as they come. */
export interface Surface {
  /** Its style sheet. */
  css: string;
  add(message: Message): void;
  /** The message was taken back. */
  remove(offset: number): void;
}

/** Creates the author and the text of a message; the text is a `tag`. */
export function drawMessage(
  { user, title, text }: Message,
  tag: "p" | "span",
): [author: HTMLElement, words: HTMLElement] {
  const author = document.createElement("bdi");
  author.setAttribute("part", "author");
  author.textContent = user.name;
  const words = document.createElement(tag);
  words.setAttribute("part", "text");
  words.dir = "auto";
  words.textContent = title === undefined ? text : `${title} – ${text}`;
  return [author, words];
}
