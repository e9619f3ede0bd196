/**
 * Push messages in Chromium: turned on by a click, received by the real service worker as real notifications. Only the browser's
 * push service is not real: the stand-in receives what the server sends, and the browser's test interface delivers it.
 */
import { afterAll, expect } from "bun:test";
import type { BrowserContext, CDPSession, Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { connected, tag } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { type Browser, startPushService } from "../support/push-stand-in.ts";
import { openSettings } from "../support/visitor.ts";
import { newContext, visitIn } from "../support/windows.ts";

const service = startPushService();
afterAll(() => {
  service.stop();
  expect(service.wrong).toEqual([]);
});
const server = await useBrowserWithServer({
  KABAR_TOPICS: "lobby",
  KABAR_PUSH_ALLOW_PRIVATE: "true",
  KABAR_PUSH_WAIT_MS: "0",
  KABAR_PUSH_EVERY_S: "0",
});

/** Lets pages subscribe at the stand-in: Chromium's own push service needs the Internet. */
async function subscribeAt(context: BrowserContext, { endpoint, p256dh, auth }: Browser): Promise<void> {
  await context.addInitScript(
    ([address, keys]) => {
      const bytes = (text: string) =>
        Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
      const get = async () => {
        const key = localStorage.getItem("subscribed with");
        if (key === null) return null;
        const options = { applicationServerKey: bytes(key).buffer };
        return { endpoint: address, options, toJSON: () => ({ endpoint: address, keys }) };
      };
      Object.assign(PushManager.prototype, {
        getSubscription: get,
        subscribe: (options: { applicationServerKey: string }) => {
          localStorage.setItem("subscribed with", options.applicationServerKey);
          return get();
        },
      });
    },
    [endpoint, { p256dh, auth }] as const,
  );
}
const choices = (page: Page) => page.getByRole("group", { name: "When this page is closed" });
const choose = (page: Page, label: string) => choices(page).getByRole("radio", { name: label }).click();
const isChosen = (page: Page, label: string) => choices(page).getByRole("radio", { name: label }).isChecked();

/** The notifications that the service worker of a page's origin shows. */
const shown = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration("/kabar-push/");
    return ((await registration?.getNotifications()) ?? []).map(({ title, body, tag: of }) => [
      title,
      body,
      of,
    ]);
  });

/** Delivers push messages to the service worker of a page's origin, as a browser does. */
async function openDelivery(page: Page): Promise<(notice: object) => Promise<void>> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const registrations = new Map<string, string>();
  session.on("ServiceWorker.workerRegistrationUpdated", (event) => {
    for (const { registrationId, scopeURL } of event.registrations)
      registrations.set(scopeURL, registrationId);
  });
  await session.send("ServiceWorker.enable");
  const { origin } = new URL(page.url());
  const registrationId = await until("the service worker", () => registrations.get(`${origin}/kabar-push/`));
  return async (notice) => {
    await session.send("ServiceWorker.deliverPushMessage", {
      origin,
      registrationId,
      data: JSON.stringify(notice),
    });
  };
}

browserTest(
  "a message reaches a closed page as a notification, which disappears when the page is open again",
  async () => {
    const context = await newContext({ permissions: ["notifications"] });
    await subscribeAt(context, await service.browser("phone"));
    const page = await visitIn(context, `${server.url}/embed/lobby`);
    await connected(page);
    await openSettings(page);
    await choose(page, "All");
    await until("all is chosen", () => isChosen(page, "All"));
    await choices(page).locator("xpath=..").getByRole("switch", { name: "Quiet hours" }).click();
    await until("the hours", () => choices(page).locator("xpath=..").getByLabel("From").isVisible());
    await choices(page).locator("xpath=..").getByRole("switch", { name: "Quiet hours" }).click();
    await until("no hours", () => choices(page).locator("xpath=..").getByLabel("From").isHidden());
    // Nobody looks at the chat any more.
    await page.goto(`${server.url}/privacy`);
    await publish(server, "The build is green");
    const [message] = await service.has("phone", 1);
    expect(message?.notice).toMatchObject({ url: `${server.url}/embed/lobby`, language: "en" });
    const deliver = await openDelivery(page);
    await deliver(message?.notice ?? {});
    await until("the notification", async () => (await shown(page)).length === 1);
    expect(await shown(page)).toEqual([["lobby", "Ana: The build is green", "kabar-lobby"]]);
    await deliver({ tag: "kabar-lobby", language: "de", count: 3 });
    await until("its successor", async () => (await shown(page))[0]?.[0] === "Neue Nachrichten (3)");
    expect(await shown(page)).toHaveLength(1);
    await deliver({ tag: "kabar-lobby", close: true });
    await until("it is taken back", async () => (await shown(page)).length === 0);
    await deliver(message?.notice ?? {});
    await until("the notification", async () => (await shown(page)).length === 1);
    const back = await visitIn(context, `${server.url}/embed/lobby`);
    await connected(back);
    await until("it is gone", async () => (await shown(page)).length === 0);
    await openSettings(back);
    await until("the choice is known", () => isChosen(back, "All"));
    await choose(back, "Off");
    await until("off", () => isChosen(back, "Off"));
  },
);

browserTest(
  "on the owner's page the file kabar-push.js makes it work; without it, and where the browser refuses, a sentence explains it",
  async () => {
    let hasFile = false;
    const site = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        const isFile = new URL(request.url).pathname === "/kabar-push.js";
        if (isFile && hasFile)
          return new Response(
            `// Push messages of the chat.\nimportScripts("${server.url}/push-worker.js");\n`,
            {
              headers: { "Content-Type": "text/javascript" },
            },
          );
        if (isFile) return new Response("no", { status: 404 });
        return new Response(
          `<!doctype html><title>Site</title>${tag(server, 'data-topic="lobby" data-load="eager"')}`,
          {
            headers: { "Content-Type": "text/html" },
          },
        );
      },
    });
    try {
      const context = await newContext();
      await subscribeAt(context, await service.browser("laptop"));
      const page = await visitIn(context, String(site.url));
      const warnings: string[] = [];
      page.on("console", (line) => warnings.push(line.text()));
      await connected(page);
      const sheet = await openSettings(page);
      await choose(page, "Mentions");
      await sheet.getByText("Your browser blocks notifications from this page.").waitFor();
      expect(await isChosen(page, "Off")).toBe(true);
      await context.grantPermissions(["notifications"]);
      await choose(page, "Mentions");
      await sheet.getByText("This site can't reach you when the page is closed.").waitFor();
      expect(warnings.join("\n")).toContain(`importScripts("${server.url}/push-worker.js")`);
      hasFile = true;
      await choose(page, "Mentions");
      await until("mentions are chosen", () => isChosen(page, "Mentions"));
      expect(await sheet.getByRole("alert").textContent()).toBe("");
    } finally {
      await site.stop(true);
    }
  },
);

browserTest("the page /embed can be installed: a manifest with an icon that browsers read", async () => {
  const page = await visitIn(await newContext(), `${server.url}/embed/lobby`);
  const session = await page.context().newCDPSession(page);
  const { errors, data, url } = await session.send("Page.getAppManifest");
  expect(errors).toEqual([]);
  expect(url).toBe(`${server.url}/embed/lobby/app.webmanifest`);
  expect(JSON.parse(data ?? "")).toMatchObject({ name: "lobby", display: "standalone" });
  const size = await page.evaluate(async () => {
    const icon = new Image();
    icon.src = "../app-icon.png";
    await icon.decode();
    return [icon.naturalWidth, icon.naturalHeight];
  });
  expect(size).toEqual([512, 512]);
});
