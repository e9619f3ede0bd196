import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, expectTexts, tag, visitChat, write } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, newContext, visitIn } from "../support/windows.ts";
import { openSettings } from "../support/visitor.ts";

const server = await useBrowserWithServer({ KABAR_RETAIN_DAYS: "30" });

interface Sheet {
  cookies: unknown[];
  device: { area: "localStorage" | "sessionStorage"; key: string; fields: string[] }[];
  server: { messages: { days: number } };
}
const sheet = (await (await fetch(`${server.url}/.well-known/kabar.json`)).json()) as Sheet;

/** Everything that an origin keeps for a page. */
const kept = (page: Page) =>
  page.evaluate(async () => ({
    localStorage: { ...localStorage } as Record<string, string>,
    sessionStorage: { ...sessionStorage } as Record<string, string>,
    cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
    caches: "caches" in window ? (await caches.keys()).length : 0,
  }));

/** Whether a key is the one that the sheet describes. */
function matches(pattern: string, key: string): boolean {
  const [before = "", after] = pattern.replace("{server}", server.url).split(/\{(?:id|topic)\}/);
  return after === undefined ? key === before : key.startsWith(before) && key.length > before.length;
}

browserTest("the privacy sheet lists exactly the stored keys and fields", async () => {
  const context = await newContext();
  const page = await visitIn(context, host(tag(server)).url);
  await connected(page);
  await publish(server, "hello");
  await expectTexts(page, ["hello"]);
  const before = await kept(page);
  expect(before).toEqual({ localStorage: {}, sessionStorage: {}, cookies: "", databases: 0, caches: 0 });

  const settings = await openSettings(page);
  await settings.getByRole("radio", { name: "Dark" }).click();
  await settings.getByRole("button", { name: "Change name" }).click();
  await page.getByRole("textbox", { name: "Your name" }).fill("Noor");
  await page.keyboard.press("Enter");
  await settings.getByText("Noor").waitFor();
  await page.keyboard.press("Escape");
  await write(page, "a message");
  await expectTexts(page, ["hello", "a message"]);
  await until("the marks", async () => Object.values((await kept(page)).localStorage)[0]?.includes('"read"'));
  await context.setOffline(true);
  await connected(page, "offline");
  await write(page, "unsent");
  await composer(page).fill("a draft");

  const after = await until("all of it", async () => {
    const all = await kept(page);
    const count = Object.keys(all.localStorage).length + Object.keys(all.sessionStorage).length;
    return count >= sheet.device.length ? all : undefined;
  });
  expect({ ...after, localStorage: 0, sessionStorage: 0 }).toEqual({
    localStorage: 0,
    sessionStorage: 0,
    cookies: "",
    databases: 0,
    caches: 0,
  });
  for (const area of ["localStorage", "sessionStorage"] as const) {
    const described = sheet.device.filter((each) => each.area === area);
    for (const [key, value] of Object.entries(after[area])) {
      const entry = described.find(({ key: pattern }) => matches(pattern, key));
      expect({ key, isDescribed: entry !== undefined }).toEqual({ key, isDescribed: true });
      const fields = entry?.fields.length ? Object.keys(JSON.parse(value)) : [];
      expect(fields.filter((field) => !entry?.fields.includes(field))).toEqual([]);
    }
    for (const { key: pattern } of described)
      expect(Object.keys(after[area]).some((key) => matches(pattern, key))).toBe(true);
  }
  expect(await context.cookies()).toEqual([]);
});

browserTest("the settings link to the privacy sheet, which states how long messages are kept", async () => {
  const page = await visitChat(server);
  await connected(page);
  const settings = await openSettings(page);
  const [popup] = await Promise.all([
    page.waitForEvent("popup"),
    settings.getByRole("link", { name: "Privacy" }).click(),
  ]);
  await popup.getByRole("heading", { name: "What this chat stores" }).waitFor();
  expect(await popup.getByText("for 30 days").count()).toBe(1);
  expect(sheet.cookies).toEqual([]);
  expect(sheet.server.messages.days).toBe(30);
});
