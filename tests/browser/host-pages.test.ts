/** The widget looks the same in every page, whatever style rules the page has. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { tag } from "../support/chat-page.ts";
import { findOverflow, giveSight } from "../support/sight.ts";
import { play, setStage, signIn, STAGE_OPTIONS } from "../support/stage.ts";
import { host, leave, newContext } from "../support/windows.ts";
import { HOSTILE } from "../support/host-styles.ts";

const server = await useBrowserWithServer(STAGE_OPTIONS.env);
await setStage(server);

/** An element of the widget: where it is, from the widget's own corner, and what it looks like. */
interface Box {
  name: string;
  place: number[];
  look: string;
}
const measure = (page: Page): Promise<Box[]> =>
  page.evaluate(() => {
    const { sight } = window;
    const [corner] = sight.all(".root");
    const from = corner?.getBoundingClientRect() ?? new DOMRect();
    return sight.all("*").flatMap((e) => {
      const { left, top, width, height } = e.getBoundingClientRect();
      if (!width || !e.checkVisibility()) return [];
      const s = getComputedStyle(e);
      const hasText = [...e.childNodes].some((node) => node.nodeType === Node.TEXT_NODE);
      const type = hasText ? [s.font, s.letterSpacing, s.wordSpacing, s.textTransform, s.textAlign] : [];
      const name = `${e.tagName} ${e.getAttribute("part") ?? e.getAttribute("class")} ${hasText ? e.textContent : ""}`;
      return {
        name,
        place: [left - from.left, top - from.top, width, height],
        look: [s.color, s.backgroundColor, s.borderColor, s.stroke, s.cursor, ...type].join("; "),
      };
    });
  });

async function open(style: string, mode: "inline" | "panel"): Promise<Page> {
  const context = await newContext({ viewport: { width: 900, height: 760 } });
  await signIn(context, "busy", "ltr");
  const page = await context.newPage();
  const chat =
    mode === "panel"
      ? tag(server, 'data-topic="busy-ltr" data-mode="panel" data-open')
      : `<kabar-chat topic="busy-ltr" server="${server.url}" load="eager" style="width:360px;height:560px"></kabar-chat><script src="${server.url}/widget.js"></script>`;
  const long = '<div style="height:2000px">The page goes on.</div>';
  await page.goto(host(`<style>body{font-family:sans-serif}${style}</style><h1>Host</h1>${chat}${long}`).url);
  await play(page, "busy", "ltr");
  await until("still", () =>
    page.evaluate(() => document.querySelector("kabar-chat")?.shadowRoot?.getAnimations().length === 0),
  );
  await giveSight(page);
  return page;
}

for (const mode of ["inline", "panel"] as const) {
  const neutral: { boxes?: Box[] } = {};
  for (const [what, style] of Object.entries(HOSTILE)) {
    browserTest(`${mode}: where ${what}, every box and colour equals that on a plain page`, async () => {
      if (!neutral.boxes) {
        const plain = await open("", mode);
        neutral.boxes = await measure(plain);
        await leave(plain);
      }
      const page = await open(style, mode);
      const boxes = await measure(page);
      expect(boxes.map(({ name }) => name)).toEqual(neutral.boxes.map(({ name }) => name));
      const changed = boxes.flatMap(({ name, place, look }, i) => {
        const before = neutral.boxes?.[i];
        const moved = place.some((value, k) => Math.abs(value - (before?.place[k] ?? 0)) > 1);
        return moved || look !== before?.look ? [{ name, place, look, before }] : [];
      });
      expect(changed.slice(0, 6)).toEqual([]);
      expect(await findOverflow(page)).toEqual([]);
      if (mode === "panel") {
        const place = () => page.locator("kabar-chat [part~=panel]").boundingBox();
        const before = await place();
        await page.evaluate(() => scrollTo(0, 900));
        expect(await page.evaluate(() => scrollY)).toBe(900);
        expect(await place()).toEqual(before);
        // As the design has it: 384 wide, over a launcher of 56, 20 from the corner.
        expect(before).toMatchObject({
          x: 900 - 20 - 384,
          y: 760 - 20 - 56 - 20 - 620,
          width: 384,
          height: 620,
        });
      }
    });
  }
}
