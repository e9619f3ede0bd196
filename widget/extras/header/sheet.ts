/**
 * A sheet over the chat, for the settings and the search: a dialog with a bar and the button that closes it. Escape closes it;
 * what it covers is inert meanwhile. Part of the chunk `extras`, which passes it to the chunks of the sheets.
 */
import type { Kit } from "../../chat/kit.ts";

/** Creates an element with properties and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** Draws the cross of buttons that close something, as the panel has it. */
export function drawCross(): SVGElement {
  const [cross, path] = [document.createElementNS(SVG, "svg"), document.createElementNS(SVG, "path")];
  cross.ariaHidden = "true";
  cross.setAttribute("viewBox", "0 0 24 24");
  cross.setAttribute("width", "20");
  path.setAttribute("d", "M6 6l12 12M18 6 6 18");
  cross.append(path);
  return cross;
}

/** A sheet's name for style sheets, its label and its end. */
export interface SheetOptions {
  part: string;
  label: string;
  /** Called after the sheet has closed; returns the focus. */
  onClose: () => void;
  /** Takes Escape; returns whether it was used for something else than closing. */
  onEscape?: () => boolean;
}

/** Opens a sheet. `bar` holds the button that closes it; what the caller adds before that button stands in the bar, too. */
export function openSheet(
  { root, strings_: strings }: Kit,
  { part, label, onClose, onEscape }: SheetOptions,
) {
  const covered = [...root.querySelectorAll(".chat > :not(.sr)")];
  const sheet = make("div", { tabIndex: -1, ariaLabel: label, className: "leaf" });
  sheet.setAttribute("part", part);
  sheet.role = "dialog";
  function close(): void {
    if (!sheet.isConnected) return;
    for (const under of covered) under.toggleAttribute("inert", false);
    sheet.remove();
    onClose();
  }
  const closeButton = make("button", { type: "button", onclick: close }, drawCross());
  closeButton.setAttribute("part", "close");
  closeButton.ariaLabel = strings.close;
  const bar = make("div", { className: "bar" }, closeButton);
  sheet.append(bar);
  sheet.onkeydown = (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    // The innermost layer closes first: the panel stays open.
    event.preventDefault();
    if (!onEscape?.()) close();
  };
  for (const under of covered) under.toggleAttribute("inert", true);
  root.append(sheet);
  return { sheet, bar, closeButton, close };
}

/** What the chunks of sheets receive: they share no code with the chunk that loads them. */
export const sheets = { make, openSheet };
export type Sheets = typeof sheets;
