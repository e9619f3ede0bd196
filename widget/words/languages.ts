/**
 * Languages besides English: a chunk each, loaded when the page or the browser asks for one.
 * A language without a translation is English.
 */
import type { LaterStrings, Strings, Translation } from "./list-words.ts";
import type { Words } from "./later-words.ts";

/** The words of a language: those of the first list, and those of later chunks. */
type Spoken = { translation: Translation; later: LaterStrings; words: Words };

const LANGUAGES: Record<string, () => Promise<Spoken>> = {
  ar: () => import("./ar.ts"),
  de: () => import("./de.ts"),
  es: () => import("./es.ts"),
  fr: () => import("./fr.ts"),
  hi: () => import("./hi.ts"),
  id: () => import("./id.ts"),
  ja: () => import("./ja.ts"),
  pt: () => import("./pt.ts"),
  zh: () => import("./zh.ts"),
};

/** Shows placeholders from right to left: browsers draw an empty field with `dir="auto"` from left to right. */
let mirrored: CSSStyleSheet | undefined;
function mirror(root: HTMLElement): void {
  if (!mirrored) {
    mirrored = new CSSStyleSheet();
    mirrored.replaceSync("textarea:placeholder-shown{direction:rtl;unicode-bidi:normal}");
  }
  const { adoptedStyleSheets } = root.getRootNode() as ShadowRoot;
  if (!adoptedStyleSheets.includes(mirrored)) adoptedStyleSheets.push(mirrored);
}

/** Returns the words of a language by its tag, or English, and sets the direction of the chat's box. */
export async function translate(
  english: Strings,
  tag: string,
  root: HTMLElement,
): Promise<Strings & { words?: Words }> {
  const name = tag.toLowerCase().split("-")[0] ?? "";
  const found = Object.hasOwn(LANGUAGES, name) ? await LANGUAGES[name]?.().catch(() => undefined) : undefined;
  if (!found) return { ...english };
  // The box inherits a direction that the page has set on the element.
  const { host } = root.getRootNode() as Partial<ShadowRoot>;
  if (!(host as HTMLElement | undefined)?.dir) root.dir = name === "ar" ? "rtl" : "ltr";
  if (name === "ar") mirror(root);
  return { ...english, ...found.translation, later: found.later, words: found.words };
}
