/** Topics and their people in the owner's console: the order of the list, the moderator's menu, texts of both directions. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import { createOwner } from "../support/console-owner.ts";
import { idOf } from "../support/people.ts";
import { newContext } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_SEARCH: "false" });
const { api, bearer, openView, post, say } = createOwner(server);

const make = (topic: string) => fetch(api(`topics/${topic}`), { method: "PUT", headers: bearer, body: "{}" });

browserTest("topics are sorted either way, and the address keeps the order and the search", async () => {
  const client = await Client.open(server.url, { name: "Ana" });
  for (const [topic, count] of [
    ["row-a", 2],
    ["row-b", 3],
    ["row-c", 1],
  ] as const) {
    await make(topic);
    for (let i = 0; i < count; i++) await client.publish(topic, "x".repeat(100 * (5 - count)));
  }
  const page = await openView("topics");
  const shows = (...names: string[]) =>
    until(`${names}`, async () =>
      (await page.locator(".topic .grow > a:first-child").allInnerTexts()).join().endsWith(names.join()),
    );
  await page.getByRole("searchbox").fill("row-");
  await shows("row-a", "row-b", "row-c");
  const sort = page.getByLabel("Sort by");
  // The pointer is often above the list where a choice was made.
  await page.getByRole("link", { name: "row-a" }).hover();
  await sort.selectOption("messages");
  await shows("row-b", "row-a", "row-c");
  await sort.selectOption("last");
  await shows("row-c", "row-b", "row-a");
  await page.getByRole("button", { name: "Reverse order" }).click();
  await shows("row-a", "row-b", "row-c");
  expect(new URL(page.url()).hash).toBe("#/topics?sort=last&reversed=1&search=row-");
  await sort.selectOption("messages");
  await shows("row-b", "row-a", "row-c");
  await page.reload();
  await shows("row-b", "row-a", "row-c");
  expect([await sort.inputValue(), await page.getByRole("searchbox").inputValue()]).toEqual([
    "messages",
    "row-",
  ]);
  await page.getByRole("link", { name: "row-c" }).click();
  await page.getByRole("heading", { level: 1, name: "row-c" }).waitFor();
  await page.goBack();
  await shows("row-b", "row-a", "row-c");
  client.close();
});

/** Opens the menu of the newest message, chooses an act and performs it. */
async function moderate(page: Page, action: string, choose = async () => {}): Promise<void> {
  await page.getByRole("button", { name: "More…" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Moderate").selectOption({ label: action });
  await choose();
  await dialog.getByRole("button", { name: "Moderate" }).click();
  await dialog.waitFor({ state: "detached" });
}

browserTest(
  "the menu of a message mutes for a time and a reason, bans, shadow-bans, pins and deletes, with undo",
  async () => {
    await make("menu");
    const client = await Client.open(server.url, { name: "Gil" });
    await client.ask("subscribe", { topic: "menu", people: true });
    await client.publish("menu", "one");
    await client.publish("menu", "two");
    const page = await openView("topics/menu");
    await page.getByText("two").waitFor();
    const said = (text: string) => page.locator(".outcome").getByText(text).waitFor();
    await moderate(page, "Mute for", async () => {
      await page.getByLabel("Mute for", { exact: true }).selectOption({ label: "1 h" });
      await page.getByLabel("Reason").fill("too loud");
      // The list behind it is loaded again meanwhile, with more messages.
      await page.mouse.move(1, 1);
      await client.publish("menu", "three");
      await page.locator(".message").getByText("three").waitFor();
    });
    await said("Gil was muted.");
    const standing = async () => {
      const { people } = (await (
        await fetch(api(`people?search=${idOf(client)}`), { headers: bearer })
      ).json()) as { people: { sanctions: object[] }[] };
      return people[0]?.sanctions;
    };
    expect(await standing()).toMatchObject([{ kind: "mute", why: "too loud", until: expect.any(Number) }]);
    await page.keyboard.press("z");
    await said("Undone.");
    expect(await standing()).toEqual([]);
    await moderate(page, "Ban for", () => page.getByLabel("Also ban their IP address").check());
    await said("Gil was banned.");
    expect(await standing()).toMatchObject([{ kind: "ban", address: true }]);
    await page.keyboard.press("z");
    await said("Undone.");
    await moderate(page, "Shadow-ban");
    await said("Gil is hidden from others.");
    await page.keyboard.press("z");
    await said("Undone.");
    await moderate(page, "Pin");
    await said("Message pinned.");
    await page.keyboard.press("z");
    await said("Undone.");
    await moderate(page, "Delete all messages");
    await said("All messages from Gil deleted.");
    await until("all removed", async () => (await page.getByText("removed by a moderator").count()) === 3);
    client.close();
  },
);

browserTest("with more topics than a list shows, the tag is for a topic that one writes", async () => {
  await Promise.all(Array.from({ length: 101 }, (_, i) => make(`many-${i}`)));
  const page = await openView("start");
  const topic = page.getByRole("combobox", { name: "Topic", exact: true });
  await until("a field", async () => (await topic.evaluate(({ localName }) => localName)) === "input");
  await topic.fill("many-99");
  await page.keyboard.press("Enter");
  await until("the tag", async () =>
    (await page.getByLabel("Tag", { exact: true }).inputValue()).includes('data-topic="many-99"'),
  );
  expect(await page.locator("iframe").getAttribute("src")).toStartWith("embed/many-99?");
});

browserTest(
  "no button of a message moves under the pointer or the focus; elsewhere new messages appear",
  async () => {
    await make("rush");
    const client = await Client.open(server.url, { name: "Gil" });
    await client.publish("rush", "first");
    const page = await openView("topics/rush");
    const first = page.locator(".message").filter({ hasText: "first" });
    const ban = first.getByRole("button", { name: "Ban" });
    const loaded = () => page.waitForResponse(/topics\/rush\/messages/);
    await ban.hover();
    const place = await ban.boundingBox();
    await client.publish("rush", "second");
    await loaded();
    await loaded();
    expect(await ban.boundingBox()).toEqual(place);
    await page.mouse.move(1, 1);
    await page.getByText("second").waitFor();
    await ban.focus();
    await client.publish("rush", "third");
    await loaded();
    await loaded();
    expect(await page.getByText("third").count()).toBe(0);
    await page.getByLabel("Write a message").focus();
    await page.getByText("third").waitFor();
    client.close();
  },
);

browserTest("without a search index, People tells how those who have left are found", async () => {
  const client = await Client.open(server.url, { name: "Zoë" });
  await client.publish("lobby", "good evening");
  client.close();
  const page = await openView("people");
  await page.getByText("Those who have left are found by their whole id only").waitFor();
  await page.getByRole("searchbox").fill("zoë");
  await page.getByText("Nobody found.").waitFor();
  await page.getByRole("searchbox").fill(idOf(client));
  await page.getByRole("button", { name: `Export ${idOf(client)}` }).waitFor();
});

for (const [locale, start] of [
  ["en", "left"],
  ["ar", "right"],
] as const)
  browserTest(`texts of both directions begin on the side of their authors, in ${locale}`, async () => {
    await make("evening");
    await post("topics/evening/moderate", { action: "mode", mode: { hold: "guests" } });
    await say("هل يمكن الدخول من الباب الخلفي؟", `محمود ${locale}`);
    await say("May I come in by the back door?", `Ana ${locale}`);
    const page = await openView(
      "inbox",
      await newContext({ locale, viewport: { width: 1280, height: 860 } }),
    );
    for (const name of [`محمود ${locale}`, `Ana ${locale}`]) {
      const article = page.getByRole("article").filter({ hasText: name });
      await article.locator(".text").waitFor();
      // The lines themselves, not their boxes, which are as wide as the case.
      const [author, text] = await article.evaluate((element) =>
        ["strong", ".text"].map((selector) => {
          const range = document.createRange();
          range.selectNodeContents(element.querySelector(selector) as Node);
          const { left, right } = range.getBoundingClientRect();
          return { left: Math.round(left), right: Math.round(right) };
        }),
      );
      expect([name, text?.[start]]).toEqual([name, author?.[start]]);
    }
  });
