/** The actions of a message: the toolbar's three, the menu with words, and the gestures of touch screens. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer } from "../support/chat-page.ts";
import { type Direction, DIRECTIONS, openScene, setStage, STAGE_OPTIONS } from "../support/stage.ts";
import { leave } from "../support/windows.ts";

const server = await useBrowserWithServer(STAGE_OPTIONS.env);
await setStage(server);

const menu = (page: Page) => page.locator("kabar-chat [part=menu]");
const entries = (page: Page) => menu(page).getByRole("menuitem");
const own = (page: Page) => page.locator("kabar-chat .own article").last();
/** What has the focus in the chat: an entry by its name, else an action or a part. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const at = document.activeElement?.shadowRoot?.activeElement as HTMLElement | null | undefined;
    return at?.dataset.action ?? at?.getAttribute("part") ?? at?.localName;
  });
/** What sticks out of the chat's box, or of the window. */
const outside = (page: Page) =>
  menu(page).evaluate((menu) => {
    const box = menu.closest(".root")?.getBoundingClientRect() ?? new DOMRect();
    const { top, bottom, left, right } = menu.getBoundingClientRect();
    const over = [box.top - top, bottom - box.bottom, box.left - left, right - box.right, -top];
    return over.map((px) => Math.max(0, Math.floor(px)));
  });

browserTest(
  "the keyboard reaches three actions and the menu, in one order, and returns to the button",
  async () => {
    const page = await openScene(server, "busy", "ltr", ['style="width:390px;height:560px"']);
    await own(page).focus();
    const walk = async (...keys: string[]) => {
      const seen: unknown[] = [];
      for (const key of keys) {
        await page.keyboard.press(key);
        seen.push(await focused(page));
      }
      return seen;
    };
    expect(await walk("Enter", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft")).toEqual([
      "react",
      "reply",
      "more",
      "react",
      "more",
    ]);
    await page.keyboard.press("Enter");
    await until("the first entry", async () => (await focused(page)) === "copy");
    expect(await entries(page).allTextContents()).toEqual(["Copy text", "Copy link", "EditE", "DeleteDel"]);
    expect(await own(page).locator("[data-action=more]").getAttribute("aria-expanded")).toBe("true");
    expect(await findViolations(page)).toEqual([]);
    expect(await walk("ArrowDown", "End", "ArrowDown", "ArrowUp", "Home")).toEqual([
      "link",
      "remove",
      "copy",
      "remove",
      "copy",
    ]);
    await page.keyboard.press("Escape");
    await menu(page).waitFor({ state: "detached" });
    expect(await focused(page)).toBe("more");
    await page.keyboard.press("Enter");
    await menu(page).waitFor();
    // A key of an entry works while the menu is open.
    await page.keyboard.press("e");
    await menu(page).waitFor({ state: "detached" });
    expect(await composer(page).inputValue()).toBe("Thank you all ☕");
  },
);

browserTest(
  "the menu is inside the chat at 280 by 400 pixels, in both directions, and closes by a press elsewhere",
  async () => {
    for (const dir of DIRECTIONS) {
      const page = await openScene(server, "busy", dir, ['style="width:280px;height:400px"'], {
        viewport: { width: 320, height: 440 },
      });
      for (const article of [own(page), page.locator("kabar-chat article").first()]) {
        await article.scrollIntoViewIfNeeded();
        await article.hover();
        const button = article.locator("[data-action=more]");
        await button.click();
        await menu(page).waitFor();
        expect({ dir, outside: await outside(page) }).toEqual({ dir, outside: [0, 0, 0, 0, 0] });
        const [list, from] = [await menu(page).boundingBox(), await button.boundingBox()];
        const gap = Math.min(
          Math.abs((list?.y ?? 0) - (from?.y ?? 0) - (from?.height ?? 0)),
          Math.abs((list?.y ?? 0) + (list?.height ?? 0) - (from?.y ?? 0)),
        );
        expect(gap).toBeLessThanOrEqual(2);
        await page.locator("kabar-chat [part=title]").click();
        await menu(page).waitFor({ state: "detached" });
      }
      await leave(page);
    }
  },
);

browserTest(
  "a reaction names who reacted, under the pointer and with the focus, inside the chat",
  async () => {
    const page = await openScene(server, "busy", "ltr", ['style="width:280px;height:400px"']);
    const pill = page.locator("kabar-chat [part=reaction]", { hasText: "🎉" });
    const tip = page.getByRole("tooltip");
    expect(await pill.getAttribute("aria-description")).toBe("Ana Wijaya, Budi, Citra");
    await pill.hover();
    await tip.waitFor();
    expect(await tip.textContent()).toBe("Ana Wijaya, Budi, Citra");
    // It stays while the pointer is on it.
    await tip.hover();
    expect(await tip.count()).toBe(1);
    await page.locator("kabar-chat [part=title]").hover();
    await tip.waitFor({ state: "detached" });
    await pill.locator("xpath=ancestor::article").focus();
    for (let i = 0; i < 4 && (await focused(page)) !== "reaction"; i++) await page.keyboard.press("Tab");
    await tip.waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await tip.waitFor({ state: "detached" });
    expect(await focused(page)).toBe("reaction");
  },
);

/** A finger on a phone's screen. */
async function openTouched(dir: Direction) {
  const options = { hasTouch: true, isMobile: true, viewport: { width: 390, height: 720 } };
  const page = await openScene(server, "busy", dir, ['style="height:600px"'], options);
  const cdp = await page.context().newCDPSession(page);
  const send = (type: "touchStart" | "touchMove" | "touchEnd", x = 0, y = 0) =>
    cdp.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y }] });
  const article = page.locator("kabar-chat article").nth(-3);
  await article.scrollIntoViewIfNeeded();
  const box = (await article.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const drag = async (dx: number, dy = 0) => {
    await send("touchStart", at.x, at.y);
    for (let i = 1; i <= 8; i++) await send("touchMove", at.x + (dx * i) / 8, at.y + (dy * i) / 8);
    await send("touchEnd");
  };
  return { page, at, send, drag, article };
}

for (const dir of DIRECTIONS)
  browserTest(`a long press opens the menu as a sheet, and a swipe answers (${dir})`, async () => {
    const { page, at, send, drag, article } = await openTouched(dir);
    await send("touchStart", at.x, at.y);
    await page.locator("kabar-chat .sheet").waitFor();
    await send("touchEnd");
    await until("at rest", () =>
      page.evaluate(() => !document.querySelector("kabar-chat")?.shadowRoot?.getAnimations().length),
    );
    // Neither the end of the press nor a selection takes it away.
    expect(await focused(page)).toBe("menu");
    expect(await page.evaluate(() => `${getSelection()}`)).toBe("");
    expect(await outside(page)).toEqual([0, 0, 0, 0, 0]);
    expect(await findViolations(page)).toEqual([]);
    const names = await entries(page).evaluateAll((all) => all.map((e) => (e as HTMLElement).dataset.action));
    expect(names).toEqual([...Array(7).fill("emoji"), "reply", "copy", "link", "report"]);
    for (const entry of await entries(page).all()) {
      const { width, height } = (await entry.boundingBox()) ?? { width: 0, height: 0 };
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(44);
    }
    await entries(page).first().tap();
    await article.locator('[part=reaction][aria-pressed="true"]', { hasText: "👍" }).waitFor();
    expect(await menu(page).count()).toBe(0);
    const pill = article.locator("[part=reaction]", { hasText: "👍" });
    const spot = (await pill.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await send("touchStart", spot.x + spot.width / 2, spot.y + spot.height / 2);
    await page.getByRole("tooltip").waitFor();
    await send("touchEnd");
    expect(await pill.getAttribute("aria-pressed")).toBe("true");
    await pill.tap();
    await article.locator("[part=reaction]", { hasText: "👍" }).waitFor({ state: "detached" });

    const toStart = dir === "rtl" ? 1 : -1;
    const isAnswering = () => page.locator("kabar-chat .aim").count();
    await drag(-80 * toStart);
    await drag(20 * toStart);
    expect(await isAnswering()).toBe(0);
    await drag(80 * toStart);
    await page.locator("kabar-chat .aim").waitFor();
    expect(await article.evaluate((e) => [e.style.translate, e.dataset.swipe])).toEqual(["", undefined]);
    // The list still scrolls under the finger.
    const scrolled = () => page.locator("kabar-chat [part=log]").evaluate((log) => log.scrollTop);
    const before = await scrolled();
    await drag(0, 120);
    await until("scrolled", async () => (await scrolled()) < before);
    expect(await menu(page).count()).toBe(0);
  });
