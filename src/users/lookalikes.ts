/**
 * Lookalikes of names, after Unicode's skeletons (UTS #39 section 4). The likeness of a name is its letters, without case,
 * accents, spaces, signs and invisible characters, and with lookalike characters replaced by the Latin letter. Two names with
 * the same likeness can pass for each other. Adds to Unicode's table (confusables.ts) other characters that forged names use:
 * small capitals, letters in squares, syllabics, digits and signs for letters. Pure.
 */
import { confusableOf } from "./confusables.ts";

/** Characters that read as a letter, beyond those that Unicode lists. */
const LOOKALIKES: Record<string, string> = {
  a: "4@аαɑәæᴀɐʌɅᗩⲁȺⱥꬰ",
  b: "8ьвβƅʙᗷ฿♭",
  c: "сϲᴄ¢©ᑕ☾",
  d: "ԁɗđᴅᗪдδⲇ",
  e: "3еєεɛ€ə℮ᴇǝᕮ",
  f: "ƒꜰϝᖴ",
  g: "69ɡցɢᘜ",
  h: "нһհʜᕼɥ",
  i: "ιɪıᴉ¡",
  j: "јᴊᒍ",
  k: "кκқᴋ",
  l: "łʟᒪ£",
  m: "мμᴍʍᗰɯ",
  n: "пηոɴᑎ",
  o: "0оοσςօøө°ᴏ⭕🅾",
  p: "рρᴘᑭ🅿",
  q: "ԛգꞯᑫ",
  r: "гɾʀᖇɹ",
  s: "5$ѕʂ§ßꜱᔕ",
  t: "7тτ+ŧᴛ†ʇ",
  u: "υսцµʊᴜᑌ",
  v: "νѵᴠᐯ",
  w: "ѡωшաᴡᗯ",
  x: "хχ×᙭❌✖",
  y: "уγүʏ¥ʎ",
  z: "2ʐᴢᘔ",
  // A reader cannot tell whether a capital I, a digit 1 or a bar stands for i or l.
  "1": "I!|ǀӀᏆꮖ",
};
/** The first letters of alphabets without a compatibility form: letters in dark circles and squares, and those of flags. */
const ALPHABETS = [0x1f150, 0x1f170, 0x1f1e6];

/** The letter of each of these characters. */
function readLetters(): Map<string, string> {
  const table = new Map(
    Object.entries(LOOKALIKES).flatMap(([letter, likes]) =>
      [...likes].map((like) => [like, letter] as const),
    ),
  );
  for (const first of ALPHABETS)
    for (let i = 0; i < 26; i++) {
      const shape = String.fromCodePoint(first + i);
      if (!table.has(shape)) table.set(shape, String.fromCharCode(97 + i));
    }
  return table;
}

let letters: ReadonlyMap<string, string> | undefined;

/** The letter that a character of this file's tables looks like. Reads them for the first name: a start does not wait for it. */
function letterOf(char: string): string | undefined {
  letters ??= readLetters();
  return letters.get(char);
}

/** Characters of a decomposed name that are compared: one ligature can be eighteen letters, and a name has 40 characters. */
const MAX_FOLDED = 160;
/** Pairs of letters that look like one letter. */
const PAIRS: [RegExp, string][] = [
  [/rn/g, "m"],
  [/vv/g, "w"],
];
/** Digits, signs and spaces before or after a name. */
const AROUND = String.raw`[\p{N}\p{P}\p{S}\p{Z}\p{Cf}\ufe0f\u20e3]+`;
const AFTER = new RegExp(`${AROUND}$`, "u");
const BEFORE = new RegExp(`^${AROUND}`, "u");

/** Signs, spaces, invisible characters and letters, and decorating modifiers. */
const IGNORED =
  /[\p{P}\p{S}\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u02b0-\u02ff\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]/gu;
/** Accents, and the points of Hebrew and Arabic. Vowel signs of Indic scripts and voicing marks of Japanese stay: they are letters. */
const ACCENTS =
  /(?![\u3099\u309a])[\p{Script=Inherited}\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u06d6-\u06ed]/gu;
/** Marks of other scripts on a Latin letter: they make no other letter of it. */
const MARKS_ON_LATIN = /(?<=[a-z0-9]\p{M}*)\p{M}/gu;

/** The part of a name that tells it from others. */
export interface Likeness {
  /** The letters, with `l` for each i, l and 1. */
  skeleton: string;
  /** One character for each `l` of the skeleton: `i`, `l`, or `1` where it reads as either. */
  strokes: string;
}

/** The letter that a character looks like; `1` for a stroke that may be i or l. */
function toLookalike(char: string): string {
  const own = letterOf(char);
  if (own !== undefined) return own;
  const like = confusableOf(char);
  if (like === undefined) return char;
  // Unicode maps all strokes to the letter l: each may be an i.
  return like === "l" ? "1" : [...like].map((part) => letterOf(part) ?? part).join("");
}

const mapLookalikes = (text: string): string => [...text].map(toLookalike).join("");

/** The letters that are left of a text. */
function foldLetters(text: string): string {
  // Twice: a lookalike may be a capital, or have a lookalike of its own.
  let folded = mapLookalikes(mapLookalikes(text).normalize("NFKD").toLowerCase().normalize("NFKD"));
  folded = folded.replace(IGNORED, "").replace(ACCENTS, "").replace(MARKS_ON_LATIN, "");
  for (const [pair, letter] of PAIRS) folded = folded.replace(pair, letter);
  return folded;
}

function toLikeness(folded: string): Likeness {
  return { skeleton: folded.replace(/[i1]/g, "l"), strokes: folded.replace(/[^il1]/g, "") };
}

/**
 * The likenesses of a name, one or two: of its small letters, and of its capitals, because a Greek Ν is drawn like N and its
 * small letter like v. Never empty.
 */
export function likenessesOf(name: string): Likeness[] {
  const plain = name.normalize("NFKD").slice(0, MAX_FOLDED);
  // A capital I is drawn as a stroke, not as an i.
  const small = [...plain].map((char) => (char === "I" ? "1" : char.toLowerCase())).join("");
  const folded = new Set([foldLetters(small), foldLetters(plain)].filter((each) => each !== ""));
  if (folded.size === 0) folded.add(name.normalize("NFKC").toLowerCase());
  return [...folded].map(toLikeness);
}

/**
 * The likenesses of a name without the digits and signs around it: a guest `Ana2` can pass for a member Ana. Empty when fewer
 * than two letters are left. Compare them with full likenesses only: a guest Ana does not pass for a member `Ana2`.
 */
export function bareLikenessesOf(name: string): Likeness[] {
  const trimmed = name.normalize("NFKC").slice(0, MAX_FOLDED).replace(AFTER, "");
  // With the signs before it and without: the sign in `@dmin2` is a letter.
  const bare = [trimmed, trimmed.replace(BEFORE, "")];
  return bare.flatMap((each) => ((each.match(/\p{L}/gu)?.length ?? 0) < 2 ? [] : likenessesOf(each)));
}

/** Whether two names with the same skeleton read the same: `1` matches i and l. */
export const strokesMatch = (one: string, other: string): boolean =>
  [...one].every((stroke, i) => stroke === other[i] || stroke === "1" || other[i] === "1");

/** The skeletons of a name, without duplicates. */
export const skeletonsOf = (name: string): string[] => [
  ...new Set(likenessesOf(name).map(({ skeleton }) => skeleton)),
];

/** The skeletons of a name's words, with and without the digits and signs around each word. */
export const wordSkeletonsOf = (name: string): string[] => {
  const words = [...name.split(/\p{Z}+/u), ...name.split(/[\p{Z}\p{P}\p{S}]+/u)];
  const skeletons = words
    .filter((word) => word !== "")
    .flatMap((word) => [...likenessesOf(word), ...bareLikenessesOf(word)])
    .map(({ skeleton }) => skeleton);
  return [...new Set(skeletons)];
};
