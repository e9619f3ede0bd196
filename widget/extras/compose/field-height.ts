/**
 * Height of the composer's field when its width changes: a narrower window, a panel that is resized, buttons that load later. The
 * composer itself measures the field after each change of its text.
 */

/** Creates the fitting of one chat's field; `look` takes the field that is shown now. */
export function createFieldHeight() {
  let shown: HTMLTextAreaElement | undefined;
  let width = 0;
  const sizes = new ResizeObserver(([entry]) => {
    const now = entry?.contentRect.width ?? 0;
    if (now === width) return;
    width = now;
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
      if (!field || field === shown) return;
      sizes.disconnect();
      shown = field;
      width = 0;
      sizes.observe(field);
    },
    stop_: (): void => sizes.disconnect(),
  };
}
