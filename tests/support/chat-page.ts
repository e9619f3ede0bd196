/// <reference path="../../widget/assets.d.ts" />
/**
 * A chat in a host page: the script tag, the texts of the list, the composer and the connection.
 *
 * Waits look at the page until a condition holds. `messages.ts` publishes without a page.
 */
import { expect } from "bun:test";
import type { BrowserContextOptions, Locator, Page } from "@playwright/test";
import type {} from "../../widget/loader/element.ts";
import { until } from "./browser.ts";
import { host, visit } from "./windows.ts";

/** The script tag for a server. */
export const tag = (server: { url: string }, attributes = 'data-topic="lobby"'): string =>
  `<script async src="${server.url}/widget.js" ${attributes}></script>`;

/** Opens a page that holds nothing but the script tag, in a window with storage of its own. */
export const visitChat = (
  server: { url: string },
  attributes?: string,
  options?: BrowserContextOptions,
): Promise<Page> => visit(host(tag(server, attributes)).url, options);

/** The texts of the messages in a page's list, in order; of one element when there are several. */
export const texts = (page: Page, index = 0): Promise<string[]> =>
  page.evaluate((index) => {
    const chat = document.querySelectorAll("kabar-chat")[index];
    return [...(chat?.shadowRoot?.querySelectorAll("[part~=text]") ?? [])].map((e) => e.textContent ?? "");
  }, index);

/** Waits until a page shows exactly these messages. */
export async function expectTexts(page: Page, expected: string[], index = 0): Promise<void> {
  await until(`the messages ${JSON.stringify(expected)}`, async () => {
    return JSON.stringify(await texts(page, index)) === JSON.stringify(expected);
  }).catch(async (error) => {
    expect(await texts(page, index)).toEqual(expected);
    throw error;
  });
}

/** Waits until the element's connection is in a state. */
export const connected = (page: Page, state = "online", index = 0): Promise<boolean> =>
  until(`connection ${state}`, () =>
    page.evaluate(
      ([index, state]) => document.querySelectorAll("kabar-chat")[index as number]?.connection === state,
      [index, state] as const,
    ),
  );

/** Hides a page in the back/forward cache until its chat has closed its connection: what listens is loaded after the first list. */
export const putToSleep = (page: Page): Promise<boolean> =>
  until("it sleeps", () =>
    page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
      return document.querySelector("kabar-chat")?.connection === "idle";
    }),
  );

export const composer = (page: Page): Locator => page.getByRole("textbox", { name: "Message", exact: true });

/** Types a message and sends it with Enter. */
export async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

/** What a message's toolbar has; its menu has all other actions. */
const IN_TOOLBAR = ["React", "Reply"];

/** Chooses an action of a message by its English name, with the pointer. */
export async function act(article: Locator, name: string): Promise<void> {
  const button = (name: string) => article.getByRole("button", { name, exact: true });
  await article.hover();
  if (IN_TOOLBAR.includes(name)) return button(name).click();
  await article.locator("[data-action=more]").click();
  await article.page().getByRole("menuitem", { name, exact: true }).click();
}
