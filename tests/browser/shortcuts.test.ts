import { expect } from "bun:test";
import type { BrowserContextOptions, Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, expectTexts, tag } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, visit } from "../support/windows.ts";

const topics = ["between", "page", "bar", "touch"];
const server = await useBrowserWithServer({ KABAR_TOPICS: topics.join(" ") });
const open = async (topic: string, options: BrowserContextOptions = {}) => {
  const field = '<input aria-label="of the page">';
  const tall = '<div style="height:1500px"></div>';
  const script = tag(server, `data-topic="${topic}" data-load="eager"`);
  const page = await visit(host(`${field}${script}${tall}`).url, options);
  await connected(page);
  await page.getByRole("button", { name: "Emoji", exact: true }).waitFor();
  return page;
};
const log = (page: Page) => page.getByRole("region", { name: /^Messages/ });
const row = (page: Page, text: string) => page.locator("kabar-chat article", { hasText: text }).last();
const hasFocus = (page: Page, what: "log" | "composer" | string) => {
  const place = what === "log" ? log(page) : what === "composer" ? composer(page) : row(page, what);
  return until(`the focus is on ${what}`, () => place.evaluate((it) => it.matches(":focus")));
};

browserTest(
  "F6 moves the focus from the composer to the list and back to its place, inside the widget only",
  async () => {
    for (const text of ["one", "two", "three"]) await publish(server, text, "between");
    const page = await open("between");
    await expectTexts(page, ["one", "two", "three"]);
    await composer(page).fill("a draft");
    await page.keyboard.press("F6");
    await hasFocus(page, "log");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await hasFocus(page, "two");
    await page.keyboard.press("Shift+F6");
    await hasFocus(page, "composer");
    expect(await composer(page).inputValue()).toBe("a draft");
    await page.keyboard.press("F6");
    await hasFocus(page, "two");
    // The page's own F6 is the page's.
    const field = page.getByLabel("of the page");
    await field.focus();
    await page.keyboard.press("F6");
    expect(await field.evaluate((it) => it.matches(":focus"))).toBe(true);
  },
);

browserTest(
  "Page Up and Page Down scroll the list, Home and End go to its ends, and the page does not scroll",
  async () => {
    // As many as the first list holds: older messages would move the end that Home goes to.
    for (let n = 1; n <= 30; n++) await publish(server, `number ${n}.`, "page");
    const page = await open("page");
    await row(page, "number 30.").waitFor();
    await log(page).focus();
    const top = () => log(page).evaluate((box) => box.scrollTop);
    const bottom = await top();
    expect(bottom).toBeGreaterThan(0);
    await page.keyboard.press("PageUp");
    await until("further up", async () => (await top()) < bottom);
    await page.keyboard.press("PageDown");
    await until("down again", async () => (await top()) >= bottom - 1);
    await page.keyboard.press("ArrowUp");
    await hasFocus(page, "number 30.");
    await page.keyboard.press("Home");
    await until("the first", () =>
      log(page).evaluate((box) => box.querySelector("article")?.matches(":focus")),
    );
    await page.keyboard.press("End");
    await hasFocus(page, "number 30.");
    expect(await page.evaluate(() => scrollY)).toBe(0);
  },
);

browserTest(
  "Enter opens a message's actions, the arrow keys move along them, and Esc returns to the message",
  async () => {
    await publish(server, "a message", "bar");
    const page = await open("bar");
    await row(page, "a message").waitFor();
    await log(page).focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    const action = (name: string) => row(page, "a message").getByRole("button", { name, exact: true });
    const isOn = (name: string) =>
      until(`on ${name}`, () => action(name).evaluate((it) => it.matches(":focus")));
    await isOn("React");
    await page.keyboard.press("ArrowRight");
    await isOn("Reply");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await until("round to the last", () =>
      row(page, "a message").evaluate((it) => it.querySelector("[part=actions] button:last-child:focus")),
    ).catch(() => undefined);
    expect(
      await row(page, "a message")
        .locator("[part=actions] button")
        .last()
        .evaluate((it) => it.matches(":focus")),
    ).toBe(true);
    await page.keyboard.press("Escape");
    await hasFocus(page, "a message");
  },
);

browserTest(
  "on a touch screen a tap on a message shows actions that are large enough, and its hidden button the menu",
  async () => {
    for (const text of ["one", "two", "three"]) await publish(server, text, "touch");
    const page = await open("touch", {
      hasTouch: true,
      isMobile: true,
      viewport: { width: 360, height: 700 },
    });
    await expectTexts(page, ["one", "two", "three"]);
    const bar = (text: string) => row(page, text).getByRole("toolbar", { name: "Message actions" });
    // Screen readers press buttons without a finger on them.
    await row(page, "two").getByRole("button", { name: "Message actions" }).dispatchEvent("click");
    await page.getByRole("menu", { name: "Message actions" }).waitFor();
    await page.keyboard.press("Escape");
    await row(page, "two").locator("[part=text]").tap();
    await bar("two").waitFor();
    expect(await findViolations(page)).toEqual([]);
    for (const action of await bar("two").getByRole("button").all()) {
      const size = await action.boundingBox();
      expect(Math.min(size?.width ?? 0, size?.height ?? 0)).toBeGreaterThanOrEqual(44);
    }
    await row(page, "three").locator("[part=text]").tap();
    await bar("three").waitFor();
    expect(await bar("two").count()).toBe(0);
    await bar("three").getByRole("button", { name: "Reply" }).tap();
    await page.getByText("Reply to Ana").waitFor();
  },
);
