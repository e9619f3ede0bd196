/** Keys that go from one part of the chat to another: F6 between the list and the composer, and only inside of the widget. */
import type { Kit } from "../../chat/kit.ts";

/** Listens; returns how to stop it. */
export function bindKeys({ root, focusComposer }: Kit): () => void {
  /** Where the reader was in the list. */
  let row: HTMLElement | undefined;

  function onKeyDown(event: KeyboardEvent): void {
    const { key, target, ctrlKey, altKey, metaKey } = event;
    if (key !== "F6" || ctrlKey || altKey || metaKey || event.defaultPrevented) return;
    const log = root.querySelector<HTMLElement>("[part=log]");
    const isInLog = !!log?.contains(target as Node);
    // Two stops: forwards and back is the same.
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
