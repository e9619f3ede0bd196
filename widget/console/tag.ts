/** The tag that puts the chat into a page, made from choices. Pure. */

/** Attributes of the tag; empty or the default ones are left out. */
export interface Choices {
  topic: string;
  mode: string;
  position: string;
  theme: string;
  palette: string;
  title: string;
  /** The accent colour as `#rrggbb`; it stands in a style, not in an attribute. */
  accent: string;
}

/** The choices that need no attribute. */
export const EMBED_DEFAULTS: Choices = {
  topic: "",
  mode: "inline",
  position: "end",
  theme: "auto",
  palette: "",
  title: "",
  accent: "",
};

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;" };
const escapeAttribute = (text: string): string => text.replace(/[&"<>]/g, (char) => ESCAPES[char] ?? char);

/** The tag for a page, after a style with its accent colour where there is one; `address` is the server's. */
export function tagOf(choices: Choices, address: string): string {
  const isUsed = (name: keyof Choices) =>
    name === "topic" ||
    (name !== "accent" &&
      choices[name] !== EMBED_DEFAULTS[name] &&
      (name !== "position" || choices.mode === "panel"));
  const attributes = (Object.keys(EMBED_DEFAULTS) as (keyof Choices)[])
    .filter(isUsed)
    .map((name) => ` data-${name}="${escapeAttribute(choices[name])}"`);
  const style = /^#[\da-f]{6}$/i.test(choices.accent)
    ? `<style>kabar-chat { --kabar-accent: ${choices.accent} }</style>\n`
    : "";
  return `${style}<script async src="${escapeAttribute(address)}/widget.js"${attributes.join("")}></script>`;
}

/** Puts the title and the accent colour into the chat of a preview, which is a page of this server. */
export function dressPreview(frame: HTMLIFrameElement | null, { title, accent }: Choices): void {
  const chat = frame?.contentDocument?.querySelector<HTMLElement>("kabar-chat");
  if (!chat) return;
  if (title === "") chat.removeAttribute("title");
  else chat.setAttribute("title", title);
  if (accent === "") chat.style.removeProperty("--kabar-accent");
  else chat.style.setProperty("--kabar-accent", accent);
}

/** The address of a page of this server that shows the chat alone, relative to it. */
export function previewPath({ topic, theme, palette }: Choices): string {
  const query = new URLSearchParams({ theme, ...(palette === "" ? {} : { palette }) });
  return `embed/${encodeURIComponent(topic)}?${query}`;
}
