/**
 * `bun run picture -- --console`: takes docs/console.png, the README's picture of the owner's console: the inbox, light and dark.
 * With `-- --console DIR`: every view in every look into a folder, and a contact sheet for each look, for a person to look at.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "@playwright/test";
import { Client } from "../support/client.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;
const DESKTOP = { viewport: { width: 1280, height: 860 } } as const;
const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: DESKTOP,
  dark: { ...DESKTOP, colorScheme: "dark" },
  arabic: { ...DESKTOP, locale: "ar" },
  forced: { ...DESKTOP, forcedColors: "active", colorScheme: "dark" },
  phone: PHONE,
  "phone-dark": { ...PHONE, colorScheme: "dark" },
  "phone-arabic": { ...PHONE, locale: "ar" },
};
const VIEWS = [
  "home",
  "inbox",
  "topics",
  "topics/lobby",
  "search/Budi",
  "people",
  "keys",
  "explain/lobby/1",
  "audit",
  "settings",
  "start",
  "sessions",
];

const GUESTS: readonly (readonly [name: string, text: string])[] = [
  ["Ana Wijaya", "Selamat pagi! Does the workshop start at nine or at ten?"],
  ["Budi", "At ten, doors open half an hour earlier."],
  ["Citra", "Is there a recording for those of us in another time zone?"],
  ["محمود", "هل يمكن الدخول من الباب الخلفي؟"],
  ["Cheap-Deals", "Best prices on watches, write to me now!!!"],
  ["Dewi", "First time here. Where do I find the programme?"],
];

async function admin(server: RunningKabar, method: string, path: string, body?: object): Promise<Response> {
  const answer = await fetch(`${server.url}/api/admin/${path}`, {
    method,
    headers: { Authorization: `Bearer ${OPERATOR_KEY}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

/** Fills topics, the inbox, sanctions and keys; the guests stay connected. */
async function fill(server: RunningKabar): Promise<void> {
  const moderate = (act: object) => admin(server, "POST", "topics/lobby/moderate", act);
  for (const [topic, title] of [
    ["lobby", "Lobby"],
    ["help", "Help desk"],
    ["announcements", "Announcements"],
    ["stream-*", "Streams"],
  ])
    await admin(server, "PUT", `topics/${encodeURIComponent(topic ?? "")}`, { title });
  const clients = [];
  for (const [name, text] of GUESTS.slice(0, 5)) {
    const client = await Client.open(server.url, { name });
    await client.ask("subscribe", { topic: "lobby", people: true });
    await client.ask("publish", { topic: "lobby", messageId: crypto.randomUUID(), text });
    clients.push(client);
  }
  await clients[0]?.ask("report", { topic: "lobby", target: 5, why: "advertising" });
  await clients[1]?.ask("report", { topic: "lobby", target: 5, why: "the third time today" });
  await moderate({ action: "mode", mode: { hold: "guests" } });
  const dewi = await Client.open(server.url, { name: "Dewi" });
  await dewi.ask("publish", { topic: "lobby", messageId: crypto.randomUUID(), text: GUESTS[5]?.[1] });
  await clients[2]?.ask("publish", {
    topic: "lobby",
    messageId: crypto.randomUUID(),
    text: "Thank you! And may we bring a guest?",
  });
  await admin(server, "POST", "topics/help/messages", {
    text: "Welcome. Ask anything, we answer within the hour.",
  });
  await moderate({ action: "timeout", user: "u:noisy", seconds: 86_400, why: "Caps lock" });
  await moderate({ action: "ban", user: "u:troll", why: "Insults, after two warnings" });
  await admin(server, "POST", "keys", {
    name: "Shop back end",
    scope: "publish",
    topics: ["help", "stream-*"],
  });
  await admin(server, "POST", "keys", { name: "Moderation bot", scope: "moderate" });
  // Some points for the plots.
  for (let points = 0; points < 3; await Bun.sleep(1000)) {
    const series = (await (await admin(server, "GET", "health/series?window=hour")).json()) as {
      at: number[];
    };
    points = series.at.length;
  }
}

/** A page that is signed in, on a view. */
async function open(browser: Browser, server: RunningKabar, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const { link } = (await (await admin(server, "POST", "console/links", {})).json()) as { link: string };
  await page.goto(link);
  await page.locator(".shell h1").waitFor();
  return page;
}
async function show(page: Page, server: RunningKabar, view: string): Promise<void> {
  await page.goto(`${server.url}/console#/${view}`);
  await page.locator(`nav.views [aria-current][href="#/${view.split("/")[0]}"]`).waitFor();
  await page.locator("main").locator("li, .tile, option").first().waitFor({ state: "attached" });
  await page.waitForLoadState("networkidle");
  if (view === "inbox") await page.keyboard.press("j");
  if (view === "inbox") await page.locator(".context li").first().waitFor();
  await page.evaluate(() => scrollTo(0, 0));
}

/** Takes every view in every look into a folder, and a sheet for each look. */
async function takeViews(
  browser: Browser,
  server: RunningKabar,
  folder: string,
  wanted: string[],
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [look, options] of Object.entries(LOOKS)) {
    if (wanted.length > 0 && !wanted.includes(look)) continue;
    const page = await open(browser, server, options);
    const names: string[] = [];
    const take = async (name: string) => {
      names.push(`${look}-${name}.png`);
      await page.screenshot({ path: join(folder, `${look}-${name}.png`) });
    };
    for (const view of VIEWS) {
      await show(page, server, view);
      await take(view.replaceAll("/", "-"));
    }
    await show(page, server, "topics/lobby");
    await page.locator(".message [aria-haspopup=dialog]").first().click();
    await page.locator("dialog select").first().selectOption("ban");
    await take("menu");
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("?");
    await page.locator("dialog").waitFor();
    await take("keys-list");
    await page.context().clearCookies();
    await page.goto(`${server.url}/console`);
    await page.reload();
    await page.locator(".sign-in").waitFor();
    await take("sign-in");
    const width = look.startsWith("phone") ? 390 : 900;
    const html = `<!doctype html><meta charset="utf-8"><style>body{margin:8px;background:#888;display:flex;flex-wrap:wrap;gap:8px}img{width:${width}px}</style>${names.map((name) => `<img src="${name}">`).join("")}`;
    await Bun.write(join(folder, `sheet-${look}.html`), html);
    await page.context().close();
    const sheet = await browser.newPage({
      viewport: { width: width * (width < 500 ? 6 : 3) + 80, height: 800 },
    });
    await sheet.goto(`file://${join(folder, `sheet-${look}.html`)}`);
    await sheet.screenshot({ path: join(folder, `sheet-${look}.png`), fullPage: true });
    await sheet.close();
    console.log(`${look} is in ${folder}.`);
  }
}

/** Takes the README's picture, or with a folder all views. */
export async function takeConsole(
  browser: Browser,
  docs: string,
  folder?: string,
  looks: string[] = [],
): Promise<void> {
  const server = await startKabar();
  await fill(server);
  if (folder !== undefined) await takeViews(browser, server, folder, looks);
  else {
    const shots: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await open(browser, server, {
        viewport: { width: 900, height: 640 },
        deviceScaleFactor: 2,
        colorScheme,
      });
      await show(page, server, "inbox");
      shots.push((await page.screenshot()).toString("base64"));
      await page.context().close();
    }
    const page = await browser.newPage({ viewport: { width: 1820, height: 640 } });
    await page.setContent(
      `<style>body{margin:0;display:flex;gap:20px}img{width:900px}</style>${shots.map((shot) => `<img src="data:image/png;base64,${shot}">`).join("")}`,
    );
    await page.screenshot({ path: join(docs, "console.png"), omitBackground: true });
    console.log(`${join(docs, "console.png")} is taken.`);
  }
  await server.stop();
}
