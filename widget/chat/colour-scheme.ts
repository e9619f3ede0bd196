/**
 * Chooses light or dark for `theme="auto"`: as the page behind the chat, not as the user's system, whose choice the page
 * may not follow. The first opaque background behind the element decides. Where there is none (a picture, the bare canvas),
 * light text means a dark page; otherwise the chat inherits the page's `color-scheme`. Does not watch the page:
 * page/theme-changes.ts does, and calls the function that `applyScheme` returns.
 */
import { sheetOf } from "../loader/dom.ts";

/** A background with this lightness (CIE Lab, 0 to 100) or more is light. */
const LIGHT = 50;
/** Text lighter than this stands on something dark: pure red has 54, orange 75. */
const LIGHT_TEXT = 78;

/** The background of an element that has none, as browsers serialize it (CSSOM section 6.7.2). */
const NONE = "rgba(0, 0, 0, 0)";

/** The colours of most pages, as browsers serialize them: their lightness is known without a restyle. */
const KNOWN: Record<string, [number, number]> = { "rgb(0, 0, 0)": [0, 1], "rgb(255, 255, 255)": [100, 1] };

/** The lightness (0 to 100) and the opacity (0 to 1) of any CSS colour; the browser converts it in the style of `probe`. */
function measure(colour: string, probe: HTMLElement): [number, number] {
  const { style } = probe;
  style.outlineColor = `lab(from ${colour} l a b / alpha)`;
  const [lightness = 100, , , opacity = 1] = (
    getComputedStyle(probe).outlineColor.match(/-?[\d.]+(?:e-?\d+)?/g) ?? []
  ).map(Number);
  style.outlineColor = "";
  return [lightness, opacity];
}

/** The element around another one, through shadow roots. */
const behind = (e: Element): Element | null =>
  e.parentElement ?? ((e.getRootNode() as Partial<ShadowRoot>).host || null);

/** The scheme of what the page shows behind an element; undefined where the element inherits its `color-scheme`. */
function schemeBehind(host: HTMLElement, probe: HTMLElement): "light" | "dark" | undefined {
  const look = (colour: string) => KNOWN[colour] ?? measure(colour, probe);
  const from = behind(host);
  for (let at = from; at; at = behind(at)) {
    const { backgroundColor } = getComputedStyle(at);
    // Measuring takes a restyle, and most elements have no background.
    if (backgroundColor === NONE) continue;
    const [lightness, opacity] = look(backgroundColor);
    if (opacity > 0.5) return lightness < LIGHT ? "dark" : "light";
  }
  return from && look(getComputedStyle(from).color)[0] > LIGHT_TEXT ? "dark" : undefined;
}

/**
 * Gives the chat in `host` its scheme until `signal` is aborted, and returns a function that decides again. `probe` is an
 * element in the shadow root that has no outline.
 */
export function applyScheme(host: HTMLElement, probe: HTMLElement, signal: AbortSignal): () => void {
  const sheet = sheetOf("");
  const { adoptedStyleSheets } = probe.getRootNode() as ShadowRoot;
  adoptedStyleSheets.push(sheet);
  signal.addEventListener("abort", () => adoptedStyleSheets.splice(adoptedStyleSheets.indexOf(sheet), 1));
  let shown: string | undefined;

  function apply(): void {
    if (!host.isConnected) return;
    const theme = host.getAttribute("theme") ?? "auto";
    const parent = behind(host);
    // A page's `color-scheme` rule for the element itself outranks its background.
    const isRuled = parent && getComputedStyle(host).colorScheme !== getComputedStyle(parent).colorScheme;
    const scheme = theme === "auto" && !isRuled ? schemeBehind(host, probe) : undefined;
    if (scheme === shown) return;
    shown = scheme;
    sheet.replaceSync(scheme ? `:host>*{color-scheme:${scheme}}` : "");
  }
  apply();
  return apply;
}
