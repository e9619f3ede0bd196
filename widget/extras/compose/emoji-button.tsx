/**
 * Emoji button of the composer, and the place where the picker opens. A chosen emoji goes to the caret, or onto a message
 * as a reaction; the focus then returns to where the picker was opened from.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import { Button, Icon } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";
import type { Picker } from "./emoji-picker.tsx";

/** The drawing of the button; the toolbar's button for a reaction has the same. */
export const SMILEY = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.500 14q3.500 4 7 0M9 9v1M15 9v1";
/** A picker lower than this is of no use; it then lies over the composer as well. */
const MIN_ROOM_PX = 200;

export type EmojiButton = ReturnType<typeof createEmojiButton>;

/** Creates the button and the picker's place of one chat. */
export function createEmojiButton(kit: Kit) {
  const { root, wear, redraw_: redraw, words } = kit;
  /** The picker, and the function that returns the focus. */
  let open: { picker: Picker; returnFocus: () => void } | undefined;

  const field = () => root.querySelector<HTMLTextAreaElement>("[part=input]");
  const button = () => root.querySelector<HTMLElement>("[part=emoji-button]");
  const activeElement = () => (root.getRootNode() as ShadowRoot).activeElement;

  function close(): void {
    if (!open) return;
    open = undefined;
    redraw();
  }
  function leave(): void {
    const { returnFocus } = open ?? {};
    close();
    returnFocus?.();
  }
  /** Loads and opens the picker. `onTake` receives the chosen emoji; `returnFocus` is called when it is left without one. */
  async function showPicker(onTake: (emoji: string) => void, returnFocus: () => void): Promise<void> {
    const from = activeElement();
    const { createPicker } = await import("./emoji-picker.tsx");
    const picker = await createPicker({
      h,
      root,
      lang: kit.strings_.lang,
      wear,
      keeper: kit.client.keeper,
      redraw_: redraw,
      words: words.emoji,
      onTake(emoji) {
        close();
        onTake(emoji);
      },
      onLeave: leave,
    });
    // The user may have moved the focus while the picker was loading.
    if (activeElement() !== from) return;
    open = { picker, returnFocus };
    redraw();
    requestAnimationFrame(picker.focus);
  }

  /** Inserts an emoji at the caret, or in place of the selection. */
  function insert(emoji: string): void {
    const input = field();
    if (input) kit.insert(emoji, input.selectionStart, input.selectionEnd);
  }
  function toggle(): void {
    if (open) leave();
    else void showPicker(insert, () => button()?.focus({ preventScroll: true })).catch(() => undefined);
  }

  /** Closes the picker when the focus or a press goes elsewhere. A window that loses the focus keeps it open. */
  const onElsewhere = ({
    type,
    target,
    relatedTarget,
  }: Event & { relatedTarget?: EventTarget | null }): void => {
    const to = (type === "focusout" ? relatedTarget : target) as Element | null | undefined;
    const box = root.querySelector(".emoji");
    if (open && box && to && !box.contains(to) && !button()?.contains(to)) close();
  };
  const types = ["focusout", "pointerdown"];
  for (const type of types) root.addEventListener(type, onElsewhere);

  return {
    showPicker,
    drawButton: (): ComponentChildren => (
      <Button
        part="emoji-button"
        aria-label={words.emoji.title}
        title={words.emoji.title}
        aria-haspopup="dialog"
        aria-expanded={!!open}
        onClick={toggle}
      >
        <Icon size={20} d={SMILEY} />
      </Button>
    ),
    /** Draws the picker while it is open. */
    drawPicker(): ComponentChildren {
      if (!open) return undefined;
      // Never over the header, whose buttons stay in reach.
      const { offsetTop = 0, clientHeight = 0 } = root.querySelector<HTMLElement>(".middle") ?? {};
      const isHigh = clientHeight >= MIN_ROOM_PX;
      const room = isHigh ? clientHeight : root.clientHeight - offsetTop - 8;
      return open.picker.draw(`${room - 8}px`, isHigh ? "100%" : "8px");
    },
    stop_(): void {
      for (const type of types) root.removeEventListener(type, onElsewhere);
    },
  };
}
