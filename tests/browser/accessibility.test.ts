import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { Client } from "../support/client.ts";
import { findViolations } from "../support/axe.ts";
import { browserTest, serve, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, tag, texts, visitChat, write } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, visit } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "lobby empty read busy" });
for (let i = 1; i <= 60; i++)
  await publish(server, `message ${i} https://example.com/${i}`, "busy", `Author-${i % 13}`);

/** Writes down every line that the announcer gets, from now on. */
const listen = (page: Page) =>
  page.evaluate(() => {
    const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[role=log]");
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) said.push(node.textContent ?? "");
    }).observe(log as Element, { childList: true, subtree: true, characterData: true });
  });
const said = (page: Page) => page.evaluate(() => (window as unknown as { said: string[] }).said);

browserTest("the announcer is polite and starts empty: it announces no message of the history", async () => {
  const page = await visitChat(server, 'data-topic="busy"');
  await until("history", async () => (await texts(page)).length === 30);
  const log = page.getByRole("log");
  expect(await log.count()).toBe(1);
  expect(await log.getAttribute("aria-live")).toBe("polite");
  expect(await log.textContent()).toBe("");
  await listen(page);
  await page.evaluate(() => document.querySelector("kabar-chat")?.loadOlder());
  await until(
    "older",
    async () => (await page.evaluate(() => document.querySelector("kabar-chat")?.messages.length)) === 60,
  );
  expect(await said(page)).toEqual([]);
});

browserTest(
  "a message is announced once, outside the list, and then cleared; the user's own is not announced",
  async () => {
    const page = await visitChat(server);
    await connected(page);
    await listen(page);
    await write(page, "my own");
    await publish(server, "hello there", "lobby", "Budi");
    await until("said", async () => (await said(page)).length === 1);
    expect(await said(page)).toEqual(["Budi: hello there"]);
    await until("gone", async () => (await page.getByRole("log").textContent()) === "");
    expect(
      await page.evaluate(() => {
        const list = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("ol");
        return list?.closest("[aria-live],[role=log],[role=status],[role=alert]") ?? null;
      }),
    ).toBeNull();
  },
);

browserTest("fifty messages at once make at most two announcements, with a count", async () => {
  const page = await visitChat(server);
  await connected(page);
  await listen(page);
  await Promise.all(Array.from({ length: 50 }, (_, i) => publish(server, `burst ${i}`)));
  await until(
    "all",
    async () => (await texts(page)).filter((text) => text.startsWith("burst")).length === 50,
  );
  await until("said", async () =>
    (await said(page)).some((line) => /^\d+ new messages in lobby$/.test(line)),
  );
  await until("quiet", async () => (await page.getByRole("log").textContent()) === "");
  expect((await said(page)).length).toBeLessThanOrEqual(2);
});

browserTest("edits, reactions, deletions and older messages are not announced", async () => {
  const own = await serve();
  const ana = await Client.open(own.url, { name: "Ana" });
  const change = (type: string, fields: object) =>
    ana.ask(type, { topic: "lobby", messageId: crypto.randomUUID(), ...fields });
  for (let i = 1; i <= 40; i++) await change("publish", { text: `change ${i}` });
  const page = await visitChat(own);
  const newest = async () => (await texts(page)).slice(-3).join();
  await until("the list", async () => (await newest()) === "change 38,change 39,change 40");
  await page.locator("[part=menu-button]").waitFor();
  await listen(page);
  await change("edit", { target: 38, text: "changed" });
  await change("react", { target: 39, emoji: "👍", on: true });
  await change("remove", { target: 40 });
  await until("changed", async () => (await newest()) === "changed,change 39,Message deleted");
  await page.evaluate(() => document.querySelector("kabar-chat")?.loadOlder());
  await until("older", async () => (await texts(page)).includes("change 1"));
  await page.getByRole("button", { name: /^thumbs up, 1/ }).waitFor();
  // What comes after them is said, and nothing before it.
  await change("publish", { text: "news" });
  await until("said", async () => (await said(page)).length > 0);
  expect(await said(page)).toEqual(["Ana: news"]);
  ana.close();
});

browserTest("two chats of one topic on a page announce a message once", async () => {
  const page = await visit(host(`${tag(server)}${tag(server, 'data-topic="lobby" data-load="eager"')}`).url);
  await connected(page);
  await connected(page, "online", 1);
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    for (const chat of document.querySelectorAll("kabar-chat")) {
      const log = chat.shadowRoot?.querySelector("[role=log]") as Element;
      new MutationObserver((changes) => {
        for (const { addedNodes } of changes)
          for (const node of addedNodes) said.push(node.textContent ?? "");
      }).observe(log, { childList: true });
    }
  });
  await publish(server, "once", "lobby", "Budi");
  await until("said", async () => (await said(page)).length > 0);
  await until("both have it", async () => (await texts(page, 1)).includes("once"));
  expect(await said(page)).toEqual(["Budi: once"]);
});

for (const colorScheme of ["light", "dark"] as const) {
  browserTest(
    `axe finds nothing in ${colorScheme}: busy, empty, reading, name form, scrolled up, failed, offline`,
    async () => {
      const page = await visitChat(server, 'data-topic="busy"', { colorScheme });
      await until("history", async () => (await texts(page)).length === 30);
      const found: Record<string, string[]> = {};
      const check = async (state: string) => {
        const violations = await findViolations(page);
        if (violations.length) found[state] = violations;
      };
      await write(page, "my own, with https://example.com/link");
      await until("stored", async () => (await texts(page)).some((text) => text.startsWith("my own")));
      await check("busy");
      await page.getByRole("button", { name: "Change name" }).click();
      await page.getByRole("textbox", { name: "Your name" }).waitFor();
      await check("naming");
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.evaluate(() => {
        const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log]");
        if (log) log.scrollTop = 200;
      });
      await publish(server, "new", "busy");
      await page.getByRole("button", { name: /new · Jump/ }).waitFor();
      await check("scrolled up");
      await page.evaluate(
        () =>
          void document
            .querySelector("kabar-chat")
            ?.send("x".repeat(9_000))
            .catch(() => undefined),
      );
      await page.getByText("Not sent", { exact: true }).and(page.locator(".note *")).waitFor();
      await check("failed");
      for (const topic of ["empty", "read"]) {
        await page.evaluate((topic) => {
          const chat = document.querySelector("kabar-chat");
          chat?.setTopic(topic);
          chat?.toggleAttribute("readonly", topic === "read");
        }, topic);
        await page.getByText("No messages yet. Say hello!").waitFor();
        await page.getByText("This chat is public").waitFor();
        await check(topic);
      }
      expect(found).toEqual({});
    },
  );

  browserTest(
    `axe finds nothing in ${colorScheme}: panel, closed with unread, open, small screen, reconnecting`,
    async () => {
      const own = await serve();
      const page = await visit(
        host(`<main><h1>Host</h1></main>${tag(own, 'data-topic="lobby" data-mode="panel"')}`).url,
        { colorScheme },
      );
      await connected(page);
      await publish(own, "unread");
      await page.getByRole("button", { name: "Chat, 1 unread" }).waitFor();
      const found: Record<string, string[]> = {};
      const check = async (state: string) => {
        const violations = await findViolations(page);
        if (violations.length) found[state] = violations;
      };
      await check("closed");
      await page.getByRole("button", { name: /^Chat/ }).click();
      await page.getByRole("dialog").waitFor();
      await until("opaque", () =>
        page.evaluate(() => document.querySelector("kabar-chat")?.shadowRoot?.getAnimations().length === 0),
      );
      await check("open");
      await page.setViewportSize({ width: 390, height: 700 });
      await until(
        "small",
        async () => (await page.getByRole("dialog").getAttribute("aria-modal")) === "true",
      );
      await check("small");
      await own.kill();
      await page.getByRole("button", { name: "Try now" }).waitFor();
      await write(page, "queued");
      await check("reconnecting");
      expect(found).toEqual({});
    },
  );
}

browserTest("controls are large enough to touch, and the primary ones larger", async () => {
  const page = await visitChat(server, 'data-topic="busy" data-mode="panel"');
  await connected(page);
  await page.getByRole("button", { name: /^Chat/ }).click();
  await composer(page).waitFor();
  const small = await page.evaluate(() => {
    const root = document.querySelector("kabar-chat")?.shadowRoot;
    return [...(root?.querySelectorAll<HTMLElement>("button, textarea") ?? [])].flatMap((e) => {
      const { width, height } = e.getBoundingClientRect();
      const least = e.matches("[part=send],[part=close],[part~=launcher],[part=jump]") ? 44 : 24;
      return width < least || height < least
        ? [`${e.getAttribute("part") ?? e.textContent}: ${width}x${height}`]
        : [];
    });
  });
  expect(small).toEqual([]);
});

browserTest("with reduced motion nothing moves; from right to left everything is mirrored", async () => {
  const page = await visit(host(`<div dir="rtl">${tag(server, 'data-topic="busy"')}</div>`).url, {
    reducedMotion: "reduce",
  });
  await until("history", async () => (await texts(page)).length === 30);
  await composer(page).fill("x");
  const measured = await page.evaluate(() => {
    const root = document.querySelector("kabar-chat")?.shadowRoot;
    const left = (part: string) => root?.querySelector(`[part=${part}]`)?.getBoundingClientRect().left ?? 0;
    return {
      animations: root?.getAnimations().length,
      isMirrored: left("avatar") > left("text") && left("send") < left("input"),
    };
  });
  expect(measured).toEqual({ animations: 0, isMirrored: true });
});
