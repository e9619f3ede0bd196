/** The chat's box in its parent: parents that size to their content, resets of the host element, page themes. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { connected, tag } from "../support/chat-page.ts";
import { host, leave, newContext, visit } from "../support/windows.ts";
import { openSettings } from "../support/visitor.ts";

const server = await useBrowserWithServer();

const CHAT = `<kabar-chat topic="lobby" server="${server.url}" load="eager"></kabar-chat>`;
const SCRIPT = `<script src="${server.url}/widget.js"></script>`;
const box = (page: Page, selector = "kabar-chat .root") =>
  until("a box", async () => page.locator(selector).first().boundingBox());

const PARENTS: Record<string, string> = {
  block: "",
  "flex row": "display:flex",
  "flex row, centred": "display:flex;align-items:center;justify-content:center",
  "flex column": "display:flex;flex-direction:column",
  "flex column, centred": "display:flex;flex-direction:column;align-items:center",
  "inline flex": "display:inline-flex",
  grid: "display:grid",
  "grid, place-items: center": "display:grid;place-items:center",
  "grid with an auto column": "display:grid;grid-template-columns:auto 1fr",
  "inline block": "display:inline-block",
  float: "float:left",
  table: "display:table",
  "table cell": "display:table-cell",
  absolute: "position:absolute;inset-block-start:0",
  "fit-content": "width:fit-content",
  "max-content": "width:max-content",
};

for (const [width, least] of [
  [1000, 300],
  [360, 240],
] as const) {
  browserTest(
    `in every kind of parent the chat is wide enough to use and fits a page of ${width}`,
    async () => {
      const page = await visit(host(`<div id="holder">${CHAT}</div>${SCRIPT}`).url, {
        viewport: { width, height: 800 },
      });
      await connected(page);
      const found: Record<string, string> = {};
      for (const [kind, style] of Object.entries(PARENTS)) {
        await page.evaluate(
          (style) => document.querySelector("#holder")?.setAttribute("style", style),
          style,
        );
        const { width: wide, height } = await box(page);
        const isFitting = wide >= least && wide <= width && height >= 320 && height <= 560;
        const isOver = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        if (!isFitting || isOver) found[kind] = `${wide} × ${height}${isOver ? ", wider than the page" : ""}`;
      }
      expect(found).toEqual({});
    },
  );
}

browserTest("the page's own sizes and `hidden` apply, however the page sets them", async () => {
  const page = await visit(host(`<style id="own"></style><div id="holder">${CHAT}</div>${SCRIPT}`).url);
  await connected(page);
  const rule = async (css: string) => {
    await page.evaluate((css) => {
      (document.querySelector("#own") as Element).textContent = css;
    }, css);
    return page.locator("kabar-chat .root").boundingBox();
  };
  expect(await rule("kabar-chat { width: 400px; height: 500px }")).toMatchObject({ width: 400, height: 500 });
  expect(await rule("kabar-chat { --kabar-height: 400px }")).toMatchObject({ height: 400 });
  expect(
    await rule("#holder { display: flex; height: 600px } kabar-chat { --kabar-height: 100%; flex: 1 }"),
  ).toMatchObject({
    height: 600,
    width: 784,
  });
  expect(await rule("kabar-chat { display: none }")).toBeNull();
  expect(await rule("")).toMatchObject({ width: 784 });
  await page.evaluate(() => document.querySelector("kabar-chat")?.toggleAttribute("hidden", true));
  expect(await rule("* { display: block }")).toBeNull();
});

const RESETS: Record<string, string> = {
  "all: unset": "* { all: unset }",
  "the new reset":
    "*:where(:not(html,iframe,canvas,img,svg,video,audio):not(svg *,symbol *)) { all: unset; display: revert }",
  relative: "* { position: relative }",
  "important positions": "* { position: static !important; inset: auto !important }",
  transitions: "* { transition: all .3s; animation: none }",
  "a transform for everything": "body * { transform: translateZ(0); will-change: transform }",
};

for (const [what, css] of Object.entries(RESETS)) {
  browserTest(`a page's reset (${what}) changes neither the box of a chat nor a panel's place`, async () => {
    const style = `<style>${css} style, script { display: none }</style>`;
    const inline = await visit(host(`${style}<div>${tag(server)}</div>`).url);
    await connected(inline);
    const { width, height } = await box(inline);
    expect(width).toBeGreaterThan(700);
    expect(height).toBeLessThanOrEqual(560);
    expect(height).toBeGreaterThanOrEqual(240);
    await leave(inline);
    const panel = await visit(
      host(`${style}<h1>Host</h1>${tag(server, 'data-topic="lobby" data-mode="panel" data-open')}`).url,
    );
    await connected(panel);
    await panel.locator("kabar-chat [part=badge]").waitFor({ state: "attached" });
    await until("still", () =>
      panel.evaluate(() => document.querySelector("kabar-chat")?.shadowRoot?.getAnimations().length === 0),
    );
    expect(await box(panel, "kabar-chat .launcher")).toEqual({ x: 724, y: 624, width: 56, height: 56 });
    expect(await box(panel)).toEqual({ x: 396, y: 8, width: 384, height: 596 });
    await panel.setViewportSize({ width: 400, height: 700 });
    await until("the whole of a small screen", async () => {
      const { x, y, width, height } = await box(panel);
      return `${[x, y, width, height]}` === "0,0,400,700";
    });
  });
}

/** What a page is, what the visitor's system prefers, what the chat's box is then. */
const THEMES: [string, string, "light" | "dark", "light" | "dark", string?][] = [
  ["a page that is only light", "", "dark", "light"],
  ["a page with a white background", "html{color-scheme:light dark} body{background:#fff}", "dark", "light"],
  ["a page that is only dark", "body{background:#15181d;color:#eee}", "light", "dark"],
  ["a dark page without a text colour", "html{background:oklch(0.2 0.02 250)}", "light", "dark"],
  [
    "a dark picture behind light text",
    "body{background:linear-gradient(#111,#222);color:#eee}",
    "light",
    "dark",
  ],
  ["a page that declares dark", "html{color-scheme:dark}", "light", "dark"],
  ["a page for both, light system", "html{color-scheme:light dark}", "light", "light"],
  ["a page for both, dark system", "html{color-scheme:light dark}", "dark", "dark"],
  [
    "a white card on a dark page",
    "body{background:#111;color:#eee} main{background:#fff;color:#111}",
    "dark",
    "light",
  ],
  ["a light page where dark is asked for", "", "light", "dark", 'data-theme="dark"'],
  ["a dark page where light is asked for", "body{background:#111}", "dark", "light", 'data-theme="light"'],
  [
    "a dark page whose owner says light",
    "body{background:#111} kabar-chat{color-scheme:light}",
    "dark",
    "light",
  ],
];

const COLOURS = { light: "rgb(255, 255, 255)", dark: "rgb(18, 21, 28)" };
const background = (page: Page) =>
  page.evaluate(() => {
    const root = document.querySelector("kabar-chat")?.shadowRoot?.querySelector(".root");
    return root ? getComputedStyle(root).backgroundColor : "";
  });
/** A page without a word on schemes but its own. */
const plain = async (css: string, attributes: string, colorScheme: "light" | "dark") => {
  const context = await newContext({ colorScheme });
  const page = await context.newPage();
  await page.goto(
    host(`<style>${css}</style><main>${tag(server, `data-topic="lobby" ${attributes}`)}</main>`, {}, "").url,
  );
  await connected(page);
  return page;
};

for (const [what, css, system, expected, attributes = ""] of THEMES) {
  browserTest(`the chat is ${expected} on ${what} (${system} system)`, async () => {
    for (const mode of ["", 'data-mode="panel" data-open']) {
      const isPanel = mode !== "";
      if (isPanel && css.includes("main{")) continue;
      const page = await plain(css, `${attributes} ${mode}`, system);
      expect(await background(page)).toBe(COLOURS[expected]);
      await leave(page);
    }
  });
}

browserTest("the chat follows a page that changes its theme, and the user's own choice stays", async () => {
  const page = await plain(
    "body{background:#fff;color:#111} .dark body{background:#111;color:#eee;transition:background .2s}",
    "",
    "light",
  );
  expect(await background(page)).toBe(COLOURS.light);
  await page.evaluate(() => document.documentElement.classList.add("dark"));
  await until("dark", async () => (await background(page)) === COLOURS.dark);
  const settings = await openSettings(page);
  await settings.getByRole("radio", { name: "Light" }).click();
  expect(await background(page)).toBe(COLOURS.light);
  await settings.getByRole("radio", { name: "System" }).click();
  expect(await background(page)).toBe(COLOURS.dark);
});
