/** Small signs of the look: what is said once, what contradicts nothing, what is drawn before the later parts have come. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, serve, until, useBrowserWithServer } from "../support/browser.ts";
import { connected, tag, visitChat } from "../support/chat-page.ts";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { publish } from "../support/messages.ts";
import { giveSight } from "../support/sight.ts";
import { host, leave, newContext, visit, visitIn } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "lobby news" });
await publish(server, "Hello", "lobby", "Ana");

/** Texts of the chat that eyes see, each with its own element. */
const seen = (page: Page, words: string): Promise<number> =>
  page.evaluate(
    (words) =>
      window.sight
        .all("*")
        .filter((e) => !e.closest(".sr") && e.checkVisibility() && e.childElementCount === 0)
        .filter((e) => e.textContent === words).length,
    words,
  );
const people = (page: Page) => page.locator("[part=members-button]");
/** A chat as large as the window, whose later parts are there. */
async function open(url: string, width: number): Promise<Page> {
  const page = await visit(url, { viewport: { width, height: 600 } });
  await page.locator("[part=menu-button]").waitFor();
  await giveSight(page);
  return page;
}

browserTest("a message that was not sent says it once to the eye, and once to screen readers", async () => {
  const page = await open(host(tag(server)).url, 600);
  await page.evaluate(() => {
    void document
      .querySelector("kabar-chat")
      ?.send("x".repeat(9_000))
      .catch(() => undefined);
  });
  await page.locator(".note").waitFor();
  await until("announced", async () => (await page.getByRole("status").first().textContent()) === "Not sent");
  expect(await seen(page, "Not sent")).toBe(1);
});

browserTest("offline the header counts nobody", async () => {
  const other = await Client.open(server.url, {});
  await other.ask("subscribe", { topic: "lobby", people: true });
  const page = await open(host(tag(server)).url, 600);
  await until("two", async () => (await people(page).textContent()) === "2 online");
  await page.context().setOffline(true);
  await until("nobody", async () => (await people(page).textContent()) === "Offline");
  await page.context().setOffline(false);
  await connected(page);
  await until("two again", async () => (await people(page).textContent()) === "2 online");
  other.close();
});

browserTest("the column of people comes with the first other person, and stays when they leave", async () => {
  const own = await serve();
  const page = await open(host(tag(own)).url, 1200);
  const column = page.locator("ul[part=members]");
  const width = async () => (await page.locator("[part=log]").boundingBox())?.width ?? 0;
  expect(await people(page).count()).toBe(0);
  expect(await column.count()).toBe(0);
  const alone = await width();
  const other = await Client.open(own.url, {});
  await other.ask("subscribe", { topic: "lobby", people: true });
  await column.waitFor();
  const together = await width();
  expect(together).toBeLessThan(alone);
  other.close();
  await until("alone again", async () => (await people(page).textContent()) === "1 online");
  expect(await width()).toBe(together);
});

browserTest("every button that closes something has the same drawn cross", async () => {
  const crossOf = (page: Page, selector: string) =>
    page.evaluate((selector) => {
      const button = window.sight.all(selector)[0];
      return [button?.textContent, button?.querySelector("path")?.getAttribute("d")];
    }, selector);
  const page = await open(host(tag(server, 'data-topic="lobby" data-mode="panel" data-open')).url, 600);
  const cross = await crossOf(page, ".header [part=close]");
  expect(cross).toEqual(["", "M6 6l12 12M18 6 6 18"]);
  await page.locator("[part=menu-button]").click();
  await page.locator("[part=menu-item]").last().click();
  await page.locator(".leaf").waitFor();
  expect(await crossOf(page, ".leaf [part=close]")).toEqual(cross);

  const teased = await visitChat(server, 'data-topic="lobby" data-mode="panel" data-teaser="Questions?"');
  await teased.locator("[part=preview-close]").waitFor();
  await giveSight(teased);
  expect(await crossOf(teased, "[part=preview-close]")).toEqual(cross);

  const toasts = await visitChat(server, 'data-topic="news" data-mode="bar"');
  await connected(toasts);
  await until("a toast", async () => {
    await publish(server, "News", "news", "Desk");
    return (await toasts.locator("[part=toast]").count()) > 0;
  });
  await giveSight(toasts);
  expect(await crossOf(toasts, "[part=toast] [part=close]")).toEqual(cross);
});

browserTest("before the later parts have come, right to left, the arrow points to the left", async () => {
  const context = await newContext();
  await context.route(/\/extras-[^/]*\.js$/, () => undefined);
  const page = await visitIn(context, host(`<div dir="rtl">${tag(server)}</div>`).url);
  const arrow = page.locator("[part=send] svg");
  await arrow.waitFor();
  expect(await arrow.evaluate((e) => getComputedStyle(e).scale)).toBe("-1 1");
});

browserTest("the grey rows of a chat that loads are painted with forced colours, too", async () => {
  const context = await newContext({ forcedColors: "active", colorScheme: "dark" });
  await context.routeWebSocket(/websocket/, (socket) => socket.onMessage(() => {}));
  const page = await visitIn(context, host(tag(server)).url);
  const rows = page.locator(".hollow i");
  await rows.waitFor();
  const sizes: number[] = [];
  for (const forced of ["active", "none"] as const) {
    await page.emulateMedia({ forcedColors: forced });
    sizes.push((await rows.screenshot()).length);
  }
  // A picture of one colour is much smaller.
  const [forced = 0, plain = 0] = sizes;
  expect(forced).toBeGreaterThan(plain * 0.7);
  await leave(page);
});

browserTest("a chat in a page of the server that is refused offers no link to that page", async () => {
  const file = `${createFolder()}/kabar.toml`;
  await Bun.write(file, '[topics.lobby]\nguests = "none"\n');
  const closed = await serve({ env: { KABAR_CONFIG: file } });
  const inPage = await visitChat(closed);
  await inPage.getByRole("link", { name: "Open chat in a new tab" }).waitFor();
  const page = await visit(`${closed.url}/embed/lobby`);
  await page.locator("[part=error]").waitFor();
  expect(await page.getByRole("link", { name: "Open chat in a new tab" }).count()).toBe(0);
});

browserTest("in a chat of 280 pixels the field still shows the guest's whole name", async () => {
  const page = await open(host(`<div id="box" style="width:266px">${tag(server)}</div>`).url, 600);
  const name = await page.evaluate(() => document.querySelector("kabar-chat")?.me?.name ?? "");
  const hint = () =>
    page.evaluate(() => (window.sight.all("textarea")[0] as HTMLTextAreaElement).placeholder);
  await until("the name alone", async () => (await hint()) === `\u2068${name}\u2069…`);
  const room = await page.evaluate(() => {
    const field = window.sight.all("textarea")[0] as HTMLTextAreaElement;
    const pen = document.createElement("canvas").getContext("2d");
    if (!pen) throw new Error("no canvas");
    pen.font = getComputedStyle(field).font;
    return field.clientWidth - pen.measureText(field.placeholder).width;
  });
  // Names of guests have at most 15 letters; most are shorter.
  expect(room).toBeGreaterThan(name.length > 13 ? -20 : 0);
  await page.evaluate(() => document.querySelector<HTMLElement>("#box")?.style.setProperty("width", "500px"));
  await until("the sentence", async () => (await hint()) === `Write as \u2068${name}\u2069…`);
});

/** Where the words of a part stand: the distance of their right edge from a part's right edge, and their direction. */
const wordsIn = (page: Page, part: string, words: string) =>
  page.evaluate(
    ({ part, words }) => {
      const [box] = window.sight.all(part);
      const [element] = window.sight.all(`${part} ${words}`);
      const range = document.createRange();
      if (element) range.selectNodeContents(element);
      const right = Math.max(...[...range.getClientRects()].map((rect) => rect.right));
      const direction = element && getComputedStyle(element).direction;
      return { gap: Math.round((box?.getBoundingClientRect().right ?? 0) - right), direction };
    },
    { part, words },
  );

browserTest(
  "from right to left, cards and toasts have English words inside, beside their author",
  async () => {
    const teased = await visit(
      host(
        tag(server, 'data-topic="lobby" data-mode="panel" data-dir="rtl" data-teaser="Questions? Ask us."'),
      ).url,
    );
    await teased.locator("[part=preview]").waitFor();
    await giveSight(teased);
    expect(await wordsIn(teased, "[part=preview]", "[part=text]")).toEqual({ gap: 15, direction: "ltr" });
    const toasted = await visit(
      host(tag(server, 'data-topic="news" data-mode="bar" data-dir="rtl" data-position="start"')).url,
    );
    await connected(toasted);
    await publish(server, "Short", "news", "Ana");
    await toasted.locator("[part=toast]").waitFor();
    await giveSight(toasted);
    const author = await wordsIn(toasted, "[part=toast]", "[part=author]");
    expect(author.gap).toBeGreaterThan(8);
    expect(await wordsIn(toasted, "[part=toast]", "[part=text]")).toEqual({ ...author, direction: "ltr" });
  },
);
