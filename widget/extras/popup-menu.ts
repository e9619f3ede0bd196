/**
 * Popup menu over the chat, loaded when one is first opened: a list of actions with their icons and words, and a row of emoji
 * where the caller passes some. A menu as in the ARIA patterns: arrows, Home and End move, Enter and Space choose, Escape and
 * Tab close, and so does a press or a focus elsewhere. It stays inside the chat's box and inside the window; without an
 * anchor it is a sheet at the foot of the chat, for touch screens.
 */
import type { Kit } from "../chat/kit.ts";
import css from "./popup-menu.css";

/** An entry. It is chosen with a press, or with its key while the menu is open. */
export interface MenuEntry {
  /** Its name for style sheets and tests (`data-action`). */
  name: string;
  label: string;
  /** The path of its icon in a square of 24 units. */
  icon?: string;
  key?: string;
  /** Drawn apart from the others, as a warning. */
  isDanger?: boolean;
  run: () => void;
}

/** A menu's contents and surroundings. */
export interface PopupOptions {
  kit: Pick<Kit, "root" | "wear">;
  label: string;
  entries: readonly MenuEntry[];
  /** Emoji in a row above the entries: label and glyph. */
  quick?: readonly (readonly [label: string, glyph: string, run: () => void])[];
  /** The element that the menu stands at; none for a sheet. */
  anchor?: HTMLElement | undefined;
  /** Returns the focus to where it came from, before an entry runs and when the menu is left by key. */
  returnFocus: () => void;
  /** Called after the menu has closed for any reason. */
  onClose: () => void;
}

/** Room between the menu and the edges that it stays within. */
const EDGE_PX = 8;
/** A box with less of it in the window than this places its menu by itself, in sight or not. */
const MIN_SIGHT_PX = 120;
const SVG = "http://www.w3.org/2000/svg";

/** Returns the index of the item that a key moves the focus to; undefined for other keys. `at` is -1 without a focus. */
function indexFor(key: string, at: number, isRtl: boolean): number | undefined {
  const [back, forth] = [at < 0 ? -1 : at - 1, at + 1];
  const sides = isRtl ? [forth, back] : [back, forth];
  return { ArrowDown: forth, ArrowUp: back, ArrowLeft: sides[0], ArrowRight: sides[1], Home: 0, End: -1 }[
    key
  ];
}

function iconOf(path: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", "16");
  svg.ariaHidden = "true";
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** Places a menu at its anchor: below it where there is room, else above, and never over the edges of the box or the window. */
function place(menu: HTMLElement, anchor: HTMLElement, root: HTMLElement): void {
  const box = root.getBoundingClientRect();
  const at = anchor.getBoundingClientRect();
  let [upper, lower] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  if (lower - upper < MIN_SIGHT_PX) [upper, lower] = [box.top, box.bottom];
  upper += EDGE_PX;
  lower -= EDGE_PX;
  menu.style.maxHeight = `${lower - upper}px`;
  const { offsetWidth: width, offsetHeight: height } = menu;
  const isBelow = at.bottom + height <= lower || at.bottom - upper < lower - at.top;
  const y = isBelow ? at.bottom : at.top - height;
  const x = root.matches(":dir(rtl)") ? at.left : at.right - width;
  const top = Math.max(upper, Math.min(y, lower - height));
  const left = Math.max(box.left + EDGE_PX, Math.min(x, box.right - EDGE_PX - width));
  menu.style.top = `${top - box.top - root.clientTop}px`;
  menu.style.left = `${left - box.left - root.clientLeft}px`;
}

/** Shows a menu and focuses its first item, or a sheet and focuses it. Returns the function that closes it. */
export function showPopup({
  kit,
  label,
  entries,
  quick,
  anchor,
  returnFocus,
  onClose,
}: PopupOptions): () => void {
  const { root, wear } = kit;
  const menu = document.createElement("div");
  const stop = new AbortController();
  const { signal } = stop;
  wear(css);
  menu.setAttribute("part", "menu");
  menu.role = "menu";
  menu.tabIndex = -1;
  menu.ariaLabel = label;
  menu.classList.toggle("sheet", !anchor);

  function close(isFocusMine: boolean): void {
    // Moving the focus away closes the menu a second time.
    if (signal.aborted) return;
    stop.abort();
    if (isFocusMine) returnFocus();
    menu.remove();
    onClose();
  }
  function addItem(into: HTMLElement, name: string, run: () => void): HTMLElement {
    const item = document.createElement("button");
    item.type = "button";
    item.role = "menuitem";
    item.tabIndex = -1;
    item.setAttribute("part", "menu-item");
    item.dataset.action = name;
    item.onclick = () => {
      close(true);
      run();
    };
    into.append(item);
    return item;
  }

  if (quick?.length) {
    const row = document.createElement("div");
    row.role = "group";
    row.className = "quick";
    for (const [name, glyph, run] of quick) {
      const item = addItem(row, "emoji", run);
      item.ariaLabel = name;
      item.textContent = glyph;
    }
    menu.append(row);
  }
  for (const { name, label, icon, key, isDanger, run } of entries) {
    const item = addItem(menu, name, run);
    item.append(...(icon ? [iconOf(icon)] : []), label);
    item.classList.toggle("danger", !!isDanger);
    if (!key) continue;
    const hint = document.createElement("kbd");
    hint.ariaHidden = "true";
    hint.textContent = key === "Delete" ? "Del" : key;
    item.append(hint);
    item.setAttribute("aria-keyshortcuts", key);
  }

  menu.onkeydown = (event) => {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey) return;
    if (key === "Tab") return close(true);
    const items = [...menu.querySelectorAll<HTMLElement>("button")];
    const { activeElement } = root.getRootNode() as ShadowRoot;
    const index = indexFor(key, items.indexOf(activeElement as HTMLElement), menu.matches(":dir(rtl)"));
    const own = entries.findIndex((entry) => entry.key?.toLowerCase() === key.toLowerCase());
    if (key === "Escape") close(true);
    else if (index !== undefined) items.at(index % items.length)?.focus({ preventScroll: true });
    else if (own >= 0) items.at(own - entries.length)?.click();
    else return;
    event.preventDefault();
  };
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (!menu.contains(relatedTarget as Node | null)) close(false);
  });
  document.addEventListener(
    "pointerdown",
    (event) => {
      if (!event.composedPath().includes(menu)) close(false);
    },
    { signal, capture: true },
  );
  // Its anchor stands elsewhere then.
  addEventListener("resize", () => anchor && close(false), { signal });
  root.append(menu);
  if (anchor) place(menu, anchor, root);
  // A finger that opened a sheet has no use for a ring on its first item; the arrow keys find it.
  (anchor ? menu.querySelector("button") : menu)?.focus({ preventScroll: true });
  return () => close(false);
}
