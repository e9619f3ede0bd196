/** Accessibility of the moderation layers: axe in every state, sizes of targets, and the keyboard alone. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { act, visitChat } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { leave } from "../support/windows.ts";
import { openDesk, openMenu, openModeratorPage } from "../support/moderators.ts";
import { idOf, openGuest, openModerator, TOKEN_SECRET } from "../support/people.ts";

const server = await useBrowserWithServer({ KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "a-*" });
const mod = await openModerator(server.url);

/** A topic with something of everything: messages, members, two that wait, a report, somebody who is muted. */
async function fill(topic: string): Promise<void> {
  const [ana, budi] = [
    await openGuest(server.url, topic),
    await openGuest(server.url, topic, { name: "Budi" }),
  ];
  for (const client of [ana, budi]) {
    await client.ask("unsubscribe", { topic });
    await client.ask("subscribe", { topic, people: true });
  }
  await publish(server, "an older message", topic);
  await ana.publish(topic, "of Ana");
  await budi.ask("report", { topic, target: 2, why: "it is rude" });
  await mod.ask("moderate", { topic, action: "mode", mode: { hold: "guests" } });
  for (const client of [ana, budi]) await client.publish(topic, "waits");
  await mod.ask("moderate", { topic, action: "timeout", user: idOf(budi), seconds: 600, why: "loud" });
}
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const at = document.querySelector("kabar-chat")?.shadowRoot?.activeElement;
    const said = at?.getAttribute("aria-label") ?? at?.textContent ?? "";
    return `${at?.localName} ${said}`;
  });
/** Presses Tab, or another key, until the focus is on what matches; says where it went otherwise. */
async function tabTo(page: Page, what: RegExp, key = "Tab"): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press(key);
    passed.push(await focused(page));
    if (what.test(passed.at(-1) ?? "")) return;
  }
  throw new Error(`${what} was not among ${passed.join(" · ")}`);
}
/** Controls that are too small to hit. */
const findSmall = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const root = document.querySelector("kabar-chat")?.shadowRoot;
    const controls = root?.querySelectorAll(
      ".desk :is(button, input, select), .layer :is(button, input), .undo button, .staff > button, [part=member] button",
    );
    return [...(controls ?? [])].flatMap((control) => {
      // The words beside a box are part of its target.
      const { width, height } = (control.closest("label") ?? control).getBoundingClientRect();
      const least = control.matches("[part=moderate-button]") ? 44 : 24;
      return width < least || height < least ? [`${control.outerHTML} ${width} × ${height}`] : [];
    });
  });

for (const colorScheme of ["light", "dark"] as const) {
  browserTest(
    `axe finds nothing in ${colorScheme} in any moderation layer, and every target is large enough`,
    async () => {
      const topic = `a-${colorScheme}`;
      await fill(topic);
      const page = await openModeratorPage(server, topic, {
        colorScheme,
        viewport: { width: 360, height: 700 },
      });
      const found: Record<string, string[]> = {};
      const check = async (state: string) => {
        const wrong = [...(await findViolations(page)), ...(await findSmall(page))];
        if (wrong.length) found[state] = wrong;
      };
      await page.getByRole("button", { name: "Moderate, 3 to review" }).waitFor();
      const menu = await openMenu(page, "of Ana");
      await check("menu");
      await menu.getByRole("button", { name: "Delete all messages" }).click();
      await menu.getByRole("group", { name: /^Delete everything/ }).waitFor();
      await check("question");
      await menu.getByRole("button", { name: "Cancel" }).click();
      await menu.getByRole("button", { name: "Pin", exact: true }).click();
      await page.getByRole("button", { name: "Undo: Message pinned" }).waitFor();
      await check("undo");
      await page.locator('kabar-chat [part="members-button"]').click();
      await page.getByRole("button", { name: "Actions for Ana" }).click();
      await page.getByRole("group", { name: "Actions for Ana" }).waitFor();
      await check("member");
      await page.locator('kabar-chat [part="members-button"]').click();
      const desk = await openDesk(page);
      await desk
        .getByRole("button", { name: /^Approve/ })
        .first()
        .waitFor();
      await check("desk");
      await desk
        .getByRole("button", { name: /^Reject/ })
        .first()
        .click();
      await desk.getByRole("textbox", { name: /^Reason/ }).waitFor();
      await desk.getByRole("button", { name: "Delete all messages in this topic" }).click();
      await check("desk, rejecting and clearing");
      expect(found).toEqual({});
      await leave(page);

      const visitor = await visitChat(server, `data-topic="${topic}"`, { colorScheme });
      const message = visitor.locator("kabar-chat article", { hasText: "of Ana" });
      await act(message, "Report message");
      await message.getByRole("textbox", { name: /^Reason/ }).waitFor();
      expect(await findViolations(visitor)).toEqual([]);
    },
  );
}

browserTest("the keyboard alone mutes, undoes, reviews, and returns the focus to its place", async () => {
  const topic = "a-keys";
  await fill(topic);
  const page = await openModeratorPage(server, topic, { viewport: { width: 480, height: 700 } });
  await page.getByRole("button", { name: "Moderate, 3 to review" }).waitFor();
  await page.locator("kabar-chat article", { hasText: "of Ana" }).waitFor();
  await page.getByRole("region", { name: /^Messages/ }).focus();
  for (const key of ["ArrowUp", "Enter"]) await page.keyboard.press(key);
  await tabTo(page, /^button Message actions$/);
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Moderate" }).waitFor();
  for (const key of ["End", "Enter"]) await page.keyboard.press(key);
  await until("the menu has the focus", async () => (await focused(page)) === "button Delete message");
  await tabTo(page, /^input Reason/);
  await page.keyboard.type("too loud");
  await tabTo(page, /Mute for 10 min/);
  await page.keyboard.press("Enter");
  await until("the message has the focus", async () => /^article Ana/.test(await focused(page)));
  await page.locator("kabar-chat .undo", { hasText: "Ana was muted" }).waitFor();
  await tabTo(page, /^button Undo/);
  await page.keyboard.press("Enter");
  await until("the list has the focus", async () => /^section/.test(await focused(page)));
  await page.locator("kabar-chat .undo", { hasText: "Undone" }).waitFor();

  await tabTo(page, /^button Moderate, 3/, "Shift+Tab");
  await page.keyboard.press("Enter");
  await until("the desk has the focus", async () => (await focused(page)) === "div Moderate");
  await tabTo(page, /^button Reject, Ana/);
  await page.keyboard.press("Enter");
  await until("the reason has the focus", async () => /^input Reason/.test(await focused(page)));
  await page.keyboard.press("Escape");
  await until("the case has the focus", async () => (await focused(page)) === "button Reject, Ana");
  await tabTo(page, /^button Approve, Ana/, "Shift+Tab");
  await page.keyboard.press("Enter");
  await until("the next case has the focus", async () => (await focused(page)) === "button Approve, Budi");
  await page.getByRole("button", { name: "Moderate, 2 to review" }).waitFor();
  // What the desk covers can't be reached.
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press("Tab");
    expect(await focused(page)).not.toMatch(/^(?:textarea|article|section)/);
  }
  await page.locator("kabar-chat .desk button").first().focus();
  await page.keyboard.press("Escape");
  await until("closed", async () => (await page.getByRole("dialog", { name: "Moderate" }).count()) === 0);
  expect(await focused(page)).toBe("button Moderate, 2 to review");

  await tabTo(page, /online$/, "Shift+Tab");
  await page.keyboard.press("Enter");
  await tabTo(page, /^button Actions for Ana/);
  await page.keyboard.press("Enter");
  await tabTo(page, /^input Reason/);
  await page.keyboard.press("Escape");
  await until("the name has the focus", async () => (await focused(page)) === "button Actions for Ana");
  await page.keyboard.press("Escape");
  await until("the count has the focus", async () => /online$/.test(await focused(page)));
});

browserTest(
  "the Undo line stays while it has the focus or the pointer, and disappears afterwards",
  async () => {
    await publish(server, "to pin", "a-undo");
    const page = await openModeratorPage(server, "a-undo");
    await page.clock.install();
    await (await openMenu(page, "to pin")).getByRole("button", { name: "Pin", exact: true }).click();
    const undo = page.getByRole("button", { name: "Undo: Message pinned" });
    await undo.focus();
    for (let i = 0; i < 3; i++) await page.clock.fastForward(9_000);
    expect(await undo.count()).toBe(1);
    await page.getByRole("textbox", { name: "Message" }).focus();
    await until("gone", async () => {
      await page.clock.fastForward(1_000);
      return (await undo.count()) === 0;
    });
  },
);
