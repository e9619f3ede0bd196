/** The search in the widget: its sheet by pointer and keys, what it says, how it shows a message near and far, in small and mirrored boxes. */
import { expect } from "bun:test";
import type { BrowserContextOptions, Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, visitChat } from "../support/chat-page.ts";
import { Client } from "../support/client.ts";
import { findOverflow, findSmall, giveSight } from "../support/sight.ts";
import { focused } from "../support/visitor.ts";
import { leave } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "near far small limit" });
const operator = await Client.open(server.url, { key: server.operatorKey });
const fill = async (topic: string, texts: readonly string[]): Promise<void> => {
  for (const [i, text] of texts.entries())
    await operator.ask("publish", { topic, messageId: `m-${i}`, text });
};

const sheet = (page: Page) => page.locator("kabar-chat [part=search]");
const field = (page: Page) => sheet(page).locator("input");
const found = (page: Page) => sheet(page).locator("ul button");
const status = (page: Page) => sheet(page).locator("[role=status]");
const says = (page: Page, text: string) =>
  until(`the status "${text}"`, async () => (await status(page).textContent()) === text).catch(async () =>
    expect(await status(page).textContent()).toBe(text),
  );
async function open(topic: string, attributes = "", options: BrowserContextOptions = {}): Promise<Page> {
  const page = await visitChat(server, `data-topic="${topic}" data-history="20" ${attributes}`, options);
  await connected(page);
  await page.locator("[part=menu-button]").waitFor();
  return page;
}
/** The text of the element that has the focus. */
const focusedText = (page: Page) =>
  page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.textContent ?? "");

browserTest(
  "the menu opens the search; finds are marked, walked by arrows, and shown in the list",
  async () => {
    await fill("near", [
      ...Array.from({ length: 25 }, (_, i) => `Ferry ${i + 1} <b>to</b> the Insel`),
      "nothing of interest",
      "Fährt heute eine FERRY?",
    ]);
    const page = await open("near");
    await page.locator("[part=menu-button]").click();
    await page.getByRole("menuitem", { name: "Search" }).click();
    await field(page).waitFor();
    expect(await field(page).getAttribute("aria-label")).toBe("Search messages");
    await page.keyboard.type("ferry");
    await says(page, "20+ found");
    expect(await found(page).count()).toBe(20);
    expect(await found(page).first().locator(".said").textContent()).toBe("Fährt heute eine FERRY?");
    expect(await sheet(page).locator("mark").first().textContent()).toBe("FERRY");
    expect(await found(page).nth(1).locator("b").count()).toBe(0);
    expect(await findViolations(page)).toEqual([]);

    await sheet(page).getByRole("button", { name: "More results" }).click();
    await says(page, "26 found");
    expect(await focusedText(page)).toContain("Ferry 6 ");
    await field(page).focus();
    for (const key of ["ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowDown", "End"])
      await page.keyboard.press(key);
    expect(await focusedText(page)).toContain("Ferry 1 <b>to</b>");

    // A phrase, an accent left out, and nothing.
    await field(page).fill('"1 <b>TO" fahrt');
    await says(page, "No messages found.");
    await field(page).fill("fahrt");
    await page.keyboard.press("Enter");
    await says(page, "1 found");
    await field(page).fill("***");
    await says(page, "Use at most 12 words, with letters or digits.");

    await field(page).fill('"ferry 2 <b>"');
    await says(page, "1 found");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await sheet(page).waitFor({ state: "detached" });
    await until("the message in the list", async () =>
      (await focusedText(page)).includes("Ferry 2 <b>to</b> the Insel"),
    );
    expect(await page.locator("kabar-chat .flash").textContent()).toContain("Ferry 2 ");
    // A text that is removed is found no more.
    await operator.ask("remove", { topic: "near", messageId: "r", target: 2 });
    await composer(page).focus();
    await page.keyboard.press("Control+Shift+F");
    await field(page).fill('"ferry 2 <b>"');
    await says(page, "No messages found.");
    await page.keyboard.press("Escape");
    await sheet(page).waitFor({ state: "detached" });
    expect(await focused(page)).toBe("input");
    await leave(page);
  },
);

browserTest(
  "a message far back is shown among its neighbours; Esc returns to the results, then to the chat",
  async () => {
    await fill(
      "far",
      Array.from({ length: 400 }, (_, i) => (i === 30 ? "the old lighthouse" : `number ${i + 1}.`)),
    );
    const page = await open("far");
    await page.locator("[part=log]").focus();
    await page.keyboard.press("Control+Shift+F");
    await field(page).fill("lighthouse");
    await says(page, "1 found");
    await found(page).first().click();
    const around = sheet(page).locator(".around");
    await around.waitFor();
    expect(await focusedText(page)).toContain("the old lighthouse");
    const lines = async () =>
      (await around.locator(".said").allTextContents()).map((line) => line.slice(0, 12));
    expect(await lines()).toHaveLength(30);
    expect((await lines())[0]).toBe("number 17.");
    await around.getByRole("button", { name: "Earlier messages" }).click();
    await until("the first message", async () => (await lines())[0] === "number 2.");
    await around.getByRole("button", { name: "Later messages" }).click();
    await until("later ones", async () => (await lines()).at(-1) === "number 61.");
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await around.waitFor({ state: "detached" });
    expect(await focusedText(page)).toContain("the old lighthouse");
    await page.keyboard.press("Escape");
    await sheet(page).waitFor({ state: "detached" });
    expect(await focused(page)).toBe("log");
    await leave(page);
  },
);

browserTest(
  "at 280 by 400 pixels, mirrored and dark, everything is in reach; a limit and a lost connection are said",
  async () => {
    await fill("small", ["العبّارة تغادر في التاسعة", `ferry ${"unbrokenword".repeat(30)}`, "ferry at nine"]);
    for (const [attributes, colorScheme] of [
      ["", "light"],
      ['data-lang="ar" data-dir="rtl"', "dark"],
      ['data-lang="fr"', "light"],
    ] as const) {
      const page = await open("small", `data-style="width:280px;height:400px" ${attributes}`, {
        hasTouch: true,
        isMobile: true,
        colorScheme,
        viewport: { width: 320, height: 460 },
      });
      await page.locator("[part=menu-button]").click();
      await page.getByRole("menuitem").first().click();
      await field(page).fill("ferry");
      await until("both", async () => (await found(page).count()) === 2);
      await giveSight(page);
      expect({ attributes, found: await findOverflow(page) }).toEqual({ attributes, found: [] });
      expect({ attributes, small: await findSmall(page) }).toEqual({ attributes, small: [] });
      expect(await findViolations(page)).toEqual([]);
      await leave(page);
    }

    const page = await open("limit");
    // As the server answers who asks too often, and one whose owner has no index.
    await page.evaluate(() => {
      const send = WebSocket.prototype.send;
      const codes = ["rate-limited", "search-off"];
      WebSocket.prototype.send = function (text) {
        const { type, id } = JSON.parse(`${text}`) as { type: string; id: number };
        const code = type === "search" ? codes.shift() : undefined;
        if (!code) return send.call(this, text);
        const data = JSON.stringify({ type: "error", id, code, message: "", retry: code === "rate-limited" });
        queueMicrotask(() => this.dispatchEvent(new MessageEvent("message", { data })));
      };
    });
    await composer(page).focus();
    await page.keyboard.press("Control+Shift+F");
    await field(page).fill("anything");
    await says(page, "Too many searches. Wait a moment.");
    await sheet(page).getByRole("button", { name: "Try now" }).click();
    await says(page, "Search is switched off here.");
    await field(page).fill("something");
    await says(page, "No messages found.");
    await server.kill();
    await field(page).fill("somebody");
    await until("the failure", async () => /no connection/.test((await status(page).textContent()) ?? ""));
    await server.restart();
    await connected(page);
    await sheet(page).getByRole("button", { name: "Try now" }).click();
    await says(page, "No messages found.");
    await leave(page);
  },
);
