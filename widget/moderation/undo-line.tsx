/**
 * Line that reports a moderator's last action and undoes it. It disappears after some seconds, but not while the pointer or
 * the focus is on it.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../chat/kit.ts";
import { drawButton } from "./moderation-controls.tsx";
import { h } from "./moderation-jsx.ts";

/** The time for which the line is shown. */
const SHOWN_MS = 8_000;
/** The pause after which a line that is in use is looked at again. */
const IN_USE_MS = 1_000;

export type UndoLine = ReturnType<typeof createUndoLine>;

/** Creates the line of one chat; `find` looks in the chat, `undoLabel` is the word on its button. */
export function createUndoLine(
  { refresh_: refresh }: Kit,
  find: (selector: string) => HTMLElement | null,
  undoLabel: string,
) {
  let line: { text: string; undo?: (() => void) | undefined } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function clear(): void {
    line = undefined;
    refresh();
  }
  function hideLater(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (find(".undo:is(:hover, :focus-within)")) hideLater(IN_USE_MS);
      else clear();
    }, ms);
  }

  return {
    /** Shows a line, with a button if the action can be undone. */
    show(text: string, undo?: () => void): void {
      line = { text, undo };
      hideLater(SHOWN_MS);
      refresh();
    },
    /** Hides the line. A focus in it moves to the desk or to the list at once, before the line disappears. */
    hide(): void {
      if (find(".undo:focus-within")) (find(".desk") ?? find("[part=log]"))?.focus({ preventScroll: true });
      clear();
    },
    draw: (): ComponentChildren =>
      line && (
        <div class="undo">
          <span>{line.text}</span>
          {line.undo && drawButton(undoLabel, line.undo, `${undoLabel}: ${line.text}`)}
        </div>
      ),
    /** The line's text, for the live region. */
    text: (): string => line?.text ?? "",
    stop_: (): void => clearTimeout(timer),
  };
}
