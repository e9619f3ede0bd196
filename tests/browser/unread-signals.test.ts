import { expect } from "bun:test";
import type { BrowserContext, Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { connected, expectTexts, tag, visitChat } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, newContext, visit, visitIn } from "../support/windows.ts";
import { Client } from "../support/client.ts";
import { focused, idOf, openSettings, record } from "../support/visitor.ts";

const topics = "lobby bell ring title card early";
const server = await useBrowserWithServer({ KABAR_TOPICS: topics });
const ana = await Client.open(server.url, { name: "Ana" });
async function mention(page: Page, text: string, topic = "lobby"): Promise<void> {
  const fields = { topic, text, messageId: crypto.randomUUID(), mentions: [await idOf(page)] };
  expect(await ana.ask("publish", fields)).toMatchObject({ type: "ok" });
}
/** Pretends that the visitor looks at another tab, or is back. */
const hide = (page: Page, hidden = true) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);

/** A visitor whose sounds and notifications are counted. */
async function watched(permission = "granted"): Promise<BrowserContext> {
  const context = await newContext();
  await context.addInitScript((permission) => {
    const signs = { notes: 0, asked: 0, shown: [] as string[] };
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (when) {
      signs.notes++;
      start.call(this, when);
    };
    class Counted {
      static permission = "default";
      static async requestPermission() {
        signs.asked++;
        Counted.permission = permission;
        return permission;
      }
      constructor(title: string, options: { body: string }) {
        signs.shown.push(`${title}: ${options.body}`);
      }
      close() {}
    }
    // What this test evaluates in the page counts as a touch of the visitor's.
    let hasBeenActive = false;
    addEventListener("pointerdown", () => {
      hasBeenActive = true;
    });
    Object.defineProperty(navigator, "userActivation", { get: () => ({ hasBeenActive }) });
    Object.assign(window, { signs, Notification: Counted });
  }, permission);
  return context;
}
const signs = (page: Page) =>
  page.evaluate(
    () => (window as unknown as { signs: { notes: number; asked: number; shown: string[] } }).signs,
  );

browserTest(
  "the browser asks about notifications only on a click, and then they show mentions while the page is hidden",
  async () => {
    const context = await watched();
    const page = await visitIn(context, host(tag(server, 'data-topic="bell"')).url);
    await connected(page);
    await hide(page);
    await mention(page, "nobody allowed this", "bell");
    await hide(page, false);
    await expectTexts(page, ["nobody allowed this"]);
    expect((await signs(page)).asked).toBe(0);
    const notifications = (await openSettings(page)).getByRole("group", { name: "Notifications" });
    await notifications.getByRole("radio", { name: "Mentions" }).click();
    await until("the choice", async () => (await record(page))[0]?.[1].prefs.notify === "mentions");
    await page.keyboard.press("Escape");
    await mention(page, "seen", "bell");
    await expectTexts(page, ["nobody allowed this", "seen"]);
    await hide(page);
    await publish(server, "for all", "bell");
    await mention(page, "for me", "bell");
    await until("the notification", async () => (await signs(page)).shown.length > 0);
    // A page that shows its own keeps ours from being shown.
    await page.evaluate(() =>
      document.addEventListener(
        "kabar-notify",
        (event) => {
          event.preventDefault();
          Object.assign(window, { told: (event as CustomEvent).detail });
        },
        { once: true },
      ),
    );
    await mention(page, "the page tells", "bell");
    await until("the event", () => page.evaluate(() => "told" in window));
    await mention(page, "again", "bell");
    await until("the next", async () => (await signs(page)).shown.length > 1);
    expect(await signs(page)).toMatchObject({ asked: 1, shown: ["Ana · bell: for me", "Ana · bell: again"] });
    expect(await page.evaluate(() => (window as unknown as { told: object }).told)).toMatchObject({
      title: "Ana · bell",
      body: "the page tells",
      url: expect.stringMatching(/\/t\/bell#m\d+$/),
    });
  },
);

browserTest("a browser that denies notifications leaves the preference off", async () => {
  const page = await visitIn(await watched("denied"), host(tag(server)).url);
  await connected(page);
  const group = (await openSettings(page)).getByRole("group", { name: "Notifications" });
  await group.getByRole("radio", { name: "All" }).click();
  await page.getByText("Your browser blocks notifications").first().waitFor();
  expect(await group.getByRole("radio", { name: "Off" }).isChecked()).toBe(true);
});

browserTest(
  "a sound plays for an unseen message after the user has touched the page, if wanted and not muted",
  async () => {
    const page = await visitIn(await watched(), host(tag(server, 'data-topic="ring" data-sound')).url);
    await connected(page);
    await hide(page);
    await publish(server, "before any touch", "ring");
    await expectTexts(page, ["before any touch"]);
    expect((await signs(page)).notes).toBe(0);
    await page.mouse.click(700, 650);
    await page.evaluate(() => document.querySelector("kabar-chat")?.mute(60_000));
    await publish(server, "muted", "ring");
    await expectTexts(page, ["before any touch", "muted"]);
    await page.evaluate(() => document.querySelector("kabar-chat")?.mute(0));
    await publish(server, "heard", "ring");
    await until("the sound", async () => (await signs(page)).notes === 2);
    // One switch silences all of it, until it is off again.
    await hide(page, false);
    const settings = await openSettings(page);
    const mute = settings.getByRole("switch", { name: "Mute this chat" });
    await mute.check();
    // The other signals say what they do meanwhile: nothing.
    expect(await settings.getByRole("switch", { name: "Sound" }).isDisabled()).toBe(true);
    await hide(page);
    await mention(page, "silenced", "ring");
    await expectTexts(page, ["before any touch", "muted", "heard", "silenced"]);
    await mute.evaluate((box) => (box as HTMLInputElement).click());
    expect(await settings.getByRole("switch", { name: "Sound" }).isDisabled()).toBe(false);
    // Two seconds lie between two sounds.
    await until("the sound", async () => {
      await publish(server, "heard again", "ring");
      return (await signs(page)).notes > 2;
    });
    expect((await signs(page)).notes).toBe(4);
  },
);

browserTest(
  "the title of a hidden page counts unread messages, and is restored when the page is visible",
  async () => {
    const panel = tag(server, 'data-topic="title" data-mode="panel"');
    const page = await visit(host(panel).url);
    await connected(page);
    await publish(server, "seen page, closed panel", "title");
    await page.getByRole("button", { name: "Chat, 1 unread" }).waitFor();
    expect(await page.title()).toBe("Host");
    await hide(page);
    await publish(server, "hidden", "title");
    await until("the count", async () => (await page.title()) === "(2) Host");
    await page.evaluate(() => {
      document.title = "Another page";
    });
    await publish(server, "once more", "title");
    await until("the count", async () => (await page.title()) === "(3) Another page");
    await hide(page, false);
    await until("the page's own", async () => (await page.title()) === "Another page");
    await hide(page);
    await until("the count", async () => (await page.title()) === "(3) Another page");
    await page.evaluate(() => document.querySelector("kabar-chat")?.destroy());
    expect(await page.title()).toBe("Another page");
  },
);

browserTest(
  "a closed launcher shows one card a visit for a mention, which opens the chat or is dismissed",
  async () => {
    const page = await visitChat(server, 'data-topic="card" data-mode="panel"');
    await connected(page);
    await publish(server, "for nobody", "card");
    await mention(page, "are you there?", "card");
    const card = page.getByRole("status").filter({ hasText: "are you there?" });
    await card.waitFor();
    expect(await findViolations(page)).toEqual([]);
    await card.getByRole("button", { name: "Close" }).click();
    await card.waitFor({ state: "detached" });
    expect(await focused(page)).toBe("launcher");
    await mention(page, "and now?", "card");
    await page.getByRole("button", { name: "Chat, 3 unread" }).waitFor();
    expect(await page.getByText("and now?").filter({ visible: true }).count()).toBe(0);
  },
);

browserTest(
  "a mention that comes while the chat's later chunks are being loaded is signalled, too",
  async () => {
    const context = await newContext();
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await context.route(/extras/, async (route) => {
      await released;
      await route.continue();
    });
    const page = await visitIn(context, host(tag(server, 'data-topic="early" data-mode="panel"')).url);
    await connected(page);
    await mention(page, "already?", "early");
    await page.getByRole("button", { name: "Chat, 1 unread" }).waitFor();
    release();
    await page.getByRole("status").filter({ hasText: "already?" }).waitFor();
  },
);
