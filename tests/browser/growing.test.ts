/** A message that grows in front of its readers: in place, without a jump, read out once, whole for whoever comes later. */
import { expect, setDefaultTimeout } from "bun:test";
import type { Page } from "@playwright/test";
import { createClient } from "../../widget/package/public-client.ts";
import { browserTest, useBrowserWithServer, until } from "../support/browser.ts";
import { connected, texts, visitChat } from "../support/chat-page.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

const server = useBrowserWithServer({ KABAR_TOPICS: "lobby" });

const newest = async (page: Page) => (await texts(page)).at(-1);
/** What a screen reader is given, as it comes. */
const noteAnnouncements = (page: Page) =>
  page.evaluate(() => {
    const root = document.querySelector("kabar-chat")?.shadowRoot;
    const said: string[] = [];
    Object.assign(window, { said });
    const live = root?.querySelector("[role=log]");
    if (!live) throw new Error("there is no live region");
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) said.push(node.textContent ?? "");
    }).observe(live, { childList: true });
  });
const said = (page: Page) => page.evaluate(() => (window as unknown as { said: string[] }).said);
/** The position of the list, and whether it is at its end. */
const place = (page: Page) =>
  page.evaluate(() => {
    const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log]");
    if (!log) throw new Error("there is no list");
    return { top: log.scrollTop, isEnd: log.scrollHeight - log.scrollTop - log.clientHeight < 2 };
  });

browserTest(
  "it grows in place, follows a reader at the end, holds for one elsewhere, and is read out once",
  async () => {
    const kabar = await server;
    const bot = createClient({ server: kabar.url, token: kabar.operatorKey, name: "Oracle" });
    for (let i = 0; i < 30; i++) await bot.publish("lobby", `Line ${i}`);
    const [here, away] = await Promise.all([visitChat(kabar), visitChat(kabar)]);
    for (const page of [here, away]) {
      await connected(page);
      await until("the list", async () => (await newest(page)) === "Line 29");
      await page.locator("kabar-chat [part=menu-button]").waitFor();
      await noteAnnouncements(page);
    }
    const growing = await bot.begin("lobby");
    const row = here.locator("kabar-chat .grows");
    await row.waitFor();
    expect(await row.getAttribute("aria-busy")).toBe("true");
    await growing.append("Here is **the answer** https://kabar.example/a\n");
    await until(
      "the text",
      async () => (await newest(here)) === "Here is the answer https://kabar.example/a",
    );
    expect(await row.locator("strong").textContent()).toBe("the answer");
    // The reader elsewhere scrolls up; the first element of the text stays the same one while the rest comes.
    await away.locator("kabar-chat [part=log]").evaluate((log) => log.scrollTo(0, 40));
    await away.locator("kabar-chat [part=jump]").waitFor();
    const before = await place(away);
    await row.locator("strong").evaluate((element) => Object.assign(element, { isFirst: true }));
    for (let i = 0; i < 25; i++) void growing.append(`Paragraph ${i} with some words.\n\n`);
    await growing.append("```\ncode <b>");
    await until("the code", async () => (await newest(here))?.endsWith("code <b>") ?? false);
    expect(await row.locator("pre").textContent()).toBe("code <b>");
    expect(await here.evaluate(() => document.querySelector("kabar-chat b"))).toBeNull();
    expect(await row.locator("strong").evaluate((element) => "isFirst" in element)).toBe(true);
    expect((await place(here)).isEnd).toBe(true);
    expect(await place(away)).toEqual(before);
    expect(await said(here)).toEqual([]);
    const late = await visitChat(kabar);
    await until("the text so far", async () => (await newest(late))?.endsWith("code <b>") ?? false);
    if (process.env.SHOTS) await here.screenshot({ path: `${process.env.SHOTS}/growing.png` });
    await growing.done("\n```\nDone.");
    for (const page of [here, away, late])
      await until("the end", async () => (await newest(page))?.endsWith("Done.") ?? false);
    await until("no sign of growth", async () => (await row.count()) === 0);
    await until("it is read out", async () => (await said(here)).length > 0);
    expect((await said(here)).map((line) => line.slice(0, 30))).toEqual(["Oracle: Here is **the answer**"]);
    const text = here.locator("kabar-chat [part~=text]").last();
    expect(await text.locator("strong").evaluate((element) => "isFirst" in element)).toBe(true);
    expect(await text.locator("xpath=../*[contains(@class, 'edited')]").count()).toBe(0);
    expect((await place(here)).isEnd).toBe(true);
    expect(await place(away)).toEqual(before);
    if (process.env.SHOTS) await here.screenshot({ path: `${process.env.SHOTS}/grown.png` });
    bot.close();
  },
);
