/**
 * Measurements of the widget's look in a page.
 *
 * Colours as painted, contrast by the WCAG formula, the ring around the focus, covering elements, and elements that
 * overflow their box.
 */
import type { Page } from "@playwright/test";

export interface Sight {
  /** The contrast of two CSS colours, the first one laid over the second. */
  contrast(front: string, back: string): number;
  /** The colour behind an element: backgrounds of all that is below it, laid over each other. */
  behind(element: Element): string;
  /** Every element of the widget, through its shadow root. */
  all(selector: string, index?: number): HTMLElement[];
  /** The element that has the focus, inside of shadow roots. */
  focused(): HTMLElement | null;
}

/** Runs in the page. */
function install(): void {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const paint = (...colors: string[]): [number, number, number] => {
    if (!pen) throw new Error("no canvas");
    pen.clearRect(0, 0, 1, 1);
    for (const color of colors) {
      pen.fillStyle = color;
      pen.fillRect(0, 0, 1, 1);
    }
    const [r = 0, g = 0, b = 0] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b];
  };
  const luminance = (rgb: number[]) =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
      const c = (rgb[i] ?? 0) / 255;
      return sum + weight * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    }, 0);
  const parentOf = (element: Element): Element | null => {
    const root = element.getRootNode();
    return element.assignedSlot ?? element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
  };
  const sight: Sight = {
    contrast(front, back) {
      const [a, b] = [luminance(paint(back, front)), luminance(paint(back))];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    },
    behind(element) {
      const layers: string[] = [];
      for (let e: Element | null = element; e; e = parentOf(e))
        layers.unshift(getComputedStyle(e).backgroundColor);
      const page = matchMedia("(prefers-color-scheme: dark)").matches ? "#121212" : "#fff";
      return `rgb(${paint(page, ...layers).join(" ")})`;
    },
    all: (selector, index = 0) => [
      ...(document
        .querySelectorAll("kabar-chat")
        [index]?.shadowRoot?.querySelectorAll<HTMLElement>(selector) ?? []),
    ],
    focused() {
      let active = document.activeElement;
      while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
      return active as HTMLElement | null;
    },
  };
  Object.assign(window, { sight });
}

declare global {
  interface Window {
    sight: Sight;
  }
}

/** Gives a page its `sight`. */
export const giveSight = (page: Page): Promise<void> => page.evaluate(install);

/** The stop of the keyboard: what it is called, how well its ring is seen, whether something lies over it. */
export interface Stop {
  name: string;
  ringPx: number;
  contrast: number;
  isCovered: boolean;
}

/** Looks at what has the focus. A field shows it on the box around it. */
export const lookAtFocus = (page: Page): Promise<Stop> =>
  page.evaluate(() => {
    const { sight } = window;
    const element = sight.focused();
    if (!element || element === document.body)
      return { name: "body", ringPx: 0, contrast: 0, isCovered: false };
    const box = element.closest("[part=composer]:has(textarea:focus)") ?? element;
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, borderWidth } =
      getComputedStyle(box);
    const parent = box.parentElement ?? (box.getRootNode() as ShadowRoot).host;
    const isOutlined = outlineStyle !== "none";
    // The field's box: a border and a shadow of the same colour around it.
    const shadow = /^(.*?\)) 0px 0px 0px (\d+)px$/.exec(boxShadow);
    const ringPx = isOutlined
      ? Number.parseFloat(outlineWidth)
      : Number.parseFloat(borderWidth) + Number(shadow?.[2] ?? 0);
    const color = isOutlined ? outlineColor : shadow ? (shadow[1] ?? "") : borderColor;
    const { left, top, width, height } = element.getBoundingClientRect();
    const root = element.getRootNode() as ShadowRoot | Document;
    const over = root.elementFromPoint(left + width / 2, top + height / 2);
    return {
      name: element.getAttribute("aria-label") ?? element.textContent ?? "",
      ringPx,
      contrast: sight.contrast(color, sight.behind(parent)),
      isCovered: !(over && (element.contains(over) || over.contains(element))),
    };
  });

/** What sticks out to the side of the boxes it should stay in */
export const findOverflow = (page: Page, index = 0): Promise<string[]> =>
  page.evaluate((index) => {
    const [root] = window.sight.all(".root", index);
    if (!root) return ["no widget"];
    const edge = root.getBoundingClientRect();
    const nameOf = (e: Element) =>
      `${e.getAttribute("part") ?? e.className ?? e.tagName}: ${e.textContent?.slice(0, 30)}`;
    return window.sight.all(".root *", index).flatMap((e) => {
      if (e.closest("svg, .sr") || !e.checkVisibility()) return [];
      const { left, right, width } = e.getBoundingClientRect();
      const found: string[] = [];
      if (width > 0 && (left < edge.left - 1 || right > edge.right + 1))
        found.push(`${nameOf(e)} sticks out`);
      const isCut = !e.matches(
        "textarea, .clamp, .said, h2, [part=subtitle], [part=typing], [part=author], .aim span",
      );
      if (isCut && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1) found.push(`${nameOf(e)} is cut`);
      return found;
    });
  }, index);

/** Controls that are smaller than they should be: 24 by 24, the primary ones 44 by 44. Links in a line of text are exempt. */
export const findSmall = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    window.sight.all("button, textarea, input, select").flatMap((e) => {
      // What only a screen reader finds has no size: its double tap needs none.
      if (!e.checkVisibility() || getComputedStyle(e).clipPath === "inset(50%)") return [];
      // A press on its label presses the box.
      const { width, height } = (e.closest("label") ?? e).getBoundingClientRect();
      const least = e.matches("[part=send], [part=close], [part~=launcher], [part=jump]") ? 44 : 24;
      const name = e.getAttribute("aria-label") ?? e.textContent;
      // Half a pixel is the browser's rounding.
      return width < least - 0.5 || height < least - 0.5 ? [`${name}: ${width} x ${height}`] : [];
    }),
  );
