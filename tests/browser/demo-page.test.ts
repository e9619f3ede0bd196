/** The page `/`: the choices that shape the tag, the preview that follows them, and the look of all pages of the server. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { connected } from "../support/chat-page.ts";
import { CORPUS, watchfulContext } from "../support/hostile.ts";
import { publish } from "../support/messages.ts";
import { host, newContext, visit, visitIn } from "../support/windows.ts";

const server = await useBrowserWithServer();
await publish(server, "See https://example.com/ and `code`\n> quoted\n- one", "lobby", "Ana");
await publish(server, "صباح الخير", "lobby", "آنا");

const tagOn = (page: Page): Promise<string> => page.locator("#tag").evaluate((e) => e.textContent.trim());
const setAccent = (page: Page, colour: string) => page.locator("#accent").fill(colour);
/** Attributes of a page's chat without those that the pages do not share. */
const attributesOf = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(() => {
    const { attributes } = document.querySelector("kabar-chat") as Element;
    const own = [...attributes].filter(
      ({ name }) => !["id", "load", "server", "style", "open"].includes(name),
    );
    return Object.fromEntries(own.map(({ name, value }) => [name, value]));
  });
const accentOf = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const chat = document.querySelector("kabar-chat") as Element;
    return getComputedStyle(chat).getPropertyValue("--kabar-accent").trim();
  });

browserTest("the tag on `/` makes the chat of the preview, wherever it is pasted", async () => {
  const page = await visit(server.url);
  await connected(page);
  expect(await tagOn(page)).toBe(`<script async src="${server.url}/widget.js" data-topic="lobby"></script>`);

  await page.getByText("Panel", { exact: true }).click();
  await page.getByText("Start", { exact: true }).click();
  await page.getByText("Dark", { exact: true }).click();
  await page.getByRole("combobox", { name: "Palette" }).selectOption("Forest");
  await page.getByRole("checkbox", { name: "Header in the accent" }).check();
  await page.getByRole("textbox", { name: "Title" }).fill('Bread & "Butter"');
  await setAccent(page, "#b3261e");
  const pasted = await visit(host(await tagOn(page)).url);
  await until("the pasted chat", () => pasted.locator("kabar-chat").count());
  const attributes = {
    topic: "lobby",
    mode: "panel",
    position: "start",
    theme: "dark",
    palette: "forest",
    header: "accent",
    title: 'Bread & "Butter"',
  };
  expect(await attributesOf(page)).toEqual(attributes);
  expect(await attributesOf(pasted)).toEqual(attributes);
  expect([await accentOf(page), await accentOf(pasted)]).toEqual(["#b3261e", "#b3261e"]);

  await page.getByRole("button", { name: "Palette's own" }).click();
  expect(await accentOf(page)).toBe("");
  expect(await tagOn(page)).not.toContain("<style>");
});

browserTest("a panel of the preview stays in its frame, and closes when another mode is chosen", async () => {
  const page = await visit(server.url);
  await page.getByText("Panel", { exact: true }).click();
  await page.locator('[part="launcher"]').click();
  const composer = page.getByRole("textbox", { name: "Message", exact: true });
  await composer.waitFor();
  const [frame, panel] = [
    await page.locator("#frame").boundingBox(),
    await page.locator(".root").boundingBox(),
  ];
  if (!frame || !panel) throw new Error("frame or panel has no box");
  expect(panel.y).toBeGreaterThanOrEqual(frame.y);
  expect(panel.y + panel.height).toBeLessThanOrEqual(frame.y + frame.height);
  expect(panel.x + panel.width).toBeLessThanOrEqual(frame.x + frame.width);
  await page.getByText("Toasts", { exact: true }).click();
  await connected(page);
  await until("a toast", async () => {
    await publish(server, "A toast", "lobby", "Budi");
    return (await page.locator('[part~="toast"]').count()) > 0;
  });
});

browserTest("another mode chosen before the later parts have loaded shows the whole chat", async () => {
  const context = await newContext();
  /** Holds requests back; returns the first one's address, and the function that lets them go. */
  async function hold(chunk: RegExp) {
    const asked = Promise.withResolvers<string>();
    const gate = Promise.withResolvers<void>();
    await context.route(chunk, async (route) => {
      asked.resolve(route.request().url());
      await gate.promise;
      await route.continue();
    });
    return { asked: asked.promise, release: gate.resolve };
  }
  const later = await hold(/\/extras-[^/]*\.js$/);
  const ofPanel = await hold(/\/panel-[^/]*\.js$/);
  const page = await visitIn(context, server.url);
  const address = await later.asked;
  await page.getByText("Panel", { exact: true }).click();
  await ofPanel.asked;
  later.release();
  // The chat that has ended gets its later parts while the panel is still on its way.
  await page.evaluate(async (chunk) => {
    await import(chunk);
    for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
  }, address);
  ofPanel.release();
  await page.locator('[part="launcher"]').click();
  await page.getByRole("textbox", { name: "Message", exact: true }).waitFor();
  await page.locator("[part=menu-button]").waitFor();
});

browserTest("no title breaks out of the tag, on the page or where it is pasted", async () => {
  const { context, harm } = await watchfulContext((url) => !url.includes("canary"));
  const page = await visitIn(context, server.url);
  const blank = await visitIn(context, host("").url);
  const lines = CORPUS.map((text) => text.slice(0, 60).replace(/[\r\n]/g, " "));
  for (const line of lines) {
    // As a script of an extension may do it; `maxlength` binds typing only.
    await page.locator("#title").evaluate((field, value) => {
      (field as HTMLInputElement).value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }, line);
    const shown = await page.locator("#title").inputValue();
    const parsed = await blank.evaluate(
      (html) => {
        const { head, body } = new DOMParser().parseFromString(html, "text/html");
        const elements = [...head.querySelectorAll("*"), ...body.querySelectorAll("*")];
        return {
          elements: elements.map(({ localName }) => localName),
          attributes: [...(elements[0]?.attributes ?? [])].map(({ name }) => name),
          title: elements[0]?.getAttribute("data-title") ?? "",
          text: body.textContent.trim(),
        };
      },
      await tagOn(page),
    );
    const title = shown.trim().toWellFormed().replaceAll("\0", "\ufffd");
    expect({ ...parsed, title: parsed.title.toWellFormed() }).toEqual({
      elements: ["script"],
      attributes: ["async", "src", "data-topic", ...(title === "" ? [] : ["data-title"])],
      title,
      text: "",
    });
  }
  expect(await harm()).toEqual([]);
});

browserTest("an accent that is no colour never reaches the tag", async () => {
  const page = await visit(server.url);
  for (const wrong of ["red}</style><script>hit(1)</script>", "url(//canary.invalid)", "#12345", ""]) {
    await page.locator("#accent").evaluate((field, value) => {
      (field as HTMLInputElement).value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }, wrong);
    expect(await tagOn(page)).toMatch(
      /^<script async src="[^"<>]*" data-topic="lobby"><\/script>(?:\n<style>kabar-chat \{ --kabar-accent: #[\da-f]{6} \}<\/style>)?$/,
    );
  }
});

browserTest("a phone shows the chat first, and no page is wider than its window", async () => {
  for (const width of [280, 390, 720, 1280]) {
    const context = await newContext({ viewport: { width, height: 844 } });
    for (const path of ["/", "/plain", "/privacy", "/t/lobby", "/t/nowhere"]) {
      const page = await visitIn(context, server.url + path);
      const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect({ path, width, isWider }).toEqual({ path, width, isWider: false });
      if (path !== "/" || width > 400) continue;
      const top = async (selector: string) => (await page.locator(selector).boundingBox())?.y ?? Number.NaN;
      expect(await top("kabar-chat")).toBeLessThan(300);
      expect(await top("kabar-chat")).toBeLessThan(await top("#choices"));
      expect(await top("#choices")).toBeLessThan(await top("#tag"));
    }
  }
});

browserTest("axe finds nothing in the server's pages: light, dark, forced colours, on a phone", async () => {
  const found: Record<string, string[]> = {};
  // With forced colours without the chat in `/`, which has tests of its own: axe knows only the colours before they are forced.
  for (const [name, media] of Object.entries({
    light: { colorScheme: "light", forcedColors: "none" },
    dark: { colorScheme: "dark", forcedColors: "none" },
    forced: { colorScheme: "dark", forcedColors: "active" },
  } as const)) {
    const context = await newContext({
      viewport: { width: name === "dark" ? 390 : 1280, height: 844 },
      ...media,
    });
    for (const path of ["/", "/plain", "/privacy", "/t/lobby", "/t/nowhere"]) {
      const page = await visitIn(context, server.url + path);
      if (path === "/") await connected(page);
      const looks = path === "/" ? ["Inline", "Panel"] : [""];
      for (const look of looks) {
        if (look) await page.getByText(look, { exact: true }).click();
        const violations = await findViolations(
          page,
          name === "forced" ? "body > :not(main), main > :not(.frame)" : "html",
        );
        if (violations.length) found[`${path} ${look} ${name}`] = violations;
      }
    }
  }
  expect(found).toEqual({});
});

browserTest(
  "code is copied to the letter, and its lines break between words and after slashes, further in",
  async () => {
    for (const width of [280, 390, 1280]) {
      const context = await newContext({ viewport: { width, height: 844 } });
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      const page = await visitIn(context, server.url);
      const { origin } = new URL(server.url);
      const found = await page.locator("#curl").evaluate((block) => {
        const lines = [...block.children].map((line) => {
          const pieces = [...line.children].map((piece) => piece.getBoundingClientRect());
          const first = Math.min(...pieces.map(({ left }) => left));
          const top = Math.min(...pieces.map((piece) => piece.top));
          // A piece below the first row stands further in; none has two rows.
          return pieces.every(
            ({ left, top: at, height, right }) =>
              height < 30 &&
              right <= block.getBoundingClientRect().right &&
              (at < top + 10 || left > first + 8),
          );
        });
        return { text: block.textContent, lines };
      });
      expect({ width, ...found }).toEqual({
        width,
        text: `curl -d 'Deploy finished' \\\n  ${origin}/api/topics/lobby/messages`,
        lines: [true, true],
      });
      await page.locator("[data-copy=curl]").click();
      await page.getByText("Copied", { exact: true }).waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(found.text);
    }
  },
);

browserTest("in a transcript, Arabic stands beside its author, with its lists and quotes", async () => {
  await publish(server, "قائمة:\n- واحد\n- اثنان\n> مقتبس", "lobby", "Ana");
  const page = await visitIn(
    await newContext({ viewport: { width: 1280, height: 800 } }),
    `${server.url}/t/lobby`,
  );
  const gaps = await page.locator("article").evaluateAll((articles) =>
    articles
      .flatMap((article) => [...article.querySelectorAll(".text, .text li, blockquote")])
      .filter((block) => block.matches(":dir(rtl)"))
      .map((block) => {
        const words = document.createRange();
        words.selectNodeContents(block);
        const column = block.closest(".text")?.getBoundingClientRect().left ?? 0;
        return Math.min(...[...words.getClientRects()].map(({ left }) => left)) - column;
      }),
  );
  expect(gaps.length).toBeGreaterThanOrEqual(5);
  for (const gap of gaps) expect(gap).toBeLessThan(60);
});
