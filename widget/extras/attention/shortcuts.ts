/** Moves the focus between the list and the composer with F6, inside the widget only. */
import type { Kit } from "../../chat/kit.ts";

/** Listens for the key; returns the function that stops listening. */
export function bindShortcuts({ root, focusComposer }: Kit): () => void {
  /** The row that last had the focus. */
  let row: HTMLElement | undefined;

  function onKeyDown(event: KeyboardEvent): void {
    const { key, target, ctrlKey, altKey, metaKey } = event;
    if (key !== "F6" || ctrlKey || altKey || metaKey || event.defaultPrevented) return;
    const log = root.querySelector<HTMLElement>("[part=log]");
    const isInLog = !!log?.contains(target as Node);
    // With two stops, forward and backward are the same.
    if (isInLog && !root.querySelector("[part=input]")) return;
    event.preventDefault();
    if (isInLog) {
      row = (target as Element).closest("article") ?? undefined;
      focusComposer();
    } else (row?.isConnected ? row : log)?.focus({ preventScroll: true });
  }
  root.addEventListener("keydown", onKeyDown);
  return () => root.removeEventListener("keydown", onKeyDown);
}
