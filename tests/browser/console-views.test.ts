/** The views of the owner's console: hostile texts, accessibility, keys, languages, passkeys. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { createOwner } from "../support/console-owner.ts";
import { CORPUS, watchfulContext } from "../support/hostile.ts";
import { OPERATOR_KEY } from "../support/server.ts";
import { newContext, visitIn } from "../support/windows.ts";

const server = await useBrowserWithServer();
const { api, bearer, newLink, openView, post, say, signIn } = createOwner(server);

/** Elements and attributes of the page that only a text could have brought there. */
const findParsed = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll("body *")].flatMap((element) => {
      const isOwn = /^(?:img|object|embed|base|meta|link|style|details|math|marquee|kabar-chat|template)$/;
      const frames =
        element.localName === "iframe" && element.getAttribute("src")?.startsWith("embed/") !== true;
      const scripts =
        element.localName === "script" && !/console-\w+\.js$/.test(element.getAttribute("src") ?? "");
      const wrong = [...element.attributes].filter(
        ({ name, value }) => name.startsWith("on") || /^\s*(?:javascript|data|vbscript):/i.test(value),
      );
      const isWrong = isOwn.test(element.localName) || frames || scripts || wrong.length > 0;
      return isWrong ? [element.outerHTML.slice(0, 120)] : [];
    }),
  );

browserTest("no text or name of a message runs or is drawn as HTML", async () => {
  const { context, harm } = await watchfulContext((url) => !url.includes("canary"));
  const sayAll = () => Promise.all(CORPUS.map((text) => say(text, text.slice(0, 30))));
  await fetch(api("topics/evening"), { method: "PUT", headers: bearer, body: "{}" });
  await post("topics/evening/moderate", { action: "mode", mode: { hold: "guests" } });
  // A guest may have ten messages held; the others are refused.
  await sayAll();
  const page = await openView("inbox", context);
  await until("the held texts", async () => (await page.getByRole("article").count()) >= 10);
  await page.keyboard.press("j");
  expect(await findParsed(page)).toEqual([]);
  await post("topics/evening/moderate", { action: "mode", mode: { hold: "none" } });
  await sayAll();
  await page.goto(`${server.url}/console#/topics/evening`);
  await until("the texts", async () => (await page.locator(".message").count()) > 20);
  expect(await findParsed(page)).toEqual([]);
  await page.goto(`${server.url}/console#/search`);
  await page.getByLabel("Words", { exact: true }).fill("hit");
  await page.keyboard.press("Enter");
  await until("what is found", async () => (await page.locator(".message").count()) > 5);
  expect(await findParsed(page)).toEqual([]);
  for (const text of CORPUS.slice(0, 6)) {
    await page.goto(`${server.url}/console#/topics/${encodeURIComponent(text)}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
  }
  expect(await harm()).toEqual([]);
});

browserTest("no title, reason, name of a key or program runs or is drawn as HTML in any view", async () => {
  const { context, harm } = await watchfulContext((url) => !url.includes("canary"));
  const page = await openView("home", context);
  const ban = (why: string, i: number) => ({ action: "ban", user: `u:x${i}`, why: why.slice(0, 60) });
  await Promise.all(CORPUS.slice(0, 40).map((text, i) => post("topics/evening/moderate", ban(text, i))));
  for (const [i, text] of CORPUS.entries()) {
    const short = text.slice(0, 60);
    // Some are refused: the views show what the server takes.
    if (i % 5 > 0) continue;
    await fetch(api(`topics/xss-${i}`), {
      method: "PUT",
      headers: bearer,
      body: JSON.stringify({ title: short }),
    });
    await post("keys", { name: short, scope: "read", topics: ["evening"] });
    const agent = text.replaceAll(/[^\x20-\x7e]/g, "").slice(0, 100);
    await signIn({ key: OPERATOR_KEY }, { "User-Agent": agent });
  }
  for (const view of [
    "topics",
    "topics/xss-0",
    "explain/evening/1",
    "people",
    "keys",
    "audit",
    "settings",
    "start",
    "sessions",
    "home",
  ]) {
    await page.goto(`${server.url}/console#/${view}`);
    await page.getByRole("main").locator("li, .tile, option").first().waitFor({ state: "attached" });
    expect([view, await findParsed(page)]).toEqual([view, []]);
  }
  await page.goto(`${server.url}/console#/home`);
  expect(await harm()).toEqual([]);
});

/** The views, the letter after `g` that goes there, and a part of the heading of each. */
const VIEWS: Readonly<Record<string, [letter: string, heading: string]>> = {
  home: ["h", "Home"],
  inbox: ["i", "Inbox"],
  topics: ["t", "Topics"],
  "topics/evening": ["", "evening"],
  search: ["f", "Search"],
  people: ["p", "People"],
  keys: ["k", "API keys"],
  "explain/evening/1": ["", "Explain"],
  audit: ["a", "Audit log"],
  settings: ["e", "Settings"],
  start: ["o", "Get started"],
  sessions: ["s", "Sessions"],
};
/** Views with all colours and parts: a second look need not be at the others. */
const TELLING = ["home", "inbox", "topics/evening"];
const LOOKS = {
  light: { viewport: { width: 1280, height: 860 } },
  "dark phone": { viewport: { width: 390, height: 844 }, colorScheme: "dark" },
  "Arabic phone": { viewport: { width: 390, height: 844 }, locale: "ar" },
} as const;

for (const [look, options] of Object.entries(LOOKS))
  browserTest(`axe finds nothing in the views in ${look}, keys work in each, none is too wide`, async () => {
    const found: Record<string, unknown> = {};
    const page = await openView("sessions", await newContext(options));
    const heading = page.getByRole("heading", { level: 1 });
    for (const [view, [letter, title]] of Object.entries(VIEWS)) {
      if (letter === "") await page.goto(`${server.url}/console#/${view}`);
      else for (const key of ["g", letter]) await page.keyboard.press(key);
      await (look === "Arabic phone" ? heading : heading.filter({ hasText: title })).waitFor();
      const content = page.getByRole("main").locator("li, .tile, option, .muted");
      await content.first().waitFor({ state: "attached" });
      const isLooked = look === "light" || TELLING.includes(view);
      const violations = isLooked ? await findViolations(page, "html") : [];
      const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      if (violations.length > 0 || isWider) found[`${view} ${look}`] = { violations, isWider };
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
      if (view === "home") {
        const inDialog = await findViolations(page, "html");
        if (inDialog.length > 0) found[`keys ${look}`] = inDialog;
      }
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    expect(found).toEqual({});
  });

browserTest("j and k go from row to row, and x selects in the inbox", async () => {
  // The hostile texts of the test before are still held.
  const page = await openView("topics");
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
  await page.locator(".rows .row").nth(1).waitFor();
  await page.keyboard.press("j");
  const first = await focused();
  await page.keyboard.press("j");
  expect(await focused()).not.toBe(first);
  await page.keyboard.press("k");
  expect(await focused()).toBe(first);
  for (const key of ["g", "i"]) await page.keyboard.press(key);
  await page.getByRole("article").nth(1).waitFor();
  for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
  await page.getByText("2 selected.").waitFor();
  await page.keyboard.press("r");
  await until("both decided", async () => (await page.getByText("Rejected.").count()) >= 2);
});

browserTest("the console is in a chosen language, from right to left too, and stays in it", async () => {
  const page = await openView("settings", await newContext({ locale: "de-AT" }));
  await page.getByRole("heading", { level: 1, name: "Einstellungen" }).waitFor();
  await page.getByLabel("Sprache").selectOption("ar");
  await page.getByRole("heading", { level: 1, name: "الإعدادات" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "الإعدادات" }).waitFor();
  const html = page.locator("html");
  expect([await html.getAttribute("lang"), await html.getAttribute("dir")]).toEqual(["ar", "rtl"]);
  expect(await page.title()).toBe("الإعدادات · Kabar");
});

browserTest("warnings of Home, a wrong key and a used link are in the language of the page", async () => {
  const context = await newContext({ locale: "de-AT" });
  // Without its stream Home asks.
  await context.route(/\/api\/admin\/health\/events/, (route) => route.abort());
  await context.route(/\/api\/admin\/health$/, async (route) => {
    const answer = await route.fetch();
    const warnings = [
      { kind: "cannot-store", text: "…", cause: "the disk is full", causeCode: "disk-full" },
      { kind: "cannot-store", text: "…", cause: "an engine's own words" },
      { kind: "little-room", text: "…", freeBytes: 2_000_000_000 },
      { kind: "versions", text: "…", versions: ["0.1.0", "0.2.0"] },
      { kind: "log", text: "…", warning: { code: "fsync-off", database: "db/a" } },
      { kind: "log", text: "A warning of a newer server." },
    ];
    await route.fulfill({ response: answer, json: { ...(await answer.json()), warnings } });
  });
  const page = await openView("home", context);
  const list = page.locator(".state li");
  await until("the warnings", async () => (await list.count()) === 6);
  await list.filter({ hasText: "Stromausfall" }).waitFor();
  const [trouble, unknown, room, versions, weak, foreign] = await list.allTextContents();
  expect(trouble).toContain("können nicht gespeichert werden: die Platte ist voll.");
  expect(unknown).toContain("können nicht gespeichert werden: an engine's own words.");
  expect(room).toMatch(/hat 2\sGB frei/);
  expect(versions).toContain("0.1.0, 0.2.0");
  expect(weak).toMatch(/^db\/a: In PostgreSQL ist fsync ausgeschaltet/);
  expect(foreign).toBe("A warning of a newer server.");
  expect(await list.locator("[lang=en]").allTextContents()).toEqual(["an engine's own words", foreign ?? ""]);
  const stranger = await visitIn(
    await newContext({ locale: "de-AT" }),
    `${server.url}/console#link_${"0".repeat(20)}`,
  );
  await stranger.getByText("Dieser Link wurde schon benutzt").waitFor();
  await stranger.locator("#key").fill("wrong");
  await stranger.keyboard.press("Enter");
  await stranger.getByText("Der Schlüssel oder das Token ist ungültig.").waitFor();
});

browserTest(
  "an owner adds a passkey, signs in without a name, and is refused with it once it is removed",
  async () => {
    const passphrase = "otter lantern violin crumb";
    await fetch(api("console/owners/Pia"), {
      method: "PUT",
      headers: bearer,
      body: JSON.stringify({ passphrase }),
    });
    const signOut = (page: Page) => page.getByRole("banner").getByRole("button", { name: "Sign out" });
    // Passkeys need a host's name.
    const address = `http://localhost:${server.port}/console`;
    /** A page of a browser with an authenticator of its own. */
    const openWithDevice = async (url: string) => {
      const page = await visitIn(await newContext(), url);
      const device = await page.context().newCDPSession(page);
      await device.send("WebAuthn.enable");
      const options = {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
      } as const;
      const { authenticatorId } = await device.send("WebAuthn.addVirtualAuthenticator", { options });
      return { page, device, authenticatorId };
    };
    const addPasskey = async (page: Page, name: string) => {
      await page.getByRole("button", { name: "Add passkey" }).click();
      const dialog = page.getByRole("dialog", { name: "Add a passkey for Pia" });
      await dialog.getByLabel("Name").fill(name);
      await dialog.getByRole("button", { name: "Add passkey" }).click();
      return dialog;
    };
    const { page, device, authenticatorId } = await openWithDevice(address);
    await page.getByLabel("Name").fill("pia");
    await page.getByLabel("Passphrase").fill(passphrase);
    await page.keyboard.press("Enter");
    await signOut(page).waitFor();
    await page.goto(`${address}#/sessions`);
    await addPasskey(page, "Pia’s laptop");
    await page.getByText("Passkey added.").waitFor();
    const laptop = page.getByRole("listitem").filter({ hasText: "Pia · Pia’s laptop" });
    await laptop.getByText("never used").waitFor();
    const again = await addPasskey(page, "Again");
    await again.getByText("This device already has a passkey of this owner.").waitFor();
    await page.keyboard.press("Escape");
    await signOut(page).click();

    const byPasskey = page.getByRole("button", { name: "Sign in with a passkey" });
    await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await byPasskey.click();
    await page.getByText("The browser used no passkey").waitFor();
    await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
    await byPasskey.click();
    await signOut(page).waitFor();
    await page.getByText("by passkey").waitFor();
    await laptop.getByText("last used").waitFor();

    // The operator adds one for the owner, on another device, and removes the first.
    const operator = await openWithDevice((await newLink()).replace(server.url, address.slice(0, -8)));
    await signOut(operator.page).waitFor();
    await operator.page.goto(`${address}#/sessions`);
    await operator.page.getByRole("button", { name: "Add passkey" }).click();
    const dialog = operator.page.getByRole("dialog");
    // There is a choice where another owner is.
    if (await dialog.getByRole("combobox").count()) await dialog.getByRole("combobox").selectOption("Pia");
    await dialog.getByLabel("Name").fill("Key");
    await dialog.getByRole("button", { name: "Add passkey" }).click();
    await operator.page.getByText("Pia · Key").waitFor();
    await operator.page.getByRole("button", { name: "Remove Pia Pia’s laptop" }).click();
    await operator.page.getByText("Passkey removed.").waitFor();
    await page.reload();
    await page.getByText("You are signed out.").waitFor();
    await byPasskey.click();
    await page.getByText("This passkey is not known here, or was removed.").waitFor();

    // Where browsers have no passkeys, the page says why.
    const numbers = await visitIn(await newContext(), `http://127.0.0.1:${server.port}/console`);
    await numbers.getByText("Passkeys need a host name").waitFor();
    await numbers.addInitScript(() => Object.defineProperty(globalThis, "isSecureContext", { value: false }));
    await numbers.reload();
    await numbers.getByText("Passkeys need https").waitFor();
    expect(await numbers.getByRole("button", { name: "Sign in with a passkey" }).count()).toBe(0);
    await fetch(api("console/owners/Pia"), { method: "DELETE", headers: bearer });
  },
);
