/** Languages of the moderators' words besides English: a chunk each, loaded for moderators. */
import type { ModWords } from "./moderation-words.ts";

const LANGUAGES: Record<string, () => Promise<{ words: ModWords }>> = {
  ar: () => import("./ar-moderation.ts"),
  de: () => import("./de-moderation.ts"),
  es: () => import("./es-moderation.ts"),
  fr: () => import("./fr-moderation.ts"),
  hi: () => import("./hi-moderation.ts"),
  id: () => import("./id-moderation.ts"),
  ja: () => import("./ja-moderation.ts"),
  pt: () => import("./pt-moderation.ts"),
  zh: () => import("./zh-moderation.ts"),
};

/** Returns the moderators' words of a language, by the `lang` of its other words; undefined for a language without a translation. */
export const wordsIn = async (lang: string): Promise<ModWords | undefined> =>
  (await LANGUAGES[lang]?.())?.words;
