/**
 * Keys of the console: single letters, and `g` followed by a letter. They do nothing while a field has the focus, a dialog is open,
 * or a modifier is held, so that browsers and screen readers keep theirs.
 */
import { useEffect, useRef } from "preact/hooks";

/** A key or two, such as `j` or `g t`, and what it does. */
export type Hotkeys = Readonly<Record<string, (event: KeyboardEvent) => void>>;

/** The time between `g` and the letter after it. */
const SEQUENCE_MS = 1500;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches("input:not([type=checkbox],[type=radio]),textarea,select");

/** Listens for keys as long as the view is open. */
export function useHotkeys(keys: Hotkeys): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    let first = { key: "", at: 0 };
    const onKey = (event: KeyboardEvent) => {
      const { key, target, timeStamp } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(target)) return;
      if (document.querySelector("dialog[open]")) return;
      const name = first.key !== "" && timeStamp - first.at < SEQUENCE_MS ? `${first.key} ${key}` : key;
      first = { key: key === "g" ? "g" : "", at: timeStamp };
      const run = current.current[name];
      if (!run) return;
      event.preventDefault();
      run(event);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

/** Moves the focus to the first control of the next row of a list, or of the one before; a row without a control has the focus itself. */
export function moveAmongRows(place: Element | null, step: number): void {
  const rows = [...(place?.querySelectorAll<HTMLElement>(".rows > .row") ?? [])];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[Math.max(0, Math.min(rows.length - 1, at + (at < 0 ? 1 : step)))];
  const control = row?.querySelector<HTMLElement>("a, button, input, select");
  if (row && !control) row.tabIndex = -1;
  (control ?? row)?.focus();
}
