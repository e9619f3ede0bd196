/**
 * Index of the picker's emoji in one language: names, search, skin tones. Pure.
 * Every language also finds by the English words, which many know from other chats.
 */
import { EMOJI_GROUPS } from "./emoji-list.ts";

export interface Emoji {
  glyph: string;
  name: string;
  /** The folded words that find it, each after a space. */
  searched: string;
}

/** The glyph that shows the tones, and the tones: none, then the Fitzpatrick types of UTS #51 section 2.4. */
export const TONE_SAMPLE = "✋";
export const TONES: readonly string[] = ["", "🏻", "🏼", "🏽", "🏾", "🏿"];
/** A handshake takes tones since Emoji 14 only, which is newer than some systems of current browsers. */
const TONED = /^(?!🤝)\p{Emoji_Modifier_Base}/u;

/** Returns an emoji with a tone of `TONES`, or as it is where it takes none. The tone replaces the mark of a coloured glyph. */
export const withTone = (glyph: string, tone: string): string =>
  tone && TONED.test(glyph) ? glyph.replace(/^(.)\uFE0F?/u, `$1${tone}`) : glyph;

/** Makes cases, accents, ligatures, Arabic vowel signs and the two kana alike, as people search. */
const fold = (text: string): string =>
  text
    .toLowerCase()
    .normalize("NFD")
    .replace(/[\u0300-\u036F\u064B-\u0655]/g, "")
    .replaceAll("œ", "oe")
    .replace(/[ァ-ヶ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 96));

/** Creates the index of a language by its `names` (words/emoji-languages.ts), without them in English. "😀 grinning/happy" is a glyph, its name, and further words that find it; a translation has the rest without the glyph. */
export function createEmojiIndex(names: readonly string[] = []) {
  const groups = EMOJI_GROUPS.map((group, g) => {
    const translated = names[g]?.split(",");
    return group.split(",").map((item, i): Emoji => {
      const [glyph = "", ...rest] = item.split(" ");
      const words = rest.join(" ");
      const own = translated?.[i] ?? words;
      return {
        glyph,
        name: own.split("/")[0] ?? "",
        searched: fold(` ${own} ${words}`.replaceAll("/", " ")),
      };
    });
  });
  const all = groups.flat();
  return {
    groups,
    /** Returns the emoji that have, for each word of the query, a word that begins with it; other scripts than Latin match anywhere. */
    find(query: string): Emoji[] {
      const terms = fold(query).split(/\s+/).filter(Boolean);
      const isIn = ({ searched }: Emoji) =>
        terms.every((term) => searched.includes(/^[ -\u024F]/.test(term) ? ` ${term}` : term));
      return all.filter(isIn);
    },
    /** Returns the emoji of these glyphs, in their order; unknown glyphs have none. */
    pick: (glyphs: readonly string[]): Emoji[] =>
      glyphs.flatMap((glyph) => all.find((emoji) => emoji.glyph === glyph) ?? []),
  };
}
