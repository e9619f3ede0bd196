/**
 * Word and link rules: which words are refused, masked, or held for a moderator. Matching is the library obscenity's, which
 * sees through look-alike letters, digits for letters and repeated ones; what is done with a match is decided here.
 */
import {
  asteriskCensorStrategy,
  DataSet,
  englishDataset,
  englishRecommendedTransformers,
  parseRawPattern,
  RegExpMatcher,
  TextCensor,
} from "obscenity";
import { z } from "zod";
import { KabarError } from "../errors.ts";
import { linkify } from "../links.ts";
import { oneOf } from "../parsing.ts";

const MAX_WORDS = 500;
/** Patterns of obscenity: letters, `?` for one of any, `[x]` for an optional part, `|` for a word's edge. */
const word = z
  .string("must be text")
  .min(2, "must have 2 characters or more")
  .max(60, "must have at most 60 characters");
const list = z
  .array(word, "must be a list of words")
  .max(MAX_WORDS, `must be at most ${MAX_WORDS} words`)
  .default([]);

/** A topic's word rules, as the admin door takes them. */
export const WORD_RULES = z.object({
  /** Whether the library's English list is masked too. */
  list: oneOf(["none", "english"]).default("none"),
  block: list,
  mask: list,
  hold: list,
  links: oneOf(["allow", "hold", "block"]).default("allow"),
});
export type WordRules = z.output<typeof WORD_RULES>;

/** What a text comes to under the rules. */
export interface WordVerdict {
  /** The text with masked words. */
  text: string;
  blocked: boolean;
  /** Why a moderator should look first. */
  heldFor?: "words" | "links";
}

/** What people read as an address, whether or not it is made a link: with a scheme, of mail, and bare ones of common endings. */
const LINK =
  /\bhttps?:\/\/|\bmailto:|\bwww\.|@[a-z0-9-]{1,63}\.[a-z]{2}|(?<=[a-z0-9-])\.(?:com|net|org|io|dev|app|info|biz|xyz|ru|cn|de|id|me|co)\b/i;

/**
 * The matcher's transformers make one letter of repeated ones, two of these; a word has to be written the same way to be
 * found: "kitty" is looked for as "kity", which is what "kitty" and "kittty" become.
 */
const KEPT_DOUBLE = "beolsg";
const collapse = (raw: string): string =>
  raw.replace(/([a-z])\1+/gi, (run, letter: string) =>
    KEPT_DOUBLE.includes(letter.toLowerCase()) ? run.slice(0, 2) : letter,
  );

/** `?`, and what stands in brackets, of one pattern: each may or may not be there, so each doubles the ways to match. */
const MAX_OPEN_PARTS = 3;
/** The ways to match of all patterns of a topic: 1 for a plain word, 2 for one with one open part, 4, 8. */
const MAX_WAYS = 1000;
/** What the rules may take for the worst text, measured before they are taken. */
const MAX_TRIAL_MS = 20;
/** The longest text of a usual topic. */
const TRIAL_LENGTH = 8192;

const refuse = (why: string): KabarError => new KabarError("bad-request", `words: ${why}`);

/** How many ways a pattern can match. Throws `bad-request` when it has too many open parts. */
function countWays(pattern: string): number {
  const open = pattern.match(/\[[^\]]*\]|\?/g)?.length ?? 0;
  if (open <= MAX_OPEN_PARTS) return 2 ** open;
  throw refuse(
    `${JSON.stringify(pattern)} has ${open} optional parts and wildcards; a pattern may have ${MAX_OPEN_PARTS}.`,
  );
}

/** Throws `bad-request` when rules would take too long for a text made of what they look for. */
function requireFast(filter: WordFilter, rules: WordRules): void {
  const parts = [...rules.block, ...rules.mask, ...rules.hold]
    .flatMap((each) => each.split(/[[\]|?]+/))
    .filter(Boolean);
  const worst = [parts.join("") || "a", ...parts.slice(0, 3), "ab"].map((part) =>
    part.repeat(Math.ceil(TRIAL_LENGTH / part.length)).slice(0, TRIAL_LENGTH),
  );
  const isSlow = (text: string): boolean => {
    const began = performance.now();
    filter(text);
    return performance.now() - began > MAX_TRIAL_MS;
  };
  for (const text of worst) {
    // One quick try is enough: the trial itself must keep nobody waiting.
    if (isSlow(text) && isSlow(text) && isSlow(text))
      throw refuse(
        `matching takes longer than ${MAX_TRIAL_MS} ms for one text; use fewer or plainer patterns.`,
      );
  }
}

function buildMatcher(words: readonly string[], english = false): RegExpMatcher | undefined {
  if (words.length === 0 && !english) return undefined;
  const data = new DataSet<{ originalWord: string }>();
  if (english) data.addAll(englishDataset);
  for (const each of words) {
    try {
      const pattern = parseRawPattern(collapse(each));
      data.addPhrase((phrase) => phrase.setMetadata({ originalWord: each }).addPattern(pattern));
    } catch {
      throw refuse(`${JSON.stringify(each)} is not a valid pattern; use a plain word.`);
    }
  }
  return new RegExpMatcher({ ...data.build(), ...englishRecommendedTransformers });
}

/** Whether a text has something in it that readers, or the widget, take for a link. */
export const hasLink = (text: string): boolean =>
  LINK.test(text) || linkify(text).some(({ href }) => href !== undefined);

export type WordFilter = (text: string) => WordVerdict;

/** Compiles rules that a moderator set. Throws `bad-request` for a pattern that is none, and for rules that are too slow. */
export function checkWordRules(rules: WordRules): void {
  const all = [...rules.block, ...rules.mask, ...rules.hold];
  const ways = all.reduce((sum, each) => sum + countWays(each), 0);
  if (ways > MAX_WAYS)
    throw refuse(
      `the patterns match in ${ways} ways together; ${MAX_WAYS} are allowed. Use fewer \`?\` and \`[]\`.`,
    );
  requireFast(createWordFilter(rules), rules);
}

/** Compiles rules into a filter. Throws `bad-request` for a pattern that is none. */
export function createWordFilter(rules: WordRules): WordFilter {
  const block = buildMatcher(rules.block);
  const mask = buildMatcher(rules.mask, rules.list === "english");
  const hold = buildMatcher(rules.hold);
  const censor = new TextCensor().setStrategy(asteriskCensorStrategy());
  return (text) => {
    const linked = rules.links !== "allow" && hasLink(text);
    const blocked = (block?.hasMatch(text) ?? false) || (linked && rules.links === "block");
    const masked = mask ? censor.applyTo(text, mask.getAllMatches(text)) : text;
    const heldFor = hold?.hasMatch(text) ? "words" : linked ? "links" : undefined;
    return { text: masked, blocked, ...(heldFor && !blocked ? { heldFor } : {}) };
  };
}
