/**
 * Watches what can change a chat's theme: attributes around an element, style sheets in the head, transitions of
 * colours, the system's preference, and the element's attribute `palette`. Loads after the first drawing, for every mode
 * of the element. Decides nothing: chat/colour-scheme.ts chooses the scheme.
 */

/** A page changes its theme in many steps; one decision after them is enough. */
const SETTLE_MS = 100;

/** The element around another one, through shadow roots. */
const behind = (e: Element): Element | null =>
  e.parentElement ?? ((e.getRootNode() as Partial<ShadowRoot>).host || null);

/** Calls `apply` now, for what changed while this code was loading, and after each change until `signal` is aborted. */
export function watchTheme(host: Element, apply: () => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      apply();
    }, SETTLE_MS);
  };
  const onTransition = ({ target, propertyName }: TransitionEvent) => {
    if (/color|background/.test(propertyName) && (target as Element).contains(host)) later();
  };
  const watcher = new MutationObserver(later);
  const wearPalette = () => {
    if (host.hasAttribute("palette"))
      import("./palettes.ts").then(
        ({ wearPalettes }) => wearPalettes(host),
        () => undefined,
      );
  };
  const palettes = new MutationObserver(wearPalette);
  palettes.observe(host, { attributeFilter: ["palette"] });
  watcher.observe(document.head, { childList: true, subtree: true, attributes: true, characterData: true });
  for (let at: Element | null = host; at; at = behind(at)) watcher.observe(at, { attributes: true });
  document.addEventListener("transitionend", onTransition, { signal });
  document.head.addEventListener("load", later, { signal, capture: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply, { signal });
  signal.addEventListener("abort", () => {
    watcher.disconnect();
    palettes.disconnect();
    clearTimeout(timer);
  });
  apply();
  wearPalette();
}
