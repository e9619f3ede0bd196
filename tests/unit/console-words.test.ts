/** The words of the console: every language has them all, and no view has a text of its own. */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { preferredLanguage } from "../../widget/console/speech.ts";
import { consoleWordsIn, NAMES } from "../../widget/words/console-languages.ts";
import { english } from "../../widget/words/console-words.ts";

const folder = join(import.meta.dir, "../../widget/console");

type Text = string | ((...args: unknown[]) => string);
/** Every text with its path, in the order in which they are written. */
function flatten(words: object, path = ""): [string, Text][] {
  return Object.entries(words).flatMap(([key, value]): [string, Text][] =>
    value instanceof Object && typeof value !== "function"
      ? flatten(value as object, `${path}${key}.`)
      : [[path + key, value as Text]],
  );
}
const ENGLISH = flatten(english);
/** English texts of a number, by trying: they write it for people. */
const isOfNumber = (text: Text): boolean =>
  typeof text === "function" && text(1234, 1234, 1234).includes("1,234");
/** A text with what it takes: numbers, or names that have to stand in it. */
const said = (text: Text, n: number | undefined): string =>
  typeof text !== "function" ? text : n === undefined ? text("§1", "§2", "§3") : text(n, n, n);
const placesOf = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe.each(Object.keys(NAMES))("the console's words in %s", (code) => {
  test("are all there, in the order of the English ones, and no others", async () => {
    const kinds = (texts: [string, Text][]) => texts.map(([path, text]) => [path, typeof text]);
    expect(kinds(flatten(await consoleWordsIn(code)))).toEqual(kinds(ENGLISH));
    expect((await consoleWordsIn(code)).lang).toBe(code);
  });

  test("are not empty, and have the numbers, names and places of the English ones", async () => {
    const theirs = new Map(ENGLISH);
    const odd: string[] = [];
    for (const [path, text] of flatten(await consoleWordsIn(code))) {
      const model = theirs.get(path) ?? "";
      for (const n of typeof text === "function" ? [undefined, 0, 1, 2, 5, 11, 1234] : [undefined]) {
        const [ours, english] = [said(text, n), said(model, n)];
        if (ours.trim() === "" || /undefined|NaN|\$\{|\[object/.test(ours)) odd.push(`${path}: ${ours}`);
        if (`${placesOf(ours)}` !== `${placesOf(english)}`) odd.push(`${path} ${n}: places of ${ours}`);
        const names = n === undefined && !isOfNumber(model) ? ["§1", "§2", "§3"] : [];
        for (const name of names)
          if (ours.includes(name) !== english.includes(name)) odd.push(`${path}: ${name} in ${ours}`);
        // One and two may be words.
        if (n !== undefined && n > 2 && isOfNumber(model) && !ours.includes(n.toLocaleString(code)))
          odd.push(`${path}: ${n} in ${ours}`);
      }
    }
    expect(odd).toEqual([]);
  });
});

test("the language is the chosen one, else the browser's first that the console has, else English", async () => {
  for (const code in NAMES) expect(preferredLanguage(code, ["sv"])).toBe(code);
  expect(preferredLanguage(undefined, ["constructor", ""])).toBe("en");
  expect(consoleWordsIn("sv")).rejects.toThrow("no words in sv");
});

/** Attributes that people read or hear. */
const READ = /^(?:aria-label|aria-description|title|placeholder|alt|label|name|text|note|value|search)$/;
/** Names of products, keys and formats, which are the same in every language. */
const SAME = new Set([
  "Kabar",
  "kabar console",
  "kabar backup backups/ --every 24h --keep 7",
  "operator.key",
  "operator_key",
  "z",
  "Content-Type",
  '<script async src="',
]);

/** The texts that a file draws by itself, with their lines. */
function literalsOf(name: string): string[] {
  const source = readFileSync(join(folder, name), "utf8");
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const note = (node: ts.Node, text: string) => {
    const trimmed = text.trim();
    if (/\p{L}/u.test(trimmed) && !SAME.has(trimmed))
      found.push(`${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${trimmed}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) note(node, node.text);
    if (ts.isJsxAttribute(node)) {
      const attribute = node.name.getText(file);
      if (attribute === "class") return;
      const isOfPart = /^[A-Z]/.test(node.parent.parent.tagName.getText(file));
      if (READ.test(attribute) && (attribute !== "name" || isOfPart) && node.initializer)
        if (ts.isStringLiteral(node.initializer)) note(node, node.initializer.text);
    }
    // Elsewhere a text for people has a space or begins with a capital letter.
    const isString =
      ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if (isString && !ts.isImportDeclaration(node.parent) && !ts.isJsxAttribute(node.parent))
      if (/\p{L} \p{L}|^\p{Lu}\p{Ll}|\p{L}[.…]$/u.test(node.text)) note(node, node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

test("no file of the console has a text of its own", () => {
  const names = readdirSync(folder).filter((name) => /\.tsx?$/.test(name));
  expect(names.flatMap(literalsOf)).toEqual([]);
});
