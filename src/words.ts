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
import { KabarError } from "./errors.ts";
import { oneOf } from "./rules.ts";

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

const LINK =
  /\bhttps?:\/\/|\bwww\.|\b[a-z0-9-]+\.(?:com|net|org|io|dev|app|info|biz|xyz|ru|cn|de|id|me|co)\b/i;

/**
 * The matcher's transformers make one letter of repeated ones, two of these; a word has to be written the same way to be
 * found: "kitty" is looked for as "kity", which is what "kitty" and "kittty" become.
 */
const KEPT_DOUBLE = "beolsg";
const collapse = (raw: string): string =>
  raw.replace(/([a-z])\1+/gi, (run, letter: string) =>
    KEPT_DOUBLE.includes(letter.toLowerCase()) ? run.slice(0, 2) : letter,
  );

function buildMatcher(words: readonly string[], english = false): RegExpMatcher | undefined {
  if (words.length === 0 && !english) return undefined;
  const data = new DataSet<{ originalWord: string }>();
  if (english) data.addAll(englishDataset);
  for (const each of words) {
    try {
      const pattern = parseRawPattern(collapse(each));
      data.addPhrase((phrase) => phrase.setMetadata({ originalWord: each }).addPattern(pattern));
    } catch {
      throw new KabarError(
        "bad-request",
        `words: ${JSON.stringify(each)} is no pattern; plain words always are.`,
      );
    }
  }
  return new RegExpMatcher({ ...data.build(), ...englishRecommendedTransformers });
}

/** Whether a text has something in it that readers, or the widget, take for a link. */
export const hasLink = (text: string): boolean => LINK.test(text);

export type WordFilter = (text: string) => WordVerdict;

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
