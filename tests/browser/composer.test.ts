/** The composer: its height, undo and redo, and the name form. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { act, composer, connected, visitChat } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { giveSight } from "../support/sight.ts";
import { leave } from "../support/windows.ts";

const server = await useBrowserWithServer();
for (let i = 1; i <= 30; i++) await publish(server, `message ${i}`, "lobby", i % 3 ? "Ana" : "Budi");

async function open(attributes: string, width = 800, height = 700): Promise<Page> {
  const page = await visitChat(server, `data-topic="lobby" ${attributes}`, {
    viewport: { width, height },
  });
  await connected(page);
  await until("the emoji button", () => page.locator("[part=emoji-button]").count());
  await giveSight(page);
  return page;
}

/** Heights of the box, the list and the field, and which parts lie outside of the box. */
const measure = (page: Page) =>
  page.evaluate(() => {
    const { all } = window.sight;
    const box = (selector: string) => all(selector)[0]?.getBoundingClientRect() ?? new DOMRect();
    const root = box(".root");
    const parts = ["header", "log", "composer", "input", "send", "emoji-button"].map(
      (part) => `[part=${part}]`,
    );
    return {
      box: root.height,
      list: box("[part=log]").height,
      field: box("[part=input]").height,
      outside: [...parts, ".naming form", ".naming form p", ".aim"].filter((selector) => {
        const { top, bottom, height } = box(selector);
        return height > 0 && (top < root.top - 1 || bottom > root.bottom + 1);
      }),
    };
  });

const LINES = Array.from({ length: 30 }, (_, i) => `line ${i + 1}`);

for (const [name, attributes, width, height] of [
  ["a usual box", "", 800, 700],
  ["a box of 280 by 320 pixels", 'style="--kabar-height:320px;width:280px"', 300, 700],
  ["a panel", 'data-mode="panel" data-open', 800, 700],
  ["a panel on a phone", 'data-mode="panel" data-open', 390, 600],
] as const) {
  browserTest(`in ${name} the field takes about 40 % at most and scrolls inside`, async () => {
    const page = await open(attributes, width, height);
    await composer(page).focus();
    for (const line of LINES) {
      await page.keyboard.type(line);
      await page.keyboard.press("Shift+Enter");
    }
    const now = await measure(page);
    expect(now.outside).toEqual([]);
    expect(now.field).toBeLessThanOrEqual(now.box * 0.41);
    expect(now.field).toBeGreaterThanOrEqual(80);
    expect(now.list).toBeGreaterThanOrEqual(64);
    // The line that is written is in sight.
    const field = await composer(page).evaluate((e) => [e.scrollTop + e.clientHeight, e.scrollHeight]);
    expect(field[0]).toBeGreaterThanOrEqual((field[1] ?? 0) - 24);
    // It becomes small again.
    await composer(page).fill("");
    expect((await measure(page)).field).toBeLessThanOrEqual(48);
  });
}

browserTest(
  "a small box shows the whole field, even with the name form, a reply and a text that is too long",
  async () => {
    const page = await open('style="--kabar-height:320px;width:280px"', 300, 700);
    const last = page.locator("article").last();
    await last.hover();
    await last.getByRole("button", { name: "Reply" }).click();
    await page.getByRole("button", { name: "Change name" }).click();
    await page.getByRole("textbox", { name: "Your name" }).fill("x".repeat(60));
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "characters" }).waitFor();
    await composer(page).fill("a long line of many words. ".repeat(400));
    await until("too long", () => page.locator("[part=counter]").count());
    const now = await measure(page);
    expect(now.outside).toEqual([]);
    expect(now.field).toBeGreaterThanOrEqual(40);
  },
);

browserTest(
  "the reason for refusing a name stands in full, clear of the focus ring of the name field",
  async () => {
    for (const [width, style] of [
      [800, ""],
      [300, 'style="width:280px"'],
    ] as const) {
      const page = await open(style, width);
      await page.getByRole("button", { name: "Change name" }).click();
      const name = page.getByRole("textbox", { name: "Your name" });
      await name.fill("Operator");
      await name.press("Enter");
      const why = page.locator("[role=alert]").filter({ hasText: "taken" });
      await why.waitFor();
      const [field, said, below] = await Promise.all(
        [name, why, page.locator("[part=composer]")].map((part) => part.boundingBox()),
      );
      const { outlineWidth, outlineOffset } = await name.evaluate((e) => {
        const { outlineWidth, outlineOffset } = getComputedStyle(e);
        return {
          outlineWidth: Number.parseFloat(outlineWidth),
          outlineOffset: Number.parseFloat(outlineOffset),
        };
      });
      const ring = outlineWidth + outlineOffset;
      expect(ring).toBeGreaterThan(2);
      // Beside the field where the line has room, else below it.
      const beside = (said?.x ?? 0) - (field?.x ?? 0) - (field?.width ?? 0);
      const under = (said?.y ?? 0) - (field?.y ?? 0) - (field?.height ?? 0);
      expect(Math.max(beside, under)).toBeGreaterThanOrEqual(ring);
      expect((said?.y ?? 0) + (said?.height ?? 0)).toBeLessThanOrEqual(below?.y ?? 0);
      await leave(page);
    }
  },
);

const draft = (page: Page): Promise<string> => composer(page).inputValue();
/** Presses Ctrl+Z until nothing changes any more; the texts on the way. */
async function undoAll(page: Page): Promise<string[]> {
  const steps = [await draft(page)];
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Control+z");
    const now = await draft(page);
    if (now === steps.at(-1)) break;
    steps.push(now);
  }
  return steps;
}

browserTest("the field stays as high as its text when its width changes", async () => {
  const page = await open("", 800, 700);
  await composer(page).fill(
    "A sentence that takes one line here and several lines where there is less room for it.",
  );
  const hidden = () => composer(page).evaluate((field) => field.scrollHeight - field.clientHeight);
  const height = () => composer(page).evaluate((field) => field.clientHeight);
  const wide = await height();
  await page.setViewportSize({ width: 320, height: 700 });
  await until("higher", async () => (await height()) > wide);
  expect(await hidden()).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 800, height: 700 });
  await until("as before", async () => (await height()) === wide);
});

browserTest("Ctrl+Z undoes an emoji, then the typing before it, and Ctrl+Y redoes both", async () => {
  const page = await open("");
  await composer(page).focus();
  await page.keyboard.type("hello you");
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowLeft");
  await page.getByRole("button", { name: "Emoji" }).click();
  await page.getByRole("gridcell", { name: "grinning", exact: true }).first().click();
  expect(await draft(page)).toBe("hello 😀you");
  await page.keyboard.type("!");
  expect(await draft(page)).toBe("hello 😀!you");
  expect(await undoAll(page)).toEqual(["hello 😀!you", "hello 😀you", "hello you", ""]);
  for (let i = 0; i < 3; i++) await page.keyboard.press("Control+y");
  expect(await draft(page)).toBe("hello 😀!you");
});

browserTest("Ctrl+Z undoes a mention, and then the typing before it", async () => {
  const page = await open("");
  await composer(page).focus();
  await page.keyboard.type("hi @bud");
  await page.getByRole("option", { name: "Budi" }).waitFor();
  await page.keyboard.press("Enter");
  expect(await draft(page)).toBe("hi @Budi ");
  expect((await undoAll(page)).slice(0, 2)).toEqual(["hi @Budi ", "hi @bud"]);
  expect(await draft(page)).toBe("");
});

browserTest("Ctrl+Z undoes an edit and then restores the draft that the edit replaced", async () => {
  const page = await open("");
  await composer(page).fill("mine");
  await page.keyboard.press("Enter");
  await page.locator(".own [part=text]").filter({ hasText: "mine" }).waitFor();
  await until("stored", async () => !(await page.locator(".pending").count()));
  // What was sent does not come back.
  await page.keyboard.press("Control+z");
  expect(await draft(page)).toBe("");
  await page.keyboard.type("a draft");
  const row = page.locator("article").last();
  await act(row, "Edit");
  expect(await draft(page)).toBe("mine");
  await page.keyboard.type(" too");
  await page.keyboard.press("Control+z");
  expect(await draft(page)).toBe("mine");
  await page.keyboard.press("Escape");
  expect(await draft(page)).toBe("a draft");
  expect(await undoAll(page)).toContain("");
});

browserTest(
  "a draft set by the page does not take the focus, and Ctrl+Z undoes it in a focused field",
  async () => {
    const page = await open("");
    const set = (text: string) =>
      page.evaluate((t) => document.querySelector("kabar-chat")?.setDraft(t), text);
    await set("from the page");
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
    expect(await draft(page)).toBe("from the page");
    await composer(page).fill("");
    await page.keyboard.type("typed");
    await set("from the page again");
    expect(await draft(page)).toBe("from the page again");
    await page.keyboard.press("Control+z");
    expect(await draft(page)).toBe("typed");
    // Where one goes on writing is in sight.
    await set(LINES.join("\n"));
    const [seen = 0, all = 0] = await composer(page).evaluate((e) => [
      e.scrollTop + e.clientHeight,
      e.scrollHeight,
    ]);
    expect(seen).toBeGreaterThanOrEqual(all - 24);
  },
);

browserTest("a text that is too long keeps its width, and the counter has a line of its own", async () => {
  const page = await open("", 300);
  const widthOf = async () => (await composer(page).boundingBox())?.width ?? 0;
  await composer(page).fill("short");
  const before = await widthOf();
  await composer(page).fill("x".repeat(9_000));
  const counter = page.locator("[part=counter]");
  await counter.waitFor();
  expect(await widthOf()).toBe(before);
  const [said, field] = [await counter.boundingBox(), await composer(page).boundingBox()];
  expect((said?.y ?? 0) + (said?.height ?? 999)).toBeLessThanOrEqual(field?.y ?? 0);
});
