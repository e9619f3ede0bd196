/** Questions of the settings tests to a page: the focus in the menu, stored records, the user's id. */
import type { Locator, Page } from "@playwright/test";
import { until } from "./browser.ts";

/** What has the focus inside the chat: a line of the menu by its text, anything else by its part. */
export const focused = (page: Page) =>
  page.evaluate(() => {
    const inner = document.activeElement?.shadowRoot?.activeElement;
    return inner?.getAttribute("part") === "menu-item" ? inner.textContent : inner?.getAttribute("part");
  });

/** Opens the settings from the menu of a page's only chat, or of the first one. */
export async function openSettings(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Menu", exact: true }).first().click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
  const sheet = page.getByRole("dialog", { name: "Settings" });
  await sheet.waitFor();
  return sheet;
}

/** What the page keeps on the device, by key. */
export const record = (page: Page) =>
  page.evaluate(() =>
    Object.entries({ ...localStorage }).map(([key, value]) => [key, JSON.parse(value)] as const),
  );

/** The visitor's id, when there is one. */
export const idOf = (page: Page) =>
  until("an identity", () => page.evaluate(() => document.querySelector("kabar-chat")?.me?.id));
