/** Long messages, the list on paper, several messages in the clipboard, files that can't be sent. */
import { expect } from "bun:test";
import type { BrowserContextOptions, Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, texts, visitChat } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { findOverflow, giveSight } from "../support/sight.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "lobby tall paper" });
const LONG = Array.from({ length: 60 }, (_, i) => `line ${i + 1} of a long message`).join("\n");
for (let i = 1; i <= 8; i++) await publish(server, `message ${i}`, "tall");
await publish(server, `${LONG}\nneedle https://example.com/last`, "tall", "Budi");
await publish(server, "short", "tall");

async function open(topic: string, attributes = "", options: BrowserContextOptions = {}): Promise<Page> {
  const page = await visitChat(server, `data-topic="${topic}" ${attributes}`, options);
  await connected(page);
  await until("the emoji button", () => page.locator("[part=emoji-button]").count());
  await giveSight(page);
  return page;
}
const heightOf = async (page: Page): Promise<number> =>
  (await page.locator("[part=text]").filter({ hasText: "needle" }).boundingBox())?.height ?? 0;

for (const [width, colorScheme] of [
  [800, "light"],
  [300, "dark"],
] as const) {
  browserTest(`at ${width} pixels a long message is folded, and unfolds and folds in its place`, async () => {
    const page = await open("tall", "", { viewport: { width, height: 700 }, colorScheme });
    const more = page.getByRole("button", { name: "Show more" });
    await more.waitFor();
    expect(await more.count()).toBe(1);
    expect(await more.getAttribute("aria-expanded")).toBe("false");
    expect(await heightOf(page)).toBeLessThan(400);
    const before = await page.locator("article", { hasText: "needle" }).boundingBox();
    await more.click();
    const less = page.getByRole("button", { name: "Show less" });
    await less.waitFor();
    expect(await heightOf(page)).toBeGreaterThan(1_000);
    // The list was at its end; what was being read did not move.
    expect((await page.locator("article", { hasText: "needle" }).boundingBox())?.y).toBeCloseTo(
      before?.y ?? 0,
      0,
    );
    await less.scrollIntoViewIfNeeded();
    await less.click();
    await more.waitFor();
    expect(await heightOf(page)).toBeLessThan(400);
    await until("its beginning is in sight", () =>
      page.evaluate(() => {
        const [row] = window.sight.all("article").filter((e) => e.textContent?.includes("needle"));
        const top = window.sight.all("[part=log]")[0]?.getBoundingClientRect().top ?? 0;
        return row && row.getBoundingClientRect().top >= top;
      }),
    );
    expect(await findOverflow(page)).toEqual([]);
    expect(await findViolations(page)).toEqual([]);
  });
}

browserTest(
  "the keyboard unfolds a long message from its row, and the focus stays on the button",
  async () => {
    const page = await open("tall");
    await page.getByRole("button", { name: "Show more" }).waitFor();
    await page.locator("[part=log]").focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    const name = () => page.evaluate(() => window.sight.focused()?.textContent);
    // Its link lies before the button, and would open what is cut, too.
    for (let i = 0; i < 4 && (await name()) !== "Show more"; i++) {
      await page.keyboard.press("Tab");
      if ((await name()) === "Show less") break;
    }
    if ((await name()) === "Show more") await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Show less" }).waitFor();
    expect(await heightOf(page)).toBeGreaterThan(1_000);
  },
);

browserTest("find-in-page unfolds the message in which it scrolls to a match", async () => {
  const page = await open("tall");
  await page.getByRole("button", { name: "Show more" }).waitFor();
  // As the browser does it for a match: scrolls every box around it, also those that a person can't scroll.
  expect(
    await page.evaluate(() => (window as unknown as { find(text: string): boolean }).find("needle")),
  ).toBe(true);
  await page
    .locator("[part=text]")
    .filter({ hasText: "needle" })
    .evaluate((text) => text.scrollTo(0, text.scrollHeight));
  await page.getByRole("button", { name: "Show less" }).waitFor();
});

browserTest("print shows the whole list, the newest message included, without screen controls", async () => {
  for (let i = 1; i <= 60; i++) await publish(server, `printed ${i}`, "paper");
  const page = await open("paper");
  await until("all", async () => (await texts(page)).length >= 30);
  // A reader who is further up.
  await page.locator("[part=log]").evaluate((log) => (log.scrollTop = 0));
  await page.getByRole("button", { name: /Jump/ }).waitFor();
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await until("the newest", async () => (await texts(page)).at(-1) === "printed 60");
  const now = await page.evaluate(() => {
    const { all } = window.sight;
    const rows = all("article").map((row) => row.getBoundingClientRect());
    const host = document.querySelector("kabar-chat")?.getBoundingClientRect() ?? new DOMRect();
    const shown = (part: string) => all(part).some((e) => e.checkVisibility());
    return {
      inside: rows.every(({ top, bottom }) => top >= host.top && bottom <= host.bottom),
      apart: rows.every(({ top }, i) => i === 0 || top >= (rows[i - 1]?.bottom ?? 0) - 1),
      height: host.height,
      extra: ["[part=composer]", "[part=jump]", ".people ul", "[part=actions]"].filter(shown),
    };
  });
  expect(now).toMatchObject({ inside: true, apart: true, extra: [] });
  expect(now.height).toBeGreaterThan(1_000);
  await page.emulateMedia({ media: "screen" });
  await until(
    "the box again",
    async () => ((await page.locator("kabar-chat").boundingBox())?.height ?? 0) < 700,
  );
});

browserTest("copying several messages gives lines of name, time and text", async () => {
  const page = await open("tall");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const first = page.locator("[part=text]", { hasText: "message 2" });
  await first.scrollIntoViewIfNeeded();
  const boxes = await Promise.all(
    ["message 2", "message 4"].map((text) => page.locator("[part=text]", { hasText: text }).boundingBox()),
  );
  const [from, to] = boxes;
  await page.mouse.move((from?.x ?? 0) + 1, (from?.y ?? 0) + 8);
  await page.mouse.down();
  await page.mouse.move((to?.x ?? 0) + 300, (to?.y ?? 0) + 8, { steps: 8 });
  await page.mouse.up();
  // What a handler of ours puts there; the page may still have its own.
  await page.keyboard.press("Control+c");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.replace(/\d?\d:\d\d(\s[AP]M)?/g, "TIME")).toBe(
    "Ana, TIME: message 2\nAna, TIME: message 3\nAna, TIME: message 4",
  );
});

browserTest(
  "pasting or dropping a file shows a notice, and replaces neither the text nor the page",
  async () => {
    const page = await open("lobby");
    await composer(page).fill("kept");
    const give = (type: "paste" | "drop", withText: boolean) =>
      composer(page).evaluate(
        (field, [type, withText]) => {
          const data = new DataTransfer();
          data.items.add(new File(["x"], "cat.png", { type: "image/png" }));
          if (withText) data.setData("text/plain", "cells");
          const options = { bubbles: true, composed: true, cancelable: true };
          const event =
            type === "paste"
              ? new ClipboardEvent("paste", { ...options, clipboardData: data })
              : new DragEvent("drop", { ...options, dataTransfer: data });
          return !field.dispatchEvent(event);
        },
        [type, withText] as const,
      );
    const notice = page.locator(".notice", { hasText: "Only text and links can be sent here." });
    expect(await give("paste", true)).toBe(false);
    expect(await notice.count()).toBe(0);
    await give("paste", false);
    await notice.waitFor();
    expect(await give("drop", false)).toBe(true);
    expect(await composer(page).inputValue()).toBe("kept");
  },
);
