/**
 * Word and link rules of a topic: words to refuse, mask or hold, and whether links are allowed. The library obscenity matches,
 * including lookalike letters, digits for letters and repeated letters; this file decides what a match means. Refuses rules
 * that would match slowly.
 */
import type { RegExpMatcher, TextCensor } from "obscenity";
import { z } from "zod";
import { KabarError } from "../errors.ts";
import { linkify } from "../links.ts";
import { oneOf } from "../parsing.ts";

/** The library. Loaded with the first words to match, for a start without its some 20 milliseconds. */
const library = (): typeof import("obscenity") => require("obscenity");

const MAX_WORDS = 500;
/** A pattern of obscenity: letters, `?` for any one character, `[x]` for an optional part, `|` for the edge of a word. */
const word = z
  .string("must be text")
  .min(2, "must have 2 characters or more")
  .max(60, "must have at most 60 characters");
const list = z
  .array(word, "must be a list of words")
  .max(MAX_WORDS, `must be at most ${MAX_WORDS} words`)
  .default([]);

/** A topic's word rules, as an act of moderation sets them. */
export const WORD_RULES = z.object({
  /** Whether the words of the library's English list are masked, too. */
  list: oneOf(["none", "english"]).default("none"),
  block: list,
  mask: list,
  hold: list,
  links: oneOf(["allow", "hold", "block"]).default("allow"),
});
export type WordRules = z.output<typeof WORD_RULES>;

/** The result of a text under the rules. */
export interface WordVerdict {
  /** The text with masked words. */
  text: string;
  blocked: boolean;
  /** Why the message is held for a moderator. */
  heldFor?: "words" | "links";
}

/** Addresses, linked or not: with a scheme, of mail, and bare domains with common endings. */
const LINK =
  /\bhttps?:\/\/|\bmailto:|\bwww\.|@[a-z0-9-]{1,63}\.[a-z]{2}|(?<=[a-z0-9-])\.(?:com|net|org|io|dev|app|info|biz|xyz|ru|cn|de|id|me|co)\b/i;

/**
 * Letters of which the matcher keeps two when they repeat; it keeps one of every other letter. A pattern must be collapsed
 * in the same way to match: "kitty" becomes "kity", and so do the texts "kitty" and "kittty".
 */
const KEPT_DOUBLE = "beolsg";
const collapse = (raw: string): string =>
  raw.replace(/([a-z])\1+/gi, (run, letter: string) =>
    KEPT_DOUBLE.includes(letter.toLowerCase()) ? run.slice(0, 2) : letter,
  );

/** Wildcards and optional parts of one pattern: each doubles the ways in which it can match. */
const MAX_OPEN_PARTS = 3;
/** Ways to match of all patterns of a topic: 1 for a plain word, 2, 4 or 8 for one with open parts. */
const MAX_WAYS = 1000;
/** The longest time for the worst text, measured in the thread's own CPU time: the machine may be busy with something else. */
const MAX_TRIAL_MS = 20;
/** On a slow machine, rules may take this many times as long as one plain word. */
const MAX_TIMES_PLAIN = 3;
/** Tries of a trial; the shortest counts. */
const TRIES = 4;
/** Characters of the trial text: the longest text under the default settings. */
const TRIAL_LENGTH = 8192;

const badWords = (why: string): KabarError => new KabarError("bad-request", `words: ${why}`);

/** Counts the ways in which a pattern can match. Throws `bad-request` when it has too many open parts. */
function countWays(pattern: string): number {
  const open = pattern.match(/\[[^\]]*\]|\?/g)?.length ?? 0;
  if (open <= MAX_OPEN_PARTS) return 2 ** open;
  throw badWords(
    `${JSON.stringify(pattern)} has ${open} optional parts and wildcards; a pattern may have ${MAX_OPEN_PARTS}.`,
  );
}

/** Throws `bad-request` when the rules take too long for texts made of their own words. */
function requireFast(filter: WordFilter, rules: WordRules): void {
  const parts = [...rules.block, ...rules.mask, ...rules.hold]
    .flatMap((each) => each.split(/[[\]|?]+/))
    .filter(Boolean);
  const worst = [parts.join("") || "a", ...parts.slice(0, 3), "ab"].map((part) =>
    part.repeat(Math.ceil(TRIAL_LENGTH / part.length)).slice(0, TRIAL_LENGTH),
  );
  // A slow machine is slow for every rule: the time of one plain word on it is the measure.
  const plain = measure(
    createWordFilter(WORD_RULES.parse({ block: ["kabar"] })),
    "kabar".repeat(TRIAL_LENGTH / 5),
    0,
  );
  const limitMs = Math.max(MAX_TRIAL_MS, plain * MAX_TIMES_PLAIN);
  for (const text of worst)
    if (measure(filter, text, limitMs) > limitMs)
      throw badWords(
        `matching takes longer than ${MAX_TRIAL_MS} ms for one text; use fewer or plainer patterns.`,
      );
}

/**
 * The CPU time of a filter for a text in milliseconds, the shortest of a few tries: the first ones run before the engine has
 * compiled the patterns. Stops at a try that is within `enoughMs`.
 */
function measure(filter: WordFilter, text: string, enoughMs: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && best > enoughMs; tries++) {
    const { user: before } = process.threadCpuUsage();
    filter(text);
    best = Math.min(best, (process.threadCpuUsage().user - before) / 1000);
  }
  return best;
}

/** A matcher of patterns; undefined when there is nothing to match. Throws `bad-request` for an invalid pattern. */
function buildMatcher(words: readonly string[], english = false): RegExpMatcher | undefined {
  if (words.length === 0 && !english) return undefined;
  const { DataSet, englishDataset, englishRecommendedTransformers, parseRawPattern, RegExpMatcher } =
    library();
  const data = new DataSet<{ originalWord: string }>();
  if (english) data.addAll(englishDataset);
  for (const each of words) {
    try {
      const pattern = parseRawPattern(collapse(each));
      data.addPhrase((phrase) => phrase.setMetadata({ originalWord: each }).addPattern(pattern));
    } catch {
      throw badWords(`${JSON.stringify(each)} is not a valid pattern; use a plain word.`);
    }
  }
  return new RegExpMatcher({ ...data.build(), ...englishRecommendedTransformers });
}

/** Whether a text has an address that readers, or the widget, take for a link. */
export const hasLink = (text: string): boolean =>
  LINK.test(text) || linkify(text, 1).some(({ href }) => href !== undefined);

/** Judges a text by a topic's word and link rules. */
export type WordFilter = (text: string) => WordVerdict;

/** Checks rules before they are stored. Throws `bad-request` for an invalid pattern and for rules that match too slowly. */
export function checkWordRules(rules: WordRules): void {
  const all = [...rules.block, ...rules.mask, ...rules.hold];
  const ways = all.reduce((sum, each) => sum + countWays(each), 0);
  if (ways > MAX_WAYS)
    throw badWords(
      `the patterns match in ${ways} ways together; ${MAX_WAYS} are allowed. Use fewer \`?\` and \`[]\`.`,
    );
  requireFast(createWordFilter(rules), rules);
}

function createCensor(): TextCensor {
  const { asteriskCensorStrategy, TextCensor } = library();
  return new TextCensor().setStrategy(asteriskCensorStrategy());
}

/** Compiles rules into a filter. Throws `bad-request` for an invalid pattern. */
export function createWordFilter(rules: WordRules): WordFilter {
  const block = buildMatcher(rules.block);
  const mask = buildMatcher(rules.mask, rules.list === "english");
  const hold = buildMatcher(rules.hold);
  const censor = mask && createCensor();
  return (text) => {
    const linked = rules.links !== "allow" && hasLink(text);
    const blocked = (block?.hasMatch(text) ?? false) || (linked && rules.links === "block");
    const masked = mask && censor ? censor.applyTo(text, mask.getAllMatches(text)) : text;
    const heldFor = hold?.hasMatch(text) ? "words" : linked ? "links" : undefined;
    return { text: masked, blocked, ...(heldFor && !blocked ? { heldFor } : {}) };
  };
}
