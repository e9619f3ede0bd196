/**
 * Names that look alike: the skeleton of a name is what is left of it when case, marks, spaces, invisible characters, letters
 * of other scripts that look the same and digits that stand for letters are taken away. Two names whose skeletons are equal
 * can pass for each other. The idea is Unicode's (UTS #39 section 4); the table holds what forges names of the letters a to z.
 */

/** What looks like each letter, after compatibility forms (full width, mathematical, circled …) are folded by NFKC. */
const LIKE: Record<string, string> = {
  a: "4@аαɑәæ",
  b: "8ьвβƅ",
  c: "сϲᴄ¢©",
  d: "ԁɗđ",
  e: "3еєεɛ€ə℮",
  f: "ƒ",
  g: "69ɡցğ",
  h: "нһհ",
  k: "кκқ",
  // One stroke: l, I, 1 and their likes are told apart by no reader of names.
  l: "1i!|іıιɩӏјǀłj",
  m: "мμ",
  n: "пηոñ",
  o: "0оοσօøө°",
  p: "рρ",
  q: "ԛգ",
  r: "гɾʀ",
  s: "5$ѕʂ§ß",
  t: "7тτ+ŧ",
  u: "υսцµʊ",
  v: "νѵ",
  w: "ѡωшա",
  x: "хχ×",
  y: "уγүʏ¥",
  z: "2ʐ",
};
const LETTER_OF = new Map(
  Object.entries(LIKE).flatMap(([letter, likes]) => [...likes].map((like) => [like, letter] as const)),
);
/** Capitals that are drawn like Latin ones, though their small letters may not be: Ν is no V. */
const CAPITALS = new Map(
  [..."ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХІЈЅԌԚԜ"].map((char, i) => [
    char,
    "ABEZHIKMNOPTYXABEKMHOPCTYXIJSGQW"[i] ?? char,
  ]),
);
/** Letters that stand side by side like another. */
const PAIRS: [RegExp, string][] = [
  [/rn/g, "m"],
  [/vv/g, "w"],
  [/cl/g, "d"],
];

/** Marks, what is invisible, and what only separates. */
const NOTHING = /[\p{M}\p{C}\p{Z}\p{Lm}_\-.,:;'"`´*~^·•()[\]{}<>/\\#]/gu;

/** What a name comes to: as it is written, and as its capitals are drawn. Mostly one and the same. */
export const skeletonsOf = (name: string): string[] => [
  ...new Set([skeletonOf(name), skeletonOf([...name].map((char) => CAPITALS.get(char) ?? char).join(""))]),
];

/** The name without all that makes no difference; never empty for a name that shows something. */
export function skeletonOf(name: string): string {
  // Decomposed, so that accents are marks of their own; lower case twice, for İ and its kind.
  const plain = name.normalize("NFKD").toLowerCase().normalize("NFKD").replace(NOTHING, "");
  let skeleton = [...plain].map((char) => LETTER_OF.get(char) ?? char).join("");
  for (const [pair, letter] of PAIRS) skeleton = skeleton.replace(pair, letter);
  return skeleton || name.normalize("NFKC").toLowerCase();
}

/** The skeletons of a name's words. */
export const wordsOf = (name: string): string[] =>
  name
    .split(/[\p{Z}\p{P}]+/u)
    .filter((word) => word !== "")
    .flatMap(skeletonsOf);
