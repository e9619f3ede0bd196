import { expect } from "bun:test";
import type { Page, WebSocketRoute } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, expectTexts, tag, texts, write } from "../support/chat-page.ts";
import { publish, stored } from "../support/messages.ts";
import { host, newContext, visit, visitIn } from "../support/windows.ts";

const topics = ["broken", "name", "loading", "drafts", "other", "failed"];
const server = await useBrowserWithServer({ KABAR_TOPICS: topics.join(" ") });
const url = (topic: string, attributes = "") => host(tag(server, `data-topic="${topic}" ${attributes}`)).url;

/** A page whose connection passes through `route`. */
async function through(topic: string, route: (socket: WebSocketRoute) => void): Promise<Page> {
  const page = await visit("about:blank");
  await page.routeWebSocket(/websocket/, route);
  await page.goto(url(topic));
  return page;
}
const settled = (page: Page) => page.getByRole("button", { name: "Emoji", exact: true }).waitFor();
const article = (page: Page, text: string) => page.locator("kabar-chat article", { hasText: text });

browserTest(
  "a message that cannot be drawn leaves a notice in its row, and all others are shown",
  async () => {
    for (const text of ["one", "two", "three"]) await publish(server, text, "broken");
    const page = await through("broken", (socket) => {
      const there = socket.connectToServer();
      there.onMessage((frame) =>
        socket.send(frame.toString().replace('"text":"two"', '"text":{"no":"text"}')),
      );
    });
    await settled(page);
    await page.getByText("This message can't be shown.").waitFor();
    await expectTexts(page, ["one", "three"]);
    await write(page, "four");
    await expectTexts(page, ["one", "three", "four"]);
  },
);

browserTest("a message written while the chat is connecting is sent once it is online", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const page = await through("loading", (socket) => {
    const early: (string | Buffer)[] = [];
    socket.onMessage((frame) => void early.push(frame));
    void promise.then(() => {
      const there = socket.connectToServer();
      socket.onMessage((frame) => there.send(frame));
      for (const frame of early) there.send(frame);
    });
  });
  await composer(page).fill("early");
  await composer(page).press("Enter");
  await expectTexts(page, ["early"]);
  expect(await composer(page).inputValue()).toBe("");
  expect(await stored(server, "loading")).toEqual([]);
  resolve();
  await until("stored", async () => (await stored(server, "loading")).join() === "early");
  await expectTexts(page, ["early"]);
});

browserTest(
  "the form explains a name that the server refuses, keeps it for a change, and does not take it",
  async () => {
    const page = await visit(url("name"));
    await settled(page);
    const before = await page.evaluate(() => document.querySelector("kabar-chat")?.me?.name ?? "");
    await page.getByRole("button", { name: "Change name" }).click();
    const field = page.getByRole("textbox", { name: "Your name" });
    await field.fill("M0derator");
    await field.press("Enter");
    await page
      .getByRole("alert")
      .getByText(/This name is taken or reserved/)
      .waitFor();
    expect(await field.inputValue()).toBe("M0derator");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await page.evaluate(() => document.querySelector("kabar-chat")?.me?.name)).toBe(before);
    await field.fill("Budi");
    await field.press("Enter");
    await field.waitFor({ state: "detached" });
    await page.getByPlaceholder(/Write as .*Budi/).waitFor();
  },
);

browserTest("a refused message can be sent again or discarded", async () => {
  let isRefusing = true;
  const page = await through("failed", (socket) => {
    const there = socket.connectToServer();
    socket.onMessage((frame) => {
      const { type, id } = JSON.parse(frame.toString()) as { type: string; id: number };
      if (type !== "publish" || !isRefusing) return there.send(frame);
      socket.send(JSON.stringify({ type: "error", id, code: "forbidden", message: "", retry: false }));
    });
  });
  await settled(page);
  await write(page, "first");
  await write(page, "second");
  await until("both failed", async () => (await page.getByText("Not sent", { exact: true }).count()) >= 2);
  await article(page, "first").getByRole("button", { name: "Delete" }).click();
  await expectTexts(page, ["second"]);
  isRefusing = false;
  await article(page, "second").getByRole("button", { name: "Retry" }).click();
  await until("stored", async () => (await stored(server, "failed")).join() === "second");
  await until("no note", async () => (await page.locator("kabar-chat .note").count()) === 0);
});

browserTest(
  "a draft stays with its topic through a change of topic, a closed panel and, for a guest who has written, a reload",
  async () => {
    const context = await newContext();
    const address = url("drafts", 'data-mode="panel"');
    const page = await visitIn(context, address);
    const launcher = page.getByRole("button", { name: /^Chat/ });
    await launcher.click();
    await connected(page);
    await composer(page).fill("for drafts");
    const kept = () => page.evaluate(() => [sessionStorage.length, localStorage.length]);
    // Nothing is kept before the visitor speaks.
    expect(await kept()).toEqual([0, 0]);
    await page.keyboard.press("Escape");
    await launcher.click();
    expect(await composer(page).inputValue()).toBe("for drafts");
    const go = (topic: string) =>
      page.evaluate((topic) => document.querySelector("kabar-chat")?.setTopic(topic), topic);
    await go("other");
    await until("the other field", async () => (await composer(page).inputValue()) === "");
    await composer(page).fill("for other");
    await go("drafts");
    await until("the first draft", async () => (await composer(page).inputValue()) === "for drafts");
    await composer(page).press("Enter");
    await expectTexts(page, ["for drafts"]);
    await composer(page).fill("half of a thou");
    await page.reload();
    await launcher.click();
    await until("after a reload", async () => (await composer(page).inputValue()) === "half of a thou");
    await go("other");
    await until("of the other, too", async () => (await composer(page).inputValue()) === "for other");
    // Another tab has drafts of its own.
    const second = await visitIn(context, address);
    await second.getByRole("button", { name: /^Chat/ }).click();
    await until("the message", async () => (await texts(second)).join() === "for drafts");
    expect(await composer(second).inputValue()).toBe("");
  },
);
