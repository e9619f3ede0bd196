import { describe, expect, test } from "bun:test";
import { linkify } from "../../src/links.ts";
import { guestName } from "../../src/users/guests.ts";
import { GUEST_GLYPHS, glyphOf } from "../../widget/extras/message/guest-glyphs.ts";
import { byteLength, hueOf, initials } from "../../widget/chat/author.ts";

const links = (text: string) => linkify(text).flatMap(({ href }) => href ?? []);

describe("links", () => {
  test.each([
    ["see https://example.com/a.", "https://example.com/a"],
    ["(http://example.com)", "http://example.com/"],
    [
      "https://en.wikipedia.org/wiki/Kabar_(disambiguation)",
      "https://en.wikipedia.org/wiki/Kabar_(disambiguation)",
    ],
    ["<https://example.com/x>", "https://example.com/x"],
    ['"https://example.com/y"', "https://example.com/y"],
    ["HTTPS://EXAMPLE.COM/A", "https://example.com/A"],
    ["https://example.com/a?b=c&d=e#f!", "https://example.com/a?b=c&d=e#f"],
    ["write to mailto:ana@example.com, please", "mailto:ana@example.com"],
    ["https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"],
    ["www.example.com", "https://www.example.com/"],
    ["(see www.example.com/a)", "https://www.example.com/a"],
    ["example.com/page, and more", "https://example.com/page"],
    ["example.co.uk:8080/", "https://example.co.uk:8080/"],
    ["write to ana.maria+x@mail.example.com.", "mailto:ana.maria+x@mail.example.com"],
    ["https://example.com/。次", "https://example.com/"],
    ["https://example.com/次の文", "https://example.com/"],
    ["請看https://example.com/page這個", "https://example.com/page"],
    ["「www.example.com」です", "https://www.example.com/"],
    ["https://example.com입니다", "https://example.com/"],
    ["https://ja.wikipedia.org/wiki/日本語。", "https://ja.wikipedia.org/wiki/%E6%97%A5%E6%9C%AC%E8%AA%9E"],
    ["https://example.com/?q=日本", "https://example.com/?q=%E6%97%A5%E6%9C%AC"],
    ["https://日本.jp/", "https://xn--wgv71a.jp/"],
    ["https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"],
  ])("%s goes to %s", (text, href) => {
    expect(links(text)).toEqual([href]);
  });

  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "view-source:https:example.com",
    "https://bank.example@evil.example/",
    "https://user:pass@evil.example/",
    "mailto:ana@example.com?bcc=everyone@example.com",
    "mailto:nobody",
    "http://",
    "https:// example.com",
    "xhttps:/example.com",
    "java\tscript:alert(1)",
    "<img src=x onerror=alert(1)>",
    "&#106;avascript:alert(1)",
    "//example.com",
    "//example.com/x",
    "example.com",
    "www.example",
    "user:pass@evil.example/",
    "bank.com:80@evil.com/x",
    "javascript:evil.com/x",
    "git@github.com:a/b",
    "@ana@example.social",
    "README.md/CHANGELOG.md",
    "index.ts/x",
    "and/or",
    "https://аpple.com/",
    "https://аррӏе.com/",
    "https://bank.com∕login.evil.com/",
    "www.exampleа.com",
    "ana@example.comа",
  ])("%j is no link", (text) => {
    expect(links(text)).toEqual([]);
  });

  test("an address ends at a character that turns the writing direction", () => {
    expect(links("https://example.com/\u202egpj.exe")).toEqual(["https://example.com/"]);
  });

  test("the parts of any text, joined, are the text", () => {
    const parts = [
      "https://a.example/",
      "mailto:a@b.c",
      ")",
      "(",
      ".",
      " ",
      "\n",
      "<b>",
      "é",
      "😀",
      "]]",
      "http://",
    ];
    for (let seed = 1; seed < 500; seed++) {
      const text = Array.from(
        { length: 12 },
        (_, i) => parts[(seed * 7 + i * i * 13 + seed * i) % parts.length],
      ).join("");
      expect(
        linkify(text)
          .map((s) => s.text)
          .join(""),
      ).toBe(text);
    }
  });

  test("the longest text of brackets, dots and prefixes takes no noticeable time", () => {
    const started = performance.now();
    for (const part of [")", ".", "http://", "mailto:", "https://a(", "https://a.b/).", "a.".repeat(9)]) {
      linkify(`https://example.com/${part.repeat(Math.ceil(8_000 / part.length))}x`);
    }
    expect(performance.now() - started).toBeLessThan(500);
  });
});

test.each([
  ["Guest-heron", "H"],
  ["ana", "A"],
  ["Ana Maria da Silva", "AM"],
  ["李小龙", "李"],
  ["🦊 fox", "F"],
  ["🦊", "🦊"],
  ["", "?"],
])("the initials of %j are %j", (name, expected) => {
  expect(initials(name)).toBe(expected);
});

test("a guest's glyph follows from the made-up name, and is only for names that the server makes up", () => {
  const made = new Set(Array.from({ length: 20_000 }, (_, i) => guestName(`user-${i}`)));
  const withGlyph = [...made].filter(glyphOf);
  expect(glyphOf("Guest-zebra")).toBe("🦓");
  expect(GUEST_GLYPHS.filter((name) => !made.has(name))).toEqual([]);
  expect(withGlyph.length).toBeGreaterThan(made.size * 0.7);
  for (const name of ["Ana", "Guest-", "guest-zebra", "Guest-zebra2", "constructor"])
    expect(glyphOf(name)).toBeUndefined();
});

test("a user has the same hue everywhere, and users differ", () => {
  expect(hueOf("u-1")).toBe(hueOf("u-1"));
  const hues = new Set(Array.from({ length: 100 }, (_, i) => hueOf(`user-${i}`)));
  expect(hues.size).toBeGreaterThan(8);
});

test("text is measured as the server does, in bytes of UTF-8", () => {
  expect([byteLength("a"), byteLength("é"), byteLength("😀")]).toEqual([1, 2, 4]);
});
