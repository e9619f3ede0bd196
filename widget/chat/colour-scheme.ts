/**
 * `theme="auto"`: light or dark as the page behind the chat, not as the visitor's system, whose choice the page may not
 * follow. The first opaque background behind the element decides; where there is none (a picture, the bare canvas), light
 * text means a dark page; otherwise the page's `color-scheme` is inherited. Looks again when the page changes its theme.
 */
import { sheetOf } from "../loader/dom.ts";

/** A page changes its theme in many steps; one look after them is enough. */
const SETTLE_MS = 100;
/** From this lightness of Lab on a background is light. */
const LIGHT = 50;
/** Text so light stands on something dark: pure red has 54, orange 75. */
const LIGHT_TEXT = 78;

/** The lightness (0 to 100) and the opacity (0 to 1) of any CSS colour; `probe` is where the browser converts it. */
function lookAt(colour: string, probe: HTMLElement): [number, number] {
  const { style } = probe;
  style.outlineColor = `lab(from ${colour} l a b / alpha)`;
  const [lightness = 100, , , opacity = 1] = (
    getComputedStyle(probe).outlineColor.match(/-?[\d.]+(?:e-?\d+)?/g) ?? []
  ).map(Number);
  style.outlineColor = "";
  return [lightness, opacity];
}

const behind = (e: Element): Element | null =>
  e.parentElement ?? ((e.getRootNode() as Partial<ShadowRoot>).host || null);

/** What the page shows behind an element; nothing where its `color-scheme` is to be inherited. */
function schemeBehind(host: HTMLElement, probe: HTMLElement): "light" | "dark" | undefined {
  const look = (colour: string) => lookAt(colour, probe);
  const from = behind(host);
  for (let at = from; at; at = behind(at)) {
    const [lightness, opacity] = look(getComputedStyle(at).backgroundColor);
    if (opacity > 0.5) return lightness < LIGHT ? "dark" : "light";
  }
  return from && look(getComputedStyle(from).color)[0] > LIGHT_TEXT ? "dark" : undefined;
}

/** Follows the page until `signal` is aborted; `probe` is an element in the shadow root without an outline. */
export function followScheme(host: HTMLElement, probe: HTMLElement, signal: AbortSignal): void {
  const sheet = sheetOf("");
  const shadow = probe.getRootNode() as ShadowRoot;
  shadow.adoptedStyleSheets.push(sheet);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: string | undefined;

  function apply(): void {
    timer = undefined;
    if (!host.isConnected) return;
    const theme = host.getAttribute("theme") ?? "auto";
    const parent = behind(host);
    // An owner's rule for the element itself says more than a background.
    const isTold = parent && getComputedStyle(host).colorScheme !== getComputedStyle(parent).colorScheme;
    const scheme = theme === "auto" && !isTold ? schemeBehind(host, probe) : undefined;
    if (scheme === shown) return;
    shown = scheme;
    sheet.replaceSync(scheme ? `:host>*{color-scheme:${scheme}}` : "");
  }
  const later = () => {
    timer ??= setTimeout(apply, SETTLE_MS);
  };
  const onTransition = ({ target, propertyName }: TransitionEvent) => {
    if (/color|background/.test(propertyName) && (target as Element).contains(host)) later();
  };

  const watcher = new MutationObserver(later);
  watcher.observe(document.head, { childList: true, subtree: true, attributes: true, characterData: true });
  for (let at: Element | null = host; at; at = behind(at)) watcher.observe(at, { attributes: true });
  document.addEventListener("transitionend", onTransition, { signal });
  document.head.addEventListener("load", later, { signal, capture: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply, { signal });
  signal.addEventListener("abort", () => {
    watcher.disconnect();
    clearTimeout(timer);
    shadow.adoptedStyleSheets.splice(shadow.adoptedStyleSheets.indexOf(sheet), 1);
  });
  apply();
}
