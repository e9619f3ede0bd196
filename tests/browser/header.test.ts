/** The header: a topic's title in words, the line under it, the avatar, and the accent as its background. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { connected, tag } from "../support/chat-page.ts";
import { Client } from "../support/client.ts";
import { giveSight } from "../support/sight.ts";
import { createFolder } from "../support/folder.ts";
import { publish } from "../support/messages.ts";
import { host, visit } from "../support/windows.ts";

const file = `${createFolder()}/kabar.toml`;
await Bun.write(
  file,
  '[topics.lobby]\ntitle = "The <b>lobby</b>"\n[topics.help]\ntitle = "Help desk"\n[topics.plain]\n',
);
const server = await useBrowserWithServer({ KABAR_CONFIG: file });
await publish(server, "Hello", "lobby", "Ana");
// Without another person there is no list of people.
const budi = await Client.open(server.url, { name: "Budi" });
await budi.ask("subscribe", { topic: "lobby", people: true });

const LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>';
const open = async (attributes: string, options?: Parameters<typeof visit>[1]): Promise<Page> => {
  const page = await visit(host(tag(server, attributes)).url, options);
  await connected(page);
  await page.locator('[part="menu-button"]').waitFor();
  await giveSight(page);
  return page;
};
const title = (page: Page) => page.locator('[part="title"]').textContent();
const subtitle = (page: Page) => page.locator('[part="subtitle"]');

browserTest("the header shows the topic's title as text, and the attribute wins", async () => {
  const page = await open('data-topic="lobby"');
  expect(await title(page)).toBe("The <b>lobby</b>");
  expect(await page.locator(".root").getAttribute("aria-label")).toContain("The <b>lobby</b>");
  await page.locator("kabar-chat").evaluate((chat) => chat.setAttribute("title", "Bakery"));
  await until("the page's own title", async () => (await title(page)) === "Bakery");
  expect(await title(await open('data-topic="plain"'))).toBe("plain");
  const tabs = (await open('data-topic="lobby help plain"')).locator('[part="topic-tab"]');
  await until("three tabs", async () => (await tabs.count()) === 3);
  await until(
    "their titles",
    async () => (await tabs.allTextContents()).join("|") === "The <b>lobby</b>|Help desk|plain",
  );
});

browserTest("tabs stand apart, as high as a finger, and the chosen one is underlined", async () => {
  const page = await open('data-topic="lobby help plain"');
  const tabs = page.locator('[part="topic-tab"]');
  await until("three tabs", async () => (await tabs.count()) === 3);
  const looks = await tabs.evaluateAll((all) =>
    all.map((tab) => {
      const { paddingInlineStart, borderBlockEndColor } = getComputedStyle(tab);
      const { height } = tab.getBoundingClientRect();
      return {
        paddingInlineStart,
        isHigh: height >= 44,
        isLined: borderBlockEndColor !== "rgba(0, 0, 0, 0)",
      };
    }),
  );
  const other = { paddingInlineStart: "12px", isHigh: true, isLined: false };
  expect(looks).toEqual([{ ...other, isLined: true }, other, other]);
});

browserTest("a second tab on the same connection shows the title as well", async () => {
  const first = await open('data-topic="help"');
  const second = await first.context().newPage();
  await second.goto(first.url());
  await connected(second);
  expect(await title(second)).toBe("Help desk");
});

browserTest("guests read that the chat is public; an owner writes another line, or none", async () => {
  const page = await open('data-topic="lobby"');
  expect(await subtitle(page).textContent()).toBe("Public chat");
  const chat = page.locator("kabar-chat");
  await chat.evaluate((e) => e.setAttribute("subtitle", "Usually answers within a day"));
  await until(
    "the owner's line",
    async () => (await subtitle(page).textContent()) === "Usually answers within a day",
  );
  await chat.evaluate((e) => e.setAttribute("subtitle", ""));
  await until("no line", async () => (await subtitle(page).count()) === 0);
  expect(await subtitle(await open('data-topic="lobby help"')).count()).toBe(0);
});

browserTest("the avatar is shown when it can be loaded, and leaves no hole when it cannot", async () => {
  const page = await visit(host(tag(server, 'data-topic="lobby"')).url);
  await connected(page);
  await page.route("**/logo.svg", (route) => route.fulfill({ contentType: "image/svg+xml", body: LOGO }));
  await page.route("**/missing.png", (route) => route.fulfill({ status: 404 }));
  await subtitle(page).waitFor();
  const chat = page.locator("kabar-chat");
  const avatar = page.locator('[part="header-avatar"]');
  await chat.evaluate((e) => e.setAttribute("avatar", "/logo.svg"));
  await avatar.waitFor();
  await until("the picture", () => avatar.evaluate((img) => (img as HTMLImageElement).naturalWidth > 0));
  expect(await avatar.getAttribute("alt")).toBe("");
  await chat.evaluate((e) => e.setAttribute("avatar", "/missing.png"));
  await until("no picture", async () => (await avatar.count()) === 0);
  await chat.evaluate((e) => e.setAttribute("avatar", "javascript:alert(1)"));
  await chat.evaluate((e) => e.setAttribute("subtitle", "still here"));
  await until("the next drawing", async () => (await subtitle(page).textContent()) === "still here");
  expect(await avatar.count()).toBe(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  browserTest(
    `a header in the accent has enough contrast in ${colorScheme}, and its layers keep their colours`,
    async () => {
      const page = await open('data-topic="lobby" data-header="accent" data-subtitle="We are here"', {
        colorScheme,
      });
      // The window is wide: the list of people stands open.
      await page.locator('[part="member"]').first().waitFor();
      for (const accent of ["#2f5bea", "#ffd400", "#777777", "#7d7d7d", "#0b3d0b", "#ff5555"]) {
        const low = await page.evaluate((accent) => {
          document.querySelector("kabar-chat")?.style.setProperty("--kabar-accent", accent);
          const { sight } = window;
          return sight
            .all("h2 bdi, [part=subtitle], [part=members-button] span, [part=menu-button], [part=member] bdi")
            .map((e) => [e.textContent, sight.contrast(getComputedStyle(e).color, sight.behind(e))] as const)
            .filter(([, ratio]) => ratio < 4.5);
        }, accent);
        expect({ accent, low }).toEqual({ accent, low: [] });
      }
      expect(await findViolations(page)).toEqual([]);
    },
  );
}

browserTest(
  "title and line stay in the header's height, from 240 pixels on, left to right and right to left",
  async () => {
    for (const [width, dir] of [
      [240, "ltr"],
      [280, "rtl"],
      [720, "ltr"],
    ] as const) {
      const page = await open(
        `data-topic="lobby" data-dir="${dir}" data-subtitle="Usually answers within a day or two" data-mode="inline"`,
        { viewport: { width, height: 600 } },
      );
      await subtitle(page).waitFor();
      const boxes = await page.evaluate(() => {
        const box = (selector: string) =>
          window.sight.all(selector)[0]?.getBoundingClientRect().toJSON() as DOMRect;
        const names = ["header", "title", "subtitle", "menu-button"].map((part) => box(`[part="${part}"]`));
        return names.map(({ top, bottom, left, right }) => ({ top, bottom, left, right }));
      });
      const [header, heading, line, menu] = boxes;
      if (!header || !heading || !line || !menu) throw new Error("a part has no box");
      expect(header.bottom - header.top).toBeLessThan(47);
      expect(heading.top).toBeGreaterThanOrEqual(header.top);
      expect(line.top).toBeGreaterThanOrEqual(heading.bottom - 1);
      expect(line.bottom).toBeLessThanOrEqual(header.bottom);
      expect(line.right <= menu.left + 1 || line.left >= menu.right - 1).toBe(true);
    }
  },
);
