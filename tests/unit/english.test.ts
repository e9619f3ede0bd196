/** Checks the mechanical part of plain English: heads of files, phrases that must be read twice, lengths of sentences in the tree. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { firstSentence } from "../../.ci/tree.ts";

const root = join(import.meta.dir, "../..");
/** Longest first sentence of a head: it is a line of the tree in docs/ARCHITECTURE.md. */
const MAX_SENTENCE = 120;

/** Phrases that a reader must read twice, and what to write instead. */
const RIDDLES: readonly [phrase: RegExp, instead: string][] = [
  [/\bany longer\b/i, "no longer"],
  [/\bby and by\b/i, "gradually"],
  [/\bdear to\b/i, "expensive to"],
  [/\b(?:is|are) (?:told(?! apart)|handed)\b/i, "receives"],
  [/\b(?:say|says|said) so\b/i, "name the fact"],
  [/\b(?:the way|how) to stop\b/i, "returns a function that unsubscribes"],
  [/\bwho is hidden\b/i, "a shadow-banned user"],
  [/\bwhat is laid\b/i, "a sanction"],
  [/\bas whom\b/i, "name the role or the user"],
  [/\bnewcomers?\b/i, "new guests"],
  [/\bhears? of\b/i, "receives"],
];
/** Folders that this test holds to plain English. */
const READ = ["src", "widget", "tests", "docs", ".ci", "examples"];

const files = READ.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:tsx?|mjs|css|html|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
)
  .concat("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
  .filter((path) => path !== "tests/unit/english.test.ts" && !path.includes("node_modules"));
const textOf = new Map(files.map((path) => [path, readFileSync(join(root, path), "utf8")]));

test("a file's head begins with a noun or a verb, not with a question word", () => {
  const found = [...textOf].filter(
    ([path, text]) =>
      /\.(?:tsx?|css|mjs)$/.test(path) &&
      /^(?:\/\/\/.*\n)?\/\*\*?\s*\*?\s*(?:What|Who|Whom|Which|Where|How|That|Whether)\b/.test(text),
  );
  expect(found.map(([path]) => path)).toEqual([]);
});

test("the first sentence of a source file's head fits a line", () => {
  const long = [...textOf].flatMap(([path, text]) => {
    if (!/^(?:src|widget|tests\/support)\/.*\.(?:tsx?|css)$/.test(path)) return [];
    const sentence = firstSentence(text);
    return sentence.length === 0 || sentence.length > MAX_SENTENCE ? [`${path}: ${sentence.length}`] : [];
  });
  expect(long).toEqual([]);
});

test.each(RIDDLES)("no sentence has %p", (phrase, instead) => {
  const found = [...textOf].flatMap(([path, text]) =>
    text
      .split("\n")
      .flatMap((line, i) =>
        phrase.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 100)} → ${instead}`] : [],
      ),
  );
  expect(found).toEqual([]);
});
