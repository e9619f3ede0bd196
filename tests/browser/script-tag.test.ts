/** The script tag where a tag manager, a client rendering or a swapped body gets in its way. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import type { KabarChat } from "../../widget/loader/element.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, tag } from "../support/chat-page.ts";
import { host, leave, newContext, visit } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "lobby help" });

/** Opens a page and keeps what its console says. */
async function listen(body: string): Promise<{ page: Page; lines: string[] }> {
  const page = await (await newContext()).newPage();
  const lines: string[] = [];
  page.on("console", (message) => lines.push(message.text()));
  await page.clock.install();
  await page.goto(host(body).url);
  return { page, lines };
}
const append = (page: Page, parent: string, id: string) =>
  page.evaluate(
    ([parent, id]) => {
      const holder = Object.assign(document.createElement("div"), { id });
      document.querySelector(parent as string)?.append(holder);
    },
    [parent, id],
  );

browserTest("the script waits for a target that appears later, with one line in the console", async () => {
  const { page, lines } = await listen(
    `<main></main>${tag(server, 'data-topic="lobby" data-target="#late"')}`,
  );
  await until("the script", () => page.evaluate(() => "kabar" in window));
  await page.clock.runFor(6_000);
  await until("a line", () => lines.some((line) => line.includes("nothing matches #late")));
  await append(page, "main", "late");
  await connected(page);
  expect(await page.locator("#late > kabar-chat").count()).toBe(1);
  await page.clock.runFor(20_000);
  expect(lines.filter((line) => line.startsWith("kabar:"))).toHaveLength(1);
});

browserTest("commands for another chat do not wait for a target that never appears", async () => {
  const page = await visit(
    host(
      `${tag(server, 'data-topic="lobby" data-target="#never"')}<kabar-chat topic="help" mode="panel" server="${server.url}"></kabar-chat>`,
    ).url,
  );
  await until("the script", () => page.evaluate(() => "kabar" in window));
  await page.evaluate(() =>
    (window as unknown as { kabar: (...args: string[]) => void }).kabar("open", "help"),
  );
  await until("open", () => page.evaluate(() => document.querySelector("kabar-chat")?.opened));
});

browserTest("a chat in a hidden parent waits, and the console explains why nothing is visible", async () => {
  const { page, lines } = await listen(`<div id="gtm" style="display:none">${tag(server)}</div>`);
  await until("the element", () => page.evaluate(() => document.querySelector("kabar-chat") !== null));
  await page.clock.runFor(6_000);
  await until("a line", () => lines.some((line) => line.includes("hidden in")));
  expect(lines.filter((line) => line.startsWith("kabar:"))).toHaveLength(1);
  await page.evaluate(() => {
    (document.querySelector("#gtm") as HTMLElement).style.display = "block";
  });
  await connected(page);
});

browserTest(
  "the query of the script's address sets attributes, except token, server and handlers",
  async () => {
    const query =
      "topic=help&mode=panel&position=start&label=Ask%20us&v=3&1700000000&server=https://thief.example&token=t&token-url=/t&onclick=alert(1)";
    const page = await visit(
      host(`<script async src="${server.url}/widget.js?${query}" data-label="Help"></script>`).url,
    );
    await connected(page);
    const attributes = await page.evaluate(() => {
      const chat = document.querySelector("kabar-chat");
      return Object.fromEntries([...(chat?.attributes ?? [])].map(({ name, value }) => [name, value]));
    });
    expect(attributes).toMatchObject({ topic: "help", mode: "panel", position: "start", label: "Help" });
    expect(attributes.server?.startsWith(server.url)).toBe(true);
    expect(Object.keys(attributes).filter((name) => /^(?:on|token|1)/.test(name))).toEqual([]);
  },
);

/** What pjax, htmx and their like do with a body. */
const SWAPS: Record<string, (body: HTMLElement, html: string) => void> = {
  innerHTML: (body, html) => {
    body.innerHTML = html;
  },
  "another body": (body, html) => {
    const next = document.createElement("body");
    next.innerHTML = html;
    body.replaceWith(next);
  },
};

for (const [what, swap] of Object.entries(SWAPS)) {
  browserTest(
    `a script's panel survives a replaced body (${what}) with its draft and connection`,
    async () => {
      const page = await visit(
        host(`<h1>One</h1>${tag(server, 'data-topic="lobby" data-mode="panel" data-open')}`).url,
      );
      await connected(page);
      await composer(page).fill("half a sentence");
      const sockets: unknown[] = [];
      page.on("websocket", (socket) => sockets.push(socket));
      await page.evaluate(`(${swap})(document.body, "<h1>Two</h1><p>More</p>")`);
      await until("back", () =>
        page.evaluate(() => document.querySelector<KabarChat>("body > kabar-chat")?.opened),
      );
      expect(await composer(page).inputValue()).toBe("half a sentence");
      // The script of the new page runs again and finds the panel there.
      await page.evaluate((src) => {
        document.body.innerHTML = "<h1>Three</h1><p>More</p>";
        const script = Object.assign(document.createElement("script"), { src });
        Object.assign(script.dataset, { topic: "lobby", mode: "panel" });
        document.body.append(script);
      }, `${server.url}/widget.js`);
      await until("one panel", () =>
        page.evaluate(() => document.querySelectorAll("kabar-chat").length === 1),
      );
      await until("with its draft", async () => (await composer(page).inputValue()) === "half a sentence");
      await connected(page);
      expect(sockets).toEqual([]);
    },
  );
}

browserTest("a panel that the page removes or made itself is not put back", async () => {
  const page = await visit(host(`<h1>One</h1>${tag(server, 'data-topic="lobby" data-mode="panel"')}`).url);
  await connected(page);
  await page.evaluate(() => document.querySelector("kabar-chat")?.remove());
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  expect(await page.locator("kabar-chat").count()).toBe(0);
  await leave(page);
  const own = await visit(
    host(
      `<div id="app"><kabar-chat topic="lobby" mode="panel" server="${server.url}"></kabar-chat></div>${tag(server, "")}`,
    ).url,
  );
  await connected(own);
  await own.evaluate(() => document.querySelector("#app")?.remove());
  await own.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  expect(await own.locator("kabar-chat").count()).toBe(0);
});
