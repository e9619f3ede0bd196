/** Languages of the emoji picker besides English: a chunk each with names and keywords, loaded with the picker. */

/** The words of the emoji picker in one language. */
export interface EmojiWords {
  /** The title of the emoji that were used last. */
  recent: string;
  tone: string;
  /** For each group of the picker's emoji, their names, parted by commas; further words that find one follow a slash. */
  names: readonly string[];
}

/** English. The names are those of the emoji themselves. */
export const english: EmojiWords = { recent: "Recently used", tone: "Skin tone", names: [] };

const LANGUAGES: Record<string, () => Promise<{ emoji: EmojiWords }>> = {
  ar: () => import("./ar-emoji.ts"),
  de: () => import("./de-emoji.ts"),
  es: () => import("./es-emoji.ts"),
  fr: () => import("./fr-emoji.ts"),
  hi: () => import("./hi-emoji.ts"),
  id: () => import("./id-emoji.ts"),
  ja: () => import("./ja-emoji.ts"),
  pt: () => import("./pt-emoji.ts"),
  zh: () => import("./zh-emoji.ts"),
};

/** Returns the words of a language, by the `lang` of its other words; English where there are none, or they cannot be loaded. */
export const emojiWordsIn = async (lang: string): Promise<EmojiWords> =>
  (await LANGUAGES[lang]?.().catch(() => undefined))?.emoji ?? english;
