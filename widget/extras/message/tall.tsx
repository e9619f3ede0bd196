/**
 * Long messages: a text that would be much higher than others is cut, with a button under it that shows all of it. It stays in
 * the page, so that find-in-page, the screen reader and a link's focus reach it; where the browser scrolls to it, it opens.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";
import { h } from "../extras-jsx.ts";

/** Shorter texts with fewer lines can't be much higher than the cut (`.cut` in extras.css) in the narrowest box. */
const MIN_CHARS = 300;
const MIN_LINES = 12;
/** Opened ones that are remembered. */
const MAX_OPEN = 200;

/** Whether a text may have to be cut. */
const isLong = (text: string): boolean => text.length > MIN_CHARS || text.split("\n").length > MIN_LINES;

/** Makes the part of one chat. */
export function createTall({ root, timeline_: timeline, refresh_: refresh, words }: Kit) {
  const open = new Set<string>();

  /** The button is there where something is cut. */
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const button = target.nextElementSibling;
      if (button instanceof HTMLElement && target.classList.contains("cut"))
        button.hidden = target.scrollHeight - target.clientHeight < 8;
    }
  });
  /** Watches texts while they are in the page. */
  const watch = (text: Element | null): void => {
    if (text) sizes.observe(text);
  };

  function show(key: string): void {
    // A reader at the end would be taken to the end of what opens.
    const list = timeline();
    if (list && !list.state.span_) list.hold();
    open.add(key);
    for (const old of [...open].slice(0, -MAX_OPEN)) open.delete(old);
    refresh();
  }
  function toggle(key: string, { currentTarget }: Event): void {
    if (!open.delete(key)) {
      show(key);
      return;
    }
    refresh();
    const row = (currentTarget as Element).closest<HTMLElement>("li");
    function reveal(): void {
      const log = root.querySelector("[part=log]");
      // Its beginning, where most of it was above the list. Only our own box is scrolled.
      if (log && row && row.offsetTop < log.scrollTop) log.scrollTop = row.offsetTop - 8;
    }
    // In the frame after the drawing: the list first holds its place.
    requestAnimationFrame(() => requestAnimationFrame(reveal));
  }

  return {
    /** A text's element; `attributes` and `children` are its own. */
    drawText(
      { key, text }: MessageRow,
      active: boolean,
      attributes: Record<string, unknown>,
      children: ComponentChildren,
    ): ComponentChildren {
      if (!isLong(text)) return <div {...attributes}>{children}</div>;
      const isOpen = open.has(key);
      const onScroll = ({ currentTarget }: Event): void => {
        // Find-in-page, or the focus, went to what was cut.
        const { scrollTop } = currentTarget as Element;
        if (!scrollTop || open.has(key)) return;
        (currentTarget as Element).scrollTop = 0;
        show(key);
      };
      return [
        <div {...attributes} class={isOpen ? "" : "cut"} ref={watch} onScroll={onScroll}>
          {children}
        </div>,
        <button
          type="button"
          class="unfold"
          part="action"
          tabIndex={active ? 0 : -1}
          aria-expanded={isOpen}
          onClick={(event: Event) => toggle(key, event)}
        >
          {isOpen ? words.less : words.more}
        </button>,
      ];
    },
    stop_: () => sizes.disconnect(),
  };
}
