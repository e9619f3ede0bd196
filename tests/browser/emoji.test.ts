import { expect } from "bun:test";
import type { BrowserContextOptions, Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, expectTexts, tag, visitChat } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, visit } from "../support/windows.ts";

const topics = [
  "lazy",
  "caret",
  "keys",
  "layers",
  "react",
  "small",
  "touch",
  "light",
  "dark",
  "recent",
  "words",
];
const server = await useBrowserWithServer({ KABAR_TOPICS: topics.join(" ") });
const open = async (topic: string, options: BrowserContextOptions = {}, attributes = "") => {
  const page = await visitChat(server, `data-topic="${topic}" ${attributes}`, options);
  if (attributes.includes("panel")) await page.getByRole("button", { name: "Chat" }).click();
  await connected(page);
  await button(page).waitFor();
  return page;
};
const button = (page: Page) => page.getByRole("button", { name: "Emoji", exact: true });
const picker = (page: Page) => page.getByRole("dialog", { name: "Emoji" });
const search = (page: Page) => picker(page).getByRole("searchbox", { name: "Search emoji" });
const cell = (page: Page, name: string) => picker(page).getByRole("gridcell", { name, exact: true });
const cells = (page: Page) => picker(page).getByRole("gridcell").count();
/** The name of what has the focus. */
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute("aria-label"));
const focusOn = (page: Page, name: string) =>
  until(`the focus is on ${name}`, async () => (await focused(page)) === name);

browserTest(
  "the emoji picker loads when it is first opened, and requests nothing from other hosts",
  async () => {
    const asked: string[] = [];
    const page = await visit("about:blank");
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(host(tag(server, 'data-topic="lazy"')).url);
    await connected(page);
    await button(page).waitFor();
    expect(asked.filter((url) => url.includes("emoji"))).toEqual([]);
    await button(page).click();
    await picker(page).waitFor();
    expect(asked.filter((url) => url.includes("emoji")).length).toBe(1);
    const origins = new Set(asked.filter((url) => url.startsWith("http")).map((url) => new URL(url).origin));
    expect([...origins].sort()).toEqual([new URL(page.url()).origin, server.url].sort());
  },
);

browserTest("an emoji is inserted at the caret, replaces the selection, and is sent", async () => {
  const page = await open("caret");
  await composer(page).fill("before after");
  await composer(page).evaluate((field: HTMLTextAreaElement) => field.setSelectionRange(6, 7));
  await button(page).click();
  await focusOn(page, "Search emoji");
  await page.keyboard.type("rock");
  await until("two are left", async () => (await cells(page)) === 2);
  await page.keyboard.press("Enter");
  await picker(page).waitFor({ state: "detached" });
  expect(await composer(page).inputValue()).toBe("before🤘after");
  await page.keyboard.type("!");
  await page.keyboard.press("Enter");
  await expectTexts(page, ["before🤘!after"]);
});

browserTest(
  "arrow keys move through the picker's cells and back to the search field, and typing searches from any cell",
  async () => {
    const page = await open("keys");
    await button(page).focus();
    await page.keyboard.press("Enter");
    await focusOn(page, "Search emoji");
    const press = async (key: string, name: string) => {
      await page.keyboard.press(key);
      await focusOn(page, name);
    };
    await press("ArrowDown", "grinning");
    await press("ArrowRight", "big smile");
    await press("ArrowDown", "upside down");
    await press("ArrowLeft", "slight smile");
    await press("End", "star eyes");
    await press("ArrowRight", "kiss");
    await press("Home", "kiss");
    // One stop of the Tab key.
    expect(await picker(page).locator("[role=gridcell][tabindex='0']").count()).toBe(1);
    await press("ArrowUp", "slight smile");
    await press("ArrowUp", "grinning");
    await press("ArrowUp", "Search emoji");
    await press("ArrowDown", "grinning");
    await page.keyboard.type("pizza");
    await until("found", async () => (await cells(page)) === 1);
    expect(await search(page).inputValue()).toBe("pizza");
    await press("ArrowDown", "pizza");
    await page.keyboard.press("Space");
    await until("taken", async () => (await composer(page).inputValue()) === "🍕");
    expect(await composer(page).evaluate((field) => field.matches(":focus"))).toBe(true);
  },
);

browserTest("a press on a group's glyph jumps to the group, and so do Page Down and Page Up", async () => {
  const page = await open("keys");
  await button(page).click();
  await focusOn(page, "Search emoji");
  const jump = (name: string) => picker(page).getByRole("button", { name, exact: true });
  const topOf = (name: string) =>
    picker(page)
      .getByRole("rowgroup", { name, exact: true })
      .evaluate((group) => {
        const grid = group.parentElement as HTMLElement;
        return Math.round(group.getBoundingClientRect().top - grid.getBoundingClientRect().top);
      });
  await jump("Food and drink").click();
  await until("the group is at the top", async () => Math.abs(await topOf("Food and drink")) <= 4);
  const first = await focused(page);
  expect(first).toBeTruthy();
  await page.keyboard.press("PageUp");
  await until("the group before", async () => Math.abs(await topOf("Nature")) <= 4);
  await page.keyboard.press("PageDown");
  await until("back again", async () => (await focused(page)) === first);
  for (let i = 0; i < 6; i++) await page.keyboard.press("PageUp");
  await focusOn(page, "grinning");
  await search(page).fill("pizza");
  await until("no glyphs of groups beside results", async () => (await jump("Nature").count()) === 0);
});

browserTest(
  "Esc closes the picker first and the panel next, and a press elsewhere closes the picker too",
  async () => {
    const page = await open("layers", {}, 'data-mode="panel"');
    await composer(page).fill("a draft");
    await button(page).click();
    await focusOn(page, "Search emoji");
    await page.keyboard.press("Escape");
    await picker(page).waitFor({ state: "detached" });
    expect(await focused(page)).toBe("Emoji");
    expect(await page.evaluate(() => document.querySelector("kabar-chat")?.opened)).toBe(true);
    await button(page).click();
    await picker(page).waitFor();
    await composer(page).click();
    await picker(page).waitFor({ state: "detached" });
    expect(await composer(page).inputValue()).toBe("a draft");
    await button(page).click();
    await picker(page).waitFor();
    await button(page).click();
    await picker(page).waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await until("closed", () => page.evaluate(() => !document.querySelector("kabar-chat")?.opened));
  },
);

browserTest("a reaction can be any emoji, and the focus returns to the row", async () => {
  await publish(server, "to react to", "react");
  const page = await open("react");
  const row = page.locator("kabar-chat article", { hasText: "to react to" });
  const more = async () => {
    await row.hover();
    await row.getByRole("button", { name: "React", exact: true }).click();
    await row.getByRole("button", { name: "More emoji" }).click();
    await focusOn(page, "Search emoji");
  };
  await more();
  await page.keyboard.press("Escape");
  await until("the row has the focus", () => row.evaluate((article) => article.matches(":focus")));
  expect(await page.getByRole("group", { name: "React" }).count()).toBe(0);
  await more();
  await page.keyboard.type("octo");
  await page.keyboard.press("Enter");
  await row.getByRole("button", { name: "🐙, 1, you reacted" }).waitFor();
  await until("the row has the focus", () => row.evaluate((article) => article.matches(":focus")));
  expect(await composer(page).inputValue()).toBe("");
});

browserTest(
  "the skin tone and the emoji used last are kept, and hidden until something was used",
  async () => {
    const page = await open("recent");
    const tones = picker(page).getByRole("combobox", { name: "Skin tone" });
    const recent = picker(page).getByRole("rowgroup", { name: "Recently used" });
    const take = async (query: string, key: string) => {
      await button(page).click();
      await focusOn(page, "Search emoji");
      await page.keyboard.type(query);
      await page.keyboard.press(key);
      await picker(page).waitFor({ state: "detached" });
    };
    await button(page).click();
    expect(await recent.count()).toBe(0);
    // The tone is the stop of the Tab key between the field and the grid, and has the browser's own keys.
    await focusOn(page, "Search emoji");
    await page.keyboard.press("Tab");
    await focusOn(page, "Skin tone");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await until("the grid has the tone", async () => (await cell(page, "thumbs up").textContent()) === "👍🏼");
    expect(await tones.inputValue()).toBe("🏼");
    await page.keyboard.press("Tab");
    await focusOn(page, "grinning");
    await page.keyboard.press("Escape");
    await picker(page).waitFor({ state: "detached" });
    await take("thumbs up", "Enter");
    await take("rocket", "Enter");
    expect(await composer(page).inputValue()).toBe("👍🏼🚀");
    await page.keyboard.press("Enter");
    await expectTexts(page, ["👍🏼🚀"]);
    await page.reload();
    await connected(page);
    await button(page).click();
    await recent.waitFor();
    expect(await recent.getByRole("gridcell").allTextContents()).toEqual(["🚀", "👍🏼"]);
    await focusOn(page, "Search emoji");
    await page.keyboard.press("ArrowDown");
    await focusOn(page, "rocket");
    await page.keyboard.press("PageDown");
    await focusOn(page, "grinning");
  },
);

browserTest("the picker has names and search in the chat's language, loaded with it alone", async () => {
  const page = await visit(host(tag(server, 'data-topic="words" data-lang="de"')).url);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await connected(page);
  await page.getByRole("button", { name: "Emojis", exact: true }).click();
  const german = page.getByRole("dialog", { name: "Emojis" });
  await german.getByRole("combobox", { name: "Hautton" }).waitFor();
  expect(
    asked.filter((url) => /\/[a-z]{2}-emoji-/.test(url)).map((url) => /[a-z]{2}-emoji/.exec(url)?.[0]),
  ).toEqual(["de-emoji"]);
  for (const query of ["regenbog", "rainbow"]) {
    await german.getByRole("searchbox").fill(query);
    await until(query, async () => (await german.getByRole("gridcell").count()) === 1);
    expect(await german.getByRole("gridcell").getAttribute("aria-label")).toBe("Regenbogen");
  }
});

browserTest("in a small box the picker stays inside, and the page behind does not scroll", async () => {
  const body = `<div style="height:900px"></div>${tag(server, 'data-topic="small"')}<div style="height:900px"></div>`;
  const style = "<style>kabar-chat{width:260px;height:240px}</style>";
  const page = await visit(host(style + body).url);
  await page.locator("kabar-chat").scrollIntoViewIfNeeded();
  await connected(page);
  await button(page).click();
  await focusOn(page, "Search emoji");
  const before = await page.evaluate(() => scrollY);
  for (let i = 0; i < 40; i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await until("the last row", () => picker(page).locator("[role=gridcell]:focus").count());
  expect(await page.evaluate(() => scrollY)).toBe(before);
  const [box, chat, last] = await Promise.all([
    picker(page).boundingBox(),
    page.locator("kabar-chat").boundingBox(),
    picker(page).locator("[role=gridcell]:focus").boundingBox(),
  ]);
  const isInside = (a: typeof box, b: typeof box) =>
    !!a &&
    !!b &&
    a.x >= b.x &&
    a.y >= b.y &&
    a.x + a.width <= b.x + b.width &&
    a.y + a.height <= b.y + b.height;
  expect({ inside: isInside(box, chat), last: isInside(last, box) }).toEqual({ inside: true, last: true });
});

browserTest(
  "on a touch screen the picker raises no keyboard, and its controls are large enough",
  async () => {
    const page = await open("touch", {
      hasTouch: true,
      isMobile: true,
      viewport: { width: 360, height: 700 },
    });
    await button(page).tap();
    await focusOn(page, "grinning");
    const sizes = await Promise.all(
      [button(page), search(page), cell(page, "grinning")].map((it) => it.boundingBox()),
    );
    expect(sizes.map((size) => (size?.height ?? 0) >= 44)).toEqual([true, true, true]);
    await cell(page, "star").tap();
    await until("taken", async () => (await composer(page).inputValue()) === "⭐");
  },
);

for (const colorScheme of ["light", "dark"] as const) {
  browserTest(`axe finds nothing in ${colorScheme}: open picker, search, empty search`, async () => {
    const page = await open(colorScheme, { colorScheme, viewport: { width: 320, height: 700 } });
    await button(page).click();
    await focusOn(page, "Search emoji");
    const found: Record<string, string[]> = {};
    for (const query of ["", "heart", "nothing of the kind"]) {
      await search(page).fill(query);
      await until("searched", async () => (await search(page).inputValue()) === query);
      const violations = await findViolations(page);
      if (violations.length) found[query] = violations;
    }
    expect(found).toEqual({});
  });
}
