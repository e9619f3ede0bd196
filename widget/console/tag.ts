/** The tag that puts the chat into a page, made from choices. Pure. */

/** Attributes of the tag; empty or the default ones are left out. */
export interface Choices {
  topic: string;
  mode: string;
  position: string;
  theme: string;
  palette: string;
}

/** The choices that need no attribute. */
export const EMBED_DEFAULTS: Choices = {
  topic: "",
  mode: "inline",
  position: "end",
  theme: "auto",
  palette: "",
};

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;" };
const escapeAttribute = (text: string): string => text.replace(/[&"<>]/g, (char) => ESCAPES[char] ?? char);

/** The tag for a page; `address` is the server's. */
export function tagOf(choices: Choices, address: string): string {
  const isUsed = (name: keyof Choices) =>
    name === "topic" ||
    (choices[name] !== EMBED_DEFAULTS[name] && (name !== "position" || choices.mode === "panel"));
  const attributes = (Object.keys(EMBED_DEFAULTS) as (keyof Choices)[])
    .filter(isUsed)
    .map((name) => ` data-${name}="${escapeAttribute(choices[name])}"`);
  return `<script async src="${escapeAttribute(address)}/widget.js"${attributes.join("")}></script>`;
}

/** The address of a page of this server that shows the chat alone, relative to it. */
export function previewPath({ topic, theme, palette }: Choices): string {
  const query = new URLSearchParams({ theme, ...(palette === "" ? {} : { palette }) });
  return `embed/${encodeURIComponent(topic)}?${query}`;
}
