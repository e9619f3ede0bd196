/** Languages of the settings and of the search: a chunk each besides English, loaded when a user opens one of the two. */
import { english, type SettingsWords } from "./settings-words.ts";

const LANGUAGES: Record<string, () => Promise<{ words: SettingsWords }>> = {
  ar: () => import("./ar-settings.ts"),
  de: () => import("./de-settings.ts"),
  es: () => import("./es-settings.ts"),
  fr: () => import("./fr-settings.ts"),
  hi: () => import("./hi-settings.ts"),
  id: () => import("./id-settings.ts"),
  ja: () => import("./ja-settings.ts"),
  pt: () => import("./pt-settings.ts"),
  zh: () => import("./zh-settings.ts"),
};

/** Returns the settings' words of a language, by the `lang` of its other words; undefined for a language without a translation. */
export const settingsIn = async (lang: string): Promise<SettingsWords | undefined> =>
  (await LANGUAGES[lang]?.())?.words;

/** Returns the words of a language; the English ones where it has none, or they can't be loaded. */
export const settingsOrEnglish = async (lang: string): Promise<SettingsWords> =>
  (await settingsIn(lang).catch(() => undefined)) ?? english;
