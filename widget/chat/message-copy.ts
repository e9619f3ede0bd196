/**
 * A message drawn as a copy of one like it: the browser copies elements for a fraction of what it costs to build them. Words,
 * times and colours are replaced; text reaches the page as text nodes only. The original comes from row.tsx.
 */
import { hueOf, initials } from "./author.ts";
import type { MessageRow } from "./rows.ts";

/**
 * Messages of one kind have the same elements, and the same attributes but for those that `copyOf` replaces. Nothing for the few
 * that have a word more.
 */
export const kindOf = ({ head, mine, role, text }: MessageRow): string | false =>
  role !== "operator" && `${head} ${mine} ${typeof text}`;

/** `NodeFilter.SHOW_TEXT` (DOM section 6). */
const SHOW_TEXT = 4;

/** Copies an article and puts another message of its kind into it. The elements are those of `drawArticle` (row.tsx). */
export function copyOf(
  original: Element,
  { userId_: userId, name, text, at, head, message }: MessageRow,
  author: string,
  clock: string,
): HTMLElement {
  const article = original.cloneNode(true) as HTMLElement;
  const texts = document.createTreeWalker(article, SHOW_TEXT);
  article.ariaLabel = `${author}, ${clock}`;
  article.style.setProperty("--_hue", `${hueOf(userId)}`);
  for (const words of [...(head ? [initials(name), author] : []), clock, text])
    (texts.nextNode() as Text).data = words;
  (article.querySelector("time") as HTMLTimeElement).dateTime = new Date(at).toISOString();
  (article.querySelector("[data-offset]") as HTMLElement).dataset.offset = `${message?.offset}`;
  return article;
}
