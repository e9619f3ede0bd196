import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import { composer, connected, expectTexts, tag, texts, visitChat, write } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, newContext, visit, visitIn } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "lobby long flood keys" });
for (let i = 1; i <= 120; i++) await publish(server, `message ${i}`, "long", i % 3 ? "Ana" : "Budi");

interface Look {
  first: string | undefined;
  top: number;
  fromEnd: number;
  rows: number;
}
/** The first message in sight and how far below the list's edge it begins, the distance from the end, how many are mounted. */
const look = (page: Page): Promise<Look> =>
  page.evaluate(() => {
    const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log]") as HTMLElement;
    const rows = [...log.querySelectorAll("li")];
    const row = rows.find((r) => r.offsetTop + r.offsetHeight > log.scrollTop);
    return {
      first: row?.querySelector("[part=text]")?.textContent ?? undefined,
      top: Math.round((row?.offsetTop ?? 0) - log.scrollTop),
      fromEnd: Math.round(log.scrollHeight - log.scrollTop - log.clientHeight),
      rows: rows.length,
    };
  });
/** How far below the list's edge a message begins. */
const placeOf = (page: Page, text: string | undefined): Promise<number> =>
  page.evaluate((text) => {
    const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log]") as HTMLElement;
    const row = [...log.querySelectorAll("li")].find(
      (r) => r.querySelector("[part=text]")?.textContent === text,
    );
    return Math.round((row?.offsetTop ?? Number.NaN) - log.scrollTop);
  }, text);
const scrollTo = (page: Page, top: number) =>
  page.evaluate((top) => {
    const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log]");
    if (log) log.scrollTop = top < 0 ? log.scrollHeight + top : top;
  }, top);

browserTest(
  "the list starts at the newest messages, and loads older ones on scrolling without a jump",
  async () => {
    const page = await visitChat(server, 'data-topic="long"');
    await until("the newest", async () => (await texts(page)).at(-1) === "message 120");
    // The rows come in two portions.
    await until("the rest of the page", async () => (await texts(page)).length >= 30);
    expect(await texts(page)).toHaveLength(30);
    expect((await look(page)).fromEnd).toBe(0);
    let held = 30;
    while (held < 120) {
      await scrollTo(page, 40);
      const before = await look(page);
      await until(
        "older",
        async () =>
          (await page.evaluate(() => document.querySelector("kabar-chat")?.messages.length ?? 0)) > held,
      );
      await until("drawn", async () => (await texts(page)).length > Math.min(held, 100));
      expect(await placeOf(page, before.first)).toBe(before.top);
      held = await page.evaluate(() => document.querySelector("kabar-chat")?.messages.length ?? 0);
    }
    await scrollTo(page, 0);
    await until("the first", async () => (await texts(page))[0] === "message 1");
    await page.getByRole("button", { name: "Jump to latest" }).click();
    await until(
      "the end",
      async () => (await look(page)).fromEnd === 0 && (await texts(page)).at(-1) === "message 120",
    );
  },
);

browserTest("a list that waits for its first messages requests no older ones", async () => {
  const context = await newContext();
  const held: (() => void)[] = [];
  const asked: string[] = [];
  let isHolding = true;
  await context.routeWebSocket(/websocket/, (page) => {
    const upstream = page.connectToServer();
    page.onMessage((frame) => {
      asked.push(`${frame}`);
      upstream.send(frame);
    });
    upstream.onMessage((frame) => {
      const pass = () => page.send(frame);
      if (isHolding && `${frame}`.includes('"type":"messages"')) held.push(pass);
      else pass();
    });
  });
  const page = await visitIn(context, host(tag(server, 'data-topic="long"')).url);
  await until("messages wait", () => held.length > 0);
  // Drawn with nothing in it: the list is short, and everything is above it.
  await connected(page);
  await page.getByRole("button", { name: "Change name" }).waitFor();
  isHolding = false;
  for (const pass of held) pass();
  await until("the newest", async () => (await texts(page)).length === 30);
  expect(asked.filter((frame) => frame.includes('"history"'))).toEqual([]);
});

browserTest(
  "a reader who has scrolled up is not moved, sees a count of new messages, and jumps to them with a button",
  async () => {
    const page = await visitChat(server, 'data-topic="long"');
    await until("the newest", async () => (await texts(page)).at(-1)?.startsWith("message"));
    await scrollTo(page, 300);
    await page.getByRole("button", { name: "Jump to latest" }).waitFor();
    const before = await look(page);
    for (let i = 1; i <= 5; i++) await publish(server, `new ${i}`, "long", "Citra");
    await page.getByRole("button", { name: "5 new · Jump to latest" }).waitFor();
    expect(await look(page)).toMatchObject({ first: before.first, top: before.top });
    await page.getByRole("button", { name: "5 new" }).click();
    await until(
      "the end",
      async () => (await texts(page)).at(-1) === "new 5" && (await look(page)).fromEnd === 0,
    );
    expect(await page.getByRole("button", { name: /Jump/ }).count()).toBe(0);
  },
);

browserTest(
  "a reader at the end stays at the end when messages arrive or the box changes its size, and so does an author",
  async () => {
    const page = await visit(
      host(
        `<div id="box" style="height:400px">${tag(server, 'data-topic="long" style="--kabar-height:100%"')}</div>`,
      ).url,
    );
    await until("the newest", async () => (await texts(page)).length > 0);
    await page.addStyleTag({ content: "kabar-chat{height:400px}" });
    await publish(server, "stay", "long");
    await until(
      "at the end",
      async () => (await texts(page)).at(-1) === "stay" && (await look(page)).fromEnd === 0,
    );
    await page.addStyleTag({ content: "kabar-chat{height:260px!important}" });
    await until("at the end", async () => (await look(page)).fromEnd === 0);
    await scrollTo(page, 100);
    await page.getByRole("button", { name: /Jump/ }).waitFor();
    await write(page, "mine");
    await until(
      "at the end",
      async () => (await texts(page)).at(-1) === "mine" && (await look(page)).fromEnd === 0,
    );
  },
);

browserTest(
  "ten thousand messages mount at most two hundred rows, and the page stays responsive",
  async () => {
    const page = await visitChat(server, 'data-topic="flood"');
    await connected(page);
    const writer = await Promise.all(
      Array.from({ length: 10 }, async (_, w) => {
        const socket = new WebSocket(`${server.url.replace("http", "ws")}/websocket?topic=flood&name=w${w}`);
        await new Promise((done) => (socket.onopen = done));
        for (let i = 0; i < 1_000; i++) socket.send(`${w} ${i}`);
        return socket;
      }),
    );
    await until("all of them", () =>
      page.evaluate(() => document.querySelector("kabar-chat")?.messages.at(-1)?.offset === 10_000),
    );
    for (const socket of writer) socket.close();
    await until("drawn", async () => (await look(page)).fromEnd === 0);
    expect((await look(page)).rows).toBeLessThanOrEqual(200);
    for (let i = 0; i < 6; i++) {
      await scrollTo(page, 0);
      await until("more above", async () => (await look(page)).top < -50 || (await look(page)).rows > 100);
      expect((await look(page)).rows).toBeLessThanOrEqual(200);
    }
  },
  60_000,
);

browserTest("the list is one Tab stop, and the arrow keys move through its messages", async () => {
  for (const text of ["one", "two https://example.com/", "three"]) await publish(server, text, "keys");
  const page = await visit(
    host(`<input id="before" aria-label="Before">${tag(server, 'data-topic="keys"')}`).url,
    // Where there is room for them, the people beside the list are a stop of their own.
    { viewport: { width: 600, height: 700 } },
  );
  await expectTexts(page, ["one", "two https://example.com/", "three"]);
  const at = () =>
    page.evaluate(() => {
      const focus = document.activeElement?.shadowRoot?.activeElement;
      return focus?.matches("article")
        ? focus.querySelector("[part=text]")?.textContent
        : focus?.getAttribute("part");
    });
  // Alone there is no list of people.
  await (await Client.open(server.url, { name: "Budi" })).ask("subscribe", { topic: "keys", people: true });
  await page.getByRole("button", { name: "2 online" }).waitFor();
  await page.locator("#before").focus();
  await page.keyboard.press("Tab");
  expect(await at()).toBe("members-button");
  await page.keyboard.press("Tab");
  expect(await at()).toBe("menu-button");
  await page.keyboard.press("Tab");
  expect(await at()).toBe("log");
  const steps = [];
  for (const key of ["ArrowUp", "ArrowUp", "Home", "ArrowDown", "End", "ArrowUp"]) {
    await page.keyboard.press(key);
    steps.push(await at());
  }
  expect(steps).toEqual([
    "three",
    "two https://example.com/",
    "one",
    "two https://example.com/",
    "three",
    "two https://example.com/",
  ]);
  await page.keyboard.press("Tab");
  expect(await at()).toBe("link");
  await page.locator("#before").focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press("Tab");
  expect(await at()).toBe("face");
  expect(await composer(page).evaluate((field) => field.tabIndex)).toBe(0);
});

browserTest(
  "rows that change their size leave the list at its end; a reader who scrolls up leaves it",
  async () => {
    const page = await visitChat(server, 'data-topic="long"');
    await page.locator("[part=menu-button]").waitFor();
    await until("the end", async () => (await look(page)).fromEnd < 2);
    await page.evaluate(() => {
      const root = document.querySelector("kabar-chat")?.shadowRoot;
      const [first, second] = root?.querySelectorAll<HTMLElement>("li:not(.line)") ?? [];
      const log = root?.querySelector("[part=log]");
      if (!first || !second || !log) throw new Error("no rows");
      // One row shrinks, so that the browser scrolls; another grows before the chat learns of it.
      first.style.display = "none";
      log.getBoundingClientRect();
      second.style.height = "300px";
    });
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    await until("the end again", async () => (await look(page)).fromEnd < 2);
    expect(await page.locator("[part=jump]").count()).toBe(0);
    await page.locator("[part=log]").hover();
    await page.mouse.wheel(0, -300);
    await page.locator("[part=jump]").waitFor();
  },
);
