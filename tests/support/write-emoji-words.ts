/**
 * Writes widget/words/<language>-emoji.ts from the annotations of Unicode's CLDR: for each emoji of the picker its short name
 * (UTS #35, "Annotations") and a few of its keywords.
 *
 * The annotations are the npm package cldr-annotations-full, which is 56 MB and not installed here. In another folder:
 * `npm install cldr-annotations-full@48.2.0`, then here: `bun tests/support/write-emoji-words.ts <that folder>`, `bun fmt`.
 */
import { join } from "node:path";
import { EMOJI_GROUPS } from "../../widget/extras/compose/emoji-list.ts";

/** The picker's own words, and the language's name. */
const LANGUAGES: Record<string, [name: string, recent: string, tone: string]> = {
  ar: ["Arabic", "المستخدمة مؤخرًا", "لون البشرة"],
  de: ["German", "Zuletzt verwendet", "Hautton"],
  es: ["Spanish", "Usados recientemente", "Tono de piel"],
  fr: ["French", "Utilisés récemment", "Couleur de peau"],
  hi: ["Hindi", "हाल ही में इस्तेमाल किए गए", "त्वचा का रंग"],
  id: ["Indonesian", "Baru dipakai", "Warna kulit"],
  ja: ["Japanese", "最近使った絵文字", "肌の色"],
  pt: ["Portuguese", "Usados recentemente", "Tom de pele"],
  zh: ["Chinese", "最近使用", "肤色"],
};
/** Keywords of an emoji besides its name: more of them find little more and weigh as much as the rest. */
const KEYWORDS = 4;
/** A keyword of more emoji than these, such as "face", finds nothing in particular. */
const COMMON = 24;

interface Annotation {
  default?: string[];
  tts?: string[];
}

const folder = process.argv[2];
if (folder === undefined) throw new Error("say in which folder cldr-annotations-full is installed");
const root = join(folder, "node_modules", "cldr-annotations-full");
const { version } = (await Bun.file(join(root, "package.json")).json()) as { version: string };

/** Words without the signs that our lists use. */
const clean = (text: string): string =>
  text
    .replaceAll(/[,/:!?¡¿"“”«»()]/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
const keywordsOf = ({ default: keywords = [] }: Annotation): string[] => [
  ...new Set(keywords.flatMap((keyword) => clean(keyword).toLowerCase().split(" "))),
];

/** Returns an emoji's name and keywords; `uses` counts in how many emoji a keyword is. */
function describe(glyph: string, annotation: Annotation, uses: ReadonlyMap<string, number>): string {
  const name = clean(annotation.tts?.[0] ?? "");
  if (!name) throw new Error(`there is no name of ${glyph}`);
  const known = name.toLowerCase().split(" ");
  const more: string[] = [];
  for (const word of keywordsOf(annotation)) {
    const isUseful = word.length > 2 || /[^ -\u024F]/.test(word);
    if (!isUseful || (uses.get(word) ?? 0) > COMMON) continue;
    if (![...known, ...more].some((other) => other.startsWith(word))) more.push(word);
  }
  return [name, more.slice(0, KEYWORDS).join(" ")].filter(Boolean).join("/");
}

for (const [lang, [language, recent, tone]] of Object.entries(LANGUAGES)) {
  const file = (await Bun.file(join(root, "annotations", lang, "annotations.json")).json()) as {
    annotations: { annotations: Record<string, Annotation> };
  };
  const all = file.annotations.annotations;
  const glyphs = EMOJI_GROUPS.map((group) => group.split(",").map((item) => item.split(" ")[0] ?? ""));
  const annotationOf = (glyph: string): Annotation => all[glyph] ?? all[glyph.replace("\uFE0F", "")] ?? {};
  const uses = new Map<string, number>();
  for (const word of glyphs.flat().flatMap((glyph) => keywordsOf(annotationOf(glyph))))
    uses.set(word, (uses.get(word) ?? 0) + 1);
  const names = glyphs.map((group) =>
    group.map((glyph) => describe(glyph, annotationOf(glyph), uses)).join(","),
  );
  const head =
    `/**\n * ${language} names of the picker's emoji, in the order of extras/compose/emoji-list.ts: a name, and after a slash further words that\n` +
    ` * find it. Written by tests/support/write-emoji-words.ts from the annotations of Unicode's CLDR, version ${version}: Copyright © 2004-2026\n` +
    ` * Unicode, Inc., Unicode License V3 (https://www.unicode.org/license.txt).\n */\n`;
  const words = JSON.stringify({ recent, tone, names });
  await Bun.write(
    join(import.meta.dir, "..", "..", "widget", "words", `${lang}-emoji.ts`),
    `${head}import type { EmojiWords } from "./emoji-languages.ts";\n\nexport const emoji: EmojiWords = ${words};\n`,
  );
}
