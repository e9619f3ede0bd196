/**
 * Marks of a search in a text: where its words and phrases stand, whatever their case and accents. Pure. The server decides
 * what is found (src/log/search-text); this only shows why.
 */

/** A range of a text, in UTF-16 code units. */
export type Range = readonly [from: number, to: number];

/** Characters that are shown before the first mark of a long text, and the beginning that is never cut. */
const BEFORE = 40;
const SHORT = 90;

/** Accents of Latin, Greek and Cyrillic letters; joiners and variation selectors of emoji. */
const ACCENTS = /[\u0300-\u036f]/g;
const INVISIBLE = /[\u200b-\u200d\u00ad]|\ufe0e|\ufe0f/g;
const TERM = /"([^"]*)"?|[^\s"]+/g;
const QUOTES = /[\u201c-\u201f]/g;

/** A character without differences of case, accents and width; may be none, one or several. */
const foldOne = (char: string): string =>
  char
    .normalize("NFKD")
    .replace(ACCENTS, "")
    .replace(INVISIBLE, "")
    .toLowerCase()
    .normalize("NFKC")
    .replace(/\s/, " ");

/** A folded text, and for each of its code units the place of the character in the text that it comes from. */
function foldText(text: string): { folded: string; places: number[] } {
  let folded = "";
  const places: number[] = [];
  let at = 0;
  for (const char of text) {
    const one = foldOne(char);
    // A row of white space is one space.
    if (one !== " " || !folded.endsWith(" ")) {
      folded += one;
      for (let i = 0; i < one.length; i++) places.push(at);
    }
    at += char.length;
  }
  places.push(at);
  return { folded, places };
}

/** The words and phrases of a query, folded. */
export function termsOf(query: string): string[] {
  const { folded } = foldText(query.replace(QUOTES, '"'));
  const terms = [...folded.matchAll(TERM)].map(([whole, phrase]) => (phrase ?? whole).trim());
  return [...new Set(terms)].filter((term) => term !== "");
}

/** Where a text has the words of a query: ranges in order, apart from each other. */
export function marksIn(text: string, query: string): Range[] {
  const { folded, places } = foldText(text);
  const found: [number, number][] = [];
  for (const term of termsOf(query))
    for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + term.length))
      found.push([places[at] ?? 0, places[at + term.length] ?? text.length]);
  found.sort((a, b) => a[0] - b[0]);
  const marks: [number, number][] = [];
  for (const [from, to] of found) {
    const last = marks.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else marks.push([from, to]);
  }
  return marks;
}

/** Where an excerpt begins that shows the first mark: at a word. 0 for a text whose beginning shows it. */
export function startOf(text: string, [first]: readonly Range[]): number {
  if (!first || first[0] < SHORT) return 0;
  const from = first[0] - BEFORE;
  const space = text.slice(from, first[0]).search(/\s/);
  const at = space < 0 ? from : from + space + 1;
  // Never half of a pair of surrogates.
  return /[\udc00-\udfff]/.test(text.charAt(at)) ? at + 1 : at;
}
