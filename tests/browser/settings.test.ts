import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, expectTexts, tag, visitChat, write } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { findOverflow, findSmall, giveSight } from "../support/sight.ts";
import { host, leave, newContext, visitIn } from "../support/windows.ts";
import { Client } from "../support/client.ts";
import { focused, idOf, openSettings, record } from "../support/visitor.ts";

const topics = "lobby help keys say forget told";
const server = await useBrowserWithServer({ KABAR_TOPICS: topics });
const ana = await Client.open(server.url, { name: "Ana" });
const menuButton = (page: Page) => page.getByRole("button", { name: "Menu", exact: true });
const menu = (page: Page) => page.getByRole("menu", { name: "Menu" });
const sheet = (page: Page) => page.getByRole("dialog", { name: "Settings" });
async function mention(page: Page, text: string, topic = "lobby"): Promise<void> {
  const fields = { topic, text, messageId: crypto.randomUUID(), mentions: [await idOf(page)] };
  expect(await ana.ask("publish", fields)).toMatchObject({ type: "ok" });
}

browserTest(
  "the keyboard opens the menu of three lines, the settings and their groups; Esc closes the innermost layer",
  async () => {
    const page = await visitChat(server, 'data-topic="lobby" data-mode="panel"');
    await page.getByRole("button", { name: /^Chat/ }).click();
    await menuButton(page).focus();
    await page.keyboard.press("Enter");
    await until("the first line", async () => (await focused(page)) === "Search");
    expect(await menuButton(page).getAttribute("aria-expanded")).toBe("true");
    expect(await menu(page).getByRole("menuitem").allTextContents()).toEqual([
      "Search",
      "Open in a new window",
      "Settings",
    ]);
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press("Tab");
    await menu(page).waitFor({ state: "detached" });
    await until("closed", async () => (await menuButton(page).getAttribute("aria-expanded")) === "false");
    await menuButton(page).focus();
    for (const key of ["Enter", "End", "Enter"]) {
      await page.keyboard.press(key);
      if (key === "Enter") await until("it is open", async () => (await focused(page)) !== "menu-button");
    }
    await sheet(page).waitFor();
    expect(await focused(page)).toBe("close");
    expect(await findViolations(page)).toEqual([]);
    // What the sheet covers is out of reach.
    const label = () =>
      page.evaluate(() => {
        const at = document.activeElement?.shadowRoot?.activeElement as HTMLInputElement | null | undefined;
        return at?.closest("label")?.textContent ?? at?.textContent;
      });
    await sheet(page).getByRole("group", { name: "When this page is closed" }).waitFor();
    const seen: unknown[] = [];
    for (let i = 0; i < 11; i++) {
      await page.keyboard.press("Tab");
      seen.push(await label());
    }
    expect(seen).toEqual([
      "Change name",
      "System",
      "Comfortable",
      "Mute this chat",
      "Off",
      "Sound",
      "Unread count in the page title",
      // Push messages.
      "Off",
      "All",
      "Send with Ctrl+Enter",
      "Privacy",
    ]);
    const theme = sheet(page).getByRole("group", { name: "Theme" });
    await theme.getByRole("radio", { name: "System" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await theme.getByRole("radio", { name: "Dark" }).isChecked()).toBe(true);
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await sheet(page).waitFor({ state: "detached" });
    expect(await focused(page)).toBe("menu-button");
    expect(await page.getByRole("dialog").isVisible()).toBe(true);
    await composer(page).fill("everything is in reach again");
    await page.keyboard.press("Escape");
    await until("the panel", async () => !(await page.getByRole("dialog").isVisible()));
  },
);

browserTest(
  "the settings are never cut: at 280 by 400 pixels each control is in reach and large enough",
  async () => {
    for (const attributes of ["", 'data-lang="ar" data-dir="rtl"', 'data-lang="fr"']) {
      const page = await visitChat(
        server,
        `data-topic="lobby" data-style="width:280px;height:400px" ${attributes}`,
        {
          hasTouch: true,
          isMobile: true,
          viewport: { width: 320, height: 460 },
        },
      );
      await page.locator("[part=menu-button]").click();
      await page.getByRole("menuitem").last().click();
      await page.locator("[part=settings]").waitFor();
      await giveSight(page);
      expect({ attributes, found: await findOverflow(page) }).toEqual({ attributes, found: [] });
      expect({ attributes, small: await findSmall(page) }).toEqual({ attributes, small: [] });
      const reached = await page.evaluate(() => {
        const all = window.sight.all("[part=settings] :is(button, a, input)");
        // Quiet hours are hidden while push messages are off.
        const controls = all.filter((control) => control.checkVisibility());
        return controls.map((control) => {
          control.scrollIntoView({ block: "nearest" });
          const { left, top, width, height } = control.getBoundingClientRect();
          const at = control.getRootNode() as ShadowRoot;
          const isReached = control.contains(at.elementFromPoint(left + width / 2, top + height / 2));
          return isReached || control.closest("label, button, a")?.textContent;
        });
      });
      expect(reached.length).toBeGreaterThan(15);
      expect({ attributes, hidden: reached.filter((each) => each !== true) }).toEqual({
        attributes,
        hidden: [],
      });
      expect(await findViolations(page)).toEqual([]);
      await leave(page);
    }
  },
);

browserTest(
  "a preference applies to every chat of the page, to other tabs and after a reload, and nothing is stored before the first",
  async () => {
    const context = await newContext({ colorScheme: "light" });
    const { url } = host(`${tag(server)}${tag(server, 'data-topic="help"')}`);
    const page = await visitIn(context, url);
    const other = await visitIn(context, url);
    await connected(page);
    await connected(other);
    const backgrounds = (page: Page) =>
      page.evaluate(() =>
        [...document.querySelectorAll("kabar-chat")].map(
          (chat) =>
            getComputedStyle(chat.shadowRoot?.querySelector("[part=panel]") as Element).backgroundColor,
        ),
      );
    const dark = ["rgb(18, 21, 28)", "rgb(18, 21, 28)"];
    await openSettings(page);
    expect(await record(page)).toEqual([]);
    await sheet(page).getByRole("radio", { name: "Dark" }).click();
    expect(await backgrounds(page)).toEqual(dark);
    expect((await record(page))[0]?.[1].prefs).toEqual({ theme: "dark" });
    await until("the other tab", async () => `${await backgrounds(other)}` === `${dark}`);
    await page.reload();
    await until("after the reload", async () => `${await backgrounds(page)}` === `${dark}`);
    expect(await page.evaluate(() => document.querySelector("kabar-chat")?.getAttribute("theme"))).toBeNull();
  },
);

browserTest("a stored record with foreign values breaks nothing", async () => {
  const context = await newContext();
  const { url } = host(tag(server));
  const page = await visitIn(context, url);
  await page.evaluate(
    (key) => localStorage.setItem(key, '{"prefs":{"theme":"<b>","sound":{},"say":["x"]},"name":4}'),
    `kabar:${server.url}`,
  );
  await page.reload();
  await connected(page);
  await openSettings(page);
  expect(await sheet(page).getByRole("radio", { name: "System" }).isChecked()).toBe(true);
});

browserTest("with the preference for Ctrl+Enter, Enter starts a new line and Ctrl+Enter sends", async () => {
  const page = await visitChat(server, 'data-topic="keys"');
  await connected(page);
  await openSettings(page);
  await sheet(page).getByRole("switch", { name: "Send with Ctrl+Enter" }).check();
  await page.keyboard.press("Escape");
  await composer(page).fill("one");
  await composer(page).press("Enter");
  await page.keyboard.type("two");
  expect(await composer(page).inputValue()).toBe("one\ntwo");
  await composer(page).press("Control+Enter");
  await expectTexts(page, ["one\ntwo"]);
});

browserTest("a preference lets screen readers announce all messages, only mentions, or none", async () => {
  const page = await visitChat(server, 'data-topic="say"');
  await connected(page);
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[role=log]") as Element;
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) said.push(node.textContent ?? "");
    }).observe(log, { childList: true, subtree: true });
  });
  const said = () => page.evaluate(() => (window as unknown as { said: string[] }).said);
  await publish(server, "one", "say");
  await until("one", async () => (await said()).includes("Ana: one"));
  const group = (await openSettings(page)).getByRole("group", { name: "Screen reader announcements" });
  await group.getByRole("radio", { name: "Mentions" }).click();
  await publish(server, "two", "say");
  await mention(page, "three", "say");
  await until("three", async () => (await said()).includes("Ana: three"));
  await group.getByRole("radio", { name: "Off" }).click();
  await mention(page, "four", "say");
  await expectTexts(page, ["one", "two", "three", "four"]);
  await group.getByRole("radio", { name: "All" }).click();
  await publish(server, "five", "say");
  await until("five", async () => (await said()).includes("Ana: five"));
  expect(await said()).toEqual(["Ana: one", "Ana: three", "Ana: five"]);
});

browserTest('"Forget me" asks again and then erases all of the user\'s data from the device', async () => {
  const page = await visitChat(server, 'data-topic="forget"');
  await connected(page);
  await write(page, "I was here");
  await expectTexts(page, ["I was here"]);
  await composer(page).fill("half a sen");
  const before = await idOf(page);
  const settings = await openSettings(page);
  await settings.getByRole("button", { name: "Clear my data on this device" }).click();
  expect(await record(page)).not.toEqual([]);
  await settings.getByRole("button", { name: "Clear your name and unsent messages?" }).click();
  await until("another guest", async () => (await idOf(page)) !== before);
  expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
  expect(await composer(page).inputValue()).toBe("");
});

browserTest("the menu opens the chat in its own window, and the settings change the name", async () => {
  const page = await visitChat(server, 'data-topic="lobby"');
  await connected(page);
  await menuButton(page).click();
  const [popup] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("menuitem", { name: "Open in a new window" }).click(),
  ]);
  expect(popup.url()).toBe(`${server.url}/embed/lobby`);
  await connected(popup);
  await menuButton(popup).click();
  await menu(popup).waitFor();
  expect(await popup.getByRole("menuitem", { name: "Open in a new window" }).count()).toBe(0);
  const settings = await openSettings(page);
  await settings.getByRole("button", { name: "Change name" }).click();
  await page.getByRole("textbox", { name: "Your name" }).fill("Ravi");
  await page.keyboard.press("Enter");
  await settings.getByText("Ravi").waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await until("the focus", async () => (await focused(page)) === "menu-button");
});

browserTest(
  "people stand in a column beside the messages from 720 px on, and in the list of the count below 720 px",
  async () => {
    await ana.ask("subscribe", { topic: "lobby", people: true });
    const page = await visitChat(server, 'data-topic="lobby"', {
      viewport: { width: 1000, height: 700 },
    });
    await connected(page);
    const list = page.getByRole("list", { name: "People online" });
    await list.waitFor();
    const [column, log] = await Promise.all([list.boundingBox(), page.locator("[part=log]").boundingBox()]);
    expect(column?.width).toBe(200);
    expect((log?.x ?? 0) + (log?.width ?? 0)).toBeLessThanOrEqual(column?.x ?? 0);
    expect(await findViolations(page)).toEqual([]);
    await page.setViewportSize({ width: 600, height: 700 });
    await list.waitFor({ state: "detached" });
    const button = page.locator("[part=members-button]");
    await button.click();
    await list.waitFor();
    await button.click();
    await list.waitFor({ state: "detached" });
    // Somebody alone needs no count.
    await ana.ask("unsubscribe", { topic: "lobby" });
    await button.waitFor({ state: "detached" });
  },
);

browserTest("edits and removals fire events with the message's new state", async () => {
  const page = await visitChat(server, 'data-topic="told"');
  await connected(page);
  await until("the extras", () => menuButton(page).isVisible());
  await page.evaluate(() => {
    const told: unknown[] = [];
    Object.assign(window, { told });
    for (const name of ["changed", "removed"])
      document.addEventListener(`kabar-message-${name}`, (event) =>
        told.push([name, (event as CustomEvent).detail]),
      );
  });
  const { offset } = await ana.publish("told", "frist", "m1");
  await ana.ask("edit", { topic: "told", messageId: "e1", target: offset, text: "first" });
  await ana.ask("remove", { topic: "told", messageId: "r1", target: offset });
  const told = await until("both", async () => {
    const told = await page.evaluate(() => (window as unknown as { told: unknown[] }).told);
    return told.length === 2 && told;
  });
  expect(told).toMatchObject([
    ["changed", { id: "m1", topic: "told", offset, kind: "edit" }],
    ["removed", { id: "m1", topic: "told", offset, by: "author" }],
  ]);
});

browserTest(
  "the page's custom properties set space, corners and colours, and a dot shows the connection",
  async () => {
    const style =
      "--kabar-space:10px;--kabar-density:3;--kabar-radius-control:3px;--kabar-success:rgb(1,2,3)";
    await ana.ask("subscribe", { topic: "lobby", people: true });
    const page = await visitChat(server, `data-topic="lobby" data-style="${style}"`);
    await connected(page);
    await write(page, "a message");
    await page.locator("kabar-chat article").last().waitFor();
    const dot = () =>
      page
        .locator("[part=members-button] > span")
        .evaluate((e) => getComputedStyle(e, "::before").backgroundColor);
    await until("online", async () => (await dot()) === "rgb(1, 2, 3)");
    const of = (selector: string, name: string) =>
      page
        .locator(`kabar-chat ${selector}`)
        .last()
        .evaluate((e, name) => getComputedStyle(e).getPropertyValue(name), name);
    expect(await of("article", "padding-inline-start")).toBe("40px");
    expect(await of("li.head", "margin-block-start")).toBe("30px");
    expect(await of("[part=composer]", "border-start-start-radius")).toBe("3px");
    await page.context().setOffline(true);
    await until("offline", async () => (await dot()) === "rgba(0, 0, 0, 0)");
  },
);
