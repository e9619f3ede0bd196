/**
 * State of the layer that is open under a row: the short row of emoji, a question, a form or the moderator's menu. At most
 * one is open in a chat; the focus follows it in and out. The menu of a message counts as one.
 */
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";

/** The layers, named like the actions that open them. */
export type LayerName = "react" | "more" | "remove" | "moderate" | "report";

/** As far above a row as extras.css places the short row of emoji. */
const UP_PX = 22;

export type OpenLayer = ReturnType<typeof createOpenLayer>;

/** Returns the message's element around an element. */
export const articleOf = (at?: EventTarget | null): HTMLElement | null | undefined =>
  (at as Element | null | undefined)?.closest<HTMLElement>("article");

/** Creates the layer's state of one chat. */
export function createOpenLayer({ root, refresh_: refresh, moderation }: Kit) {
  let open: { key: string; layer: LayerName } | undefined;

  const layerOf = ({ key }: MessageRow): LayerName | undefined =>
    open?.key === key ? open.layer : undefined;

  /** Scrolls a layer into sight. It is never taller than the list, and only our own box is scrolled. */
  function reveal(layer: HTMLElement | null | undefined): void {
    const log = root.querySelector("[part=log]");
    if (!layer || !log) return;
    layer.style.maxHeight = `${log.clientHeight - 16}px`;
    const all = log.getBoundingClientRect();
    const row = articleOf(layer)?.getBoundingClientRect() ?? all;
    // A layer over the rows opens downwards where it has no room above its own.
    layer.classList.toggle("down", row.top - layer.offsetHeight - UP_PX < all.top);
    const box = layer.getBoundingClientRect();
    log.scrollTop += Math.min(box.top - all.top, Math.max(0, box.bottom - all.bottom + 4));
  }

  return {
    layerOf,
    /** Opens a layer of a row, or closes it, and moves the focus. `from` is an element of the row. */
    toggle(row: MessageRow, layer: LayerName, from: EventTarget | null): void {
      const article = articleOf(from);
      open = layerOf(row) === layer ? undefined : { key: row.key, layer };
      refresh();
      moderation()?.reset();
      const to = open ? ".layer :is(button, input)" : `[data-action=${layer}]`;
      requestAnimationFrame(() => {
        (article?.querySelector<HTMLElement>(to) ?? article)?.focus({ preventScroll: true });
        reveal(article?.querySelector<HTMLElement>(".layer"));
      });
    },
    /** Keeps the toolbar of a row while its menu is open, and closes the layer that was. */
    hold({ key }: MessageRow): void {
      open = { key, layer: "more" };
      refresh();
    },
    /** Undoes `hold`, unless something else was opened meanwhile. */
    release(row: MessageRow): void {
      if (layerOf(row) !== "more") return;
      open = undefined;
      refresh();
    },
    /** Closes the layer; the row around `from` gets the focus. */
    close(from?: EventTarget | null): void {
      open = undefined;
      refresh();
      articleOf(from)?.focus({ preventScroll: true });
    },
  };
}
