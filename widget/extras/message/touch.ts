/**
 * Touch on a message: a long press opens its menu, and a swipe towards the start of the line answers it. The list still
 * scrolls and zooms. Links and buttons keep the browser's own long press; texts are copied with the menu, because a
 * selection would begin under the same finger.
 */
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";
import { articleOf } from "./open-layer.ts";

/** What the gestures do. */
export interface TouchActions {
  /** Opens the menu of a row. */
  showSheet: (row: MessageRow, article: HTMLElement) => void;
  reply: (row: MessageRow) => void;
  canReply: (row: MessageRow) => boolean;
}

/** As long as the browsers' own long press, so that theirs never comes first. */
export const LONG_MS = 450;
/** A finger that rests moves up to this far. */
const REST_PX = 10;
/** A swipe as far as this answers; it is drawn up to `MOST_PX`. */
const ENOUGH_PX = 52;
const MOST_PX = 72;

/** A finger on a message. `dx` is the way to the start of the line once it is a swipe. */
interface Press {
  article: HTMLElement;
  row: MessageRow;
  id: number;
  x: number;
  y: number;
  timer: ReturnType<typeof setTimeout>;
  dx: number;
  wasLong: boolean;
}

/** Listens for touches in the list; returns the function that stops listening. */
export function bindTouch({ root, timeline_: timeline }: Kit, actions: TouchActions): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let press: Press | undefined;

  function end(): void {
    if (!press) return;
    clearTimeout(press.timer);
    const { article } = press;
    article.style.translate = "";
    delete article.dataset.swipe;
    press = undefined;
  }
  function onDown({ pointerType, isPrimary, target, pointerId, clientX, clientY }: PointerEvent): void {
    end();
    const article = articleOf(target);
    if (pointerType !== "touch" || !isPrimary || !article) return;
    if ((target as Element).closest("a, button, input, .layer")) return;
    const row = timeline()?.rowAt_(article);
    if (!row || !("text" in row) || !row.message) return;
    const timer = setTimeout(() => {
      if (!press || press.dx) return;
      press.wasLong = true;
      actions.showSheet(row, article);
    }, LONG_MS);
    press = { article, row, id: pointerId, x: clientX, y: clientY, timer, dx: 0, wasLong: false };
  }
  function onMove({ pointerId, clientX, clientY }: PointerEvent): void {
    if (!press || pointerId !== press.id || press.wasLong) return;
    const { article, row, x, y } = press;
    const way = (clientX - x) * (article.matches(":dir(rtl)") ? 1 : -1);
    if (!press.dx) {
      const [across, along] = [Math.abs(clientX - x), Math.abs(clientY - y)];
      if (Math.max(across, along) <= REST_PX) return;
      clearTimeout(press.timer);
      // Up, down and the other way are no swipe.
      if (way < along * 1.5 || !actions.canReply(row)) {
        end();
        return;
      }
    }
    press.dx = Math.max(1, Math.min(way, MOST_PX));
    article.dataset.swipe = press.dx >= ENOUGH_PX ? "enough" : "begun";
    article.style.translate = `${press.dx * (article.matches(":dir(rtl)") ? 1 : -1)}px`;
  }
  function onUp({ type, pointerId }: PointerEvent): void {
    if (!press || pointerId !== press.id) return;
    const { row, dx } = press;
    // The end of a long press comes with `touchend`.
    if (press.wasLong) return;
    end();
    if (type === "pointerup" && dx >= ENOUGH_PX) actions.reply(row);
  }
  /** The click after a long press would take the focus out of the menu. */
  function onTouchEnd(event: TouchEvent): void {
    if (!press?.wasLong) return;
    event.preventDefault();
    end();
  }
  function onContextMenu(event: Event): void {
    if (press && !(event.target as Element).closest("a")) event.preventDefault();
  }

  root.addEventListener("pointerdown", onDown, { signal });
  root.addEventListener("pointermove", onMove, { signal });
  root.addEventListener("pointerup", onUp, { signal });
  root.addEventListener("pointercancel", onUp, { signal });
  root.addEventListener("touchend", onTouchEnd, { signal });
  root.addEventListener("touchcancel", end, { signal });
  root.addEventListener("contextmenu", onContextMenu, { signal });
  signal.addEventListener("abort", end);
  return () => stop.abort();
}
