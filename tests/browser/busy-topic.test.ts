/** Busy topics: fifty messages a second are drawn in few rows, and the reader keeps the place. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { publishSteadily } from "../measure/widget.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, texts, visitChat, write } from "../support/chat-page.ts";

const server = await useBrowserWithServer();
const RATE = 50;

/** Counts, in the page, from now on: every change of the list with its moment, and every message handed to the page. */
const follow = (page: Page) =>
  page.evaluate(() => {
    const list = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log] ol") as Element;
    const seen = { drawn: [] as number[], rows: 0, offsets: [] as number[], kept: 0 };
    Object.assign(window, { seen });
    new MutationObserver((changes) => {
      // Rows, not what is drawn inside of one that is pointed at.
      if (!changes.some(({ target }) => target === list)) return;
      seen.drawn.push(performance.now());
      seen.rows = Math.max(seen.rows, list.children.length);
    }).observe(list, { childList: true });
    document.addEventListener("kabar-message", (event) => {
      seen.offsets.push((event as CustomEvent<{ offset: number }>).detail.offset);
    });
  });
interface Seen {
  drawn: number[];
  rows: number;
  offsets: number[];
}
const seen = (page: Page) => page.evaluate(() => (window as unknown as { seen: Seen }).seen);
const isCrowded = (page: Page) =>
  page.evaluate(
    () => document.querySelector("kabar-chat")?.shadowRoot?.querySelector(".root.crowd") !== null,
  );
const newest = (page: Page) =>
  page.evaluate(() => document.querySelector("kabar-chat")?.messages.at(-1)?.offset ?? 0);
const log = (page: Page) => page.locator("[part=log]");
/** Distance from the end of the list. */
const fromEnd = (page: Page) =>
  log(page).evaluate((e) => Math.round(e.scrollHeight - e.scrollTop - e.clientHeight));
/** The first message in sight, and where it begins. */
const place = (page: Page) =>
  log(page).evaluate((scroller) => {
    const row = [...scroller.querySelectorAll("li")].find(
      (r) => r.offsetTop + r.offsetHeight > scroller.scrollTop && r.querySelector("[part=text]"),
    );
    return [row?.textContent, Math.round((row?.offsetTop ?? 0) - scroller.scrollTop)];
  });

async function open(): Promise<Page> {
  const page = await visitChat(server, 'data-topic="lobby" style="height:400px"');
  await connected(page);
  // What is loaded after the first list has its say in this.
  await page.locator("[part=menu-button]").waitFor();
  await page.mouse.move(5, 5);
  return page;
}

browserTest(
  "a busy topic draws the list four times a second, keeps few rows, and loses no message",
  async () => {
    const page = await open();
    const before = await newest(page);
    await follow(page);
    const total = await publishSteadily(server, RATE, 12);
    await until("all of them", async () => (await newest(page)) >= before + total);
    const { drawn, rows, offsets } = await seen(page);
    expect(offsets).toEqual(Array.from({ length: total }, (_, i) => before + 1 + i));
    expect(rows).toBeLessThanOrEqual(200);
    // A drawing takes rows away in a frame of its own, now and then; the first moments are nobody's crowd yet.
    const start = drawn[0] ?? 0;
    const later = drawn.filter((at) => at > start + 2_000);
    const span = ((later.at(-1) ?? 0) - (later[0] ?? 0)) / 1_000;
    expect(later.length / span).toBeLessThanOrEqual(6);
    await until("the end is in sight", async () => (await fromEnd(page)) === 0);
    await until("the last is drawn", async () =>
      (await texts(page)).at(-1)?.includes(`message ${total - 1},`),
    );
    await until("the crowd is over", async () => !(await isCrowded(page)));
  },
);

browserTest("a busy topic does not move a reader who has scrolled up", async () => {
  const page = await open();
  const crowd = publishSteadily(server, RATE, 8);
  await until("a crowd", () => isCrowded(page));
  await log(page).evaluate((e) => {
    e.scrollTop -= 500;
  });
  await page.getByRole("button", { name: /Jump to latest/ }).waitFor();
  const [text, top] = await place(page);
  const since = await newest(page);
  await until("a hundred more", async () => (await newest(page)) > since + 100);
  expect(await place(page)).toEqual([text, top]);
  await page.getByRole("button", { name: /99\+ new · Jump to latest/ }).waitFor();
  expect(await place(page)).toEqual([text, top]);
  await crowd;
  expect(await place(page)).toEqual([text, top]);
});

browserTest(
  "the pointer pauses a busy list, which counts the waiting messages and goes on when the pointer leaves",
  async () => {
    const page = await open();
    const crowd = publishSteadily(server, RATE, 14);
    await until("a crowd", () => isCrowded(page));
    await log(page).hover();
    const pill = page.getByRole("button", { name: /^Paused/ });
    await pill.waitFor();
    const held = await place(page);
    const since = await newest(page);
    await until("more wait", async () => (await newest(page)) > since + 30);
    await page.getByRole("button", { name: /^Paused · \d+\+? new$/ }).waitFor();
    expect(await place(page)).toEqual(held);
    await page.mouse.move(5, 5);
    await pill.waitFor({ state: "detached" });
    await until("at the end", async () => (await fromEnd(page)) === 0);
    const after = await place(page);
    await until("it runs again", async () => JSON.stringify(await place(page)) !== JSON.stringify(after));

    // The button goes on, too, and the pointer that is still there does not stop it again.
    await log(page).hover();
    await pill.click();
    await pill.waitFor({ state: "detached" });
    const then = await newest(page);
    await until("it runs on", async () => (await newest(page)) > then + 30);
    expect(await pill.count()).toBe(0);
    // What one writes is seen at once, wherever the pointer rests.
    await page.mouse.move(5, 5);
    await log(page).hover();
    await pill.waitFor();
    await write(page, "my own");
    await pill.waitFor({ state: "detached" });
    await crowd;
  },
);

browserTest("selected text and a focused row pause a busy list too", async () => {
  const page = await open();
  const crowd = publishSteadily(server, RATE, 12);
  await until("a crowd", () => isCrowded(page));
  const pill = page.getByRole("button", { name: /^Paused/ });
  await log(page).evaluate((e) => {
    const texts = e.querySelectorAll("[part=text]");
    const node = texts[texts.length - 3];
    if (node) (e.getRootNode() as Document).getSelection?.()?.selectAllChildren(node);
  });
  await pill.waitFor();
  await page.evaluate(() => document.getSelection()?.removeAllRanges());
  await pill.waitFor({ state: "detached" });
  await log(page).focus();
  await page.keyboard.press("ArrowUp");
  await pill.waitFor();
  await composer(page).focus();
  await pill.waitFor({ state: "detached" });
  await crowd;
});

browserTest("the pointer pauses nothing in a quiet topic", async () => {
  const page = await open();
  await until("calm", async () => !(await isCrowded(page)));
  await log(page).hover();
  await publishSteadily(server, 2, 2);
  await until("drawn", async () => (await texts(page)).at(-1)?.includes("message 3,"));
  expect(await page.getByRole("button", { name: /Paused|Jump/ }).count()).toBe(0);
  expect(await fromEnd(page)).toBe(0);
});
