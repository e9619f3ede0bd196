/**
 * Puts the ready palettes into a chat: one style sheet for all chats of a page, loaded when an element first has the
 * attribute `palette`. The style sheet goes by the attribute, so that a later value needs no code.
 */
import css from "./palettes.css";

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
const NAMES = [...css.matchAll(/palette="?(\w+)/g)].map(([, name = ""]) => name);

/** Adopts the palettes in the chat of `host`, once. Names the ones there are when the attribute has another value. */
export function wearPalettes(host: Element): void {
  const adopted = host.shadowRoot?.adoptedStyleSheets;
  if (adopted && !adopted.includes(sheet)) adopted.push(sheet);
  const name = host.getAttribute("palette") ?? "";
  if (name && !NAMES.includes(name))
    console.info(`kabar: there is no palette "${name}"; choose one of ${NAMES.join(", ")}.`);
}
