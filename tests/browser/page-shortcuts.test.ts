/** A page's own shortcuts beside the chat's fields: typing stays in the field, all other keys reach the page. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, tag, texts } from "../support/chat-page.ts";
import { publish, stored } from "../support/messages.ts";
import { host, visit } from "../support/windows.ts";

const server = await useBrowserWithServer();

/** Takes every key that is not typed into a field of its own, as pages with shortcuts do, and notes all that reach it. */
const SHORTCUTS = `<input id="q" aria-label="Search"><script>
  window.reached = [];
  for (const type of ["keydown", "keypress", "keyup", "beforeinput", "input", "copy", "cut", "paste"])
    addEventListener(type, (event) => {
      reached.push(type + " " + (event.key ?? ""));
      if (/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) return;
      if (type === "keydown" && !/^(Tab|Escape|Control|F\\d)/.test(event.key)) { event.preventDefault(); q.focus(); }
      if (type === "paste") event.preventDefault();
    });
</script>`;

const reached = (page: Page) =>
  page.evaluate(() => (window as unknown as { reached: string[] }).reached.splice(0));

browserTest("typing into the chat's fields never reaches the page's shortcuts", async () => {
  const page = await visit(host(`${SHORTCUTS}${tag(server)}`).url);
  await connected(page);
  await composer(page).click();
  await page.keyboard.type("/search news s");
  await page.keyboard.press("Home");
  await page.keyboard.press("Delete");
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+x");
  await page.keyboard.press("Control+v");
  expect(await composer(page).inputValue()).toBe("search news s");
  await page.keyboard.press("Enter");
  await until("stored", async () => (await stored(server)).includes("search news s"));
  expect((await reached(page)).filter((line) => !/ Control$/.test(line))).toEqual([]);
  await page.getByRole("button", { name: "Change name" }).click();
  await until("a field", () => page.locator("kabar-chat input:focus").isVisible());
  await page.keyboard.type("Nova");
  expect(await reached(page)).toEqual([]);
});

browserTest("keys that no field uses reach the page unless the chat handled them", async () => {
  await publish(server, "a row to go to");
  const page = await visit(host(`${SHORTCUTS}${tag(server)}`).url);
  await until("a row", async () => (await texts(page)).includes("a row to go to"));
  await page.getByRole("button", { name: "Emoji", exact: true }).waitFor();
  await composer(page).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("F2");
  expect(await reached(page)).toEqual(["keydown Escape", "keyup Escape", "keydown F2", "keyup F2"]);
  // The chat's own: from the field to the list, where letters belong to the row that has the focus.
  await page.keyboard.press("F6");
  await page.keyboard.press("ArrowUp");
  expect((await reached(page)).filter((line) => line.startsWith("keydown"))).toEqual([]);
});

browserTest("Escape closes a panel and nothing of the page", async () => {
  const page = await visit(host(`${SHORTCUTS}${tag(server, 'data-topic="lobby" data-mode="panel"')}`).url);
  await page.getByRole("button", { name: "Chat" }).click();
  await connected(page);
  await composer(page).click();
  await page.keyboard.press("Escape");
  await until("closed", () => page.evaluate(() => document.querySelector("kabar-chat")?.opened === false));
  expect((await reached(page)).filter((line) => line.startsWith("keydown"))).toEqual([]);
});
