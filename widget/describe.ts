/**
 * Writes docs/custom-elements.json, the description of `<kabar-chat>` for editors and component catalogues.
 * Its format is the custom elements manifest 1.0. Reads the tags in the head of loader/element.ts, the comments of its
 * properties and methods, and those of the events in loader/element-events.ts. As a command it writes the file; a test fails
 * when the file differs from the sources. Does not read docs/WIDGET.md: a test compares its tables with this description.
 */
import { join } from "node:path";

/** One name of the element with its sentence, and a type where the tag has one. */
export interface Described {
  name: string;
  description: string;
  type?: { text: string };
}

/** All names of the element, by kind. */
export interface ElementDescription {
  attributes: Described[];
  slots: Described[];
  cssParts: Described[];
  cssStates: Described[];
  cssProperties: Described[];
  events: Described[];
  fields: (Described & { readonly?: true })[];
  methods: Described[];
}

const root = join(import.meta.dir, "..");
const ELEMENT = "widget/loader/element.ts";
const EVENTS = "widget/loader/element-events.ts";

/** The lines ` * @tag {type} name, name - sentence` of a source's head. */
function tagged(source: string, tag: string): Described[] {
  const lines = source.matchAll(new RegExp(`^ \\* @${tag} (?:\\{(.+?)\\} )?(.+?) - (.+)$`, "gm"));
  return [...lines].flatMap(([, type, names = "", description = ""]) =>
    names.split(", ").map((name) => ({ name, description, ...(type && { type: { text: type } }) })),
  );
}

/** The members of a source that follow a comment of one line; `declaration` captures the name. */
function commented(source: string, declaration: string): Described[] {
  const found = source.matchAll(new RegExp(`^ {2}/\\*\\* (.+) \\*/\\n {2}${declaration}`, "gm"));
  return [...found].map(([, description = "", name = ""]) => ({ name, description }));
}

/** Describes the element from the texts of its two sources. */
export function describeElement(element: string, events: string): ElementDescription {
  return {
    attributes: tagged(element, "attr"),
    slots: tagged(element, "slot"),
    cssParts: tagged(element, "csspart"),
    cssStates: tagged(element, "cssstate"),
    cssProperties: tagged(element, "cssprop"),
    events: commented(events, `"(kabar-[a-z-]+)":`),
    fields: commented(element, "(?:get|readonly) (\\w+)(?:\\(|: .* =)").map((field) => ({
      ...field,
      ...(!element.includes(`  set ${field.name}(`) && { readonly: true }),
    })),
    methods: [
      ...commented(element, "declare (\\w+): \\("),
      ...commented(element, "(\\w+)\\([^)]*\\): void \\{"),
    ],
  };
}

/** The manifest of a description. */
function toManifest({ fields, methods, events, slots, ...rest }: ElementDescription): object {
  const declaration = {
    kind: "class",
    customElement: true,
    name: "KabarChat",
    tagName: "kabar-chat",
    superclass: { name: "HTMLElement" },
    members: [
      ...fields.map((field) => ({ kind: "field", ...field })),
      ...methods.map((method) => ({ kind: "method", ...method })),
    ],
    events: events.map((event) => ({
      ...event,
      type: { text: `CustomEvent<KabarEvents["${event.name}"]>` },
    })),
    slots: [{ name: "", description: "Shown when the chat cannot load." }, ...slots],
    ...rest,
  };
  const definition = {
    kind: "custom-element-definition",
    name: "kabar-chat",
    declaration: { name: "KabarChat", module: ELEMENT },
  };
  return {
    schemaVersion: "1.0.0",
    modules: [
      { kind: "javascript-module", path: ELEMENT, declarations: [declaration], exports: [definition] },
    ],
  };
}

/** Reads the sources and describes the element. */
export async function readDescription(): Promise<ElementDescription> {
  const [element = "", events = ""] = await Promise.all(
    [ELEMENT, EVENTS].map((path) => Bun.file(join(root, path)).text()),
  );
  return describeElement(element, events);
}

/** The text of docs/custom-elements.json. */
export async function manifestText(): Promise<string> {
  return `${JSON.stringify(toManifest(await readDescription()), null, 2)}\n`;
}

if (import.meta.main) await Bun.write(join(root, "docs/custom-elements.json"), await manifestText());
