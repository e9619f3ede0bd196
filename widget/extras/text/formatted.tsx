/** Draws formatted text as elements and text nodes; `src/markdown` parses it, and `src/links` has checked its addresses. */
import type { ComponentChildren } from "preact";
import { cutAtNames } from "./names-in.ts";
import { type Block, type Inline, parseText } from "../../../src/markdown.ts";
import { h } from "../extras-jsx.ts";

/** The handler of links. */
export interface LinkTools {
  onLink_: (href: string, event: Event) => void;
}

/** The surroundings of a text. */
export interface TextContext {
  /** Whether the Tab key reaches its links. */
  active_: boolean;
  /** Names of the users whom the message mentions. */
  names_: readonly string[];
}

/** Parses and draws a text. */
export const drawFormatted = (tools: LinkTools, text: string, context: TextContext): ComponentChildren =>
  drawBlocks(tools, parseText(text), context);

/** Draws the blocks of a text. */
export function drawBlocks(
  tools: LinkTools,
  blocks: readonly Block[],
  context: TextContext,
): ComponentChildren[] {
  const line = (inlines: Inline[]) => inlines.map((inline) => drawInline(tools, inline, context));
  const draw = (block: Block): ComponentChildren => {
    if (block.block === "plain") return line(block.inlines);
    if (block.block === "code") return <pre part="code">{block.text}</pre>;
    if (block.block === "quote") return <blockquote>{line(block.inlines)}</blockquote>;
    const items = block.items.map((item) => <li>{line(item)}</li>);
    return block.start === undefined ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>;
  };
  return blocks.map(draw);
}

function drawInline(tools: LinkTools, inline: Inline, context: TextContext): ComponentChildren {
  const { onLink_: onLink } = tools;
  if ("tag" in inline) {
    const part = inline.tag === "code" ? { part: "code" } : null;
    return (
      <inline.tag {...part}>{inline.inlines.map((inner) => drawInline(tools, inner, context))}</inline.tag>
    );
  }
  const { text, href } = inline;
  if (!href) {
    const pieces = cutAtNames(text, context.names_);
    return pieces.map((piece, i) => (i % 2 ? <bdi part="mention">{piece}</bdi> : piece));
  }
  const attributes = {
    part: "link",
    href,
    target: "_blank",
    rel: "noopener noreferrer nofollow ugc",
    tabIndex: context.active_ ? 0 : -1,
    onClick: (event: Event) => onLink(href, event),
  };
  return <a {...attributes}>{text}</a>;
}
