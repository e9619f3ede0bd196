/** Each act of a moderator in the widget, seen in three browsers, one of them offline meanwhile. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { act, composer, expectTexts, tag, write } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, leave, visit } from "../support/windows.ts";
import { comeBack, goAway, openDesk, openMenu, openThree, type Three } from "../support/moderators.ts";
import { signToken, TOKEN_SECRET } from "../support/people.ts";

const server = await useBrowserWithServer({ KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "m-*" });
const GONE = "Message deleted by a moderator";

const all = ({ mod, here, away }: Three) => [mod, here, away];
const expectAll = async (three: Three, expected: string[]) => {
  for (const page of all(three)) await expectTexts(page, expected);
};
const close = async (three: Three) => {
  for (const page of all(three)) await leave(page);
};
/** The line after an act. */
const said = (page: Page, text: string | RegExp) =>
  page.locator("kabar-chat .undo", { hasText: text }).waitFor();
const undo = (page: Page) => page.getByRole("button", { name: /^Undo/ });
/** Writes and waits until everybody who is there has it. */
async function say(page: Page, text: string, others: readonly Page[]): Promise<void> {
  await write(page, text);
  for (const other of [page, ...others]) await other.getByText(text, { exact: true }).first().waitFor();
}

browserTest("a message that a moderator removes disappears for every user and cannot return", async () => {
  const three = await openThree(server, "m-remove");
  const { mod, here, away } = three;
  await say(here, "kind words", [mod, away]);
  await say(here, "rude words", [mod, away]);
  await goAway(away);
  await (await openMenu(mod, "rude words")).getByRole("button", { name: "Delete message" }).click();
  await said(mod, "Message deleted");
  expect(await undo(mod).count()).toBe(0);
  await expectTexts(here, ["kind words", GONE]);
  await expectTexts(away, ["kind words", "rude words"]);
  await comeBack(away);
  await expectAll(three, ["kind words", GONE]);
  await close(three);
});

browserTest("removing all messages of a user asks first, and removes no one else's", async () => {
  const three = await openThree(server, "m-remove-all");
  const { mod, here, away } = three;
  await publish(server, "of somebody else", "m-remove-all");
  await say(here, "one", [mod, away]);
  await say(here, "two", [mod, away]);
  await goAway(away);
  const menu = await openMenu(mod, "one");
  await menu.getByRole("button", { name: "Delete all messages" }).click();
  const question = menu.getByRole("group", { name: /^Delete everything .* wrote here\?$/ });
  await question.getByRole("button", { name: "Cancel" }).click();
  await expectTexts(here, ["of somebody else", "one", "two"]);
  await menu.getByRole("button", { name: "Delete all messages" }).click();
  await question.getByRole("button", { name: "Delete all messages" }).click();
  await said(mod, /^All messages from .* deleted/);
  await comeBack(away);
  await expectAll(three, ["of somebody else", GONE, GONE]);
  await close(three);
});

browserTest(
  "a user who was offline when muted reads it on reconnecting, and Undo lets the user write again",
  async () => {
    const three = await openThree(server, "m-timeout");
    const { mod, here, away } = three;
    await say(away, "too loud", [mod, here]);
    await goAway(away);
    const menu = await openMenu(mod, "too loud");
    await menu.getByRole("textbox", { name: /^Reason/ }).fill("shouting");
    await menu.getByRole("button", { name: "Mute for 10 min" }).click();
    await said(mod, /was muted/);
    await comeBack(away);
    await away.getByText(/^You've been muted until .*: shouting$/).waitFor();
    expect(await composer(here).count()).toBe(1);
    await undo(mod).focus();
    await mod.keyboard.press("Enter");
    await said(mod, "Undone");
    await composer(away).waitFor();
    await say(away, "quiet now", [mod, here]);
    await expectAll(three, ["too loud", "quiet now"]);
    await close(three);
  },
);

browserTest(
  "a banned user goes on reading, other users notice nothing, and the desk lifts the ban",
  async () => {
    const three = await openThree(server, "m-ban");
    const { mod, here, away } = three;
    await say(here, "an insult", [mod, away]);
    await goAway(away);
    const menu = await openMenu(mod, "an insult");
    await menu.getByRole("button", { name: "Ban for 30 days" }).click();
    await here.getByText(/^You've been banned from this chat until/).waitFor();
    await comeBack(away);
    await say(away, "what happened?", [mod, here]);
    const desk = await openDesk(mod);
    const laid = desk.getByRole("region", { name: "Muted, banned or hidden" });
    await laid.getByText(/^banned until/).waitFor();
    await laid.getByRole("button", { name: /^Allow to post again/ }).click();
    await composer(here).waitFor();
    await until("nobody is banned", async () => (await laid.count()) === 0);
    await expectAll(three, ["an insult", "what happened?"]);
    await close(three);
  },
);

browserTest("slow mode starts at the desk, shows in every chat, and Undo ends it", async () => {
  const three = await openThree(server, "m-slow");
  const { mod, here, away } = three;
  await goAway(away);
  const desk = await openDesk(mod);
  await desk.getByRole("combobox", { name: "Slow mode" }).selectOption("30 s");
  await here.getByText("Slow mode: 30 s").waitFor();
  await comeBack(away);
  await away.getByText("Slow mode: 30 s").waitFor();
  await undo(mod).click();
  for (const page of [here, away])
    await until("no slow mode", async () => (await page.getByText(/^Slow mode/).count()) === 0);
  await until(
    "off",
    async () => (await desk.getByRole("combobox", { name: "Slow mode" }).inputValue()) === "0",
  );
  await desk.getByRole("checkbox", { name: "Only moderators can post" }).check();
  await here.getByText("Only moderators can post right now.").waitFor();
  await desk.getByRole("checkbox", { name: "Only moderators can post" }).uncheck();
  await desk.getByRole("checkbox", { name: "Emoji only" }).check();
  await here.getByText("Emoji only right now.").waitFor();
  await close(three);
});

browserTest(
  "only its author sees a held message until approval, and a rejected one shows the reason",
  async () => {
    const three = await openThree(server, "m-hold");
    const { mod, here, away } = three;
    let desk = await openDesk(mod);
    await desk.getByRole("combobox", { name: "Review messages from" }).selectOption("guests");
    await here.getByText("Messages are reviewed before they appear.").waitFor();
    await mod.keyboard.press("Escape");
    await goAway(away);
    for (const text of ["a question", "an advertisement"]) await write(here, text);
    await until("both wait", async () => (await here.getByText("Waiting for review").count()) === 2);
    await mod.getByRole("button", { name: "Moderate, 2 to review" }).waitFor();
    await expectTexts(mod, []);
    desk = await openDesk(mod);
    const held = desk.getByRole("region", { name: "Waiting for review" });
    const question = held.getByRole("listitem").filter({ hasText: "a question" });
    await question.getByRole("button", { name: /^Approve/ }).click();
    await expectTexts(mod, ["a question"]);
    const advertisement = held.getByRole("listitem").filter({ hasText: "an advertisement" });
    await advertisement.getByRole("button", { name: /^Reject/ }).click();
    await advertisement.getByRole("textbox", { name: /^Reason/ }).fill("no advertising");
    await mod.keyboard.press("Enter");
    await here.getByText("Not approved: no advertising").waitFor();
    await desk.getByText("Nothing to review.").waitFor();
    await comeBack(away);
    await expectTexts(away, ["a question"]);
    await here.getByRole("button", { name: "Delete", exact: true }).click();
    await expectAll(three, ["a question"]);
    await close(three);
  },
);

browserTest("a pin shows for every user until it is removed", async () => {
  const three = await openThree(server, "m-pin");
  const { mod, here, away } = three;
  await say(here, "the rules", [mod, away]);
  await goAway(away);
  await (await openMenu(mod, "the rules")).getByRole("button", { name: "Pin", exact: true }).click();
  await said(mod, "Message pinned");
  await comeBack(away);
  const isPinned = (page: Page) =>
    page.evaluate(
      () => !!document.querySelector("kabar-chat")?.messages.find((m) => m.text === "the rules")?.pinned,
    );
  for (const page of all(three)) await until("pinned", () => isPinned(page));
  await (await openMenu(mod, "the rules")).getByRole("button", { name: "Unpin" }).click();
  for (const page of all(three)) await until("unpinned", async () => !(await isPinned(page)));
  await undo(mod).click();
  for (const page of all(three)) await until("pinned again", () => isPinned(page));
  await close(three);
});

browserTest(
  "clearing a topic asks first, and leaves nothing, not even in a browser that was offline",
  async () => {
    const three = await openThree(server, "m-clear");
    const { mod, here, away } = three;
    await say(here, "one", [mod, away]);
    await say(away, "two", [mod, here]);
    await goAway(away);
    const desk = await openDesk(mod);
    await desk.getByRole("button", { name: "Delete all messages in this topic" }).click();
    const question = desk.getByRole("group", { name: /^Delete every message/ });
    await question.getByRole("button", { name: "Delete all messages in this topic" }).click();
    await expectTexts(here, []);
    await comeBack(away);
    await expectAll(three, []);
    await say(here, "a new start", [away]);
    await expectAll(three, ["a new start"]);
    await close(three);
  },
);

browserTest("only moderators and the author see the messages of a shadow-banned user", async () => {
  const three = await openThree(server, "m-shadow");
  const { mod, here, away } = three;
  await say(here, "before", [mod, away]);
  await goAway(away);
  await (await openMenu(mod, "before")).getByRole("button", { name: "Hide from others" }).click();
  await said(mod, /is hidden/);
  await write(here, "to nobody");
  await expectTexts(here, ["before", "to nobody"]);
  await expectTexts(mod, ["before", "to nobody"]);
  await mod
    .locator("kabar-chat article", { hasText: "to nobody" })
    .getByText("Only visible to moderators and the author")
    .waitFor();
  await comeBack(away);
  await write(mod, "after");
  await expectTexts(away, ["before", "after"]);
  expect(await here.getByText("Only visible to moderators and the author").count()).toBe(0);
  const desk = await openDesk(mod);
  await desk.getByRole("button", { name: /^Show to others again/ }).click();
  await until("seen again", async () => (await desk.getByText(/^hidden/).count()) === 0);
  await say(here, "to everybody", [mod, away]);
  await close(three);
});

browserTest(
  "a user reports a message, and the desk shows its text, author and reason, and mutes the author",
  async () => {
    const three = await openThree(server, "m-report");
    const { mod, here, away } = three;
    await say(here, "a doubtful offer", [mod, away]);
    const message = away.locator("kabar-chat article", { hasText: "a doubtful offer" });
    await act(message, "Report message");
    await message.getByRole("textbox", { name: /^Reason/ }).fill("a fraud");
    await away.keyboard.press("Enter");
    await away.getByText("Report sent. Thank you.").first().waitFor();
    await mod.getByRole("button", { name: "Moderate, 1 to review" }).waitFor();
    const desk = await openDesk(mod);
    const reports = desk.getByRole("region", { name: "Reports" });
    await reports.getByText("a doubtful offer").waitFor();
    const name = await away.evaluate(() => document.querySelector("kabar-chat")?.me?.name);
    await reports.getByText(`${name}: a fraud`).waitFor();
    await reports.getByRole("button", { name: /^Actions for/ }).click();
    await reports.getByRole("button", { name: "Mute for 1 h" }).click();
    await here.getByText(/^You've been muted until/).waitFor();
    await reports.getByRole("button", { name: "Delete message" }).click();
    await desk.getByText("Nothing to review.").waitFor();
    await expectAll(three, [GONE]);
    await close(three);
  },
);

browserTest("menu, desk and acts are in the moderator's language, or in English without one", async () => {
  await publish(server, "zu laut", "m-german");
  const here = (more = "") => host(tag(server, `data-topic="m-german" data-lang="de" ${more}`)).url;
  const visitor = await visit(here());
  await visitor.getByRole("button", { name: "Menü" }).waitFor();
  const loaded = () => performance.getEntriesByType("resource").map(({ name }) => name);
  expect((await visitor.evaluate(loaded)).filter((name) => /\/mod/.test(name))).toEqual([]);
  await leave(visitor);

  const token = await signToken("mod", { name: "Mod", role: "moderator" });
  const page = await visit(here(`data-token="${token}"`));
  const shield = page.locator('kabar-chat [part="moderate-button"]');
  await shield.and(page.getByRole("button", { name: "Moderieren" })).click();
  const desk = page.getByRole("dialog", { name: "Moderieren" });
  await desk.getByRole("combobox", { name: "Langsamer Modus" }).selectOption("1 Min.");
  await said(page, "Einstellungen des Themas geändert");
  await page.keyboard.press("Escape");
  const message = page.locator("kabar-chat article", { hasText: "zu laut" });
  await act(message, "Moderieren");
  const menu = message.getByRole("group", { name: "Moderieren" });
  await menu.getByRole("button", { name: "Sperren für immer" }).waitFor();
  await menu.getByRole("button", { name: "Nachricht löschen" }).click();
  await said(page, "Nachricht gelöscht");

  await page.evaluate(() => document.querySelector("kabar-chat")?.setLang("ar"));
  await shield.and(page.getByRole("button", { name: "إشراف" })).waitFor();
  await page.route(/\/de-moderation-/, (route) => route.abort());
  await page.reload();
  await shield.and(page.getByRole("button", { name: "Moderate" })).click();
  await page.getByRole("dialog", { name: "Moderate" }).getByText("Slow mode").waitFor();
});
