/**
 * Names of the users who reacted, in a small box at a reaction: under the mouse, with the focus of the keyboard, and after a
 * long press on a touch screen. It stays while the pointer is on it; Escape, a scroll or a press takes it away.
 */
import type { Kit } from "../../chat/kit.ts";
import { LONG_MS } from "./touch.ts";

/** A pointer that passes by opens nothing. */
const HOVER_MS = 300;
const EDGE_PX = 8;

/** Follows pointer and focus; returns the function that stops. */
export function bindReactionTip({ root }: Kit): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const tip = document.createElement("div");
  let at: HTMLElement | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLong = false;
  tip.className = "tip";
  tip.role = "tooltip";

  function hide(): void {
    clearTimeout(timer);
    at = undefined;
    tip.remove();
  }
  function show(pill: HTMLElement): void {
    hide();
    const names = pill.getAttribute("aria-description");
    if (!names || !pill.isConnected) return;
    at = pill;
    tip.textContent = names;
    root.append(tip);
    const [box, under] = [root.getBoundingClientRect(), pill.getBoundingClientRect()];
    const { offsetWidth: width, offsetHeight: height } = tip;
    const x = under.left + (under.width - width) / 2 - box.left;
    const above = under.top - box.top - height - 4;
    tip.style.left = `${Math.max(EDGE_PX, Math.min(x, box.width - width - EDGE_PX))}px`;
    tip.style.top = `${above < EDGE_PX ? under.bottom - box.top + 4 : above}px`;
  }
  const pillOf = (event: Event) => (event.target as Element).closest<HTMLElement>("[part=reaction]");
  const later = (pill: HTMLElement, ms: number, then?: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      then?.();
      show(pill);
    }, ms);
  };
  function onOver(event: PointerEvent): void {
    if (event.pointerType === "touch" || tip.contains(event.target as Node)) return;
    const pill = pillOf(event);
    if (!pill) hide();
    else if (pill !== at) later(pill, HOVER_MS);
  }
  function onDown(event: PointerEvent): void {
    hide();
    isLong = false;
    const pill = pillOf(event);
    if (!pill || event.pointerType !== "touch") return;
    later(pill, LONG_MS, () => {
      isLong = true;
    });
  }
  /** The click after a long press would react. */
  function onClick(event: Event): void {
    if (!isLong) return;
    isLong = false;
    event.preventDefault();
    event.stopPropagation();
  }
  const listen = (type: string, run: (event: never) => void, capture = false) =>
    root.addEventListener(type, run as EventListener, { signal, capture });
  listen("pointerover", onOver);
  listen("pointerleave", hide);
  listen("pointerdown", onDown);
  listen("pointercancel", () => clearTimeout(timer));
  listen("pointerup", (event: PointerEvent) => event.pointerType === "touch" && clearTimeout(timer));
  listen("contextmenu", (event: PointerEvent) => {
    if (event.pointerType === "touch" && pillOf(event)) event.preventDefault();
  });
  listen("click", onClick, true);
  // The Tab key scrolls to what it focuses.
  listen("scroll", () => (at?.matches(":focus") ? show(at) : hide()), true);
  listen("focusin", (event: Event) => {
    const pill = pillOf(event);
    if (pill?.matches(":focus-visible")) show(pill);
  });
  listen("focusout", hide);
  listen(
    "keydown",
    (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !at) return;
      event.preventDefault();
      event.stopPropagation();
      hide();
    },
    true,
  );
  signal.addEventListener("abort", hide);
  return () => stop.abort();
}
