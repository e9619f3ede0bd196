/** The examples for frameworks, built as a site would build them, against real servers. */
import { expect } from "bun:test";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { build } from "esbuild";
import { browserTest, serve, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, texts, write } from "../support/chat-page.ts";
import { publish, stored } from "../support/messages.ts";
import { host, newContext, visitIn } from "../support/windows.ts";

const root = join(import.meta.dir, "../..");
const server = await useBrowserWithServer({ KABAR_TOPICS: "one two long" });
const other = await serve({ env: { KABAR_TOPICS: "one" } });
for (let i = 1; i <= 40; i++) await publish(server, `message ${i}`, "long");

/** What a page's application shows. */
interface Shown {
  chats: { key: string; topic: string; server?: string; open?: boolean; more?: Record<string, string> }[];
}
/** An application around an example: it shows what `show` is given, and writes down what it hears. */
const APPLICATIONS: Record<string, string> = {
  react: `
    import { StrictMode, useState } from "react";
    import { createRoot } from "react-dom/client";
    import { Chat } from "./examples/react.jsx";
    function App({ server }) {
      const [shown, show] = useState({ chats: [] });
      window.show = show;
      return shown.chats.map(({ key, topic, open, server: own, more }) =>
        <Chat key={key} server={own ?? server} topic={topic} open={open} {...more}
          onMessage={(m) => m.historical || heard.push(topic + ": " + m.text)}
          onOpenChange={(open) => heard.push("open " + open)} />);
    }
    window.heard = [];
    window.start = (server) => createRoot(document.querySelector("#app"))
      .render(<StrictMode><App server={server} /></StrictMode>);`,
  vue: `
    import { createApp, h, shallowRef } from "vue";
    import { Chat } from "./examples/vue.js";
    const shown = shallowRef({ chats: [] });
    window.show = (next) => { shown.value = next; };
    window.heard = [];
    window.start = (server) => createApp({
      render: () => shown.value.chats.map(({ key, topic, open, server: own, more }) =>
        h(Chat, { key, server: own ?? server, topic, open, ...more,
          onMessage: (m) => m.historical || heard.push(topic + ": " + m.text),
          "onUpdate:open": (open) => heard.push("open " + open) })),
    }).mount("#app");`,
};

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: "jsx" },
    bundle: true,
    write: false,
    format: "iife",
    jsx: "automatic",
    define: {
      "process.env.NODE_ENV": '"development"',
      __VUE_OPTIONS_API__: "true",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
    },
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

type App = {
  start: (server: string) => void;
  show: (shown: Shown) => void;
  heard: string[];
};
const show = (page: Page, chats: Shown["chats"]) =>
  page.evaluate((shown) => (window as unknown as App).show(shown), { chats });
const heard = (page: Page) => page.evaluate(() => (window as unknown as App).heard);
const count = (page: Page) => page.locator("kabar-chat").count();
const scrollTop = (page: Page, to?: number) =>
  page.evaluate((to) => {
    const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log]") as HTMLElement;
    if (to !== undefined) log.scrollTop = to;
    return log.scrollTop;
  }, to);

for (const [framework, source] of Object.entries(APPLICATIONS)) {
  const script = await bundle(source);
  const open = async (chats: Shown["chats"]) => {
    const context = await newContext();
    const page = await context.newPage();
    const wrong: string[] = [];
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    page.on("pageerror", (error) => wrong.push(`${error}`));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) wrong.push(message.text());
    });
    await page.goto(host('<div id="app"></div>').url);
    await page.addScriptTag({ content: script });
    await page.evaluate((url) => void (window as unknown as App).start(url), server.url);
    await until("the application", () => page.evaluate(() => "show" in window));
    await show(page, chats);
    return { page, wrong, sockets };
  };

  browserTest(
    `${framework}: attributes reach the chat, a new topic replaces the old, and each event fires once`,
    async () => {
      const { page, wrong, sockets } = await open([{ key: "a", topic: "one", more: { title: "First" } }]);
      await connected(page);
      await page.getByRole("heading", { name: "First" }).waitFor();
      await write(page, `from ${framework}`);
      await until("stored", async () => (await stored(server, "one")).includes(`from ${framework}`));
      await until("heard", async () => (await heard(page)).includes(`one: from ${framework}`));
      await show(page, [{ key: "a", topic: "two", more: { title: "Second" } }]);
      await page.getByRole("heading", { name: "Second" }).waitFor();
      await publish(server, `two ${framework}`, "two");
      await until("heard", async () => (await heard(page)).includes(`two: two ${framework}`));
      expect(await heard(page)).toEqual([`one: from ${framework}`, `two: two ${framework}`]);
      expect(await page.evaluate(() => document.querySelectorAll("script[src*=widget]").length)).toBe(1);
      // StrictMode mounts everything twice: one connection all the same.
      expect(sockets).toHaveLength(1);
      expect(wrong).toEqual([]);
    },
  );

  browserTest(
    `${framework}: a bound value opens and closes a panel, and follows the user's own opening and closing`,
    async () => {
      const panel = (open: boolean) => [{ key: "a", topic: "one", open, more: { mode: "panel" } }];
      const { page, wrong } = await open(panel(false));
      await connected(page);
      await show(page, panel(true));
      await page.getByRole("dialog").waitFor();
      await show(page, panel(false));
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      await page.getByRole("button", { name: /^Chat/ }).click();
      await page.getByRole("dialog").waitFor();
      expect(await heard(page)).toContain("open true");
      await composer(page).press("Escape");
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      expect((await heard(page)).at(-1)).toBe("open false");
      expect(wrong).toEqual([]);
    },
  );

  browserTest(
    `${framework}: a component that unmounts and mounts again at once keeps its draft`,
    async () => {
      const { page, sockets } = await open([{ key: "a", topic: "one" }]);
      await connected(page);
      await composer(page).fill("half a sentence");
      await show(page, []);
      expect(await count(page)).toBe(0);
      await show(page, [{ key: "a", topic: "one" }]);
      await connected(page);
      await composer(page).waitFor();
      expect(await composer(page).inputValue()).toBe("half a sentence");
      expect(sockets).toHaveLength(1);
    },
  );

  browserTest(
    `${framework}: a list that is sorted again moves its chats with their drafts and scroll positions`,
    async () => {
      const [a, b] = [
        { key: "a", topic: "long", more: { history: "40" } },
        { key: "b", topic: "two" },
      ];
      const { page, wrong } = await open([a, b]);
      await until("messages", async () => (await texts(page)).length === 40);
      await connected(page, "online", 1);
      await composer(page).first().fill("unfinished");
      await scrollTop(page, 200);
      await page.getByRole("button", { name: "Jump to latest" }).waitFor();
      const topics = () =>
        page.evaluate(() => [...document.querySelectorAll("kabar-chat")].map((chat) => chat.topic));
      await show(page, [b, a]);
      await until("sorted", async () => (await topics())[0] === "two");
      await show(page, [a, b]);
      await until("sorted back", async () => (await topics())[0] === "long");
      expect(await scrollTop(page)).toBe(200);
      expect(await composer(page).first().inputValue()).toBe("unfinished");
      expect(wrong).toEqual([]);
    },
  );

  browserTest(`${framework}: chats of two servers share a page, each with its own messages`, async () => {
    const { page, sockets } = await open([
      { key: "a", topic: "one" },
      { key: "b", topic: "one", server: other.url },
    ]);
    await connected(page);
    await connected(page, "online", 1);
    await publish(other, `elsewhere, ${framework}`, "one");
    await until("there", async () => (await texts(page, 1)).includes(`elsewhere, ${framework}`));
    expect(await texts(page, 0)).not.toContain(`elsewhere, ${framework}`);
    expect(new Set(sockets).size).toBe(2);
  });
}

browserTest("react: server rendering leaves a link to the chat for pages without scripts", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { renderToString } from "react-dom/server";
        import { Chat } from "./examples/react.jsx";
        export const html = renderToString(<Chat server="https://chat.example" topic="one" />);`,
      resolveDir: root,
      loader: "jsx",
    },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    jsx: "automatic",
    logLevel: "silent",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire("/");' },
  });
  const code = new Blob([outputFiles[0]?.text ?? ""], { type: "text/javascript" });
  const { html } = (await import(URL.createObjectURL(code))) as { html: string };
  expect(html).toContain('<a href="https://chat.example/t/one">Read the chat</a>');
  expect(html).toStartWith('<kabar-chat server="https://chat.example" topic="one"');
});

browserTest("turbo: a permanent chat keeps its draft and its connection from page to page", async () => {
  const turbo = await Bun.file(join(root, "node_modules/@hotwired/turbo/dist/turbo.es2017-umd.js")).text();
  const context = await newContext();
  const page = await context.newPage();
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  const site = host(`<a href="/elsewhere">Next</a><script src="${server.url}/widget.js"></script>
    <kabar-chat id="chat" data-turbo-permanent server="${server.url}" topic="one"></kabar-chat>`);
  await page.goto(site.url);
  await page.addScriptTag({ content: turbo });
  await connected(page);
  await composer(page).fill("unfinished");
  await page.getByRole("link", { name: "Next" }).click();
  await page.waitForURL(`${site.url}elsewhere`);
  await until("one chat", async () => (await count(page)) === 1);
  expect(await composer(page).inputValue()).toBe("unfinished");
  await publish(server, "after the visit", "one");
  await until("still connected", async () => (await texts(page)).includes("after the visit"));
  expect(sockets).toHaveLength(1);
});

browserTest("the plain page of the examples shows a chat", async () => {
  const html = await Bun.file(join(root, "examples/embed.html")).text();
  const context = await newContext();
  const at = host(
    html.replace(/^[\s\S]*<body>|<\/body>[\s\S]*$/g, "").replaceAll("http://localhost:3000", other.url),
  );
  const page = await visitIn(context, at.url);
  await page.getByRole("region", { name: "Chat, lobby" }).waitFor();
});
