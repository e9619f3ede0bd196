/**
 * Which languages moderators have their words in besides English, each in a chunk of its own; loaded for moderators who
 * speak another one.
 */
import type { ModWords } from "./modwords.ts";

const LANGUAGES: Record<string, () => Promise<{ words: ModWords }>> = {
  ar: () => import("./mod-ar.ts"),
  de: () => import("./mod-de.ts"),
  es: () => import("./mod-es.ts"),
  fr: () => import("./mod-fr.ts"),
  hi: () => import("./mod-hi.ts"),
  id: () => import("./mod-id.ts"),
  ja: () => import("./mod-ja.ts"),
  pt: () => import("./mod-pt.ts"),
  zh: () => import("./mod-zh.ts"),
};

/** The words of a language, by the name that it has in strings.ts; undefined for a language without a translation. */
export const wordsIn = async (lang: string): Promise<ModWords | undefined> =>
  (await LANGUAGES[lang]?.())?.words;
