/** Chromium, by Playwright. */
import { chromium, type Page } from "@playwright/test";
import { CHROMIUM_FLAGS } from "../windows.ts";
import { chromiumPath } from "../parts.ts";
import { type Engine, type Running, SIZE, type Tab } from "./engine.ts";

const tabOf = (page: Page): Tab => ({
  goto: async (url) => void (await page.goto(url)),
  reload: async () => void (await page.reload()),
  run: (source) => page.evaluate(`(${source})()`),
  move: (x, y) => page.mouse.move(x, y),
  click: (x, y) => page.mouse.click(x, y),
  chord: (keys) => page.keyboard.press(keys.join("+")),
  undo: () => page.keyboard.press("Control+z"),
  type: (text) => page.keyboard.type(text),
  resize: (width, height) => page.setViewportSize({ width, height }),
  front: () => page.bringToFront(),
  picture: () => page.screenshot(),
  close: () => page.close(),
});

async function start(): Promise<Running> {
  const browser = await chromium.launch({ executablePath: chromiumPath ?? "", args: CHROMIUM_FLAGS });
  const context = await browser.newContext({ viewport: SIZE, colorScheme: "dark" });
  return {
    openTab: async () => tabOf(await context.newPage()),
    close: () => browser.close(),
  };
}

export const CHROMIUM: Engine = {
  name: "Chromium",
  isPresent: chromiumPath !== undefined,
  hint: "apt-get install chromium",
  start,
};
