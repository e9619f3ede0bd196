/**
 * Overlay mode: the last messages of a topic over a picture, for streaming software. Transparent, large, readable on any
 * background, gone after twenty seconds, without controls. Address of a browser source: `/embed/<topic>?mode=overlay`.
 */
import type { Message } from "../../src/model.ts";
import css from "./overlay.css";
import type { Strings } from "../words/list-words.ts";
import { drawMessage, type Surface } from "./surface.ts";

const STAY_MS = 20_000;
/** More don't fit on any screen. */
const MAX_LINES = 40;

/** Draws lines into `root` until `signal` is aborted. */
export function createOverlay(root: HTMLElement, strings: Strings, signal: AbortSignal): Surface {
  const lines = root.appendChild(document.createElement("div"));
  lines.role = "log";
  lines.ariaLabel = strings.newMessages;
  const timers = new Set<ReturnType<typeof setTimeout>>();
  signal.addEventListener("abort", () => {
    for (const timer of timers) clearTimeout(timer);
  });

  return {
    css,
    add(message: Message): void {
      const line = document.createElement("p");
      line.setAttribute("part", "message");
      line.dataset.offset = `${message.offset}`;
      const [author, words] = drawMessage(message, "span");
      line.append(author, " ", words);
      lines.append(line);
      if (lines.children.length > MAX_LINES) lines.firstElementChild?.remove();
      const timer = setTimeout(() => {
        line.remove();
        timers.delete(timer);
      }, STAY_MS);
      timers.add(timer);
    },
    remove: (offset: number): void => lines.querySelector(`[data-offset="${offset}"]`)?.remove(),
  };
}
