/**
 * Windows of Chromium and the host pages they show, each page on an origin of its own.
 *
 * One browser serves a test file. Errors that a page throws are collected: the file fails with them.
 */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "@playwright/test";
import { chromium } from "@playwright/test";
import { chromiumPath } from "./parts.ts";

/** Flags that a browser in a container needs, without requests to its maker. */
export const CHROMIUM_FLAGS: string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
const DEADLINE_MS = 15_000;

let launched: Promise<Browser> | undefined;
const thrown: string[] = [];
const contexts = new Set<BrowserContext>();
const hosts = new Set<{ stop(force: boolean): Promise<void> }>();

export interface HostPage {
  /** The page's address: an origin that is not the server's. */
  url: string;
}

const FOLLOWS_USER = '<meta name="color-scheme" content="light dark">';

/** Serves one page from an origin of its own; `headers` may hold a policy. It follows the user's light or dark scheme unless `head` sets another. */
export function host(
  body: string,
  headers: Record<string, string> = {},
  head: string = FOLLOWS_USER,
): HostPage {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${head}<title>Host</title><link rel="icon" href="data:,"></head><body>${body}</body></html>`;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(html, { headers: { "Content-Type": "text/html; charset=utf-8", ...headers } }),
  });
  hosts.add(server);
  return { url: `http://127.0.0.1:${server.port}/` };
}

/** Opens a page in a window with storage of its own. */
export async function visit(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await newContext(options);
  return visitIn(context, url);
}

/** A browser of another user: a context with storage of its own. */
export async function newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  launched ??= chromium.launch({
    ...(chromiumPath ? { executablePath: chromiumPath } : {}),
    args: CHROMIUM_FLAGS,
  });
  const context = await (await launched).newContext({ viewport: { width: 800, height: 700 }, ...options });
  context.setDefaultTimeout(DEADLINE_MS);
  contexts.add(context);
  return context;
}

/** Opens another window or tab of the same user. */
export async function visitIn(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  page.on("pageerror", (error) => thrown.push(`${error.message}\n${error.stack}`));
  await page.goto(url);
  return page;
}

/** Closes the window of a page and its context in the middle of a test, as a user who leaves. */
export const leave = (page: Page): Promise<void> => closeContexts([page.context()]);

/** The contexts that are open now. */
export const openContexts = (): BrowserContext[] => [...contexts];

/** Closes contexts with all their windows. */
export async function closeContexts(closing: BrowserContext[]): Promise<void> {
  for (const context of closing) contexts.delete(context);
  await Promise.all(closing.map((context) => context.close()));
}

/** Closes every window, the browser and the host pages; returns the errors that pages threw since the start. */
export async function closeBrowser(): Promise<string[]> {
  await closeContexts(openContexts());
  await (await launched)?.close();
  launched = undefined;
  await Promise.all([...hosts].map((host) => host.stop(true)));
  hosts.clear();
  return thrown.splice(0);
}
