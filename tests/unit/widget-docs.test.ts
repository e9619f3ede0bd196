/** docs/WIDGET.md says what exists: its tables are compared with the sources. */
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { BUDGET } from "../../widget/build.ts";
import { describeText } from "../../widget/describe.ts";

const root = join(import.meta.dir, "../..");
const page = await Bun.file(join(root, "docs/WIDGET.md")).text();
const names = readdirSync(join(root, "widget"), { recursive: true, encoding: "utf8" }).filter(
  (name) => /\.(tsx?|css)$/.test(name) && !/^(build|assets|describe|dev)\b/.test(name),
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
/** A line of the element's head comment, which may go on on the next. */
const headLine = (name: string): string[] =>
  (new RegExp(`^ \\* ${name} +((?:.*\\n)(?: \\* {10,}.*\\n)*)`, "m").exec(element)?.[1] ?? "")
    .match(/[a-zA-Z-]{2,}/g)
    ?.sort() ?? [];

test("every attribute is documented, in the element's head as well", () => {
  const read = found(all, /(?:host|this)\.(?:get|has)Attribute\("([\w-]+)"\)/g);
  const watched = found(/observedAttributes = "([^"]+)"/.exec(element)?.[1] ?? "", /(\w+)/g);
  const styled = found(all, /:host\(\[(\w+)[\^$*]?=/g);
  const own = ["autofocus", "dir", "lang"]; // Every HTML element has these; core.ts and languages.ts use them.
  const positioned = found(all, /\[(position)\$=/g);
  expect(documented("attributes")).toEqual(
    [...new Set([...read, ...watched, ...styled, ...positioned, ...own])].sort(),
  );
  expect(headLine("attributes")).toEqual(documented("attributes"));
});

test("every property and method is documented", () => {
  const properties = [
    ...found(element, /^ {2}declare readonly (\w+):/gm),
    ...found(element, /^ {2}get (\w+)\(/gm),
  ];
  expect(documented("properties")).toEqual(properties.sort());
  const declared = found(element, /^ {2}declare (\w+): \(/gm);
  const written = found(element, /^ {2}(\w+)\([^)]*\): void \{/gm).filter((name) => !/Callback$/.test(name));
  const methods = documented("methods").map((method) => method.replace(/\(.*/, ""));
  expect(methods.sort()).toEqual([...declared, ...written].sort());
});

test("every event is documented, with what it tells", () => {
  const sent = found(all, /emit\(\s*"(kabar-[a-z-]+)"/g);
  expect(documented("events")).toEqual(sent);
  expect(headLine("events")).toEqual(sent);
});

test("every custom property, part, state and slot is documented", () => {
  expect(documented("properties for style")).toEqual(found(all, /var\((--kabar-[a-z-]+)/g));
  const states = found(all, /(?:#s|s)etState\("([a-z]+)"/g);
  expect(documented("states")).toEqual(states);
  expect(documented("slots")).toEqual(found(all, /(?:<slot|"slot",\s*\{) name(?:=|: )"([a-z-]+)"/g));
  const plain = found(all, /(?:part="|part: "|"part", ")([a-z- ]+)"/g).flatMap((parts) => parts.split(" "));
  const parts = [...plain, "message", "message-own", "message-pending", "message-failed"]; // row.tsx puts these together
  expect(documented("parts")).toEqual([...new Set(parts)].sort());
});

test("the budgets are those that the build keeps", () => {
  const rows = page.split("<!-- budgets -->\n")[1] ?? "";
  expect(
    found(rows, /\| (\d+) \|/g)
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(Object.values(BUDGET).sort((a, b) => a - b));
});

test("custom-elements.json is what these tables say; `bun run widget/describe.ts` writes it", async () => {
  const written = await Bun.file(join(root, "docs/custom-elements.json")).text();
  expect(JSON.parse(written)).toEqual(JSON.parse(await describeText()));
  const [declaration] = JSON.parse(written).modules[0].declarations;
  const names = (list: { name: string; kind?: string }[], kind?: string) =>
    list.filter((each) => each.kind === kind).map(({ name }) => name);
  expect(names(declaration.attributes).sort()).toEqual(documented("attributes"));
  expect(names(declaration.events).sort()).toEqual(documented("events"));
  expect(names(declaration.members, "method")).toContain("identify");
});
