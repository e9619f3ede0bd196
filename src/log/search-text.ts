/**
 * Texts and queries of a search: folding, words of a text for an index, terms of a query, and whether a text has the terms.
 * Pure, and the same for all engines: an index proposes messages, `createMatcher` decides.
 *
 * A term is a word of the query, or a phrase in quotes. It is found anywhere in a text, also within words. Only a term that
 * begins with a word of one or two letters must begin a word of the text: "he" would be in most texts. Scripts that are written
 * without spaces have no such limit.
 */
import type { Entry, SearchQuery } from "./log.ts";
import { decodeBody } from "./message-body.ts";

/** The longest query, in UTF-16 code units, and the most terms of one. */
export const MAX_QUERY_CHARS = 200;
export const MAX_TERMS = 12;
/** Words of one text that are indexed: bounds the work for one message. */
const MAX_WORDS = 2000;
/** Longer words are indexed in overlapping pieces, so that each part of up to `PIECE_STEP` characters lies in one of them. */
const PIECE = 40;
const PIECE_STEP = 20;
/** Shorter words have no trigram: they are found by their beginning. */
const TRIGRAM = 3;

const UNSPACED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\u30fc";
const WORD = /[\p{L}\p{N}\p{M}]+|\p{Extended_Pictographic}/gu;
const RUN = new RegExp(`[${UNSPACED}][${UNSPACED}\\p{M}]*|[^${UNSPACED}]+`, "gu");
const BEGINS_UNSPACED = new RegExp(`^[${UNSPACED}]`, "u");
const IS_PICTURE = /^\p{Extended_Pictographic}/u;
/** A character that continues a word: a match after it does not begin one. */
const CONTINUES = new RegExp(`(?![${UNSPACED}])[\\p{L}\\p{N}\\p{M}]$`, "u");
const ASCII_WORD = /[a-z0-9]+/g;
const ASCII = /^[\x20-\x7e]*$/;
/** Accents of Latin, Greek and Cyrillic letters; joiners and variation selectors of emoji. */
const ACCENTS = /[\u0300-\u036f]/g;
const INVISIBLE = /[\u200b-\u200d\u00ad]|\ufe0e|\ufe0f/g;
const TERM = /"([^"]*)"?|[^\s"]+/g;
const QUOTES = /[\u201c-\u201f]/g;

/** A text without differences of case, accents, width and white space, and without NUL, which PostgreSQL does not take. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase().replace(/ {2,}/g, " ");
  return text
    .normalize("NFKD")
    .replace(ACCENTS, "")
    .replace(INVISIBLE, "")
    .replaceAll("\0", "")
    .toLowerCase()
    .normalize("NFKC")
    .replace(/\s+/g, " ");
}

/** The words of a folded text, in stretches of one script. */
function* runsOf(folded: string): Generator<string> {
  // Most texts: a fifth of the time.
  if (ASCII.test(folded)) return yield* folded.match(ASCII_WORD) ?? [];
  for (const [word] of folded.matchAll(WORD)) for (const [run] of word.matchAll(RUN)) yield run;
}

/** Whether a stretch is of a script without spaces. The first such script, Thai, begins at U+0E00. */
const isUnspaced = (run: string): boolean => run.charCodeAt(0) >= 0x0e00 && BEGINS_UNSPACED.test(run);

/** The single characters and the pairs of a stretch without spaces. */
function* pairsOf(run: string): Generator<string> {
  const chars = [...run];
  for (const [i, char] of chars.entries()) {
    yield char;
    const next = chars[i + 1];
    if (next !== undefined) yield char + next;
  }
}

function piecesOf(run: string): Iterable<string> {
  return run.length <= PIECE ? [run] : longPiecesOf(run);
}

function* longPiecesOf(run: string): Generator<string> {
  for (let from = 0; ; from += PIECE_STEP) {
    yield run.slice(from, from + PIECE);
    if (from + PIECE >= run.length) return;
  }
}

/** The distinct words of a text, as an index keeps them. */
export function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  for (const run of runsOf(fold(text)))
    for (const word of isUnspaced(run) ? pairsOf(run) : piecesOf(run)) {
      if (words.size >= MAX_WORDS) return words;
      words.add(word);
    }
  return words;
}

/** A part of a term: the indexed words of a text that has the term include one that is, begins with or contains `word`. */
export interface Part {
  word: string;
  as: "word" | "beginning" | "part";
}

function* partsOfRun(run: string): Generator<Part> {
  if (IS_PICTURE.test(run)) yield { word: run, as: "word" };
  else if (isUnspaced(run)) {
    const chars = [...run];
    if (chars.length === 1) yield { word: run, as: "word" };
    for (let i = 0; i + 1 < chars.length; i++) yield { word: `${chars[i]}${chars[i + 1]}`, as: "word" };
  } else if (run.length < TRIGRAM) yield { word: run, as: "beginning" };
  else yield { word: run.slice(0, PIECE_STEP), as: "part" };
}

/** Whether terms have a word: others are signs, which no index knows. */
export const hasWords = (terms: readonly string[]): boolean =>
  terms.some((term) => !runsOf(term).next().done);

/** The distinct parts of terms. */
export function partsOf(terms: readonly string[]): Part[] {
  const parts = new Map<string, Part>();
  for (const term of terms)
    for (const run of runsOf(term))
      for (const part of partsOfRun(run)) parts.set(`${part.as} ${part.word}`, part);
  return [...parts.values()];
}

/** Whether an indexed word may be searched for by its parts: it has trigrams, and is not of a script without spaces. */
export const hasParts = (word: string): boolean => word.length >= TRIGRAM && !isUnspaced(word);

/** The terms of a query, folded: words, and phrases in quotes. */
export function termsOf(query: string): string[] {
  const terms = new Set<string>();
  for (const [whole, phrase] of fold(query.replace(QUOTES, '"')).matchAll(TERM))
    terms.add((phrase ?? whole).trim());
  terms.delete("");
  return [...terms];
}

/** Whether a term must begin a word where it is found. */
function beginsWord(term: string): boolean {
  const [first] = runsOf(term);
  if (first === undefined || !term.startsWith(first)) return false;
  return first.length < TRIGRAM && !isUnspaced(first) && !IS_PICTURE.test(first);
}

/** Whether a folded text has a term at the beginning of a word. */
function hasAtBeginning(folded: string, term: string): boolean {
  for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + 1))
    if (!CONTINUES.test(folded.slice(Math.max(0, at - 2), at))) return true;
  return false;
}

/** Creates the test whether a text has all the terms. */
export function createTermsTest(terms: readonly string[]): (text: string) => boolean {
  if (terms.length === 0) return () => true;
  const tests = terms.map((term) => ({ term, isBeginning: beginsWord(term) }));
  return (text) => {
    const folded = fold(text);
    return tests.every(({ term, isBeginning }) =>
      isBeginning ? hasAtBeginning(folded, term) : folded.includes(term),
    );
  };
}

/** The message of an entry as a search sees it; undefined for changes, removed messages, and bodies that are not messages. */
export function searchedMessage({ body }: Pick<Entry, "body">): { text: string; name: string } | undefined {
  try {
    const { text, title, kind, removed, user } = decodeBody(body);
    if (typeof text !== "string" || text === "" || kind !== undefined || removed !== undefined)
      return undefined;
    return { text: title === undefined ? text : `${title}\n${text}`, name: user?.name ?? "" };
  } catch {
    return undefined;
  }
}

/** The author of a message as the index of authors has it: id and name, folded. Undefined for changes, and bodies that are not messages. */
export function foldedAuthor({ userId, body }: Pick<Entry, "userId" | "body">): string | undefined {
  try {
    const { kind, user } = decodeBody(body);
    return kind === undefined && user ? fold(`${userId}\n${user.name}`) : undefined;
  } catch {
    return undefined;
  }
}

/** The newest message of each author among entries of a topic, oldest first, with the folded author. */
export function newestByAuthor<E extends Pick<Entry, "userId" | "body">>(
  entries: readonly E[],
): { entry: E; folded: string }[] {
  const byAuthor = new Map<string, { entry: E; folded: string }>();
  for (const entry of entries) {
    const folded = foldedAuthor(entry);
    if (folded !== undefined) byAuthor.set(entry.userId, { entry, folded });
  }
  return [...byAuthor.values()];
}

/** Creates the test whether a search asks for an entry. `before` is checked for its time only: places are the engine's. */
export function createMatcher({
  terms,
  topic,
  user,
  before,
}: Omit<SearchQuery, "limit" | "isShown">): (entry: Entry) => boolean {
  const hasTerms = createTermsTest(terms);
  const name = user === undefined ? undefined : fold(user);
  const end = before && before.topic === undefined ? before.at : Number.POSITIVE_INFINITY;
  return (entry) => {
    if (entry.at >= end || (topic !== undefined && topic !== entry.topic)) return false;
    const message = searchedMessage(entry);
    if (!message) return false;
    if (name !== undefined && entry.userId !== user && fold(message.name) !== name) return false;
    return hasTerms(message.text);
  };
}

/** Receives a piece of a word: a mark that keeps the kinds of pieces apart, and the piece's place in the word. */
type NoteGram = (mark: string, word: string, from: number, to: number) => void;

/** The beginnings of one and of two letters, and the trigrams of a word. */
function eachGramOfWord(word: string, note: NoteGram): void {
  if (!hasParts(word) && (isUnspaced(word) || IS_PICTURE.test(word))) {
    note("=", word, 0, word.length);
    return;
  }
  note("^", word, 0, 1);
  note("^", word, 0, Math.min(2, word.length));
  for (let i = 0; i + TRIGRAM <= word.length; i++) note("", word, i, i + TRIGRAM);
}

/** Notes the pieces of a text, for an index that knows no words. Some come more than once. Makes no string for a piece: that would be most of the cost. */
export function eachGramOf(text: string, note: NoteGram): void {
  for (const word of wordsOf(text)) eachGramOfWord(word, note);
}

/** The pieces that each text with a part has. */
export function gramsOfPart({ word, as }: Part): string[] {
  if (as === "word") return [`=${word}`];
  if (as === "beginning") return [`^${word}`];
  const grams: string[] = [];
  eachGramOfWord(word, (mark, _, from, to) => {
    if (mark !== "^") grams.push(mark + word.slice(from, to));
  });
  return grams;
}
