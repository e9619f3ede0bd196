/**
 * Writes docs/custom-elements.json, the description of `<kabar-chat>` that editors and component catalogues read (custom
 * elements manifest 1.0), from the tables of docs/WIDGET.md, which a test compares with the source. As a command it
 * writes the file; a test fails when the file is not what the tables say.
 */
import { join } from "node:path";

interface Row {
  names: string[];
  cells: string[];
}

const root = join(import.meta.dir, "..");
const MODULE = "widget/loader/element.ts";

const codesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");

/** The rows of the table, or the words in code, that follow a section's mark. */
function rowsOf(page: string, section: string): Row[] {
  const text = page.split(`<!-- ${section} -->\n`)[1]?.split("\n\n")[0] ?? "";
  if (!text.startsWith("|")) return [{ names: codesIn(text), cells: [] }];
  return text
    .split("\n")
    .slice(2)
    .map((line) => line.replace(/^\| | \|$/g, "").split(" | "))
    .map(([first = "", ...cells]) => ({ names: codesIn(first), cells }));
}

/** The manifest of a page like docs/WIDGET.md. */
export function describeElement(page: string): object {
  const list = (section: string, more: (row: Row) => object = () => ({})) =>
    rowsOf(page, section).flatMap((row) =>
      row.names.map((name) => ({
        name,
        ...(row.cells.length > 0 && { description: row.cells.at(-1) }),
        ...more(row),
      })),
    );
  const methods = list("methods").map(({ name, ...rest }) => ({
    kind: "method",
    name: name.replace(/\(.*/, ""),
    ...rest,
  }));
  const fields = list("properties").map((field) => ({
    kind: "field",
    ...field,
    ...(field.name !== "topic" && { readonly: true }),
  }));
  return {
    schemaVersion: "1.0.0",
    modules: [
      {
        kind: "javascript-module",
        path: MODULE,
        declarations: [
          {
            kind: "class",
            customElement: true,
            name: "KabarChat",
            tagName: "kabar-chat",
            superclass: { name: "HTMLElement" },
            attributes: list("attributes", ({ cells }) => ({ type: { text: cells[0] } })),
            members: [...fields, ...methods],
            events: list("events", () => ({ type: { text: "CustomEvent" } })),
            slots: [{ name: "", description: "Shown when the chat can't be loaded." }, ...list("slots")],
            cssParts: list("parts"),
            cssProperties: list("properties for style"),
            cssStates: list("states"),
          },
        ],
        exports: [
          {
            kind: "custom-element-definition",
            name: "kabar-chat",
            declaration: { name: "KabarChat", module: MODULE },
          },
        ],
      },
    ],
  };
}

/** What the file holds. */
export async function describeText(): Promise<string> {
  const page = await Bun.file(join(root, "docs/WIDGET.md")).text();
  return `${JSON.stringify(describeElement(page), null, 2)}\n`;
}

if (import.meta.main) await Bun.write(join(root, "docs/custom-elements.json"), await describeText());
