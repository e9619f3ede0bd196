/** Draws a text's tree (markdown.ts) with elements and text nodes; addresses come checked from links.ts. */
import type { ComponentChildren, h as H } from "preact";
import { cutAtNames } from "./names-in.ts";
import { type Block, type Inline, parseText } from "../../../src/markdown.ts";

export interface ProseTools {
  h: typeof H;
  onLink: (href: string, event: Event) => void;
}

/** What is marked in a text besides its own marks. */
export interface ProseContext {
  /** Whether its links are in the order of the Tab key. */
  active: boolean;
  /** Names of those whom the message addresses. */
  names: readonly string[];
}

/** A text as nodes. */
export function drawProse(tools: ProseTools, text: string, context: ProseContext): ComponentChildren {
  const { h } = tools;
  const line = (inlines: Inline[]) => inlines.map((inline) => drawInline(tools, inline, context));
  const draw = (block: Block): ComponentChildren => {
    if (block.block === "plain") return line(block.inlines);
    if (block.block === "code") return h("pre", { part: "code" }, block.text);
    if (block.block === "quote") return h("blockquote", null, line(block.inlines));
    const items = block.items.map((item) => h("li", null, line(item)));
    return block.start === undefined ? h("ul", null, items) : h("ol", { start: block.start }, items);
  };
  return parseText(text).map(draw);
}

function drawInline(tools: ProseTools, inline: Inline, context: ProseContext): ComponentChildren {
  const { h, onLink } = tools;
  if ("tag" in inline) {
    const part = inline.tag === "code" ? { part: "code" } : null;
    return h(
      inline.tag,
      part,
      inline.inlines.map((inner) => drawInline(tools, inner, context)),
    );
  }
  const { text, href } = inline;
  if (!href) {
    const pieces = cutAtNames(text, context.names);
    return pieces.map((piece, i) => (i % 2 ? h("bdi", { part: "mention" }, piece) : piece));
  }
  const attributes = {
    part: "link",
    href,
    target: "_blank",
    rel: "noopener noreferrer nofollow ugc",
    tabIndex: context.active ? 0 : -1,
    onClick: (event: Event) => onLink(href, event),
  };
  return h("a", attributes, text);
}
