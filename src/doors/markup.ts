/**
 * Renders a message's text as HTML for pages without JavaScript, with the Markdown and links of the chat. Every text
 * passes `escapeHTML`; tags come from a fixed set, and `linkify` has checked the addresses.
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

/** A message's text as HTML that is safe anywhere in the body of a page, outside of tags. */
export const toMarkup = (text: string): string => parseText(text).map(drawBlock).join("");
