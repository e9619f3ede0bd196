/**
 * The emoji button of the composer and the place where the picker opens (emoji.ts, a chunk of its own): what is taken goes to the
 * caret, or onto a message as a reaction. Whoever opened it has the focus again when it closes.
 */
import type { ComponentChildren } from "preact";
import type { Picker } from "./emoji-picker.tsx";
import type { Kit } from "../../chat/kit.ts";
import { h } from "../extras-jsx.ts";

/** A picker lower than this is no use: it then lies over the composer. */
const MIN_ROOM_PX = 200;

export type Tray = ReturnType<typeof createTray>;

/** Makes the part of one chat. */
export function createTray(tools: Kit) {
  const { root, redraw_: redraw, words } = tools;
  /** The picker, and where the focus goes when it is left. */
  let open: { picker: Picker; leave: () => void } | undefined;

  const field = () => root.querySelector<HTMLTextAreaElement>("[part=input]");
  const button = () => root.querySelector<HTMLElement>("[part=emoji-button]");

  function close(): void {
    if (!open) return;
    open = undefined;
    redraw();
  }
  function leave(): void {
    const { leave } = open ?? {};
    close();
    leave?.();
  }
  async function show(onTake: (emoji: string) => void, back: () => void): Promise<void> {
    const from = (root.getRootNode() as ShadowRoot).activeElement;
    const { createPicker } = await import("./emoji-picker.tsx");
    // The visitor may have gone elsewhere while it was loading.
    if ((root.getRootNode() as ShadowRoot).activeElement !== from) return;
    const picker = createPicker({
      h,
      root,
      wear: tools.wear,
      redraw_: redraw,
      words: words.emoji,
      onTake(emoji) {
        close();
        onTake(emoji);
      },
      onLeave: leave,
    });
    open = { picker, leave: back };
    redraw();
    requestAnimationFrame(picker.focus);
  }

  /** At the caret, or in the place of what is selected. */
  function insert(emoji: string): void {
    const input = field();
    if (input) tools.insert(emoji, input.selectionStart, input.selectionEnd);
  }
  function toggle(): void {
    if (open) leave();
    else void show(insert, () => button()?.focus({ preventScroll: true })).catch(() => undefined);
  }

  /** The focus, or a press, is elsewhere. A window that is left takes the focus along and brings it back. */
  const onElsewhere = ({
    type,
    target,
    relatedTarget,
  }: Event & { relatedTarget?: EventTarget | null }): void => {
    const to = (type === "focusout" ? relatedTarget : target) as Element | null | undefined;
    const box = root.querySelector(".emoji");
    if (open && box && to && !box.contains(to) && !button()?.contains(to)) close();
  };
  const heard = ["focusout", "pointerdown"];
  for (const type of heard) root.addEventListener(type, onElsewhere);

  return {
    /** Lets the visitor choose any emoji. */
    show,
    drawButton: (): ComponentChildren => (
      <button
        type="button"
        part="emoji-button"
        aria-label={words.emoji.title}
        title={words.emoji.title}
        aria-haspopup="dialog"
        aria-expanded={!!open}
        onClick={toggle}
      >
        <svg aria-hidden viewBox="0 0 24 24" width={20}>
          <path d="M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.500 14q3.500 4 7 0M9 9v1M15 9v1" />
        </svg>
      </button>
    ),
    /** The picker, while it is open. */
    drawPicker(): ComponentChildren {
      if (!open) return undefined;
      // Never over the header, whose buttons stay where they are.
      const { offsetTop = 0, clientHeight = 0 } = root.querySelector<HTMLElement>(".middle") ?? {};
      const isHigh = clientHeight >= MIN_ROOM_PX;
      const room = isHigh ? clientHeight : root.clientHeight - offsetTop - 8;
      return open.picker.draw(`${room - 8}px`, isHigh ? "100%" : "8px");
    },
    stop_(): void {
      for (const type of heard) root.removeEventListener(type, onElsewhere);
    },
  };
}
