/** Languages of the owner's console: their own names, and a chunk each besides English, loaded when the console is in that language. */
import { type ConsoleWords, english } from "./console-words.ts";

/** The languages, by their own names. */
export const NAMES: Readonly<Record<string, string>> = {
  en: "English",
  ar: "العربية",
  de: "Deutsch",
  es: "Español",
  fr: "Français",
  hi: "हिन्दी",
  id: "Bahasa Indonesia",
  ja: "日本語",
  pt: "Português",
  zh: "简体中文",
};

const LANGUAGES: Record<string, () => Promise<{ words: ConsoleWords }>> = {
  en: async () => ({ words: english }),
  ar: () => import("./ar-console.ts"),
  de: () => import("./de-console.ts"),
  es: () => import("./es-console.ts"),
  fr: () => import("./fr-console.ts"),
  hi: () => import("./hi-console.ts"),
  id: () => import("./id-console.ts"),
  ja: () => import("./ja-console.ts"),
  pt: () => import("./pt-console.ts"),
  zh: () => import("./zh-console.ts"),
};

/** Returns the console's words of a language by its code. Throws for a language without a translation, and when its chunk does not load. */
export async function consoleWordsIn(code: string): Promise<ConsoleWords> {
  const load = Object.hasOwn(LANGUAGES, code) ? LANGUAGES[code] : undefined;
  if (!load) throw new Error(`The console has no words in ${code}.`);
  return (await load()).words;
}
