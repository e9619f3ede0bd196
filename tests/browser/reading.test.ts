/** The reader's place in a list of several pages: each reach of an end brings one page and moves no line. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { tag, texts } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, newContext, visit, visitIn } from "../support/windows.ts";

const MESSAGES = 400;
const server = await useBrowserWithServer({ KABAR_TOPICS: "long" });
for (let i = 1; i <= MESSAGES; i++) await publish(server, `message ${i}`, "long", i % 3 ? "Ana" : "Budi");

const PAGE = host(tag(server, 'data-topic="long"'));

/** Opens the topic, scrolled to its end. */
async function open(): Promise<Page> {
  const page = await visit(PAGE.url);
  await until("the newest", async () => (await texts(page)).at(-1) === `message ${MESSAGES}`);
  await until("formatted", () => page.locator("[part=emoji-button]").count());
  return page;
}
const held = (page: Page): Promise<number> =>
  page.evaluate(() => document.querySelector("kabar-chat")?.messages.length ?? 0);
/** The first message in sight, and how far below the list's edge it begins. */
const place = (page: Page): Promise<{ text: string; top: number }> =>
  page.evaluate(() => {
    const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log]") as HTMLElement;
    const rows = [...log.querySelectorAll("li:has(article)")] as HTMLElement[];
    const row = rows.find((r) => r.offsetTop + r.offsetHeight > log.scrollTop);
    return {
      text: row?.querySelector("[part=text]")?.textContent ?? "",
      top: Math.round((row?.offsetTop ?? 0) - log.scrollTop),
    };
  });
const scrollTo = (page: Page, top: number) =>
  page.evaluate((top) => {
    const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log]") as HTMLElement;
    log.scrollTop = top < 0 ? log.scrollHeight : top;
  }, top);
/** Waits until nothing has been asked for, drawn or moved for twenty frames. */
const settled = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const chat = document.querySelector("kabar-chat");
    const log = chat?.shadowRoot?.querySelector("[part=log]") as HTMLElement;
    const look = () => `${chat?.messages.length} ${log.scrollTop} ${log.scrollHeight} ${log.textContent}`;
    for (let still = 0, before = look(); still < 20; still++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      if (look() !== before) still = 0;
      before = look();
    }
  });

browserTest("reaching the top of the list once loads one page and keeps the reader's place", async () => {
  const page = await open();
  const before = await held(page);
  await scrollTo(page, 0);
  await until("older", async () => (await held(page)) > before);
  await settled(page);
  expect(await held(page)).toBe(before + 50);
  // The day's line stood above the first message and went up: the message before shows instead.
  expect((await place(page)).text).toBe(`message ${MESSAGES - before}`);
});

browserTest("each press of the Home key loads one page", async () => {
  const page = await open();
  const before = await held(page);
  const log = page.locator("[part=log]");
  await log.focus();
  for (const pages of [1, 2]) {
    await page.keyboard.press("Home");
    await until("older", async () => (await held(page)) >= before + pages * 50);
    await settled(page);
    expect(await held(page)).toBe(before + pages * 50);
    const focused = await page.evaluate(
      () => document.querySelector("kabar-chat")?.shadowRoot?.activeElement?.textContent ?? "",
    );
    expect(focused).toContain(`message ${MESSAGES - before - (pages - 1) * 50 + 1}`);
  }
});

browserTest("a fast wheel over slow frames goes up page by page, not to the beginning", async () => {
  const context = await newContext();
  await context.addInitScript(() => {
    const { requestAnimationFrame: soon } = window;
    window.requestAnimationFrame = (run) =>
      soon(() => setTimeout(() => run(performance.now()), 300)) as number;
  });
  const page = await visitIn(context, PAGE.url);
  await until("the newest", async () => (await texts(page)).at(-1) === `message ${MESSAGES}`);
  await until("formatted", () => page.locator("[part=emoji-button]").count());
  const before = await held(page);
  const box = await page.locator("[part=log]").boundingBox();
  await page.mouse.move((box?.x ?? 0) + 50, (box?.y ?? 0) + 50);
  // To the top of what is there, and no further.
  const way = await page.evaluate(
    () => document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log]")?.scrollTop ?? 0,
  );
  for (let done = 0; done < way; done += 200) await page.mouse.wheel(0, -200);
  await until("older", async () => (await held(page)) > before);
  await settled(page);
  expect(await held(page)).toBe(before + 50);
});

browserTest(
  "reaching the lower end of the mounted rows once mounts one more range and moves no line",
  async () => {
    const page = await open();
    // Back to the beginning: the newest are no longer in the page.
    while ((await texts(page))[0] !== "message 1") {
      await scrollTo(page, 0);
      await settled(page);
    }
    const last = Number((await texts(page)).at(-1)?.split(" ")[1]);
    expect(last).toBeLessThan(MESSAGES - 100);
    await scrollTo(page, -1);
    const before = await place(page);
    await until("newer", async () => (await texts(page)).at(-1) !== `message ${last}`);
    await settled(page);
    expect((await texts(page)).at(-1)).toBe(`message ${last + 50}`);
    expect(await place(page)).toEqual(before);
  },
);
