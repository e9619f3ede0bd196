import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, expectTexts, visitChat } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import type { Message } from "../../src/model.ts";

const topics = ["take", "close", "method", "axe"];
const server = await useBrowserWithServer({ KABAR_TOPICS: topics.join(" ") });
const open = async (topic: string, attributes = "") => {
  const page = await visitChat(server, `data-topic="${topic}" ${attributes}`);
  if (attributes.includes("panel")) await page.getByRole("button", { name: "Chat" }).click();
  await connected(page);
  // What is loaded after the first list.
  await page.locator("[part=menu-button]").waitFor();
  return page;
};
const list = (page: Page) => page.getByRole("listbox", { name: "Mention someone" });
const options = (page: Page) => list(page).locator("[role=option] bdi").allTextContents();
/** What the field points at. */
const chosen = (page: Page) =>
  composer(page).evaluate((field) => {
    const id = field.getAttribute("aria-activedescendant") ?? "";
    const option = (field.getRootNode() as ShadowRoot).getElementById(id);
    return option?.ariaSelected === "true" ? option.querySelector("bdi")?.textContent : null;
  });
const hasFocus = (page: Page) => composer(page).evaluate((field) => field.matches(":focus"));
const newest = async (topic: string): Promise<Message> => {
  const response = await fetch(`${server.url}/api/topics/${topic}/messages?limit=1`);
  return ((await response.json()) as { messages: Message[] }).messages[0] as Message;
};

browserTest(
  "an @ and a letter list users online and authors; arrow keys choose, Enter inserts, and the id is sent",
  async () => {
    const bea = await open("take", 'data-name="Béatrice"');
    await publish(server, "I was here before", "take", "Ben");
    const me = await open("take", 'data-name="Me"');
    await expectTexts(me, ["I was here before"]);
    await me.getByRole("button", { name: "2 online" }).waitFor();
    await composer(me).pressSequentially("hello @b");
    await list(me).waitFor();
    expect((await options(me)).sort()).toEqual(["Ben", "Béatrice"]);
    // Without the marks of the name, and further on in it.
    await composer(me).pressSequentially("e");
    await until("the first is chosen", async () => (await chosen(me)) === (await options(me))[0]);
    await me.keyboard.press("ArrowDown");
    await until("the second", async () => (await chosen(me)) === (await options(me))[1]);
    await me.keyboard.press("ArrowDown");
    await until("round to the first", async () => (await chosen(me)) === (await options(me))[0]);
    expect(await hasFocus(me)).toBe(true);
    await composer(me).pressSequentially("a");
    await until("one is left", async () => (await options(me)).join() === "Béatrice");
    await me.keyboard.press("Enter");
    expect(await composer(me).inputValue()).toBe("hello @Béatrice ");
    await list(me).waitFor({ state: "detached" });
    expect(await composer(me).getAttribute("aria-activedescendant")).toBe(null);
    await composer(me).pressSequentially("come in");
    await me.keyboard.press("Enter");
    await expectTexts(me, ["I was here before", "hello @Béatrice come in"]);
    const id = await bea.evaluate(() => document.querySelector("kabar-chat")?.me?.id);
    await until("sent along", async () => (await newest("take")).mentions?.join() === id);
    // The name is marked for everybody; the row stands out for her.
    for (const page of [bea, me]) await page.locator("[part=mention]", { hasText: "@Béatrice" }).waitFor();
    expect(await bea.locator("li.mention").count()).toBe(1);
    expect(await me.locator("li.mention").count()).toBe(0);
  },
);

browserTest(
  "Esc closes only the list, which stays closed for that name; Tab and a click insert a name",
  async () => {
    await publish(server, "one", "close", "Ana Maria");
    // A change is nobody's message, and may bear another name.
    await fetch(`${server.url}/api/topics/close/moderate`, {
      method: "POST",
      body: JSON.stringify({ action: "pin", target: 1, on: true }),
      headers: { Authorization: `Bearer ${server.operatorKey}`, "Content-Type": "application/json" },
    });
    const page = await open("close", 'data-mode="panel"');
    await composer(page).pressSequentially("see @mar");
    await until("found by the second name", async () => (await options(page)).join() === "Ana Maria");
    await page.keyboard.press("Escape");
    await list(page).waitFor({ state: "detached" });
    expect(await composer(page).inputValue()).toBe("see @mar");
    expect(await page.evaluate(() => document.querySelector("kabar-chat")?.opened)).toBe(true);
    await composer(page).pressSequentially("i");
    expect(await list(page).count()).toBe(0);
    await composer(page).fill("");
    await composer(page).pressSequentially("@ana m");
    await list(page).waitFor();
    await page.keyboard.press("Tab");
    expect(await composer(page).inputValue()).toBe("@Ana Maria ");
    expect(await hasFocus(page)).toBe(true);
    await composer(page).pressSequentially("and @a");
    await list(page).getByRole("option").click();
    expect(await composer(page).inputValue()).toBe("@Ana Maria and @Ana Maria ");
    expect(await hasFocus(page)).toBe(true);
    // In the middle of a text the rest stays, and an address is no mention.
    await composer(page).fill("mail ben@a");
    await composer(page).press("End");
    expect(await list(page).count()).toBe(0);
  },
);

browserTest("Enter and arrow keys stay with an input method while the list is open", async () => {
  await publish(server, "one", "method", "Aki");
  const page = await open("method");
  await composer(page).pressSequentially("@a");
  await list(page).waitFor();
  for (const key of ["Enter", "Tab", "ArrowDown", "Escape"]) {
    const isKept = await composer(page).evaluate(
      (field, key) =>
        field.dispatchEvent(
          new KeyboardEvent("keydown", { key, isComposing: true, bubbles: true, cancelable: true }),
        ),
      key,
    );
    expect(isKept).toBe(true);
  }
  expect(await composer(page).inputValue()).toBe("@a");
  expect(await list(page).count()).toBe(1);
});

browserTest("axe finds nothing in the open list", async () => {
  for (const name of ["Ana", "Andi", "Anton"]) await publish(server, `from ${name}`, "axe", name);
  const page = await open("axe");
  await composer(page).pressSequentially("@an");
  await list(page).waitFor();
  expect(await findViolations(page)).toEqual([]);
});
