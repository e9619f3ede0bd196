import { expect, test } from "bun:test";
import { parseText } from "../../src/markdown.ts";
import { isPlain } from "../../widget/extras/text/plain-text.ts";

/** Pieces from which texts are put together: words, and everything that means something to the parser. */
const PIECES = [
  ..."a b 1 12 . , : ; - + * _ ~ ` > < ( ) [ ] / \\ @ # ! ? … ' \" é 字 א 👍 ＠ ：".split(" "),
  ...[
    "\n",
    " ",
    "   ",
    "```",
    "**",
    "- ",
    "1. ",
    "1) ",
    "> ",
    "www.",
    "http:",
    "https://",
    "mailto:",
    "x.com",
    "a@b.co",
  ],
];

test("a text that counts as plain is parsed to itself, whatever it is put together from", () => {
  // A generator with a fixed seed (Numerical Recipes), so that a failure comes again.
  let seed = 1;
  const below = (limit: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  let plain = 0;
  for (let i = 0; i < 60_000; i++) {
    const text = Array.from({ length: 1 + below(7) }, () => PIECES[below(PIECES.length)]).join("");
    if (!isPlain(text)) continue;
    plain++;
    // One block, all of it text; neighbouring texts are as good as one.
    const [block, ...more] = parseText(text);
    const inlines = block?.block === "plain" ? block.inlines : [];
    const drawn = inlines.map((inline) => ("tag" in inline || inline.href ? "" : inline.text)).join("");
    expect({ text, drawn, more }).toEqual({ text, drawn: text, more: [] });
  }
  expect(plain).toBeGreaterThan(5_000);
});

test.each(["hello", "Where is it? There.", "a - b", "late: 3 hours", "Ja, gern … bis später!", "two\nlines"])(
  "%p is plain",
  (text) => expect(isPlain(text)).toBe(true),
);

test.each([
  "*a*",
  "www.example.com",
  "example.com/x",
  "a@b.co",
  "@Ana",
  "`x`",
  "- item",
  "1. item",
  "> quote",
  "https://x.y",
])("%p is not plain", (text) => expect(isPlain(text)).toBe(false));
