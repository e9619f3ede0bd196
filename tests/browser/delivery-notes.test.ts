/** Notes under messages that were not sent: why, in the visitor's words, and what to do. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, expectTexts, visitChat, write } from "../support/chat-page.ts";
import { Client } from "../support/client.ts";
import { OPERATOR_KEY } from "../support/server.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "blocked emoji long slow" });
const operator = await Client.open(server.url, { key: OPERATOR_KEY });
const moderate = (topic: string, act: object) => operator.ask("moderate", { topic, ...act });

async function open(topic: string, lang = "en"): Promise<Page> {
  const page = await visitChat(server, `data-topic="${topic}" data-lang="${lang}"`);
  await connected(page);
  await page.locator("[part=menu-button]").waitFor();
  return page;
}
const note = (page: Page) => page.locator(".failed .note");
const labels = (page: Page) => note(page).getByRole("button").allTextContents();

browserTest(
  "a message with a blocked word says why it was not sent, and Edit brings the text back into the field",
  async () => {
    await moderate("blocked", { action: "words", words: { block: ["badger"] } });
    const page = await open("blocked");
    await write(page, "a badger came");
    await note(page).getByText("It has something that isn't allowed here.").waitFor();
    await until("said", () =>
      page.locator("[role=log]").getByText("It has something that isn't allowed here.").count(),
    );
    expect(await labels(page)).toEqual(["Edit", "Delete"]);
    expect(await findViolations(page)).toEqual([]);
    // What is in the field stays behind the text.
    await composer(page).fill("next");
    await note(page).getByRole("button", { name: "Edit" }).click();
    expect(await composer(page).inputValue()).toBe("a badger came\nnext");
    expect(await composer(page).evaluate((field) => field.matches(":focus"))).toBe(true);
    await until("no note", async () => (await note(page).count()) === 0);
    await composer(page).fill("a fox came");
    await composer(page).press("Enter");
    await expectTexts(page, ["a fox came"]);
  },
);

browserTest("the reason is said in the visitor's language", async () => {
  await moderate("emoji", { action: "mode", mode: { emojiOnly: true } });
  const page = await open("emoji", "de");
  await page.locator("[part=input]").fill("words");
  await page.locator("[part=input]").press("Enter");
  await note(page).getByText("Gerade sind nur Emojis erlaubt.").waitFor();
  expect(await labels(page)).toEqual(["Erneut senden", "Löschen"]);
});

browserTest("a name that is taken is refused in the visitor's language", async () => {
  const page = await open("long", "de");
  await page.getByRole("button", { name: "Name ändern" }).click();
  const field = page.getByRole("textbox", { name: "Dein Name" });
  await field.fill("M0derator");
  await field.press("Enter");
  await page.getByRole("alert").getByText("Der Name ist vergeben. Wähle einen anderen.").waitFor();
});

browserTest("a text that is too long says by how much", async () => {
  const page = await open("long");
  await page.evaluate(() => {
    void document
      .querySelector("kabar-chat")
      ?.send("x".repeat(9_000))
      .catch(() => undefined);
  });
  await note(page).getByText("Too long by about 810 characters").waitFor();
});

browserTest(
  "under slow mode a waiting message promises no moment, and the line above the field says minutes",
  async () => {
    await moderate("slow", { action: "mode", mode: { slowS: 600 } });
    const page = await open("slow");
    await page.getByText("Slow mode: 10 minutes").waitFor();
    await write(page, "one");
    await expectTexts(page, ["one"]);
    await write(page, "two");
    await page.locator(".pending .note", { hasText: "Waiting to send" }).waitFor();
    expect(await page.getByText(/^Slow mode: (?:10|9) minutes$/).count()).toBe(1);
  },
);

browserTest(
  "an edit that is refused is explained in the visitor's language, and keeps its text",
  async () => {
    await moderate("blocked", { action: "words", words: { block: ["badger"] } });
    const page = await open("blocked", "de");
    const field = page.locator("[part=input]");
    await field.fill("a fox came by");
    await field.press("Enter");
    await page.locator("li:not(.pending) article", { hasText: "a fox came by" }).waitFor();
    await field.press("ArrowUp");
    await until("in the field", async () => (await field.inputValue()) === "a fox came by");
    await field.fill("a badger came by");
    await field.press("Enter");
    await page.locator(".notice", { hasText: "Sie enthält etwas, das hier nicht erlaubt ist." }).waitFor();
    expect(await field.inputValue()).toBe("a badger came by");
  },
);

browserTest("offline, the people who were there are grey", async () => {
  const page = await open("long");
  const other = await Client.open(server.url, {});
  await other.ask("subscribe", { topic: "long", people: true });
  const filter = () =>
    page
      .locator("[part=member] .mark")
      .first()
      .evaluate((it) => getComputedStyle(it).filter);
  await until("two", async () => (await page.locator("[part=member]").count()) === 2);
  expect(await filter()).toBe("none");
  await page.context().setOffline(true);
  await until("grey", async () => (await filter()) === "grayscale(1)");
  expect(await findViolations(page)).toEqual([]);
  other.close();
});
