/**
 * Names that look alike. The likeness of a name is what is left of it when case, accents, spaces, signs, invisible
 * characters, letters of other scripts that look the same and digits that stand for letters are taken away. Two names whose
 * likenesses match can pass for each other. The table is Unicode's (UTS #39 section 4, in confusables.ts), with what guests
 * forge names of besides: small capitals, letters in squares, syllabics, digits and signs for letters.
 */
import { CONFUSABLES } from "./confusables.ts";

/** What reads as a letter besides the letters that Unicode lists. */
const LIKE: Record<string, string> = {
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
  // Which of i and l the capital I, the digit 1 and a bar stand for, no reader can tell.
  "1": "I!|ǀӀᏆꮖ",
};
const LETTERS = new Map(
  Object.entries(LIKE).flatMap(([letter, likes]) => [...likes].map((like) => [like, letter] as const)),
);
/** Alphabets in shapes that have no compatibility form: letters in dark circles and squares, and of flags. */
for (const first of [0x1f150, 0x1f170, 0x1f1e6])
  for (let i = 0; i < 26; i++) {
    const shape = String.fromCodePoint(first + i);
    if (!LETTERS.has(shape)) LETTERS.set(shape, String.fromCharCode(97 + i));
  }

/** What is looked at of a name, decomposed: one ligature can be eighteen letters, and a name has 40 characters. */
const MAX_FOLDED = 160;
/** Letters that stand side by side like another. */
const PAIRS: [RegExp, string][] = [
  [/rn/g, "m"],
  [/vv/g, "w"],
];
/** Digits that are not part of a name, and what may stand around them. */
const AROUND = String.raw`[\p{N}\p{P}\p{S}\p{Z}\p{Cf}\ufe0f\u20e3]+`;
const AFTER = new RegExp(`${AROUND}$`, "u");
const BEFORE = new RegExp(`^${AROUND}`, "u");

/** Signs, spaces, what is invisible, letters that show nothing, and modifiers, which only decorate. */
const NOTHING =
  /[\p{P}\p{S}\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u02b0-\u02ff\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]/gu;
/** Accents, and the points of Hebrew and Arabic; vowel signs of Indic scripts and voicing marks of Japanese are letters. */
const ACCENTS =
  /(?![\u3099\u309a])[\p{Script=Inherited}\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u06d6-\u06ed]/gu;
/** No mark of another script makes a Latin letter another one. */
const MARKS_ON_LATIN = /(?<=[a-z0-9]\p{M}*)\p{M}/gu;

/** A name without what makes no difference. */
export interface Likeness {
  /** Its letters; `l` stands for i, l and 1 alike. */
  skeleton: string;
  /** Which of these each `l` is: `i`, `l`, or `1` for what reads as either. */
  strokes: string;
}

/** A character as a letter that it looks like; `1` for a stroke that may be i or l. */
function likeOf(char: string): string {
  const own = LETTERS.get(char);
  if (own !== undefined) return own;
  const like = CONFUSABLES.get(char);
  if (like === undefined) return char;
  // Unicode has one letter for all strokes: only the letter l itself is surely one.
  return like === "l" ? "1" : [...like].map((part) => LETTERS.get(part) ?? part).join("");
}

const mapLikes = (text: string): string => [...text].map(likeOf).join("");

function foldLetters(text: string): string {
  // Twice: what a character looks like may be a capital, or have a likeness of its own.
  let folded = mapLikes(mapLikes(text).normalize("NFKD").toLowerCase().normalize("NFKD"));
  folded = folded.replace(NOTHING, "").replace(ACCENTS, "").replace(MARKS_ON_LATIN, "");
  for (const [pair, letter] of PAIRS) folded = folded.replace(pair, letter);
  return folded;
}

function toLikeness(folded: string): Likeness {
  return { skeleton: folded.replace(/[i1]/g, "l"), strokes: folded.replace(/[^il1]/g, "") };
}

/**
 * What a name comes to: as it is written, and as its capitals are drawn, for Ν is drawn like N and its small letter like v.
 * Never empty.
 */
export function likenessesOf(name: string): Likeness[] {
  const plain = name.normalize("NFKD").slice(0, MAX_FOLDED);
  // A capital I is drawn as a stroke and stays one.
  const small = [...plain].map((char) => (char === "I" ? "1" : char.toLowerCase())).join("");
  const folded = new Set([foldLetters(small), foldLetters(plain)].filter((each) => each !== ""));
  if (folded.size === 0) folded.add(name.normalize("NFKC").toLowerCase());
  return [...folded].map(toLikeness);
}

/** The same for a name without digits and signs around it: `Ana2` can pass for Ana, and Ana is no likeness of `Ana2`. */
export function bareLikenessesOf(name: string): Likeness[] {
  const before = name.normalize("NFKC").slice(0, MAX_FOLDED).replace(AFTER, "");
  // With what stands before it and without: the sign in `@dmin2` is a letter.
  const bare = [before, before.replace(BEFORE, "")];
  return bare.flatMap((each) => ((each.match(/\p{L}/gu)?.length ?? 0) < 2 ? [] : likenessesOf(each)));
}

/** Whether strokes can be read as others. */
export const strokesMatch = (one: string, other: string): boolean =>
  [...one].every((stroke, i) => stroke === other[i] || stroke === "1" || other[i] === "1");

/** The skeletons of a name, in which i, l and 1 are one. */
export const skeletonsOf = (name: string): string[] => [
  ...new Set(likenessesOf(name).map(({ skeleton }) => skeleton)),
];

/** The first of them: as the name is written. */
export const skeletonOf = (name: string): string => skeletonsOf(name)[0] ?? "";

/** The skeletons of a name's words, with and without the digits and signs around each. */
export const wordSkeletonsOf = (name: string): string[] => {
  const words = [...name.split(/\p{Z}+/u), ...name.split(/[\p{Z}\p{P}\p{S}]+/u)];
  const skeletons = words
    .filter((word) => word !== "")
    .flatMap((word) => [...likenessesOf(word), ...bareLikenessesOf(word)])
    .map(({ skeleton }) => skeleton);
  return [...new Set(skeletons)];
};
