/**
 * Text of a growing message, drawn as it grows: what nothing can change any more is parsed and drawn once, so that the work grows with the text
 * and a selection stays. An open block of code is drawn as code. Keeps the elements at the end, too: the text does not jump.
 */
import type { ComponentChildren } from "preact";
import {
  type Block,
  type Budget,
  newBudget,
  parseOn,
  type ReadSoFar,
  readOn,
} from "../../../src/markdown.ts";
import { drawBlocks, type LinkTools, type TextContext } from "./formatted.tsx";

/** Texts that are kept: more than grow in front of a reader. */
const MAX_KEPT = 50;

/** A text as far as it is drawn for good. */
interface Kept {
  read: ReadSoFar;
  /** Parsed up to here. */
  length: number;
  blocks: Block[];
  budget: Budget;
  drawn: ComponentChildren[];
  /** Whether the Tab key reaches the links that are drawn. */
  isActive: boolean;
}

const newText = (isActive: boolean): Kept => ({
  read: { at: 0, cut: 0, fence: undefined },
  length: 0,
  blocks: [],
  budget: newBudget(),
  drawn: [],
  isActive,
});

/** Parses the part of a text that is not parsed for good. */
function parseTail(text: string, { read, length, blocks, budget }: Kept, isEnd: boolean): Block[] {
  const tail = text.slice(length);
  if (read.fence === undefined || isEnd)
    return tail === "" ? [] : parseOn(blocks.at(-1), tail, { ...budget });
  const begin = tail.indexOf("\n");
  return [{ block: "code", text: begin < 0 ? "" : tail.slice(begin + 1) }];
}

/** Creates the growing texts of one chat. */
export function createGrowingTexts(tools: LinkTools) {
  const texts = new Map<string, Kept>();

  function keptOf(key: string, text: string, isActive: boolean): Kept {
    const known = texts.get(key);
    if (known && known.length <= text.length) return known;
    const fresh = newText(isActive);
    texts.set(key, fresh);
    for (const old of [...texts.keys()].slice(0, -MAX_KEPT)) texts.delete(old);
    return fresh;
  }

  return {
    /** Whether a message has grown here. */
    has: (key: string): boolean => texts.has(key),
    forget: (key: string): void => void texts.delete(key),

    /** Draws a text that may have grown since the last time; `isEnd`: it grows no more. */
    draw(key: string, text: string, context: TextContext, isEnd: boolean): ComponentChildren {
      const kept = keptOf(key, text, context.active_);
      kept.read = readOn(text, kept.read);
      const { cut } = kept.read;
      if (cut > kept.length) {
        const blocks = parseOn(kept.blocks.at(-1), text.slice(kept.length, cut - 1), kept.budget);
        kept.length = cut;
        kept.blocks.push(...blocks);
        kept.drawn.push(drawBlocks(tools, blocks, context));
      }
      if (kept.isActive !== context.active_) {
        kept.isActive = context.active_;
        kept.drawn = [drawBlocks(tools, kept.blocks, context)];
      }
      return [...kept.drawn, drawBlocks(tools, parseTail(text, kept, isEnd), context)];
    },
  };
}
