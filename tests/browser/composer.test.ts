/** The field: how much room it takes, what Ctrl+Z takes back, what may be put into it, what it says. */
import { expect, setDefaultTimeout } from "bun:test";
import type { Page } from "@playwright/test";
import {
  browserTest,
  composer,
  connected,
  host,
  leave,
  publish,
  serve,
  tag,
  until,
  useBrowser,
  visit,
} from "../support/browser.ts";
import { SLOW_MS } from "../support/parts.ts";
import { giveSight } from "../support/sight.ts";

setDefaultTimeout(SLOW_MS);
useBrowser();

const server = await serve();
for (let i = 1; i <= 30; i++) await publish(server, `message ${i}`, "lobby", i % 3 ? "Ana" : "Budi");

async function open(attributes: string, width = 800, height = 700): Promise<Page> {
  const page = await visit(host(tag(server, `data-topic="lobby" ${attributes}`)).url, {
    viewport: { width, height },
  });
  await connected(page);
  await until("the emoji button", () => page.locator("[part=emoji-button]").count());
  await giveSight(page);
  return page;
}

/** Heights of the box, the list and the field, and which parts lie outside of the box. */
const measure = (page: Page) =>
  page.evaluate(() => {
    const { all } = window.sight;
    const box = (selector: string) => all(selector)[0]?.getBoundingClientRect() ?? new DOMRect();
    const root = box(".root");
    const parts = ["header", "log", "composer", "input", "send", "emoji-button"].map(
      (part) => `[part=${part}]`,
    );
    return {
      box: root.height,
      list: box("[part=log]").height,
      field: box("[part=input]").height,
      outside: [...parts, ".meta form", ".meta form p", ".aim"].filter((selector) => {
        const { top, bottom, height } = box(selector);
        return height > 0 && (top < root.top - 1 || bottom > root.bottom + 1);
      }),
    };
  });

const LINES = Array.from({ length: 30 }, (_, i) => `line ${i + 1}`);

for (const [name, attributes, width, height] of [
  ["a usual box", "", 800, 700],
  ["a box of 280 by 320 pixels", 'style="--kabar-height:320px;width:280px"', 300, 700],
  ["a panel", 'data-mode="panel" data-open', 800, 700],
  ["a panel on a phone", 'data-mode="panel" data-open', 390, 600],
] as const) {
  browserTest(`in ${name} the field takes some 40 % at most and scrolls inside`, async () => {
    const page = await open(attributes, width, height);
    await composer(page).focus();
    for (const line of LINES) {
      await page.keyboard.type(line);
      await page.keyboard.press("Shift+Enter");
    }
    const now = await measure(page);
    expect(now.outside).toEqual([]);
    expect(now.field).toBeLessThanOrEqual(now.box * 0.41);
    expect(now.field).toBeGreaterThanOrEqual(80);
    expect(now.list).toBeGreaterThanOrEqual(64);
    // The line that is written is in sight.
    const field = await composer(page).evaluate((e) => [e.scrollTop + e.clientHeight, e.scrollHeight]);
    expect(field[0]).toBeGreaterThanOrEqual((field[1] ?? 0) - 24);
    // It becomes small again.
    await composer(page).fill("");
    expect((await measure(page)).field).toBeLessThanOrEqual(48);
    await leave(page);
  });
}

browserTest(
  "with the name form, a reply and a text that is too long, the field is still in a small box",
  async () => {
    const page = await open('style="--kabar-height:320px;width:280px"', 300, 700);
    const last = page.locator("article").last();
    await last.hover();
    await last.getByRole("button", { name: "Reply" }).click();
    await page.getByRole("button", { name: "Change name" }).click();
    await page.getByRole("textbox", { name: "Your name" }).fill("x".repeat(60));
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "characters" }).waitFor();
    await composer(page).fill("a long line of many words. ".repeat(400));
    await until("too long", () => page.locator("[part=counter]").count());
    const now = await measure(page);
    expect(now.outside).toEqual([]);
    expect(now.field).toBeGreaterThanOrEqual(40);
    await leave(page);
  },
);

browserTest("why a name is refused stands in full under the name field, clear of its ring", async () => {
  for (const [width, style] of [
    [800, ""],
    [300, 'style="width:280px"'],
  ] as const) {
    const page = await open(style, width);
    await page.getByRole("button", { name: "Change name" }).click();
    const name = page.getByRole("textbox", { name: "Your name" });
    await name.fill("Operator");
    await name.press("Enter");
    const why = page.locator("[role=alert]").filter({ hasText: "taken" });
    await why.waitFor();
    const [field, said, below] = await Promise.all(
      [name, why, page.locator("[part=composer]")].map((part) => part.boundingBox()),
    );
    const { outlineWidth, outlineOffset } = await name.evaluate((e) => {
      const { outlineWidth, outlineOffset } = getComputedStyle(e);
      return {
        outlineWidth: Number.parseFloat(outlineWidth),
        outlineOffset: Number.parseFloat(outlineOffset),
      };
    });
    const ring = outlineWidth + outlineOffset;
    expect(ring).toBeGreaterThan(2);
    expect((said?.y ?? 0) - (field?.y ?? 0) - (field?.height ?? 0)).toBeGreaterThanOrEqual(ring);
    expect((said?.y ?? 0) + (said?.height ?? 0)).toBeLessThanOrEqual(below?.y ?? 0);
    await leave(page);
  }
});
