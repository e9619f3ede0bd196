/**
 * Writes src/users/confusables.ts from Unicode's table of look-alike characters (UTS #39 section 4, confusables.txt in
 * https://www.unicode.org/Public/security/). Takes the file's path:
 * `bun tests/support/write-confusables.ts confusables.txt > src/users/confusables.ts`, then `bun fmt src/users/confusables.ts`.
 */

export {};

const path = process.argv[2];
if (path === undefined) throw new Error("say where confusables.txt is");
const text = await Bun.file(path).text();
const version = /^# Version: (\S+)/m.exec(text)?.[1] ?? "unknown";

/** The text as names are folded before they are looked up. */
const fold = (word: string) => word.normalize("NFKD").toLowerCase().normalize("NFKD");
const MARK = /\p{M}/u;
const groups = new Map<string, string[]>();
for (const line of text.split("\n")) {
  const [source, target] = (line.split("#")[0] ?? "").split(";").map((field) => field.trim());
  if (!source || !target) continue;
  const from = String.fromCodePoint(Number.parseInt(source, 16));
  const to = String.fromCodePoint(...target.split(" ").map((hex) => Number.parseInt(hex, 16)));
  // Letters a to z, digits and signs have rules of their own; marks are taken away or belong to their letter.
  if (/[ -~]/.test(from) || MARK.test(from) || /^\p{M}/u.test(to)) continue;
  // What folding makes equal need not be here.
  if (from.normalize("NFKD") !== from || fold(from) === fold(to)) continue;
  // Names are split at signs and signs are dropped: a sign that looks like a sign says nothing.
  if (/^[\p{P}\p{S}\p{Z}]+$/u.test(to) && !/[|!$@]/.test(to)) continue;
  const key = [...to].map((char) => (char.codePointAt(0) ?? 0).toString(16)).join("+");
  const sources = groups.get(key) ?? [];
  groups.set(key, sources);
  sources.push((from.codePointAt(0) ?? 0).toString(16));
}

const words = [...groups].flatMap(([target, sources]) => [`${target}:`, ...sources.sort()]);
let line = "";
const lines: string[] = [];
for (const word of words) {
  if (line.length + word.length > 108) {
    lines.push(line);
    line = "";
  }
  line += line === "" ? word : ` ${word}`;
}
lines.push(line);

console.log(`/**
 * Characters that look alike, generated from Unicode's confusables.txt, version ${version} (UTS #39 section 4), by
 * tests/support/write-confusables.ts; do not edit. © Unicode, Inc., under the Unicode License v3
 * (https://www.unicode.org/license.txt). What compatibility forms and letter case make equal is left out.
 */

/** Code points in hexadecimal: the character that others look like (\`+\` between several) and a colon, then those others. */
const TABLE = \`
${lines.join("\n")}
\`;

function readTable(): Map<string, string> {
  const table = new Map<string, string>();
  let target = "";
  for (const word of TABLE.trim().split(/\\s+/)) {
    const codes = word.replace(":", "").split("+");
    const text = String.fromCodePoint(...codes.map((hex) => Number.parseInt(hex, 16)));
    if (word.endsWith(":")) target = text;
    else table.set(text, target);
  }
  return table;
}

/** What a character looks like, by the character. */
export const CONFUSABLES: ReadonlyMap<string, string> = readTable();`);
