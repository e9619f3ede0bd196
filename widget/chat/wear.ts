/**
 * Adopts style sheets: one constructed sheet for each CSS text, shared by all chats of a page. Chunks receive `wear` with
 * the kit, because a chunk that imported this file would share code with the core.
 */
import { sheetOf } from "../loader/dom.ts";

/** Adopts the CSS in the chat's shadow root, once. Returns the function that removes it. */
export type Wear = (css: string) => () => void;

const sheets = new Map<string, CSSStyleSheet>();

/** Creates the `wear` of one shadow root. */
export const createWear =
  ({ adoptedStyleSheets }: ShadowRoot): Wear =>
  (css) => {
    const sheet = sheets.get(css) ?? sheetOf(css);
    sheets.set(css, sheet);
    if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
    return () => void adoptedStyleSheets.splice(adoptedStyleSheets.indexOf(sheet), 1);
  };
