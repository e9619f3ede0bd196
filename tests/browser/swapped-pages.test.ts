import { expect } from "bun:test";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { browserTest, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, tag, visitChat } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { leave, visit } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "turbo" });
const idOf = (page: Page) => page.evaluate(() => document.querySelector("kabar-chat")?.me?.id);

/** A site of two pages with Turbo, which swaps bodies instead of loading. */
async function turboSite(head: string, body: string) {
  const turbo = await Bun.file(
    join(import.meta.dir, "../../node_modules/@hotwired/turbo/dist/turbo.es2017-umd.js"),
  ).text();
  const html = (title: string) =>
    `<!doctype html><html lang="en"><head><title>${title}</title><link rel="icon" href="data:,"><script src="/turbo.js"></script>${head}</head><body><h1>${title}</h1><a href="/two">Two</a>${body}</body></html>`;
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/turbo.js")
        return new Response(turbo, { headers: { "Content-Type": "text/javascript" } });
      const title = pathname === "/two" ? "Two" : "One";
      return new Response(html(title), { headers: { "Content-Type": "text/html; charset=utf-8" } });
    },
  });
}
const script = `<script async src="${server.url}/widget.js"></script>`;
const panelScript = tag(server, 'data-topic="turbo" data-mode="panel"');
const sites = {
  "that the page keeps itself": [
    script,
    `<div id="chat" data-turbo-permanent><kabar-chat topic="turbo" mode="panel" server="${server.url}"></kabar-chat></div>`,
  ],
  "of a script in the head": [panelScript, ""],
  "of a script in the body of every page": ["", panelScript],
} as const;

for (const [name, [head, body]] of Object.entries(sites)) {
  browserTest(`Turbo keeps a panel ${name}, with its draft and its connection`, async () => {
    const site = await turboSite(head, body);
    try {
      const page = await visit(`http://127.0.0.1:${site.port}/`);
      await page.evaluate(() => Object.assign(window, { isSame: true }));
      await page.getByRole("button", { name: /^Chat/ }).click();
      await connected(page);
      await composer(page).fill("half a sen");
      const before = await idOf(page);
      await page.getByRole("link", { name: "Two" }).click();
      await page.getByRole("heading", { name: "Two" }).waitFor();
      expect(await page.evaluate(() => "isSame" in window)).toBe(true);
      expect(await composer(page).inputValue()).toBe("half a sen");
      expect(await idOf(page)).toBe(before);
      const text = `still here: ${name}`;
      await publish(server, text, "turbo");
      await page.locator("kabar-chat [part~=text]", { hasText: text }).waitFor();
      expect(await page.evaluate(() => document.querySelectorAll("kabar-chat").length)).toBe(1);
      await leave(page);
    } finally {
      await site.stop(true);
    }
  });
}

browserTest("Astro's view transitions keep a panel too", async () => {
  const page = await visitChat(server, 'data-topic="turbo" data-mode="panel"');
  await page.getByRole("button", { name: /^Chat/ }).click();
  await connected(page);
  await composer(page).fill("half a sen");
  // What Astro's router does between two pages.
  await page.evaluate(() => {
    const newDocument = new DOMParser().parseFromString("<h1>Two</h1>", "text/html");
    document.dispatchEvent(Object.assign(new Event("astro:before-swap"), { newDocument }));
    document.body.replaceWith(newDocument.body);
  });
  await page.getByRole("heading", { name: "Two" }).waitFor();
  expect(await composer(page).inputValue()).toBe("half a sen");
  await connected(page);
});
