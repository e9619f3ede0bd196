import { describe, expect, test } from "bun:test";
import { createWordFilter, hasLink, WORD_RULES } from "../../src/moderation/word-filter.ts";

const filter = (rules: object) => createWordFilter(WORD_RULES.parse(rules));

describe("a blocked word", () => {
  const check = filter({ block: ["badger", "kitty", "book"] });
  test.each([
    ["badger"],
    ["BADGER!"],
    ["b4dger"],
    ["bаdger"],
    ["the baaadger"],
    ["kitty"],
    ["kittty"],
    ["book"],
  ])("is found in %j", (text) => {
    expect(check(text).blocked).toBe(true);
  });
  test.each([["bad ger"], ["bodger"], ["cities"], [""]])("is not found in %j", (text) => {
    expect(check(text).blocked).toBe(false);
  });
});

test("a masked word becomes asterisks, and the rest stays", () => {
  expect(filter({ mask: ["badger"] })("a Badger, really").text).toBe("a ******, really");
  expect(filter({ list: "english" })("an assassin's classic bassist").text).toBe(
    "an assassin's classic bassist",
  );
});

test("words and links can be held, and a blocked text is not held too", () => {
  const check = filter({ hold: ["casino"], block: ["badger"], links: "hold" });
  expect(check("casino").heldFor).toBe("words");
  expect(check("see https://a.example/").heldFor).toBe("links");
  expect(check("see www.a.example").heldFor).toBe("links");
  expect(check("casino badger")).toEqual({ text: "casino badger", blocked: true });
  expect(check("3.5 and 1.000,00 and e.g.")).toEqual({ text: "3.5 and 1.000,00 and e.g.", blocked: false });
  expect(filter({ links: "block" })("example.com").blocked).toBe(true);
});

test("an invalid rule is refused by name", () => {
  expect(WORD_RULES.safeParse({ block: ["x"] }).success).toBe(false);
  expect(WORD_RULES.safeParse({ links: "maybe" }).success).toBe(false);
  expect(() => filter({ block: ["a[b"] })).toThrow('words: "a[b" is not a valid pattern');
});

test("the rules treat every rendered link as a link, and texts that only look like one too", () => {
  for (const text of [
    "example.com/page",
    "www.example.fr",
    "ana@example.fr",
    "https://例え.jp/",
    "t.me/x",
    "docs.rs/x",
  ])
    expect({ text, found: hasLink(text) }).toEqual({ text, found: true });
  for (const text of ["https://bank.example@evil.example/", "evil.com", "https://аpple.com/"])
    expect({ text, found: hasLink(text) }).toEqual({ text, found: true });
  for (const text of ["and/or", "README.md", "3.5/4", "@ana"])
    expect({ text, found: hasLink(text) }).toEqual({ text, found: false });
});
