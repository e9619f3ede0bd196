/**
 * Toasts (`mode="bar"`): new messages appear at the page's edge for some seconds, at most three at a time. They stay while the
 * pointer or the focus is on them and while the tab is hidden. They never take the focus and do not cover the focused element.
 * A polite live region announces them.
 */
import css from "./toasts.css";
import type { Message } from "../../src/model.ts";
import { drawMessage, type Surface } from "./surface.ts";
import type { Strings } from "../words/list-words.ts";

const MAX_TOASTS = 3;
const STAY_MS = 6_000;

/** The cross of the button that closes a toast. */
function drawCross(): SVGElement {
  const [cross, path] = ["svg", "path"].map((tag) =>
    document.createElementNS("http://www.w3.org/2000/svg", tag),
  ) as [SVGElement, SVGElement];
  cross.ariaHidden = "true";
  cross.setAttribute("viewBox", "0 0 24 24");
  cross.setAttribute("width", "18");
  path.setAttribute("d", "M6 6l12 12M18 6 6 18");
  cross.append(path);
  return cross;
}

/** Draws toasts into `root` until `signal` is aborted. */
export function createToasts(root: HTMLElement, strings: Strings, signal: AbortSignal): Surface {
  /** By toast, the timer that ends it; none while toasts are held. */
  const timers = new Map<HTMLElement, ReturnType<typeof setTimeout> | undefined>();
  const stack = root.appendChild(document.createElement("div"));
  stack.role = "status";
  stack.ariaAtomic = "false";
  stack.ariaLabel = strings.newMessages;
  let isHeld = false;

  function drop(toast: HTMLElement): void {
    clearTimeout(timers.get(toast));
    timers.delete(toast);
    toast.remove();
    // What had the pointer or the focus may have been this one: nobody would say that it left.
    if (!stack.firstChild) isHeld = false;
  }
  function wait(toast: HTMLElement): void {
    clearTimeout(timers.get(toast));
    const isPaused = isHeld || document.hidden;
    timers.set(toast, isPaused ? undefined : setTimeout(() => drop(toast), STAY_MS));
  }
  function hold(held: boolean): void {
    isHeld = held;
    for (const toast of timers.keys()) wait(toast);
  }
  const look = () => hold(stack.matches(":hover, :focus-within"));
  for (const type of ["pointerenter", "pointerleave", "focusin", "focusout"]) {
    // After the focus has arrived where it goes.
    stack.addEventListener(type, () => queueMicrotask(look), { signal });
  }
  document.addEventListener("visibilitychange", look, { signal });
  stack.addEventListener(
    "keydown",
    ({ key, target }) => {
      if (key === "Escape") close((target as Element).closest<HTMLElement>("[part=toast]"));
    },
    { signal },
  );
  signal.addEventListener("abort", () => {
    for (const timer of timers.values()) clearTimeout(timer);
  });

  /** The focus goes on to the next toast, if there is one. */
  function close(toast: HTMLElement | null): void {
    if (!toast) return;
    const next = toast.nextElementSibling ?? toast.previousElementSibling;
    drop(toast);
    next?.querySelector("button")?.focus({ preventScroll: true });
    look();
  }

  /** At the other edge when this one has what the visitor is working with. */
  function makeRoom(): void {
    stack.classList.remove("above");
    const active = document.activeElement;
    if (!active || active === document.body || active.shadowRoot?.contains(stack)) return;
    const [a, b] = [active.getBoundingClientRect(), stack.getBoundingClientRect()];
    const isCovered = a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    stack.classList.toggle("above", isCovered);
  }

  return {
    css,
    add(message: Message): void {
      const toast = document.createElement("div");
      toast.setAttribute("part", "toast");
      toast.dataset.offset = `${message.offset}`;
      const [author, words] = drawMessage(message, "p");
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("part", "close");
      button.ariaLabel = strings.close;
      button.append(drawCross());
      button.onclick = () => close(toast);
      toast.append(author, button, words);
      stack.append(toast);
      const oldest = stack.children.length > MAX_TOASTS && stack.querySelector("div:not(:focus-within)");
      if (oldest instanceof HTMLElement) drop(oldest);
      wait(toast);
      makeRoom();
    },
    remove(offset: number): void {
      const toast = stack.querySelector<HTMLElement>(`[data-offset="${offset}"]`);
      if (toast) drop(toast);
    },
  };
}
