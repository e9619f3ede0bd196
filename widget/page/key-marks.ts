/**
 * Marks boxes while the last input was a key, so that style sheets can draw a focus ring there.
 * WebKit shows no `:focus-visible` on what a script focuses after a pointer was used, even when a key made the script do it.
 */

/** Toggles the class `keyed` of the boxes on keys and presses inside `shadow`, until `signal` is aborted. */
export function markKeys(shadow: EventTarget, boxes: readonly Element[], signal: AbortSignal): void {
  for (const kind of ["keydown", "pointerdown"]) {
    const mark = () => {
      for (const { classList } of boxes) classList.toggle("keyed", kind === "keydown");
    };
    shadow.addEventListener(kind, mark, { signal, capture: true });
  }
}
