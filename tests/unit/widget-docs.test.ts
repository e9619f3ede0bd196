/** Compares the tables of docs/WIDGET.md, the description of the element and the sources. */
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { BUDGET } from "../../widget/build.ts";
import { type Described, manifestText, readDescription } from "../../widget/describe.ts";

const root = join(import.meta.dir, "../..");
const page = await Bun.file(join(root, "docs/WIDGET.md")).text();
const names = readdirSync(join(root, "widget"), { recursive: true, encoding: "utf8" }).filter(
  (name) => /\.(tsx?|css)$/.test(name) && !/^(build|assets|describe|dev|console)\b/.test(name),
);
const texts = new Map<string, string>();
for (const name of names) texts.set(name, await Bun.file(join(root, "widget", name)).text());
const all = [...texts.values()].join("\n");
const element = texts.get("loader/element.ts") ?? "";

/** The words in code in a section: of the first column where it is a table. */
function documented(section: string): string[] {
  const text = page.split(`<!-- ${section} -->\n`)[1]?.split(/\n\n/)[0] ?? "";
  const cells = text.startsWith("|")
    ? text
        .split("\n")
        .slice(2)
        .map((line) => line.split(" | ")[0] ?? "")
    : [text];
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "")).sort();
}
const found = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ""))].sort();
const described = await readDescription();
const namesOf = (list: readonly Described[]): string[] => list.map(({ name }) => name).sort();

test("every attribute is documented, in the element's tags as well", () => {
  const read = found(all, /(?:host|this)\.(?:get|has)Attribute\("([\w-]+)"\)/g);
  const watched = found(/observedAttributes: string\[\] = "([^"]+)"/.exec(element)?.[1] ?? "", /(\w+)/g);
  const styled = found(all, /:host\(\[(\w+)[\^$*]?=/g);
  const own = ["autofocus", "dir", "lang"]; // Every HTML element has these; core.ts and languages.ts use them.
  const positioned = found(all, /\[(position)\$=/g);
  expect(documented("attributes")).toEqual(
    [...new Set([...read, ...watched, ...styled, ...positioned, ...own])].sort(),
  );
  expect(namesOf(described.attributes)).toEqual(documented("attributes"));
});

test("every property and method is documented, with a sentence of its own", () => {
  const properties = [
    ...found(element, /^ {2}declare readonly (\w+):/gm),
    ...found(element, /^ {2}get (\w+)\(/gm),
    ...found(element, /^ {2}readonly (\w+):/gm),
  ];
  expect(documented("properties")).toEqual(properties.sort());
  const declared = found(element, /^ {2}declare (\w+): \(/gm);
  const written = found(element, /^ {2}(\w+)\([^)]*\): void \{/gm).filter((name) => !/Callback$/.test(name));
  const methods = documented("methods").map((method) => method.replace(/\(.*/, ""));
  expect(methods.sort()).toEqual([...declared, ...written].sort());
  expect(namesOf(described.fields)).toEqual(properties.sort());
  expect(namesOf(described.methods)).toEqual(methods.sort());
});

test("every event has a type and is documented, with whether it can be cancelled", () => {
  const sent = found(all, /emit\(\s*"(kabar-[a-z-]+)"/g);
  expect(documented("events")).toEqual(sent);
  expect(namesOf(described.events)).toEqual(sent);
  const marked = found(page, /^\| (.*) \*c\* \|/gm).flatMap((cell) => found(cell, /`([a-z-]+)`/g));
  const cancelable = described.events.filter(({ description }) => /cancelable/.test(description));
  expect(namesOf(cancelable)).toEqual(marked.sort());
});

test("every custom property, part, state and slot is documented, in the element's tags as well", () => {
  expect(documented("properties for style")).toEqual(found(all, /var\((--kabar-[a-z-]+)/g));
  expect(namesOf(described.cssProperties)).toEqual(documented("properties for style"));
  expect(namesOf(described.cssStates)).toEqual(documented("states"));
  expect(namesOf(described.slots)).toEqual(documented("slots"));
  expect(namesOf(described.cssParts)).toEqual(documented("parts"));
  const states = found(all, /(?:#s|s)etState\("([a-z]+)"/g);
  expect(documented("states")).toEqual(states);
  expect(documented("slots")).toEqual(found(all, /(?:<slot|"slot",\s*\{) name(?:=|: )"([a-z-]+)"/g));
  const plain = found(all, /(?:part="|part: "|"part", ")([a-z- ]+)"/g).flatMap((parts) => parts.split(" "));
  // row.tsx and attention.ts put these together.
  const rows = ["message", "message-head", "message-own", "message-pending", "message-failed"];
  const cards = ["preview", "preview-open", "preview-close"];
  const parts = [...plain, ...rows, ...cards];
  expect(documented("parts")).toEqual([...new Set(parts)].sort());
});

test("the documented budgets are those of the build", () => {
  const rows = page.split("<!-- budgets -->\n")[1] ?? "";
  expect(
    found(rows, /\| (\d+) \|/g)
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual([...new Set(Object.values(BUDGET))].sort((a, b) => a - b));
});

test("custom-elements.json is the element's description; `bun run widget/describe.ts` writes it", async () => {
  const written = await Bun.file(join(root, "docs/custom-elements.json")).text();
  expect(written).toBe(await manifestText());
});
