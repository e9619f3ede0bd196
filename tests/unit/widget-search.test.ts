import { describe, expect, test } from "bun:test";
import { termsOf as termsOfServer } from "../../src/log/search-text.ts";
import { marksIn, startOf, termsOf } from "../../widget/search-marks.ts";

const marked = (text: string, query: string): string[] =>
  marksIn(text, query).map(([from, to]) => text.slice(from, to));

describe("the marks of a search", () => {
  test.each([
    ["The ferry leaves", "FERRY", ["ferry"]],
    ["Café crème, cafe", "cafe", ["Café", "cafe"]],
    ["one  two\nthree", '"one two three"', ["one  two\nthree"]],
    ["one “two three”", "“two three”", ["two three"]],
    ["abcabc", "abc bca", ["abcabc"]],
    ["去北京吃饭", "北京", ["北京"]],
    ["Ｆｕｌｌ width", "full", ["Ｆｕｌｌ"]],
    ["ﬁne", "fine", ["ﬁne"]],
    ["a 👩‍💻 b", "👩‍💻", ["👩‍💻"]],
    ["Straße", "zug", []],
    ["x*y", "*", ["*"]],
    ["", "x", []],
  ])("%j has %j marked", (text, query, expected) => {
    expect(marked(text, query)).toEqual(expected);
  });

  test("stand where the server finds: terms are read alike", () => {
    for (const query of ['a "b  c" d', "“x y” Z", '"open phrase', "É ß ＡＢ", '"" x', "\u200bz"])
      expect(termsOf(query)).toEqual(termsOfServer(query));
  });

  test("cost a time that grows with the text, not with its square", () => {
    const timeOf = (n: number): number => {
      const startedAt = performance.now();
      marksIn("a ".repeat(n), '"a a" a aa "a a a"');
      return performance.now() - startedAt;
    };
    const leastOf = (n: number): number => Math.min(...Array.from({ length: 5 }, () => timeOf(n)));
    expect(leastOf(40_000)).toBeLessThan(10 * Math.max(1, leastOf(20_000)));
  });
});

test("an excerpt begins at a word shortly before the first mark, never within a character", () => {
  const far = `${"word ".repeat(100)}needle`;
  const start = startOf(far, marksIn(far, "needle"));
  expect(far.slice(start)).toMatch(/^word (?:word ){6,8}needle$/);
  expect(startOf("a needle", marksIn("a needle", "needle"))).toBe(0);
  expect(startOf(far, [])).toBe(0);
  const emoji = `${"👍".repeat(100)}needle`;
  expect(emoji.slice(startOf(emoji, marksIn(emoji, "needle")))).toMatch(/^(?:👍)+needle$/u);
});
