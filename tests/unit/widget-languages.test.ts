import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { translate } from "../../widget/words/languages.ts";
import { ensureWidget } from "../../widget/build.ts";
import { wordsIn } from "../../widget/words/moderation-languages.ts";
import { settingsIn } from "../../widget/words/settings-languages.ts";
import { english as englishSettings } from "../../widget/words/settings-words.ts";
import { english as englishForModerators, type ModWords } from "../../widget/words/moderation-words.ts";
import { english, type LaterStrings, type Translation } from "../../widget/words/list-words.ts";
import { english as englishWords, type Words } from "../../widget/words/later-words.ts";
import { createFolder } from "../support/folder.ts";

const folder = createFolder();
const manifest = await ensureWidget(folder);
const widget = join(import.meta.dir, "../../widget/words");
const codes = readdirSync(widget).flatMap((name) => /^([a-z]{2})\.ts$/.exec(name)?.[1] ?? []);
interface Spoken {
  translation: Translation;
  later: LaterStrings;
  words: Words;
}
const languages = new Map<string, Spoken>();
for (const code of codes) languages.set(code, (await import(join(widget, `${code}.ts`))) as Spoken);
const spoken = (code: string): Spoken => {
  const found = languages.get(code);
  if (!found) throw new Error(`No language ${code}.`);
  return found;
};

type Text = string | ((...args: unknown[]) => string);
/** Every text with its path, in the order in which they are written. */
function flatten(words: object, path = ""): [string, Text][] {
  return Object.entries(words).flatMap(([key, value]): [string, Text][] =>
    value instanceof Object && typeof value !== "function"
      ? flatten(value as object, `${path}${key}.`)
      : [[path + key, value as Text]],
  );
}
const ENGLISH = [...flatten(english), ...flatten(englishWords)];
const all = (code: string) => {
  const { translation, words } = spoken(code);
  return [...flatten(translation), ...flatten(words)];
};
/** What a text says of a number and a name, whichever of them it takes first. */
function said(key: string, text: Text | undefined, n: number): string {
  if (typeof text !== "function") return `${text}`;
  if (key === "typing") return text(["lobby", "Ana"]);
  if (key === "nextPin") return text(n, n);
  return /^(chat|transcript|hint|quote|replyTo|failed|reaction|until|because|slow)$/.test(key)
    ? text("lobby", n, true)
    : text(n, "lobby");
}

/** What a moderators' text says of a number, or of a name and a reason. */
function saidOf(path: string, text: Text, n: number): string {
  if (typeof text !== "function") return text;
  return /^(waiting|arrived)$/.test(path) ? text(n) : text("lobby", "spam");
}

/** Bun has no style sheets; the browser test looks at what they do. */
class NoSheet {
  replaceSync(): void {}
}
Object.assign(globalThis, { CSSStyleSheet: globalThis.CSSStyleSheet ?? NoSheet });

describe.each(codes)("the words in %s", (code) => {
  const words = spoken(code).translation;

  test("are all there, in the order of the English ones, and no others", () => {
    const kinds = (texts: [string, Text][]) => texts.map(([key, text]) => [key, typeof text]);
    expect(kinds(all(code))).toEqual(kinds(ENGLISH));
    expect(Object.keys(spoken(code).later)).toEqual([
      "launcher",
      "yourName",
      "save",
      "cancel",
      "badName",
      "nameTaken",
    ]);
  });

  test("are not empty, and have the topic and the number where the English ones do", () => {
    expect(words.lang).toBe(code);
    const digits = (n: number) => n.toLocaleString(code);
    const theirs = new Map(ENGLISH);
    for (const [key, text] of all(code)) {
      for (const n of [1, 2, 5, 1234]) {
        const [ours, english] = [said(key, text, n), said(key, theirs.get(key), n)];
        expect({ key, text: ours.trim() }).not.toEqual({ key, text: "" });
        expect({ key, ours, odd: /undefined|NaN|\$\{|\[object/.test(ours) }).toEqual({
          key,
          ours,
          odd: false,
        });
        expect({ key, has: ours.includes("lobby") }).toEqual({ key, has: english.includes("lobby") });
        // Arabic says one and two messages without a digit.
        const isSpelled = code === "ar" && n < 3 && /^(away|gap|manyNew|tooLong)$/.test(key);
        const isSaid = english.includes(String(n)) || english.includes(n.toLocaleString("en"));
        if (isSaid && !isSpelled)
          expect({ key, n, ours, has: ours.includes(digits(n)) }).toEqual({ key, n, ours, has: true });
      }
    }
  });

  test("are the same once they are built", async () => {
    const file =
      manifest.files.find(({ path }) => new RegExp(`^/widget/${code}-\\w{8}\\.js$`).test(path))?.file ?? "";
    const built = (await import(join(folder, file))) as Spoken;
    // The build shortens some keys, in every chunk alike; the texts and their order stay.
    const keys = ENGLISH.map(([key]) => key.replace(/.*\./, ""));
    const texts = ({ translation, words }: Spoken) =>
      [...flatten(translation), ...flatten(words)].map(([, text], i) => said(keys[i] ?? "", text, 5));
    expect(texts(built)).toEqual(texts(spoken(code)));
  });

  test("are found by tags of the language, and set the direction", async () => {
    for (const tag of [code, `${code}-XX`, code.toUpperCase()]) {
      const root = { dir: "", getRootNode: () => ({ adoptedStyleSheets: [] }) };
      expect((await translate(english, tag, root as unknown as HTMLElement)).send).toBe(words.send);
      expect(root.dir).toBe(code === "ar" ? "rtl" : "ltr");
    }
  });
});

describe.each(codes)("the moderators' words in %s", (code) => {
  const load = async () => flatten((await wordsIn(code)) as ModWords);
  const model = flatten(englishForModerators);

  test("are all there, in the order of the English ones, and no others", async () => {
    const kinds = (texts: [string, Text][]) => texts.map(([path, text]) => [path, typeof text]);
    expect(kinds(await load())).toEqual(kinds(model));
  });

  test("have the name, the reason and the number where the English ones do", async () => {
    const theirs = new Map(model);
    for (const [path, text] of await load()) {
      for (const n of [0, 1, 2, 5, 1234]) {
        const [ours, english] = [saidOf(path, text, n), saidOf(path, theirs.get(path) ?? "", n)];
        expect({ path, text: ours.trim() }).not.toEqual({ path, text: "" });
        expect({ path, ours, odd: /undefined|NaN|\$\{|\[object/.test(ours) }).toEqual({
          path,
          ours,
          odd: false,
        });
        for (const each of ["lobby", "spam"])
          expect({ path, ours, has: ours.includes(each) }).toEqual({
            path,
            ours,
            has: english.includes(each),
          });
        if (/^(waiting|arrived)$/.test(path)) {
          const has = { path, ours, has: english.includes(String(n)) };
          expect({ path, ours, has: ours.includes(n.toLocaleString(code)) }).toEqual(has);
        }
      }
    }
  });

  test("are the same once they are built", async () => {
    const file =
      manifest.files.find(({ path }) => path.startsWith(`/widget/${code}-moderation-`))?.file ?? "";
    const built = (await import(join(folder, file))) as { words: ModWords };
    // The build shortens some keys, in every chunk alike; the texts and their order stay.
    const texts = (words: [string, Text][]) =>
      words.map(([, text], i) => saidOf(model[i]?.[0] ?? "", text, 5));
    expect(texts(flatten(built.words))).toEqual(texts(await load()));
  });
});

test.each(codes)(
  "the words of the settings and of the search in %s are all there, and no others",
  async (code) => {
    const words = flatten((await settingsIn(code)) ?? {});
    const kinds = (texts: [string, Text][]) => texts.map(([key, text]) => [key, typeof text]);
    expect(kinds(words)).toEqual(kinds(flatten(englishSettings)));
    for (const [path, text] of words) {
      const said = typeof text === "function" ? text(1234, true) : text;
      expect({ path, said: said.trim() }).not.toEqual({ path, said: "" });
      if (path === "search.found") expect(said).toContain(`${(1234).toLocaleString(code)}+`);
    }
  },
);

test("a language without moderators' words has none to load, and none of the settings", async () => {
  expect(await wordsIn("sv")).toBeUndefined();
  expect(await settingsIn("sv")).toBeUndefined();
});

test("a language without a translation is English, and leaves the direction alone", async () => {
  for (const tag of ["sv", "", "constructor", "__proto__", "x-klingon", "en-GB"]) {
    const root = { dir: "" };
    expect(await translate(english, tag, root as HTMLElement)).toEqual(english);
    expect(root.dir).toBe("");
  }
});
