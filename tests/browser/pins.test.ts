import { expect } from "bun:test";
import type { BrowserContextOptions, Page } from "@playwright/test";
import { Client } from "../support/client.ts";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { act, connected, tag, visitChat } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, leave, visit } from "../support/windows.ts";

const topics = ["pin", "several", "far", "quote", "gone", "again", "link", "light", "dark"];
const server = await useBrowserWithServer({ KABAR_TOPICS: topics.join(" ") });
const operator = await Client.open(server.url, { key: server.operatorKey });
const moderate = (topic: string, act: object) => operator.ask("moderate", { topic, ...act });
const pin = (topic: string, target: number, on = true) => moderate(topic, { action: "pin", target, on });
/** Fills a topic; the offsets are those of the texts, from 1. */
const fill = async (topic: string, count: number) => {
  for (let n = 1; n <= count; n++) {
    await operator.ask("publish", { topic, messageId: `n${n}`, text: `number ${n}.` });
  }
};
const open = async (topic: string, options: BrowserContextOptions = {}) => {
  const page = await visitChat(server, `data-topic="${topic}" data-history="20"`, options);
  await connected(page);
  await page.locator("[part=menu-button]").waitFor();
  return page;
};
const strip = (page: Page) => page.getByRole("group", { name: "Pinned", exact: true });
const article = (page: Page, text: string) =>
  page.locator("kabar-chat article", { has: page.locator("[part=text]", { hasText: text }) });
/** Whether a message stands within the list's box. */
const isSeen = (page: Page, text: string) =>
  page.evaluate((text) => {
    const root = document.querySelector("kabar-chat")?.shadowRoot;
    const box = root?.querySelector("[part=log]")?.getBoundingClientRect();
    const row = [...(root?.querySelectorAll("[part=text]") ?? [])].find((e) => e.textContent === text);
    const at = row?.getBoundingClientRect();
    return !!box && !!at && at.top >= box.top && at.bottom <= box.bottom;
  }, text);

browserTest(
  "a pin stands under the header for every user, follows edits, and disappears when unpinned",
  async () => {
    await fill("pin", 2);
    const page = await open("pin");
    expect(await strip(page).count()).toBe(0);
    await pin("pin", 1);
    await strip(page).getByText("number 1.").waitFor();
    expect(await strip(page).getByRole("button").count()).toBe(1);
    await operator.ask("edit", { topic: "pin", messageId: "edit", target: 1, text: "the rules" });
    await strip(page).getByText("the rules").waitFor();
    // One who comes later sees it, too.
    const late = await open("pin");
    await strip(late).getByText("the rules").waitFor();
    await pin("pin", 1, false);
    for (const each of [page, late]) {
      await strip(each).waitFor({ state: "detached" });
      await leave(each);
    }
  },
);

browserTest("the newest of several pins comes first, and a button steps through them", async () => {
  await fill("several", 3);
  for (const offset of [1, 3, 2]) await pin("several", offset);
  const page = await open("several");
  await strip(page).getByText("number 2.").waitFor();
  await strip(page).getByRole("button", { name: "1/3, show the next pinned message" }).click();
  await strip(page).getByText("number 3.").waitFor();
  await strip(page).getByRole("button", { name: "2/3, show the next pinned message" }).click();
  await strip(page).getByText("number 1.").waitFor();
  await strip(page).getByRole("button", { name: "3/3, show the next pinned message" }).click();
  await strip(page).getByText("number 2.").waitFor();
  // A removed message is no longer a pin.
  await moderate("several", { action: "remove", target: 2 });
  await strip(page).getByText("number 3.").waitFor();
});

browserTest(
  "a pin far back in the history is shown and kept up to date, and a press loads the messages up to it",
  async () => {
    await fill("far", 300);
    await pin("far", 40);
    const page = await open("far");
    await strip(page).getByText("number 40.").waitFor();
    expect(await article(page, "number 40.").count()).toBe(0);
    await operator.ask("edit", { topic: "far", messageId: "edit", target: 40, text: "forty, edited" });
    await strip(page).getByText("forty, edited").waitFor();
    await strip(page).getByRole("button").click();
    await until("it is seen", () => isSeen(page, "forty, edited"));
    await until("it has the focus", () =>
      article(page, "forty, edited").evaluate((row) => row.matches(":focus")),
    );
    // And the way back down.
    await pin("far", 290);
    await strip(page).getByText("number 290.").waitFor();
    await strip(page).getByRole("button").first().click();
    await until("it is seen", () => isSeen(page, "number 290."));
  },
);

browserTest("a quote shows a message that is not loaded, and a press goes to it", async () => {
  await fill("quote", 120);
  for (const [n, replyTo] of [5, 5, 7].entries())
    await operator.ask("publish", { topic: "quote", messageId: `a${n}`, text: `answer ${n}`, replyTo });
  const asked: string[] = [];
  const page = await visit("about:blank");
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => asked.push(payload.toString())));
  await page.goto(host(tag(server, 'data-topic="quote" data-history="20"')).url);
  const quote = (text: string) => article(page, text).getByRole("button", { name: /In reply to/ });
  await quote("answer 0").getByText("number 5.").waitFor();
  await quote("answer 1").getByText("number 5.").waitFor();
  await quote("answer 2").getByText("number 7.").waitFor();
  // Each once, however many quote it.
  const fetched = asked.filter((frame) => frame.includes('"limit":1,') || frame.includes('"limit":1}'));
  expect(fetched.length).toBe(2);
  await operator.ask("edit", { topic: "quote", messageId: "edit", target: 5, text: "five, edited" });
  await quote("answer 0").getByText("five, edited").waitFor();
  await operator.ask("remove", { topic: "quote", messageId: "remove", target: 7 });
  await quote("answer 2").getByText("Message deleted").waitFor();
  await quote("answer 1").click();
  await until("it is seen", () => isSeen(page, "five, edited"));
});

browserTest(
  "a failed request for a quoted message is retried after a pause, and not after a final error",
  async () => {
    await fill("again", 60);
    await operator.ask("publish", { topic: "again", messageId: "a", text: "a reply", replyTo: 5 });
    let asked = 0;
    const page = await visit("about:blank");
    await page.routeWebSocket(/websocket/, (socket) => {
      const there = socket.connectToServer();
      socket.onMessage((frame) => {
        const { type, id, limit } = JSON.parse(frame.toString()) as {
          type: string;
          id: number;
          limit?: number;
        };
        if (type !== "history" || limit !== 1) return there.send(frame);
        const code = ++asked === 1 ? "rate-limited" : "forbidden";
        socket.send(JSON.stringify({ type: "error", id, code, message: "", retry: asked === 1 }));
      });
    });
    await page.goto(host(tag(server, 'data-topic="again" data-history="20"')).url);
    await article(page, "a reply").getByText("An earlier message").waitFor();
    await until("asked", () => asked === 1);
    await publish(server, "drawn again", "again");
    await until("asked again", async () => {
      await page.evaluate(() =>
        document.querySelector("kabar-chat")?.setAttribute("title", `${Math.random()}`),
      );
      return asked === 2;
    });
    for (const text of ["one", "two", "three"]) {
      await publish(server, text, "again");
      await article(page, text).waitFor();
    }
    expect(asked).toBe(2);
  },
);

browserTest(
  "a quote of a message that is no longer kept says that it is unavailable and is not a link",
  async () => {
    await fill("gone", 3);
    await operator.ask("publish", { topic: "gone", messageId: "a", text: "a reply", replyTo: 2 });
    await fetch(`${server.url}/api/admin/topics/gone`, {
      method: "PUT",
      headers: { authorization: `Bearer ${server.operatorKey}` },
      body: JSON.stringify({ retain_messages: 1 }),
    });
    await until("the quoted message is gone", async () => {
      const { messages } = await operator.ask("history", { topic: "gone" });
      return (messages as unknown[]).length === 1;
    });
    const page = await open("gone");
    await article(page, "a reply").getByText("An earlier message").waitFor();
    expect(
      await article(page, "a reply")
        .getByRole("button", { name: /In reply to/ })
        .count(),
    ).toBe(0);
  },
);

browserTest("a copied link to a message opens the transcript at that message", async () => {
  await fill("link", 250);
  const page = await open("link", { permissions: ["clipboard-read", "clipboard-write"] });
  await article(page, "number 240.").scrollIntoViewIfNeeded();
  await act(article(page, "number 240."), "Copy link");
  await page.getByText("Copied").first().waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(`${server.url}/t/link?at=240#m240`);
  for (const offset of [240, 60, 1, 250]) {
    await page.goto(link.replaceAll("240", `${offset}`));
    expect(await page.locator(":target").textContent()).toContain(`number ${offset}.`);
  }
});

for (const colorScheme of ["light", "dark"] as const) {
  browserTest(`axe finds nothing in ${colorScheme}: pins, a long one in a narrow box`, async () => {
    await publish(server, "long ".repeat(60), colorScheme);
    await publish(server, "short", colorScheme);
    for (const offset of [2, 1]) await pin(colorScheme, offset);
    const page = await open(colorScheme, { colorScheme, viewport: { width: 320, height: 700 } });
    await strip(page).getByText("long long").waitFor();
    expect(await findViolations(page)).toEqual([]);
    // Two lines at most.
    const size = await strip(page).boundingBox();
    expect(Math.round(size?.height ?? 0)).toBeGreaterThanOrEqual(36);
    expect(size?.height).toBeLessThan(60);
  });
}
