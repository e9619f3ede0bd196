import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { translate } from "../../widget/languages.ts";
import { english, type Strings, type Translation } from "../../widget/strings.ts";

const widget = join(import.meta.dir, "../../widget");
const codes = readdirSync(widget).flatMap((name) => /^lang-(\w+)\.ts$/.exec(name)?.[1] ?? []);
const translations = new Map<string, Translation>();
for (const code of codes) {
  const { translation } = (await import(join(widget, `lang-${code}.ts`))) as { translation: Translation };
  translations.set(code, translation);
}
const LATER = ["launcher", "yourName", "save", "cancel", "badName"];
const keys = [...Object.keys(english), ...LATER] as (keyof Strings)[];
/** A string as it is, a function called with plausible arguments; a count of 1, 2, 5 and 1234. */
const said = (words: Translation, key: keyof Strings, n: number): string => {
  const value = words[key];
  if (typeof value !== "function") return String(value);
  const first = /^(chat|transcript|placeholder)$/.test(key) ? "lobby" : n;
  return (value as (...args: unknown[]) => string)(first, "lobby");
};

/** Bun has no style sheets; the browser test looks at what they do. */
class NoSheet {
  replaceSync(): void {}
}
Object.assign(globalThis, { CSSStyleSheet: globalThis.CSSStyleSheet ?? NoSheet });

describe.each(codes)("the words in %s", (code) => {
  const words = translations.get(code) ?? {};

  test("are all there, and no others", () => {
    expect(Object.keys(words).sort()).toEqual([...keys].sort());
    for (const key of keys) {
      expect({ key, kind: typeof words[key] }).toEqual({ key, kind: typeof english[key] });
    }
  });

  test("are words, and say the topic and the number where the English ones do", () => {
    expect(words.lang).toBe(code);
    const digits = (n: number) => n.toLocaleString(code);
    for (const key of keys) {
      for (const n of [1, 2, 5, 1234]) {
        const [ours, theirs] = [said(words, key, n), said(english, key, n)];
        expect({ key, text: ours.trim() }).not.toEqual({ key, text: "" });
        expect({ key, ours, odd: /undefined|NaN|\$\{|\[object/.test(ours) }).toEqual({
          key,
          ours,
          odd: false,
        });
        expect({ key, has: ours.includes("lobby") }).toEqual({ key, has: theirs.includes("lobby") });
        // Arabic says one and two messages without a digit.
        if (theirs.includes(String(n)) && !(code === "ar" && n < 3 && /^(away|gap|manyNew)$/.test(key)))
          expect({ key, n, ours, has: ours.includes(digits(n)) }).toEqual({ key, n, ours, has: true });
      }
    }
  });

  test("are found by tags of the language, and set the direction", async () => {
    for (const tag of [code, `${code}-XX`, code.toUpperCase()]) {
      const root = { dir: "", getRootNode: () => ({ adoptedStyleSheets: [] }) };
      expect((await translate(english, tag, root as unknown as HTMLElement)).send).toBe(words.send ?? "");
      expect(root.dir).toBe(code === "ar" ? "rtl" : "ltr");
    }
  });
});

test("a language that nobody translated is English, and leaves the direction alone", async () => {
  for (const tag of ["sv", "", "constructor", "__proto__", "x-klingon", "en-GB"]) {
    const root = { dir: "" };
    expect(await translate(english, tag, root as HTMLElement)).toEqual(english);
    expect(root.dir).toBe("");
  }
});
