/**
 * Keeps keys typed into the chat's fields from the page. Shortcuts of a page check whether the target is a field, and outside
 * the shadow root the target is `<kabar-chat>`, so these events stop at the shadow root, after our own handlers. Keys that no
 * field uses (Tab, Escape, function keys, modifiers) go on to the page unless the chat has handled them. A listener in the
 * page's capture phase runs before ours.
 */

const KINDS = ["keydown", "keypress", "keyup", "beforeinput", "input", "copy", "cut", "paste"];
const OF_THE_PAGE = /^(?:Tab|Escape|F\d+|Shift|Control|Alt|AltGraph|Meta|CapsLock)$/;

/** Stops the events until `signal` is aborted. */
export function guardFields(shadow: EventTarget, signal: AbortSignal): void {
  function onEvent(event: Event): void {
    const { key = "" } = event as KeyboardEvent;
    const isInField = (event.target as Element).matches("input, textarea, select");
    const isTyped = isInField && !OF_THE_PAGE.test(key);
    if (isTyped || event.defaultPrevented) event.stopPropagation();
  }
  for (const kind of KINDS) shadow.addEventListener(kind, onEvent, { signal });
}
