/**
 * Height and hint of the composer's field when its width changes: a narrower window, a panel that is resized, buttons that load
 * later. The composer itself measures the field after each change of its text.
 */
import type { Kit } from "../../chat/kit.ts";

/** In a narrower field the hint is the user's name alone: "Write as" would leave no room for the name. */
const NARROW_PX = 170;

/** Creates the fitting of one chat's field; `look` takes the field that is shown now. */
export function createFieldHeight({ state, strings_: strings }: Kit) {
  let shown: HTMLTextAreaElement | undefined;
  let width = 0;
  function hint(): void {
    const { me } = state();
    if (!shown || !me || !width) return;
    // Isolated, because the name may be written in the other direction.
    const name = `\u2068${me.name}\u2069`;
    const words = width < NARROW_PX ? `${name}…` : strings.hint(name);
    if (shown.placeholder !== words) shown.placeholder = words;
  }
  const sizes = new ResizeObserver(([entry]) => {
    const now = entry?.contentRect.width ?? 0;
    if (now === width) return;
    width = now;
    hint();
    // Not in the observer's own turn: a changed size would be an error there.
    requestAnimationFrame(fit);
  });
  function fit(): void {
    if (!shown?.value || !width) return;
    shown.style.height = "auto";
    shown.style.height = `${shown.scrollHeight}px`;
  }
  return {
    look(field: HTMLTextAreaElement | null): void {
      if (field === shown) hint();
      if (!field || field === shown) return;
      sizes.disconnect();
      shown = field;
      width = 0;
      sizes.observe(field);
    },
    stop_: (): void => sizes.disconnect(),
  };
}
