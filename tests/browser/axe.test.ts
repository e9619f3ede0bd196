/**
 * axe finds nothing in any state of the widget, light, dark and with forced colours, and nothing more in a page with
 * the widget. stage.ts has the scenes of a loaded chat; this file makes the others.
 */
import { expect, setDefaultTimeout } from "bun:test";
import type { BrowserContextOptions, Page } from "@playwright/test";
import { Client } from "../support/client.ts";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, tag, texts, write } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { type Direction, openScene, type Scene, SCENES, setStage, STAGE_OPTIONS } from "../support/stage.ts";
import { host, leave, newContext, visit } from "../support/windows.ts";
import { SLOW_MS } from "../support/parts.ts";

const server = await useBrowserWithServer({
  ...STAGE_OPTIONS.env,
  KABAR_TOPICS: `${STAGE_OPTIONS.env?.KABAR_TOPICS} many slow`,
});
setDefaultTimeout(2 * SLOW_MS);
await setStage(server);
for (let i = 1; i <= 200; i++)
  await publish(server, `message ${i} https://example.com/${i}`, "many", `Author-${i % 13}`);
const operator = await Client.open(server.url, { key: server.operatorKey });
await operator.ask("moderate", { topic: "slow", action: "mode", mode: { slowS: 60 } });

const MEDIA = {
  light: { colorScheme: "light", forcedColors: "none" },
  dark: { colorScheme: "dark", forcedColors: "none" },
  "forced colours": { colorScheme: "dark", forcedColors: "active" },
} as const;

/** What axe finds in the page as it is, in each of the three. */
async function look(page: Page, state: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [name, media] of Object.entries(MEDIA)) {
    await page.emulateMedia(media);
    const violations = await findViolations(page);
    if (violations.length) found[`${state}, ${name}`] = violations;
  }
  return found;
}
async function expectNothing(page: Page, state: string): Promise<void> {
  expect(await look(page, state)).toEqual({});
}

const open = (scene: Scene, dir: Direction, attributes: string, options: BrowserContextOptions = {}) =>
  openScene(server, scene, dir, [attributes], options);
/** The panel's opening has ended: what moves has no contrast to measure. */
const opened = (page: Page) =>
  until("opaque", () =>
    page.evaluate(() => document.querySelector("kabar-chat")?.shadowRoot?.getAnimations().length === 0),
  );

for (const scene of SCENES) {
  browserTest(
    `axe finds nothing in the scene ${scene}: inline, right to left, panel, small screen`,
    async () => {
      const inline = await open(scene, "ltr", "");
      await expectNothing(inline, `${scene} inline`);
      await leave(inline);
      const mirrored = await open(scene, "rtl", 'style="width:320px"');
      await expectNothing(mirrored, `${scene} right to left`);
      await leave(mirrored);
      const panel = await open(scene, "ltr", 'mode="panel" open');
      await opened(panel);
      await expectNothing(panel, `${scene} panel`);
      await panel.setViewportSize({ width: 390, height: 844 });
      await until(
        "modal",
        async () => (await panel.getByRole("dialog").getAttribute("aria-modal")) === "true",
      );
      await expectNothing(panel, `${scene} small screen`);
    },
  );
}

browserTest(
  "axe finds nothing while the first messages load, and in a chat that waits for a click",
  async () => {
    const context = await newContext();
    const page = await context.newPage();
    await page.routeWebSocket(/websocket/, () => undefined);
    await page.goto(host(`<main><h1>Host</h1>${tag(server, 'data-topic="many"')}</main>`).url);
    await page.locator("kabar-chat [part=log] .hollow").waitFor();
    await composer(page).fill("typed already");
    await expectNothing(page, "loading");
    await leave(page);
    const waiting = await visit(
      host(`<main><h1>Host</h1>${tag(server, 'data-topic="many" data-load="click"')}</main>`).url,
    );
    await waiting.getByRole("button", { name: "Open chat" }).waitFor();
    await expectNothing(waiting, "click");
  },
);

browserTest(
  "axe finds nothing with 200 messages, at the end and scrolled up, at 100 % and at 200 %",
  async () => {
    for (const [state, options] of Object.entries({
      "100 %": {},
      "200 %": { viewport: { width: 400, height: 350 }, deviceScaleFactor: 2 },
    })) {
      const page = await visit(
        host(`<main><h1>Host</h1>${tag(server, 'data-topic="many" data-history="200"')}</main>`).url,
        options,
      );
      await until("history", async () => (await texts(page)).at(-1)?.startsWith("message 200"));
      await page.locator("[part=menu-button]").waitFor();
      await expectNothing(page, `200 messages, ${state}`);
      await page.evaluate(() => {
        const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log]");
        if (log) log.scrollTop = log.scrollHeight / 2;
      });
      await page.getByRole("button", { name: "Jump to latest" }).waitFor();
      await expectNothing(page, `scrolled up, ${state}`);
      await leave(page);
    }
  },
);

browserTest(
  "axe finds nothing in slow mode, in the layers of a message, and in the list of people",
  async () => {
    const page = await visit(host(`<main><h1>Host</h1>${tag(server, 'data-topic="slow"')}</main>`).url, {
      // Narrow enough that the people are a list to open, and no column.
      viewport: { width: 600, height: 700 },
    });
    await page.getByText(/Slow mode/).waitFor();
    await write(page, "my own");
    const row = page.locator("kabar-chat article[part~=message-own]");
    await row.waitFor();
    // Alone there is no list of people to open.
    const other = await Client.open(server.url, { name: "Budi" });
    await other.ask("subscribe", { topic: "slow", people: true });
    await expectNothing(page, "slow");
    await row.focus();
    await row.locator("[data-action=react]").press("Enter");
    await row.locator(".layer.react").waitFor();
    await expectNothing(page, "react");
    await row.locator("[data-action=more]").press("Enter");
    const menu = page.getByRole("menu", { name: "Message actions" });
    await menu.waitFor();
    await expectNothing(page, "menu of a message");
    await menu.getByRole("menuitem", { name: "Delete" }).press("Enter");
    await row.locator(".layer.remove").waitFor();
    await expectNothing(page, "remove");
    await row.press("Escape");
    await row.press("e");
    await page.locator("kabar-chat .aim").waitFor();
    await expectNothing(page, "editing");
    await composer(page).press("Escape");
    await page.locator("[part=members-button]").click();
    await page.locator("[part=members]").waitFor();
    await expectNothing(page, "people");
    other.close();
  },
);

browserTest(
  "axe finds nothing in the layers of buttons: emoji picker, menu, mentions, people, moderators' desk",
  async () => {
    const page = await open("menu", "ltr", 'style="width:360px;height:600px"');
    await page.locator("kabar-chat article").last().press("Escape");
    const opens: [string, string, string][] = [
      ["emoji", "[part=emoji-button]", "[role=listbox], [role=grid], [role=dialog]"],
      ["menu", "[part=menu-button]", "[role=menu]"],
      ["people", "[part=members-button]", "[part=members]"],
      ["desk", "[part=moderate-button]", ".desk"],
    ];
    for (const [state, button, opened] of opens) {
      await page.locator(`kabar-chat ${button}`).click();
      await page.locator("kabar-chat").locator(opened).first().waitFor();
      await expectNothing(page, state);
      await page.keyboard.press("Escape");
      await until(
        "closed",
        async () => (await page.locator(`kabar-chat ${button}`).getAttribute("aria-expanded")) !== "true",
      );
    }
    await composer(page).fill("@");
    await composer(page).press("A");
    await page.locator("kabar-chat [role=listbox]").waitFor();
    await expectNothing(page, "names");
  },
);

/** Which rules of axe the whole page breaks, and where. */
const rulesBrokenBy = async (page: Page): Promise<string[]> =>
  (await findViolations(page, "html")).map((line) => line.split(" ").slice(0, 2).join(" ")).sort();

browserTest(
  "axe finds the same in a page with and without the widget, inline and as a panel, open and closed",
  async () => {
    const body = (chats: string) =>
      `<header><p>Banner</p></header><main><h1>Host</h1><img src="data:,"><section aria-label="Chat"><p>Text</p></section>${chats}</main>`;
    const bare = await visit(host(body("")).url);
    const before = await rulesBrokenBy(bare);
    // The page has a fault of its own: the comparison would notice a page that axe could not look at.
    expect(before).toEqual(['image-alt: ["img"]']);
    await leave(bare);
    for (const attributes of ['data-topic="many"', 'data-topic="many" data-mode="panel"']) {
      const page = await visit(host(body(tag(server, attributes))).url);
      await connected(page);
      expect({ attributes, rules: await rulesBrokenBy(page) }).toEqual({ attributes, rules: before });
      if (attributes.includes("panel")) {
        await page.getByRole("button", { name: /^Chat/ }).click();
        await page.getByRole("dialog").waitFor();
        await opened(page);
        expect({ attributes: "open", rules: await rulesBrokenBy(page) }).toEqual({
          attributes: "open",
          rules: before,
        });
      }
      await leave(page);
    }
  },
);
