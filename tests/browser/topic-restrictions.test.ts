import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { SignJWT } from "jose";
import { Client } from "../support/client.ts";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { act, composer, connected, expectTexts, texts, visitChat, write } from "../support/chat-page.ts";
import { publish, stored } from "../support/messages.ts";

const SECRET = "a-shared-secret-of-thirty-two-or-more";
const topics = "alerts muted slow held menu cleared closed";
const server = await useBrowserWithServer({ KABAR_TOKEN_SECRET: SECRET, KABAR_TOPICS: topics });
const sign = () =>
  new SignJWT({ name: "Mod", topics: { "*": "moderate" } })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject("mod")
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(SECRET));
const mod = await Client.open(server.url, { token: await sign() });
const moderate = (topic: string, act: object) => mod.ask("moderate", { topic, ...act });
const open = (topic: string) => visitChat(server, `data-topic="${topic}"`);
const idOf = (page: Page) => page.evaluate(() => document.querySelector("kabar-chat")?.me?.id ?? "");

browserTest(
  "a muted user reads reason and end in the composer's place, goes on reading, and writes again later",
  async () => {
    const page = await open("muted");
    await connected(page);
    await composer(page).fill("a draft");
    await moderate("muted", { action: "timeout", user: await idOf(page), seconds: 600, why: "too loud" });
    await page
      .getByText(/^You've been muted until .*: too loud$/)
      .first()
      .waitFor();
    expect(await composer(page).count()).toBe(0);
    await publish(server, "goes on", "muted");
    await expectTexts(page, ["goes on"]);
    expect(await findViolations(page)).toEqual([]);
    await moderate("muted", { action: "unban", user: await idOf(page) });
    await composer(page).waitFor();
    await moderate("muted", { action: "ban", user: await idOf(page) });
    await page.getByText("You've been banned from this chat.").waitFor();
  },
);

browserTest(
  "a ban and the removal of the user's own message are announced at once to screen readers",
  async () => {
    const page = await open("alerts");
    await write(page, "mine");
    await write(page, "mine, too");
    await until("both are stored", async () => (await stored(server, "alerts")).length === 2);
    await publish(server, "of another", "alerts");
    await expectTexts(page, ["mine", "mine, too", "of another"]);
    const alert = page.getByRole("alert").first();
    // It is there, and empty, before anything happens.
    expect(await alert.textContent()).toBe("");
    await moderate("alerts", { action: "remove", target: 3 });
    await expectTexts(page, ["mine", "mine, too", "Message deleted by a moderator"]);
    expect(await alert.textContent()).toBe("");
    await moderate("alerts", { action: "remove", target: 1 });
    await alert.getByText("A moderator deleted your message.").waitFor();
    const first = await alert.locator("p").elementHandle();
    await moderate("alerts", { action: "remove", target: 2 });
    await until("another paragraph", async () => !(await first?.evaluate((it) => it.isConnected)));
    await alert.getByText("A moderator deleted your message.").waitFor();
    await moderate("alerts", { action: "timeout", user: await idOf(page), seconds: 600, why: "too loud" });
    await page
      .getByRole("alert")
      .getByText(/^You've been muted until .*: too loud$/)
      .waitFor();
    expect(await findViolations(page)).toEqual([]);
  },
);

browserTest("slow mode counts down, and the field keeps its focus and accepts text", async () => {
  await moderate("slow", { action: "mode", mode: { slowS: 3 } });
  const page = await open("slow");
  await page.getByText("Slow mode: 3 seconds").waitFor();
  await write(page, "one");
  await expectTexts(page, ["one"]);
  await page.getByText(/^Slow mode: (?:2 seconds|1 second)$/).waitFor();
  // A line on the send button is as long as what is left.
  const line = () =>
    page.locator("[part=send]").evaluate((it) => Number.parseFloat(getComputedStyle(it).backgroundSize));
  await until("a shorter line", async () => (await line()) > 0 && (await line()) < 100);
  await composer(page).pressSequentially("two");
  expect(await composer(page).evaluate((field) => field.matches(":focus"))).toBe(true);
  await composer(page).press("Enter");
  await until("both", async () => (await texts(page)).length === 2);
  // It goes out by itself.
  await until("stored", () => page.locator("kabar-chat li:not(.pending)", { hasText: "two" }).count());
  await moderate("slow", { action: "mode", mode: { slowS: 0 } });
  await until("no more", async () => (await page.getByText(/Slow mode/).count()) === 0);
  await until("no line", async () => (await line()) === 0);
});

browserTest("only its author sees a message that waits for a moderator", async () => {
  await moderate("held", { action: "mode", mode: { hold: "guests" } });
  const [one, two] = [await open("held"), await open("held")];
  await connected(two);
  await write(one, "first");
  await one.getByText("Waiting for review").waitFor();
  await write(one, "second");
  await until("both wait", async () => (await one.getByText("Waiting for review").count()) === 2);
  expect(await findViolations(one)).toEqual([]);
  const { held } = (await mod.ask("queue", { topic: "held" })) as unknown as {
    held: { messageId: string; text: string }[];
  };
  const idOfText = (text: string) => held.find((message) => message.text === text)?.messageId;
  const user = await idOf(one);
  await moderate("held", { action: "approve", user, messageId: idOfText("first") });
  await expectTexts(two, ["first"]);
  await moderate("held", { action: "reject", user, messageId: idOfText("second") });
  await one.getByText("Not approved").waitFor();
  await one.getByRole("button", { name: "Delete", exact: true }).click();
  await expectTexts(one, ["first"]);
});

browserTest("a cleared topic is empty, and a closed topic shows that it is closed", async () => {
  const page = await open("cleared");
  await write(page, "one");
  await until("stored", async () => (await stored(server, "cleared")).join() === "one");
  await expectTexts(page, ["one"]);
  await moderate("cleared", { action: "clear" });
  await expectTexts(page, []);
  await moderate("cleared", { action: "mode", mode: { readOnly: true } });
  await page.getByText("Only moderators can post right now.").waitFor();
  await moderate("cleared", { action: "mode", mode: { readOnly: false, emojiOnly: true } });
  await page.getByText("Emoji only right now.").waitFor();
  await composer(page).waitFor();
});

browserTest(
  "the keyboard mutes and removes from a moderator's menu, and axe finds nothing in it",
  async () => {
    const visitor = await open("menu");
    const page = await visitChat(server, `data-topic="menu" data-token="${await sign()}"`);
    await connected(page);
    await write(visitor, "rude words");
    const message = page.locator("kabar-chat article", { hasText: "rude words" });
    await message.waitFor();
    await page.getByRole("button", { name: "2 online" }).waitFor();
    await message.focus();
    await message.locator("[data-action=more]").press("Enter");
    await page.getByRole("menuitem", { name: "Moderate" }).press("Enter");
    const menu = page.getByRole("group", { name: "Moderate" });
    await menu.waitFor();
    expect(await findViolations(page)).toEqual([]);
    await menu.getByRole("button", { name: "Mute for 1 min" }).focus();
    await page.keyboard.press("Enter");
    await visitor.getByText(/^You've been muted until/).waitFor();
    await act(message, "Moderate");
    await menu.getByRole("button", { name: "Delete message" }).click();
    await expectTexts(visitor, ["Message deleted by a moderator"]);
  },
);
