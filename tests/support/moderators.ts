/** Three browsers for tests of moderation: a moderator's, a user's, and one that goes offline. */
import type { Locator, Page } from "@playwright/test";
import { act, connected, tag } from "./chat-page.ts";
import { host, visit } from "./windows.ts";
import { signToken } from "./people.ts";
import type { RunningKabar } from "./server.ts";

export interface Three {
  mod: Page;
  here: Page;
  away: Page;
}

/** A moderator's browser on a topic. */
export async function openModeratorPage(
  server: RunningKabar,
  topic: string,
  options: Parameters<typeof visit>[1] = {},
): Promise<Page> {
  const token = await signToken("mod", { name: "Mod", role: "moderator" });
  const page = await visit(host(tag(server, `data-topic="${topic}" data-token="${token}"`)).url, options);
  await deskButton(page).waitFor();
  return page;
}

/** Opens all three on a topic. */
export async function openThree(server: RunningKabar, topic: string): Promise<Three> {
  const url = host(tag(server, `data-topic="${topic}"`)).url;
  const [mod, here, away] = await Promise.all([openModeratorPage(server, topic), visit(url), visit(url)]);
  for (const page of [here, away]) await connected(page);
  return { mod, here, away };
}

/** Takes a browser off the network, and brings it back. */
export async function goAway(page: Page): Promise<void> {
  await page.context().setOffline(true);
  await connected(page, "offline");
}
export async function comeBack(page: Page): Promise<void> {
  await page.context().setOffline(false);
  await connected(page);
}

export const deskButton = (page: Page): Locator =>
  page.getByRole("button", { name: /^Moderate(?:, \d+ to review)?$/, expanded: false }).first();

/** Opens the desk. */
export async function openDesk(page: Page): Promise<Locator> {
  await page.locator('kabar-chat [part="moderate-button"][aria-expanded="false"]').click();
  const desk = page.getByRole("dialog", { name: "Moderate" });
  await desk.waitFor();
  return desk;
}

/** Opens what may be done with a message. */
export async function openMenu(page: Page, text: string): Promise<Locator> {
  const message = page.locator("kabar-chat article", { hasText: text }).first();
  await act(message, "Moderate");
  const menu = message.getByRole("group", { name: "Moderate" });
  await menu.waitFor();
  return menu;
}
