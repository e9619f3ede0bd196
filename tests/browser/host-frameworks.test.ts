import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, serve, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, expectTexts, tag, visitChat, write } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, newContext, visit, visitIn } from "../support/windows.ts";

const topics = "lobby help tabs lang gone csp";
const server = await useBrowserWithServer({ KABAR_TOPICS: topics });
const idOf = (page: Page) => page.evaluate(() => document.querySelector("kabar-chat")?.me?.id);
const part = (page: Page, name: string) => page.locator(`kabar-chat [part~="${name}"]`);

browserTest(
  "several topics are tabs, chosen with the keyboard, each with its unread count and its draft",
  async () => {
    const page = await visitChat(server, 'data-topic="tabs help"');
    await connected(page);
    const tab = (name: RegExp) => page.getByRole("tab", { name });
    await tab(/^tabs/).waitFor();
    expect(await tab(/^tabs/).getAttribute("aria-selected")).toBe("true");
    await page.evaluate(() => {
      Object.assign(window, { counts: [] });
      document.addEventListener("kabar-unread", (event) =>
        (window as unknown as { counts: unknown[] }).counts.push((event as CustomEvent).detail),
      );
    });
    await publish(server, "in the other", "help");
    await tab(/^help 1/).waitFor();
    expect(await page.evaluate(() => (window as unknown as { counts: unknown[] }).counts)).toEqual([
      { topic: "help", count: 1, mentions: 0 },
    ]);
    await composer(page).fill("a draft for tabs");
    await tab(/^tabs/).focus();
    await page.keyboard.press("ArrowRight");
    await expectTexts(page, ["in the other"]);
    expect(await composer(page).inputValue()).toBe("");
    await until("the focus", () =>
      page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.textContent === "help"),
    );
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press("Home");
    await until("the draft", async () => (await composer(page).inputValue()) === "a draft for tabs");
    await page.evaluate(() => document.querySelector("kabar-chat")?.setTopic("help"));
    await tab(/./).first().waitFor({ state: "detached" });
    await expectTexts(page, ["in the other"]);
  },
);

browserTest(
  "a new language at run time changes words and direction, and keeps the user, list and draft",
  async () => {
    const page = await visitChat(server, 'data-topic="lang"');
    await connected(page);
    await write(page, "hello");
    await expectTexts(page, ["hello"]);
    await composer(page).fill("half a sen");
    const before = await idOf(page);
    await page.evaluate(() => document.querySelector("kabar-chat")?.setLang("ar"));
    const arabic = page.getByRole("textbox", { name: "رسالة", exact: true });
    await arabic.waitFor();
    await connected(page);
    await expectTexts(page, ["hello"]);
    expect(await arabic.inputValue()).toBe("half a sen");
    expect(await idOf(page)).toBe(before);
    const direction = () => part(page, "panel").evaluate((panel) => getComputedStyle(panel).direction);
    expect(await direction()).toBe("rtl");
    await page.evaluate(() => document.querySelector("kabar-chat")?.setAttribute("dir", "ltr"));
    await until("the page's direction", async () => (await direction()) === "ltr");
    await page.evaluate(() => {
      const chat = document.querySelector("kabar-chat");
      chat?.removeAttribute("dir");
      chat?.setLang("en");
    });
    await composer(page).waitFor();
    await until("from left to right", async () => (await direction()) === "ltr");
    expect(await idOf(page)).toBe(before);
  },
);

browserTest("a page can switch off people, typing and emoji, and limit the length of texts", async () => {
  const page = await visitChat(
    server,
    'data-topic="lobby" data-no-presence data-no-typing data-no-emoji data-max-length="5"',
  );
  await connected(page);
  await part(page, "menu-button").waitFor();
  expect(await part(page, "members-button").count()).toBe(0);
  expect(await part(page, "emoji-button").count()).toBe(0);
  await composer(page).fill("seven77");
  await part(page, "counter").waitFor();
  await composer(page).press("Enter");
  expect(await composer(page).inputValue()).toBe("seven77");
});

browserTest(
  "the launcher shows the page's own picture and label, the chat shows its rules, and `offset` moves the launcher",
  async () => {
    const page = await visit(
      host(`<button id="own" data-kabar-toggle="lobby">Help</button><script async src="${server.url}/widget.js"></script>
      <kabar-chat topic="lobby" mode="panel" label="Ask us" offset="40 30">
        <b slot="launcher" id="icon">?</b><a slot="rules" href="#rules" style="display:block;line-height:32px">House rules</a>
      </kabar-chat>`).url,
    );
    await connected(page);
    await page.locator("#icon").waitFor();
    const launcher = page.getByRole("button", { name: "Ask us. Chat" });
    const box = await launcher.boundingBox();
    expect([
      Math.round((box?.x ?? 0) + (box?.width ?? 0)),
      Math.round((box?.y ?? 0) + (box?.height ?? 0)),
    ]).toEqual([800 - 30, 700 - 40]);
    expect(box?.width).toBeGreaterThan(80);
    const own = page.locator("#own");
    await own.click();
    await page.getByRole("link", { name: "House rules" }).waitFor();
    expect(await page.evaluate(() => document.querySelector("kabar-chat")?.id)).toBe(
      (await own.getAttribute("aria-controls")) ?? "none",
    );
    expect(await findViolations(page)).toEqual([]);
  },
);

browserTest(
  "destroy leaves no socket, no listener, no timer and no global, and a second load works",
  async () => {
    const context = await newContext();
    await context.addInitScript(() => {
      const left = { sockets: 0, listeners: new Set<string>(), intervals: new Set<unknown>(), channels: 0 };
      Object.assign(window, { left });
      const { addEventListener, removeEventListener } = EventTarget.prototype;
      const ids = new WeakMap<object, number>();
      let next = 0;
      const keyOf = (target: EventTarget, type: string, listener: object) => {
        if (!ids.has(listener)) ids.set(listener, next++);
        return `${target === window ? "window" : "document"} ${type} ${ids.get(listener)}`;
      };
      const isPages = (target: unknown) => !target || target === window || target === document;
      EventTarget.prototype.addEventListener = function (type, listener, options) {
        const target = this ?? window;
        if (listener && isPages(target)) {
          const key = keyOf(target, type, listener);
          const { signal, once } = Object(options) as AddEventListenerOptions;
          left.listeners.add(key);
          if (signal) addEventListener.call(signal, "abort", () => left.listeners.delete(key));
          if (once) addEventListener.call(target, type, () => left.listeners.delete(key), { once: true });
        }
        addEventListener.call(target, type, listener, options);
      };
      EventTarget.prototype.removeEventListener = function (type, listener, options) {
        const target = this ?? window;
        if (listener && isPages(target)) left.listeners.delete(keyOf(target, type, listener));
        removeEventListener.call(target, type, listener, options);
      };
      const { setInterval: every, clearInterval: never } = window;
      window.setInterval = ((...args: Parameters<typeof every>) => {
        const id = every(...args);
        left.intervals.add(id);
        return id;
      }) as typeof every;
      window.clearInterval = ((id: number) => {
        left.intervals.delete(id);
        never(id);
      }) as typeof never;
      window.WebSocket = class extends WebSocket {
        constructor(...args: ConstructorParameters<typeof WebSocket>) {
          super(...args);
          left.sockets++;
          this.addEventListener("close", () => left.sockets--);
        }
      };
      window.BroadcastChannel = class extends BroadcastChannel {
        constructor(name: string) {
          super(name);
          left.channels++;
        }
        override close() {
          left.channels--;
          super.close();
        }
      };
    });
    const page = await visitIn(context, host("<p>The page</p>").url);
    const left = () =>
      page.evaluate(() => {
        const { sockets, listeners, intervals, channels } = (
          window as unknown as {
            left: { sockets: number; listeners: Set<string>; intervals: Set<unknown>; channels: number };
          }
        ).left;
        return {
          sockets,
          channels,
          intervals: intervals.size,
          listeners: [...listeners],
          global: "kabar" in window,
        };
      });
    // What the harness itself listens to.
    const before = await left();
    const load = (mode: string) =>
      page.evaluate(
        ([src, mode]) => {
          const script = document.createElement("script");
          Object.assign(script, { src, async: true });
          Object.assign(script.dataset, { topic: "gone", mode, titleBadge: "", sound: "" });
          document.body.append(script);
        },
        [`${server.url}/widget.js`, mode] as const,
      );
    for (const mode of ["panel", "inline"]) {
      await load(mode);
      await connected(page);
      if (mode === "panel") await page.getByRole("button", { name: /^Chat/ }).click();
      await part(page, "menu-button").click();
      await page.getByRole("menu").waitFor();
      await page.evaluate(() => document.querySelector("kabar-chat")?.destroy());
      await until(
        "nothing is left",
        async () => JSON.stringify(await left()) === JSON.stringify(before),
      ).catch(async () => expect(await left()).toEqual(before));
      expect(await page.evaluate(() => document.querySelector("kabar-chat"))).toBeNull();
    }
  },
);

browserTest("a script that is included twice and a second server on the page do no harm", async () => {
  const other = await serve();
  await publish(other, "from the other server");
  await publish(server, "from this server", "gone");
  const mine = tag(server, 'data-topic="gone"');
  const page = await visit(
    host(
      `${mine}<script src="${server.url}/widget.js"></script>${tag(other)}${tag(other, "data-global=second")}`,
    ).url,
  );
  await connected(page, "online", 0);
  await connected(page, "online", 1);
  await expectTexts(page, ["from this server"], 0);
  await expectTexts(page, ["from the other server"], 1);
  expect(await page.evaluate(() => document.querySelectorAll("kabar-chat").length)).toBe(2);
  expect(await page.evaluate(() => "second" in window)).toBe(true);
});

browserTest(
  "every later chunk works under the strictest policy: menu, tabs, emoji, language, panel, attention",
  async () => {
    const ws = server.url.replace("http", "ws");
    const context = await newContext();
    const page = await visitIn(
      context,
      host(
        `${tag(server, 'data-topic="csp help" data-lang="id" nonce="abc"')}${tag(server, 'data-topic="csp" data-mode="panel" data-sound nonce="abc"')}`,
        {
          "Content-Security-Policy": `default-src 'none'; script-src 'nonce-abc'; connect-src ${server.url} ${ws}; require-trusted-types-for 'script'`,
        },
      ).url,
    );
    const loaded = new Set<string>();
    page.on("request", (request) => {
      const chunk = /\/widget\/([a-z-]+)-[a-z0-9]{8}\.js$/.exec(request.url())?.[1];
      if (chunk) loaded.add(chunk);
    });
    await page.evaluate(() => {
      const violations: string[] = [];
      Object.assign(window, { violations });
      document.addEventListener("securitypolicyviolation", (e) =>
        violations.push(`${e.effectiveDirective} ${e.blockedURI}`),
      );
    });
    const inline = page.locator("kabar-chat").first();
    await inline.getByRole("tab", { name: "help" }).click();
    await inline.locator("[part=menu-button]").click();
    await inline.getByRole("menuitem").last().click();
    await inline.locator("[part=settings]").waitFor();
    await page.keyboard.press("Escape");
    await inline.locator("[part=emoji-button]").click();
    await until("the emoji picker", () => loaded.has("emoji-picker"));
    await page.keyboard.press("Escape");
    await publish(server, "for attention", "csp");
    await until("the attention chunk", () => loaded.has("attention"));
    await page.getByRole("button", { name: /^Chat/ }).click();
    await page.getByRole("dialog").getByText("for attention").waitFor();
    expect([...loaded]).toEqual(
      expect.arrayContaining(["popup-menu", "settings-sheet", "topic-tabs", "emoji-picker", "attention"]),
    );
    expect(await page.evaluate(() => (window as unknown as { violations: string[] }).violations)).toEqual([]);
  },
);

browserTest(
  "a policy that blocks the widget's chunks leaves a link to the chat, and the console names the missing line",
  async () => {
    const context = await newContext();
    const page = await context.newPage();
    const logged: string[] = [];
    page.on("console", (message) => logged.push(message.text()));
    await page.goto(
      host(
        `<script>document.addEventListener("kabar-error", (e) => { window.failed = e.detail })</script>${tag(server)}`,
        { "Content-Security-Policy": `script-src 'unsafe-inline' ${server.url}/widget.js` },
      ).url,
    );
    const link = page.getByRole("link", { name: "Open chat in a new tab" });
    await link.waitFor();
    expect(await link.getAttribute("href")).toBe(`${server.url}/embed/lobby`);
    expect(await page.evaluate(() => (window as unknown as { failed: object }).failed)).toMatchObject({
      code: "load-failed",
      hint: `script-src ${server.url}`,
    });
    expect(logged.some((line) => line.startsWith("kabar"))).toBe(true);
  },
);
