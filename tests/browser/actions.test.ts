import { expect } from "bun:test";
import type { Locator, Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import { act, composer, connected, expectTexts, putToSleep, visitChat, write } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { leave } from "../support/windows.ts";

const topics = ["react", "edit", "remove", "away", "keys", "typing", "mention", "prose", "light", "dark"];
const server = await useBrowserWithServer({ KABAR_TOPICS: topics.join(" ") });
const open = (topic: string, options = {}) => visitChat(server, `data-topic="${topic}"`, options);
const row = (page: Page, text: string): Locator =>
  page.locator("kabar-chat article", { hasText: text }).last();
const press = (page: Page, text: string, name: string) => act(row(page, text), name);
const html = (page: Page) =>
  page.evaluate(
    () => document.querySelector("kabar-chat")?.shadowRoot?.querySelector(".root")?.outerHTML ?? "",
  );

browserTest("a reaction counts for every user, names its users, and a second press removes it", async () => {
  const [one, two] = [await open("react"), await open("react")];
  await publish(server, "to react to", "react");
  await row(one, "to react to").waitFor();
  await press(one, "to react to", "React");
  await row(one, "to react to").getByRole("button", { name: "thumbs up", exact: true }).click();
  const pill = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
  await pill(one, "thumbs up, 1, you reacted").waitFor();
  await pill(two, "thumbs up, 1").click();
  await pill(one, "thumbs up, 2, you reacted").waitFor();
  expect(await pill(two, "thumbs up, 2, you reacted").getAttribute("aria-pressed")).toBe("true");
  await pill(two, "thumbs up, 2, you reacted").click();
  await pill(one, "thumbs up, 1, you reacted").click();
  await until(
    "no reaction",
    async () => (await two.getByRole("button", { name: /^thumbs up/ }).count()) === 0,
  );
  // Changes are no messages: nothing is unread, and nothing is added to the list.
  await expectTexts(two, ["to react to"]);
});

browserTest("a reply quotes its message, and an edit shows everywhere, the quote included", async () => {
  const [one, two] = [await open("edit"), await open("edit")];
  await connected(two);
  await write(two, "the question");
  await row(one, "the question").waitFor();
  await press(one, "the question", "Reply");
  await one.locator("kabar-chat .aim", { hasText: "Reply to" }).waitFor();
  await write(one, "the answer");
  await row(two, "the answer").getByText("the question").waitFor();
  expect(await one.locator("kabar-chat .aim").count()).toBe(0);
  // The first of the two, for the answer has the question's words, too.
  const question = two.locator("kabar-chat article").first();
  await act(question, "Edit");
  expect(await composer(two).inputValue()).toBe("the question");
  await composer(two).fill("the better question");
  await composer(two).press("Enter");
  await expectTexts(one, ["the better question", "the answer"]);
  await row(one, "the answer").getByText("the better question").waitFor();
  await one.locator("kabar-chat article").first().getByText("(edited)").waitFor();
  expect(await composer(two).inputValue()).toBe("");
  await row(one, "the answer")
    .getByRole("button", { name: /In reply to/ })
    .click();
  await until("flash", () => one.locator("kabar-chat li.flash").count());
});

browserTest("a removed message keeps its place and leaves none of its text", async () => {
  const [one, two] = [await open("remove"), await open("remove")];
  await write(one, "a secret word");
  await row(two, "a secret word").waitFor();
  await press(two, "a secret word", "Reply");
  await write(two, "an answer to it");
  await row(one, "an answer to it").waitFor();
  const first = one.locator("kabar-chat article").first();
  await act(first, "Delete");
  await first.getByRole("group", { name: "Delete" }).getByRole("button", { name: "Delete" }).click();
  for (const page of [one, two]) {
    await expectTexts(page, ["Message deleted", "an answer to it"]);
    // The announcer's line has its moment.
    await until("no trace", async () => !(await html(page)).includes("secret")).catch(async () => {
      expect(await html(page)).not.toContain("secret");
    });
  }
});

browserTest(
  "a browser that was offline shows all edits, removals and reactions when it reconnects",
  async () => {
    const [one, two] = [await open("away"), await open("away")];
    for (const text of ["to edit", "to remove", "to like"]) await write(one, text);
    await expectTexts(two, ["to edit", "to remove", "to like"]);
    await putToSleep(two);
    await press(one, "to edit", "Edit");
    await composer(one).fill("was edited");
    await composer(one).press("Enter");
    await row(one, "was edited").waitFor();
    await press(one, "to like", "React");
    await row(one, "to like").getByRole("button", { name: "heart", exact: true }).click();
    await press(one, "to remove", "Delete");
    await row(one, "to remove").getByRole("group").getByRole("button", { name: "Delete" }).click();
    await expectTexts(one, ["was edited", "Message deleted", "to like"]);
    await expectTexts(two, ["to edit", "to remove", "to like"]);
    await two.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    await expectTexts(two, ["was edited", "Message deleted", "to like"]);
    await two.getByRole("button", { name: "heart, 1", exact: true }).waitFor();
    // The announcer's line of the message has its second; after that there is no trace.
    await until("no trace", async () => !(await html(two)).includes("to remove"));
  },
);

browserTest("the keyboard alone replies, reacts, edits and deletes", async () => {
  const page = await open("keys");
  await publish(server, "of another", "keys");
  await write(page, "my own");
  await expectTexts(page, ["of another", "my own"]);
  await page.locator("[part=menu-button]").waitFor();
  await page.getByRole("region", { name: /^Messages/ }).focus();
  const keys = async (...names: string[]) => {
    for (const name of names) await page.keyboard.press(name);
  };
  await keys("ArrowUp", "ArrowUp", "r");
  await page.getByText("Reply to").waitFor();
  await page.keyboard.type("a reply");
  await keys("Enter");
  await row(page, "a reply").waitFor();
  await until("it is stored", async () => (await page.locator('[part~="message-pending"]').count()) === 0);
  // Up in an empty composer edits what one wrote last; Esc leaves it.
  await keys("ArrowUp");
  expect(await composer(page).inputValue()).toBe("a reply");
  await keys("Escape");
  expect(await composer(page).inputValue()).toBe("");
  await page.getByRole("region", { name: /^Messages/ }).focus();
  await keys("Home", "ArrowUp", "Home", "Enter", "Enter");
  await page.getByRole("group", { name: "React" }).waitFor();
  const focused = () =>
    page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute("aria-label"));
  await until("an emoji has the focus", async () => (await focused()) === "thumbs up");
  await keys("Tab", "Enter");
  await page.getByRole("button", { name: "heart, 1, you reacted" }).waitFor();
  await keys("End", "Delete");
  await until("the question has the focus", async () => (await focused()) === "Delete");
  await keys("Enter");
  await expectTexts(page, ["of another", "my own", "Message deleted"]);
});

browserTest("the typing line moves nothing, and the list of people shows the users online", async () => {
  // Narrower, and the list is not a column.
  const narrow = { viewport: { width: 600, height: 700 } };
  const [one, two] = [await open("typing", narrow), await open("typing", narrow)];
  await one.getByRole("button", { name: "2 online" }).click();
  const listed = one.getByRole("list", { name: "People online" }).getByRole("listitem");
  await until("both are listed", async () => (await listed.count()) === 2);
  await one.keyboard.press("Escape");
  const place = () => composer(one).boundingBox();
  const before = await place();
  await composer(two).pressSequentially("abc");
  await one.getByText(/is typing…/).waitFor();
  expect(await place()).toEqual(before);
  await leave(two);
  await one.locator("[part=members-button]").waitFor({ state: "detached" });
});

browserTest("a mention stands out for the user it names and for no other", async () => {
  const [one, two] = [await open("mention"), await open("mention")];
  await two.getByRole("button", { name: "2 online" }).waitFor();
  const name = await one.evaluate(() => document.querySelector("kabar-chat")?.me?.name ?? "");
  await write(two, `hello @${name}, are you there?`);
  await row(one, "are you there").waitFor();
  const marked = (page: Page) => page.locator("kabar-chat li.mention").count();
  await until("marked", () => marked(one));
  expect(await marked(two)).toBe(0);
});

browserTest("formatted text makes a few kinds of elements, and all other markup stays text", async () => {
  await publish(
    server,
    "**strong** *em* `<b>code</b>`\n- one\n- two\n> quoted\n```\n<i>block</i>\n```",
    "prose",
  );
  await publish(
    server,
    "**<img src=x onerror=window.pwned=1>** [x](javascript:window.pwned=1) *<svg onload=pwned=1>*",
    "prose",
  );
  const page = await open("prose");
  await page.locator("kabar-chat strong").first().waitFor();
  const found = await page.evaluate(() => {
    const root = document.querySelector("kabar-chat")?.shadowRoot;
    const tags = [...(root?.querySelectorAll("[part=text] *") ?? [])].map((e) => e.localName);
    return { pwned: "pwned" in window, tags: [...new Set(tags)].sort() };
  });
  expect(found).toEqual({ pwned: false, tags: ["blockquote", "code", "em", "li", "pre", "strong", "ul"] });
});

for (const colorScheme of ["light", "dark"] as const) {
  browserTest(`axe finds nothing in ${colorScheme}: actions, emoji, deletion, reply, people`, async () => {
    const other = await Client.open(server.url, { name: "Ana" });
    await other.ask("subscribe", { topic: colorScheme, people: true });
    const page = await open(colorScheme, { colorScheme, viewport: { width: 360, height: 700 } });
    await publish(server, "of **another** `code`\n> quoted", colorScheme);
    await write(page, "my own");
    await row(page, "my own").waitFor();
    const found: Record<string, string[]> = {};
    const check = async (state: string) => {
      const violations = await findViolations(page);
      if (violations.length) found[state] = violations;
    };
    await press(page, "of another", "React");
    await check("emoji");
    await row(page, "of another").getByRole("button", { name: "party", exact: true }).click();
    await page.getByRole("button", { name: "party, 1, you reacted" }).waitFor();
    await press(page, "of another", "Reply");
    await check("reply");
    await write(page, "a reply");
    await press(page, "a reply", "Delete");
    await check("deletion");
    await page.getByRole("button", { name: "2 online" }).click();
    await check("people");
    expect(found).toEqual({});
  });
}
