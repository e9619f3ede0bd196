import { describe, expect, test } from "bun:test";
import {
  type Block,
  type Inline,
  parseText,
  newBudget,
  parseOn,
  type ReadSoFar,
  readOn,
} from "../../src/markdown.ts";

/** The tree as one line: tags in brackets. */
const showLine = (inlines: Inline[]): string =>
  inlines
    .map((i) => ("tag" in i ? `[${i.tag} ${showLine(i.inlines)}]` : i.href ? `[a ${i.text}]` : i.text))
    .join("");
const showBlock = (block: Block): string => {
  if (block.block === "code") return `{code ${block.text}}`;
  if (block.block === "list")
    return `{list${block.start ?? ""} ${block.items.map((item) => showLine(item)).join(" | ")}}`;
  return block.block === "quote" ? `{quote ${showLine(block.inlines)}}` : showLine(block.inlines);
};
const show = (text: string) => parseText(text).map(showBlock).join("");

describe("formatting", () => {
  test.each([
    ["*em* and _em_", "[em em] and [em em]"],
    ["**strong**, __strong__", "[strong strong], [strong strong]"],
    ["**strong with *em* in it**", "[strong strong with [em em] in it]"],
    ["`code *not em*`", "[code code *not em*]"],
    ["**https://example.com/**", "[strong [a https://example.com/]]"],
    ["https://example.com/_a_/*b*", "[a https://example.com/_a_/*b]*"],
    ["- one\n- *two*\nend", "{list one | [em two]}end"],
    ["1. one\n2. two", "{list1 one | two}"],
    ["> quoted\n> on\nsaid", "{quote quoted\non}said"],
    ["```js\nlet *x*;\n```\nend", "{code let *x*;}end"],
  ])("%j is %s", (text, expected) => {
    expect(show(text)).toBe(expected);
  });
});

describe("text that stays as written", () => {
  test.each([
    "2 * 3 * 4",
    "2*3*4",
    "snake_case_name",
    "*open",
    "** **",
    "****",
    "`",
    "```\nno end",
    "a - b",
    "-no list",
    "#no heading",
    "[no link](example.com)",
    "one\ntwo\n\nthree",
  ])("%j", (text) => {
    expect(show(text)).toBe(text);
  });
});

test("any text becomes only the few allowed tags and checked addresses", () => {
  const corpus = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "![x](data:text/html,<script>alert(1)</script>)",
    "**<svg onload=alert(1)>**",
    "`</code><script>alert(1)</script>`",
    "> <iframe src=javascript:alert(1)>",
    "```html\n<script>alert(1)</script>\n```",
    "- <a href=javascript:alert(1)>x</a>",
    "*javascript:alert(1)*",
    '**https://example.com/"onmouseover="alert(1)**',
    "https://user:pass@evil.example/**x**",
  ];
  const hrefs: string[] = [];
  const visit = (inline: Inline): void => {
    if ("tag" in inline) {
      expect(["em", "strong", "code"]).toContain(inline.tag);
      inline.inlines.forEach(visit);
    } else if (inline.href) hrefs.push(inline.href);
  };
  for (const block of corpus.flatMap(parseText)) {
    if (block.block === "list") block.items.flat().forEach(visit);
    else if (block.block !== "code") block.inlines.forEach(visit);
  }
  expect(hrefs).toEqual(["https://example.com/"]);
});

test("the longest texts of marks take no noticeable time", () => {
  for (const part of ["*a ", "**", "_", "`", "* ", "> ", "```\n", "- \n", "**a*_", "https://a.b/*_ "]) {
    const started = performance.now();
    parseText(part.repeat(Math.ceil(8_192 / part.length)));
    expect({ part, isSlow: performance.now() - started > 700 }).toEqual({ part, isSlow: false });
  }
});

test("a text that is parsed as it grows looks like the whole text at its end, wherever it was cut", () => {
  const text =
    "Hi **you**\n\n- one\n- *two*\n\n\nafter\n> quoted\n> more\n\n```ts\nlet a = 1;\n\n- no list\n```\n\nand `code`\n1. x\n2. y\nhttps://a.example/x\n\nend\n";
  for (let step = 1; step < 12; step++) {
    let read: ReadSoFar = { at: 0, cut: 0, fence: undefined };
    let length = 0;
    const blocks: Block[] = [];
    const budget = newBudget();
    for (let end = step; ; end += step) {
      read = readOn(text.slice(0, end), read);
      if (read.cut > length) {
        blocks.push(...parseOn(blocks.at(-1), text.slice(length, read.cut - 1), budget));
        length = read.cut;
      }
      if (end >= text.length) break;
    }
    const tail = text.slice(length);
    const all = [...blocks, ...(tail === "" ? [] : parseOn(blocks.at(-1), tail, budget))];
    expect({ step, shown: all.map(showBlock).join("") }).toEqual({ step, shown: show(text.trimEnd()) });
  }
});
