/**
 * Every parser and expression that sees foreign text, with the worst text of its largest size: it takes a bounded time, and
 * twice the text about twice the time. A quadratic one takes four times as long, an exponential one never ends.
 */
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { unitOf } from "../../src/address.ts";
import { parseCommand, parseObject, parsePublishBody } from "../../src/codec.ts";
import { skeletonsOf, wordsOf } from "../../src/lookalikes.ts";
import { cleanName, cleanText, EMOJI_PATTERN, parseCursor } from "../../src/names.ts";
import { describeFirst } from "../../src/rules.ts";
import { verifyGuest } from "../../src/tokens.ts";
import { createWordFilter, hasLink, WORD_RULES } from "../../src/words.ts";
import { linkify } from "../../widget/links.ts";
import { parseText } from "../../widget/markdown.ts";
import { cutAtNames } from "../../widget/mentioned.ts";

/** The largest frame or body, and the largest text that is stored, with the defaults. */
const FRAME = 65_536;
const TEXT = 8_192;
/** No input may hold the event loop longer than 20 ms; a busy test machine gets five times that. */
const BOUND_MS = 100;
/** Below this a ratio says more about the machine than about the code. */
const NOISE_MS = 8;

/** Texts of a length that are hard for somebody: nested, repeated, ambiguous, with a surprise at the end. */
const HARD: Record<string, (length: number) => string> = {
  spaces: (n) => `a${" ".repeat(n - 2)}x`,
  "line breaks": (n) => `a${"\n".repeat(n - 2)}x`,
  "blank lines": (n) => `${" \n".repeat(n / 2 - 1)}x`,
  "carriage returns": (n) => "\r".repeat(n),
  letters: (n) => `${"a".repeat(n - 1)}!`,
  "letters and hyphens": (n) => "a-".repeat(n / 2),
  dots: (n) => "a.".repeat(n / 2),
  "at signs": (n) => "@".repeat(n),
  brackets: (n) => "[".repeat(n / 2) + "]".repeat(n / 2),
  "closing brackets": (n) => `("http://a${")]}".repeat(n / 3 - 4)}`,
  addresses: (n) => "http://a ".repeat(n / 9),
  "long addresses": (n) => `http://${"a".repeat(n - 7)}`,
  stars: (n) => "*a ".repeat(n / 3),
  "star runs": (n) => "*".repeat(n),
  backticks: (n) => "`a".repeat(n / 2),
  underscores: (n) => "_a_".repeat(n / 3),
  fences: (n) => "```\n".repeat(n / 4),
  quotes: (n) => "> a\n".repeat(n / 4),
  bullets: (n) => "- a\n".repeat(n / 4),
  thumbs: (n) => `${"👍🏽".repeat(n / 4 - 1)}x`,
  families: (n) => "👨‍👩‍👧‍👦".repeat(n / 11),
  flags: (n) => `${"🇩🇪".repeat(n / 4 - 1)}🇩`,
  marks: (n) => `a${"\u0301".repeat(n - 1)}`,
  invisible: (n) => "\u200b".repeat(n),
  surrogates: (n) => "\ud800".repeat(n),
  ligatures: (n) => "ﷺ".repeat(n),
  controls: (n) => "\u0001".repeat(n),
  digits: (n) => "1".repeat(n),
};

const NAMES = Array.from({ length: 20 }, (_, i) => "@".repeat(i + 1));
const english = createWordFilter(WORD_RULES.parse({ list: "english" }));
const many = createWordFilter(
  WORD_RULES.parse({ block: Array.from({ length: 300 }, (_, i) => `w${i.toString(36)}[o]rd`) }),
);

/** What is called with foreign text, and up to which length. */
const READERS: [name: string, most: number, run: (text: string) => unknown][] = [
  ["cleanText", FRAME, cleanText],
  ["cleanName", FRAME, cleanName],
  ["parseCommand", FRAME, parseCommand],
  ["parseObject", FRAME, parseObject],
  ["parseCursor", FRAME, parseCursor],
  ["unitOf", FRAME, unitOf],
  ["verifyGuest", FRAME, (text) => verifyGuest("secret", text)],
  ["EMOJI_PATTERN", FRAME, (text) => EMOJI_PATTERN.test(text)],
  ["hasLink", TEXT, hasLink],
  ["the English list", TEXT, english],
  ["300 word rules", TEXT, many],
  ["emoji only", TEXT, (text) => text.replace(/\p{RGI_Emoji}|\s/gv, "") === ""],
  ["skeletonsOf", 320, skeletonsOf],
  ["wordsOf", 320, wordsOf],
  ["linkify", TEXT, linkify],
  ["parseText", TEXT, parseText],
  ["cutAtNames", TEXT, (text) => cutAtNames(text, NAMES)],
];

/** Tries until the figures are as they should be: on a busy machine a single one says nothing, and slow code never gets there. */
const TRIES = 12;

function timeOf(run: () => unknown): number {
  const began = performance.now();
  run();
  return performance.now() - began;
}

/** The shortest time of each run, tried until `isGood` or often enough. */
function shortest(runs: readonly (() => unknown)[], isGood: (times: readonly number[]) => boolean): number[] {
  let best = runs.map(timeOf);
  for (let i = 1; i < TRIES && !(i > 1 && isGood(best)); i++) {
    best = runs.map((run, at) => Math.min(best[at] ?? 0, timeOf(run)));
  }
  return best;
}

const isFast = (run: () => unknown): boolean => {
  const isGood = ([ms = 0]: readonly number[]) => ms < BOUND_MS;
  return isGood(shortest([run], isGood));
};

describe.each(READERS)("%s", (_, length, run) => {
  test.each(Object.keys(HARD))("takes a bounded time for %s, in proportion to the length", (kind) => {
    const make = HARD[kind] as (length: number) => string;
    const [half, whole] = [make(length / 2), make(length)];
    const most = (halfMs: number) => Math.min(BOUND_MS, Math.max(NOISE_MS, halfMs) * 3.5);
    const isGood = ([halfMs = 0, wholeMs = 0]: readonly number[]) => wholeMs < most(halfMs);
    const [halfMs = 0, wholeMs = 0] = shortest([() => run(half), () => run(whole)], isGood);
    expect(wholeMs).toBeLessThan(most(halfMs));
  });
});

describe("JSON", () => {
  const NESTED: Record<string, (depth: number) => string> = {
    lists: (n) => "[".repeat(n) + "]".repeat(n),
    objects: (n) => `${'{"a":'.repeat(n)}1${"}".repeat(n)}`,
    "wide lists": (n) => `[${"[],".repeat(n / 3)}[]]`,
  };
  const most: Record<string, number> = {
    lists: FRAME / 2 - 60,
    objects: FRAME / 6 - 20,
    "wide lists": FRAME - 60,
  };
  const FRAMES: [string, (value: string) => string][] = [
    ["hello", (value) => `{"id":1,"type":"hello","guest":${value}}`],
    ["publish", (value) => `{"id":1,"type":"publish","topic":"t","messageId":"m","text":${value}}`],
    [
      "mentions",
      (value) => `{"id":1,"type":"publish","topic":"t","messageId":"m","text":"x","mentions":${value}}`,
    ],
    ["id", (value) => `{"id":${value},"type":"ping"}`],
    ["type", (value) => `{"id":1,"type":${value}}`],
    ["subscribe", (value) => `{"id":1,"type":"subscribe","topic":"t","cursor":${value}}`],
    ["mode", (value) => `{"id":1,"type":"moderate","topic":"t","action":"mode","mode":{"a":${value}}}`],
    ["act", (value) => `{"id":1,"type":"moderate","topic":"t","action":${value}}`],
  ];

  test.each(FRAMES)("nested in a wrong field of %s is refused in a bounded time", (_, frame) => {
    for (const [kind, make] of Object.entries(NESTED)) {
      const text = frame(make(most[kind] ?? 0));
      expect({ kind, fast: isFast(() => parseCommand(text)) }).toEqual({ kind, fast: true });
    }
  });

  test("nested in a body is refused in a bounded time", () => {
    for (const [kind, make] of Object.entries(NESTED)) {
      const text = `{"text":${make(most[kind] ?? 0)}}`;
      const refuse = () => {
        try {
          parsePublishBody(text);
        } catch {
          return;
        }
        throw new Error("taken");
      };
      expect({ kind, fast: isFast(refuse) }).toEqual({ kind, fast: true });
    }
  });

  test("an error never repeats a secret, nor looks into lists and objects", () => {
    const rule = z.object({
      key: z.string("must be a string").max(3, "must be short"),
      list: z.string("must be a string"),
    });
    const say = (value: unknown) => {
      const checked = rule.safeParse(value);
      return checked.success ? "" : describeFirst(checked.error, value);
    };
    expect(say({ key: "SECRET-SECRET" })).toBe("key: has 13 characters, must be short.");
    expect(say({ key: 42 })).toBe("key: is a number, must be a string.");
    expect(say({ key: ["SECRET"] })).toBe("key: is a list, must be a string.");
    expect(say({ key: "a", list: { a: "b" } })).toBe("list: is an object, must be a string.");
    expect(say({ key: "a", list: null })).toBe("list: is null, must be a string.");
    expect(say({ key: "a" })).toBe("list: is missing, must be a string.");
  });
});
