/// <reference path="../../widget/assets.d.ts" />
/**
 * A real Chromium for tests of the widget: one browser a test file, host pages on origins of their own, and waits that
 * look at the page until it is as it should be. Nothing here sleeps for a fixed time.
 */
import { afterAll, expect } from "bun:test";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "@playwright/test";
import { chromium } from "@playwright/test";
import { join } from "node:path";
import type {} from "../../widget/loader/element.ts";
import { chromiumPath, testWith } from "./parts.ts";
import { type RunningKabar, type StartOptions, startKabar } from "./server.ts";

/** A test that needs Chromium. */
export const browserTest = testWith("Chromium", chromiumPath !== undefined, "apt-get install chromium");

/** What a browser in a container needs, and nothing that calls home. */
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
const servers = new Set<RunningKabar>();
const hosts = new Set<{ stop(force: boolean): Promise<void> }>();

/** To be called once at the head of a test file: what the file starts ends with it. */
export function useBrowser(): void {
  afterAll(async () => {
    await Promise.all([...contexts].map((context) => context.close()));
    await (await launched)?.close();
    await Promise.all([...hosts].map((host) => host.stop(true)));
    await Promise.all([...servers].map((server) => server.stop()));
    launched = undefined;
    for (const kept of [contexts, hosts, servers]) kept.clear();
    // What a page throws is nobody's expectation; the file fails with it.
    expect(thrown.splice(0)).toEqual([]);
  });
}

/** A Kabar server that ends with the test file. */
export async function serve(options?: StartOptions): Promise<RunningKabar> {
  const server = await startKabar(options);
  servers.add(server);
  return server;
}

export interface HostPage {
  /** The page's address: an origin that is not the server's. */
  url: string;
}

const FOLLOWS_VISITOR = '<meta name="color-scheme" content="light dark">';

/** Serves one page from an origin of its own; `headers` may hold a policy. It is light or dark as the visitor, unless `head` says else. */
export function host(
  body: string,
  headers: Record<string, string> = {},
  head: string = FOLLOWS_VISITOR,
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

/** A window with storage of its own. */
export async function visit(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await newContext(options);
  return visitIn(context, url);
}

/** A fresh context, which is a visitor's browser. */
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

/** Another window or tab of the same visitor. */
export async function visitIn(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  page.on("pageerror", (error) => thrown.push(`${error.message}\n${error.stack}`));
  await page.goto(url);
  return page;
}

/** Closes a page's context: the visitor is gone. */
export async function leave(page: Page): Promise<void> {
  contexts.delete(page.context());
  await page.context().close();
}

/** Looks again and again until `look` gives something truthy. */
export async function until<T>(what: string, look: () => Promise<T> | T): Promise<NonNullable<T>> {
  const deadline = Date.now() + DEADLINE_MS;
  let last: unknown;
  for (;;) {
    const value = await Promise.resolve(look()).catch((error: unknown) => {
      last = error;
    });
    if (value) return value as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${DEADLINE_MS} ms (${last ?? value})`);
    await Bun.sleep(20);
  }
}

/** The script tag for a server. */
export const tag = (server: { url: string }, attributes = 'data-topic="lobby"'): string =>
  `<script async src="${server.url}/widget.js" ${attributes}></script>`;

/** The texts of the messages in a page's list, in order; of one element when there are several. */
export const texts = (page: Page, index = 0): Promise<string[]> =>
  page.evaluate((index) => {
    const chat = document.querySelectorAll("kabar-chat")[index];
    return [...(chat?.shadowRoot?.querySelectorAll("[part~=text]") ?? [])].map((e) => e.textContent ?? "");
  }, index);

/** Waits until a page shows exactly these messages. */
export async function expectTexts(page: Page, expected: string[], index = 0): Promise<void> {
  await until(`the messages ${JSON.stringify(expected)}`, async () => {
    return JSON.stringify(await texts(page, index)) === JSON.stringify(expected);
  }).catch(async (error) => {
    expect(await texts(page, index)).toEqual(expected);
    throw error;
  });
}

/** Waits until the element's connection is in a state. */
export const connected = (page: Page, state = "online", index = 0): Promise<boolean> =>
  until(`connection ${state}`, () =>
    page.evaluate(
      ([index, state]) => document.querySelectorAll("kabar-chat")[index as number]?.connection === state,
      [index, state] as const,
    ),
  );

export const composer = (page: Page): Locator => page.getByRole("textbox", { name: "Message", exact: true });

/** Types a message and sends it with Enter. */
export async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

/** Publishes over HTTP, with the operator's key and any name. */
export async function publish(
  server: RunningKabar,
  text: string,
  topic = "lobby",
  name = "Ana",
): Promise<void> {
  const response = await fetch(`${server.url}/api/topics/${topic}/messages?name=${name}`, {
    method: "POST",
    body: text,
    headers: { Authorization: `Bearer ${server.operatorKey}`, "Content-Type": "text/plain" },
  });
  if (!response.ok) throw new Error(await response.text());
}

/** What is stored in a topic, oldest first. */
export async function stored(server: RunningKabar, topic = "lobby"): Promise<string[]> {
  const response = await fetch(`${server.url}/api/topics/${topic}/messages?limit=200`);
  const { messages } = (await response.json()) as { messages: { text: string }[] };
  return messages.map((m) => m.text);
}

const axePath = join(import.meta.dir, "../../node_modules/axe-core/axe.min.js");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

type Result = { violations: { id: string; nodes: { target: unknown; failureSummary: string }[] }[] };

/** What axe finds wrong in the page's widgets (it looks into shadow roots), or in all of the page; one line each. */
export async function findViolations(page: Page, where = "kabar-chat"): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await Bun.file(axePath).text());
  return page.evaluate(
    async ([where, tags]) => {
      const { axe } = window as unknown as { axe: { run(where: string, options: object): Promise<Result> } };
      // There are no style sheets to fetch, and a page that is offline would wait for none.
      const { violations } = await axe.run(where, { runOnly: tags, preload: false });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((n) => `${id}: ${JSON.stringify(n.target)} ${n.failureSummary}`),
      );
    },
    [where, AXE_TAGS] as const,
  );
}
