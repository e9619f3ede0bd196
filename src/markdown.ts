/**
 * Markdown of chat texts: emphasis, strong, code, code blocks, quotes, lists, links. Pure.
 * Turns a text into a tree of texts and tags from a fixed set; everything else stays as it was written. The time grows linearly
 * with the text's length: no expression looks beyond its line, and the search for a closing mark is bounded.
 */
import { linkify, type Segment } from "./links.ts";

/** A part of a line. A part without a tag is text, or a link. */
export type Inline = Segment | { tag: "em" | "strong" | "code"; inlines: Inline[] };

export type Block =
  | { block: "plain"; inlines: Inline[] }
  | { block: "code"; text: string }
  | { block: "quote"; inlines: Inline[] }
  | { block: "list"; start: number | undefined; items: Inline[][] };

/** Candidates for the closing mark of one opening mark. No sentence needs more. */
const MAX_TRIES = 8;
const MAX_DEPTH = 4;
/** Marks and links of one text that become elements; further ones stay text. A page draws all elements at once. */
const MAX_ELEMENTS = 100;
const WORD = /[\p{L}\p{N}]/u;
const BULLET = /^ {0,3}[-*+] +(?=\S)/;
const NUMBER = /^ {0,3}(\d{1,4})[.)] +(?=\S)/;
const QUOTE = /^> ?/;
const BACKTICKS = /`+/y;
const FENCE = /^```[\w+-]*\s*$/;

/** The number of elements that a text may still create. */
export interface Budget {
  left: number;
}

/** The budget of a text. */
export const newBudget = (): Budget => ({ left: MAX_ELEMENTS });

/** Parses a text into blocks. Adjacent plain lines are one block, with their line ends. */
export const parseText = (text: string): Block[] => parseWithin(text, newBudget());

/** Parses a text, or a part of one, within what is left of the budget. */
function parseWithin(text: string, budget: Budget): Block[] {
  const lines = text.split("\n");
  const blocks: Block[] = [];
  const lastFence = lines.findLastIndex((line) => FENCE.test(line));
  let at = 0;
  /** Takes the lines that match. */
  function take(pattern: RegExp): string[] {
    const from = at;
    while (at < lines.length && pattern.test(lines[at] ?? "")) at++;
    return lines.slice(from, at).map((line) => line.replace(pattern, ""));
  }
  function takeCode(): Block {
    const from = ++at;
    while (!FENCE.test(lines[at] ?? "")) at++;
    return { block: "code", text: lines.slice(from, at++).join("\n") };
  }
  function takeBlock(line: string): Block | undefined {
    if (budget.left <= 0) return undefined;
    budget.left--;
    const block = readBlock(line);
    if (!block) budget.left++;
    return block;
  }
  function readBlock(line: string): Block | undefined {
    if (FENCE.test(line) && at < lastFence) return takeCode();
    if (QUOTE.test(line)) return { block: "quote", inlines: parseLines(take(QUOTE), budget) };
    const number = NUMBER.exec(line)?.[1];
    const pattern = number ? NUMBER : BULLET;
    if (!pattern.test(line)) return undefined;
    const items = take(pattern).map((item) => parseLine(item, budget));
    budget.left -= items.length;
    return { block: "list", start: number ? Number(number) : undefined, items };
  }
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const before = blocks.at(-1);
    const block = takeBlock(line);
    if (block) blocks.push(block);
    else {
      at++;
      if (before?.block === "plain") before.inlines.push({ text: "\n" }, ...parseLine(line, budget));
      // The line end after a block belongs to the block.
      else if (line || !before) blocks.push({ block: "plain", inlines: parseLine(line, budget) });
    }
  }
  return blocks;
}

const parseLines = (lines: string[], budget: Budget): Inline[] =>
  lines.flatMap((line, i) => (i ? [{ text: "\n" }, ...parseLine(line, budget)] : parseLine(line, budget)));

/** The links of a line, for as long as the budget lasts. */
function takeLinks(line: string, budget: Budget): Segment[] {
  if (budget.left <= 0) return line === "" ? [] : [{ text: line }];
  // One more than the budget, to know whether some are left.
  const segments = linkify(line, budget.left + 1);
  let end = 0;
  for (const { text, href } of segments) {
    if (href && --budget.left < 0) break;
    end += text.length;
  }
  if (end === line.length) return segments;
  return [...linkify(line.slice(0, end)), { text: line.slice(end) }];
}

/** Parses a line, or the text between two marks of it. */
export function parseLine(line: string, budget: Budget = { left: MAX_ELEMENTS }, depth = 0): Inline[] {
  const links = linksOf(line, budget.left);
  const inlines: Inline[] = [];
  let done = 0;
  let at = 0;
  while (depth < MAX_DEPTH && budget.left > 0) {
    at = nextMark(line, at, links);
    const mark = markAt(line, at);
    if (!mark) break;
    const end = closing(line, at, mark, links);
    if (end < 0) {
      at += mark.length;
      continue;
    }
    inlines.push(...takeLinks(line.slice(done, at), budget));
    budget.left--;
    const inner = line.slice(at + mark.length, end);
    if (mark[0] === "`") inlines.push({ tag: "code", inlines: [{ text: inner }] });
    else
      inlines.push({ tag: mark.length > 1 ? "strong" : "em", inlines: parseLine(inner, budget, depth + 1) });
    done = at = end + mark.length;
  }
  inlines.push(...takeLinks(line.slice(done), budget));
  return inlines;
}

/** How far a growing text was read: up to `cut` nothing that follows changes it. `fence` is where an open block of code begins. */
export interface ReadSoFar {
  /** The begin of the first line that was not whole. */
  at: number;
  cut: number;
  fence: number | undefined;
}

/** Reads on to the last whole line of a text that has grown. */
export function readOn(text: string, { at, cut, fence }: ReadSoFar): ReadSoFar {
  for (let end = text.indexOf("\n", at); end >= 0; end = text.indexOf("\n", at)) {
    const line = text.slice(at, end);
    const isFence = FENCE.test(line);
    if (fence !== undefined) {
      if (isFence) [fence, cut] = [undefined, end + 1];
    } else if (isFence) [fence, cut] = [at, at];
    // The next line may continue a list or a quote, and is dropped if it is empty after one.
    else if (line !== "" && ![QUOTE, BULLET, NUMBER].some((pattern) => pattern.test(line))) cut = end + 1;
    at = end + 1;
  }
  return { at, cut, fence };
}

/** The blocks of a part of a text that continues other blocks: as if both had been parsed together. `part` begins after a line end. */
export function parseOn(before: Block | undefined, part: string, budget: Budget): Block[] {
  if (!before) return parseWithin(part, budget);
  if (before.block !== "plain") {
    const rest = part.replace(/^\n+/, "");
    return rest === "" ? [] : parseWithin(rest, budget);
  }
  const blocks = parseWithin(part, budget);
  return blocks[0]?.block === "plain" ? [{ block: "plain", inlines: [{ text: "\n" }] }, ...blocks] : blocks;
}

/** For each position in a line, the end of the link around it; 0 outside of links. */
type LinkEnds = Uint32Array;

/** Finds the links of a line: a mark inside an address is part of the address. */
function linksOf(line: string, most: number): LinkEnds {
  const ends = new Uint32Array(line.length);
  let at = 0;
  for (const { text, href } of linkify(line, most)) {
    if (href) ends.fill(at + text.length, at, at + text.length);
    at += text.length;
  }
  return ends;
}

function nextMark(line: string, from: number, links: LinkEnds): number {
  for (let at = from; at < line.length; at++) {
    const end = links[at];
    if (end) at = end - 1;
    else if ("`*_".includes(line[at] ?? " ")) return at;
  }
  return line.length;
}

/** The mark at a position, which may open. `closing` refuses a mark inside a word: 2*3*4 and snake_case_names stay. */
function markAt(line: string, at: number): string | undefined {
  const mark = line[at];
  if (mark === "`") {
    BACKTICKS.lastIndex = at;
    return BACKTICKS.exec(line)?.[0];
  }
  if (mark === undefined) return mark;
  return line[at + 1] === mark ? mark + mark : mark;
}

/** The position of the closing mark, or -1. */
function closing(line: string, at: number, mark: string, links: LinkEnds): number {
  const from = at + mark.length;
  const isCode = mark[0] === "`";
  if (!isCode && (WORD.test(line[at - 1] ?? " ") || /\s/.test(line[from] ?? " "))) return -1;
  // Two or three backticks in a row are a fence, not empty code.
  if (isCode && line[from] === mark) return -1;
  let end = from;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    end = line.indexOf(mark, end + 1);
    if (end < 0) return -1;
    const after = line[end + mark.length] ?? " ";
    const isClosed = isCode || (!/\s/.test(line[end - 1] ?? " ") && !WORD.test(after) && after !== mark[0]);
    if (isClosed && (isCode || !links[end])) return end;
  }
  return -1;
}
