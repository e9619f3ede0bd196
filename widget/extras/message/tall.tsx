/**
 * Folds long messages and draws the button that shows all of the text. The whole text stays in the page, so that
 * find-in-page, screen readers and the focus of a link reach it; where the browser scrolls to the folded part, it opens.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";
import { Button } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";

/** Below both, a text is hardly higher than the fold (`.cut` in extras.css), even in the narrowest box. */
const MIN_CHARS = 300;
const MIN_LINES = 12;
/** Open messages that are remembered. */
const MAX_OPEN = 200;

/** Whether a text may have to be folded. */
const isLong = (text: string): boolean => text.length > MIN_CHARS || text.split("\n").length > MIN_LINES;

/** Creates the folding of one chat's messages. */
export function createFolding({ root, timeline_: timeline, refresh_: refresh, words }: Kit) {
  const open = new Set<string>();

  /** Shows the button where a part of the text is hidden. */
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const button = target.nextElementSibling;
      if (button instanceof HTMLElement && target.classList.contains("cut"))
        button.hidden = target.scrollHeight - target.clientHeight < 8;
    }
  });
  /** Preact's `ref` of a text that may be folded. */
  const watch = (text: Element | null): void => {
    if (text) sizes.observe(text);
  };

  function show(key: string): void {
    // A reader at the end of the list would be scrolled to the end of the text.
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
      // Shows the beginning of the text if it is above the list. Scrolls our own box only.
      if (log && row && row.offsetTop < log.scrollTop) log.scrollTop = row.offsetTop - 8;
    }
    // One frame after the drawing, once the list has restored its position.
    requestAnimationFrame(() => requestAnimationFrame(reveal));
  }

  return {
    isLong,
    /** Keeps a message open that grows in front of the reader. */
    keepOpen(key: string): void {
      if (open.has(key)) return;
      open.add(key);
      for (const old of [...open].slice(0, -MAX_OPEN)) open.delete(old);
    },
    /** Returns the properties of the element of a long text, which fold it. */
    propsOf({ key }: MessageRow): object {
      const onScroll = ({ currentTarget }: Event): void => {
        // Find-in-page, or the focus, scrolled to the folded part.
        const { scrollTop } = currentTarget as Element;
        if (!scrollTop || open.has(key)) return;
        (currentTarget as Element).scrollTop = 0;
        show(key);
      };
      return { class: open.has(key) ? "" : "cut", ref: watch, onScroll };
    },
    /** Draws the button that shows all of a long text, or a part again. */
    drawButton({ key }: MessageRow, active: boolean): ComponentChildren {
      const isOpen = open.has(key);
      return (
        <Button
          class="unfold"
          part="action"
          tabIndex={active ? 0 : -1}
          aria-expanded={isOpen}
          onClick={(event: Event) => toggle(key, event)}
        >
          {isOpen ? words.less : words.more}
        </Button>
      );
    },
    stop_: () => sizes.disconnect(),
  };
}
