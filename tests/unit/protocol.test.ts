import { describe, expect, test } from "bun:test";
import { CLOSE, mayComeBack } from "../../src/protocol.ts";
import {
  cleanName,
  cleanText,
  formatCursor,
  MESSAGE_ID_PATTERN,
  parseCursor,
  TOPIC_PATTERN,
} from "../../src/formats.ts";

describe("a name", () => {
  test.each([
    ["  Ana  ", "Ana"],
    ["Ana\n\tMaria", "Ana Maria"],
    ["Jose\u0301", "José"],
    ["👩‍💻 Dev", "👩‍💻 Dev"],
    ["می‌خواهم", "می‌خواهم"],
    ["a\u202Egnp.exe", "agnp.exe"],
    ["\u2066x\u2069\u200B\uFEFF", "x"],
    ["x".repeat(40), "x".repeat(40)],
    ["👍".repeat(40), "👍".repeat(40)],
  ])("%j is shown as %j", (raw, shown) => {
    expect(cleanName(raw)).toBe(shown);
  });

  test.each([
    [""],
    ["   "],
    ["\u200B\u2060"],
    ["\u200D"],
    ["\u3164"],
    ["x".repeat(41)],
    ["x".repeat(100_000)],
  ])("%j can't be shown", (raw) => {
    expect(cleanName(raw)).toBeUndefined();
  });
});

describe("a text", () => {
  test.each([
    ["hello", "hello"],
    ["\n\n  indented\nlines \n\n", "  indented\nlines"],
    ["a\r\nb\rc", "a\nb\nc"],
    ["\u001B[31mred\u0007", "[31mred"],
    ["tab\tstays", "tab\tstays"],
    ["lone \uD800 half", "lone \uFFFD half"],
    [" \n\t ", ""],
  ])("%j is stored as %j", (raw, stored) => {
    expect(cleanText(raw)).toBe(stored);
  });

  test("cleaning twice changes nothing more", () => {
    for (const raw of ["\r\r\n x \u0000", "\n \n\u200Bx", "a\u0085b"])
      expect(cleanText(cleanText(raw))).toBe(cleanText(raw));
  });
});

test("topics and message ids contain nothing that JSON, URLs or the reserved names need", () => {
  for (const good of ["lobby", "a", "post:12", "v1.2_x-y", "A".repeat(64)])
    expect(good).toMatch(TOPIC_PATTERN);
  for (const bad of ["", "$control", "a b", "a/b", 'a"b', "é", "-a", "a\n", "A".repeat(65)]) {
    expect(bad).not.toMatch(TOPIC_PATTERN);
    if (bad !== "-a") expect(bad).not.toMatch(MESSAGE_ID_PATTERN);
  }
  expect(crypto.randomUUID()).toMatch(MESSAGE_ID_PATTERN);
});

test("a cursor survives formatting and parsing, and no other text parses", () => {
  for (const cursor of [
    { epoch: "zLag9EGlnET7", offset: 41, tag: "8r6cy" },
    { epoch: "e-_", offset: 0, tag: "" },
  ]) {
    expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
  }
  for (const bad of [
    "",
    "41",
    "41.e",
    "-1.e.t",
    "1.5.e.t",
    "01.e.t",
    "1..t",
    "1.e.t\n",
    `1.e.${"t".repeat(17)}`,
    "9".repeat(16),
  ]) {
    expect(parseCursor(bad)).toBeUndefined();
  }
});

test("the two ranges of close codes tell whether a client may reconnect", () => {
  const back = Object.entries(CLOSE).filter(([, code]) => mayComeBack(code));
  expect(back.map(([name]) => name).sort()).toEqual(["hello-timeout", "internal", "shutting-down"]);
  for (const code of [1000, 1001, 1006, 1011, 1012]) expect(mayComeBack(code)).toBe(true);
});
