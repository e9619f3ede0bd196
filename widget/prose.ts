/** Draws a text's tree (markdown.ts) with elements and text nodes; addresses come checked from links.ts. */
import type { ComponentChildren, h as H } from "preact";
import { type Block, type Inline, parseText } from "./markdown.ts";

export interface ProseTools {
  h: typeof H;
  onLink: (href: string, event: Event) => void;
}

/** A text as nodes; `active` puts its links into the order of the Tab key. */
export function drawProse(tools: ProseTools, text: string, active: boolean): ComponentChildren {
  const { h } = tools;
  const line = (inlines: Inline[]) => inlines.map((inline) => drawInline(tools, inline, active));
  const draw = (block: Block): ComponentChildren => {
    if (block.block === "plain") return line(block.inlines);
    if (block.block === "code") return h("pre", { part: "code" }, block.text);
    if (block.block === "quote") return h("blockquote", null, line(block.inlines));
    const items = block.items.map((item) => h("li", null, line(item)));
    return block.start === undefined ? h("ul", null, items) : h("ol", { start: block.start }, items);
  };
  return parseText(text).map(draw);
}

function drawInline(tools: ProseTools, inline: Inline, active: boolean): ComponentChildren {
  const { h, onLink } = tools;
  if ("tag" in inline) {
    const part = inline.tag === "code" ? { part: "code" } : null;
    return h(
      inline.tag,
      part,
      inline.inlines.map((inner) => drawInline(tools, inner, active)),
    );
  }
  const { text, href } = inline;
  if (!href) return text;
  const attributes = {
    part: "link",
    href,
    target: "_blank",
    rel: "noopener noreferrer nofollow ugc",
    tabIndex: active ? 0 : -1,
    onClick: (event: Event) => onLink(href, event),
  };
  return h("a", attributes, text);
}
