/**
 * A text as HTML, for pages without JavaScript: the same marks and links as in the chat (markdown.ts, links.ts). Every word
 * passes `escapeHTML`; tags come from a fixed set, addresses checked from `linkify`.
 */
import { type Block, type Inline, parseText } from "../markdown.ts";

const { escapeHTML } = Bun;

function drawInline(inline: Inline): string {
  if ("tag" in inline) return `<${inline.tag}>${drawLine(inline.inlines)}</${inline.tag}>`;
  const { text, href } = inline;
  if (href === undefined) return escapeHTML(text);
  return `<a href="${escapeHTML(href)}" rel="noopener noreferrer nofollow ugc">${escapeHTML(text)}</a>`;
}
const drawLine = (inlines: readonly Inline[]): string => inlines.map(drawInline).join("");

function drawBlock(block: Block): string {
  if (block.block === "plain") return drawLine(block.inlines);
  if (block.block === "code") return `<pre><code>${escapeHTML(block.text)}</code></pre>`;
  if (block.block === "quote") return `<blockquote>${drawLine(block.inlines)}</blockquote>`;
  const items = block.items.map((item) => `<li>${drawLine(item)}</li>`).join("");
  return block.start === undefined ? `<ul>${items}</ul>` : `<ol start="${block.start}">${items}</ol>`;
}

/** A message's text as HTML that is safe to put between any two tags of a page's body. */
export const toMarkup = (text: string): string => parseText(text).map(drawBlock).join("");
