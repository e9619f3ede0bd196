/** Reduced motion, forced colours, right-to-left text, and names for screen readers. */
import { expect } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions } from "@playwright/test";
import { browserTest, serve, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, visitChat, write } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { type Direction, openScene, type Scene, setStage, STAGE_OPTIONS } from "../support/stage.ts";
import { leave } from "../support/windows.ts";

const server = await useBrowserWithServer(STAGE_OPTIONS.env);
await setStage(server);

const open = (scene: Scene, dir: Direction, attributes: string, options: BrowserContextOptions = {}) =>
  openScene(server, scene, dir, [attributes], options);

browserTest(
  "reduced motion stops all animation: opening, jumping to a quote, sending, scrolling",
  async () => {
    const page = await open("busy", "ltr", 'mode="panel" open', { reducedMotion: "reduce" });
    /** What moves now; a change of opacity within 100 ms is none. */
    const moving = () =>
      page.evaluate(() => {
        const root = document.querySelector("kabar-chat")?.shadowRoot;
        return (root?.getAnimations() ?? []).flatMap((animation) => {
          const { effect } = animation;
          const frames = effect instanceof KeyframeEffect ? effect.getKeyframes() : [];
          const properties = frames
            .flatMap((frame) => Object.keys(frame))
            .filter((name) => !/^(offset|computedOffset|easing|composite|opacity)$/.test(name));
          const { duration } = effect?.getTiming() ?? {};
          return properties.length || Number(duration) > 100 ? [`${properties} ${duration}`] : [];
        });
      });
    expect(await moving()).toEqual([]);
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: /^Chat/ }).click();
    expect(await moving()).toEqual([]);
    await page.locator("kabar-chat button[part=quote]").click();
    await until("the quoted message", () =>
      page.evaluate(() =>
        window.sight.focused()?.closest("article")?.textContent?.includes("Only the notes"),
      ),
    );
    expect(await moving()).toEqual([]);
    await page.locator("kabar-chat article").nth(2).hover();
    expect(await moving()).toEqual([]);
    await write(page, "sent without motion");
    await page.locator("kabar-chat article", { hasText: "sent without motion" }).waitFor();
    expect(await moving()).toEqual([]);
    const behaviour = await page.evaluate(
      () =>
        window.sight
          .all("*")
          .map((e) => getComputedStyle(e))
          .filter((s) => s.scrollBehavior !== "auto" || s.transitionDuration !== "0s").length,
    );
    expect(behaviour).toBe(0);
  },
);

browserTest(
  "forced colours leave every state visible through lines and words, never through a background alone",
  async () => {
    const page = await open("busy", "ltr", 'mode="panel" open', { forcedColors: "active" });
    const seen = await page.evaluate(() => {
      const { sight } = window;
      const style = (selector: string) => getComputedStyle(sight.all(selector)[0] as Element);
      return {
        own: getComputedStyle(sight.all(".own > article")[0] as Element, "::before").borderInlineStartWidth,
        other: getComputedStyle(sight.all("li:not(.own):not(.mention) > article")[0] as Element, "::before")
          .content,
        mention: style(".mention > article").borderTopWidth,
        pressed: style("[part=reaction][aria-pressed=true]").borderTopWidth,
        notPressed: style("[part=reaction][aria-pressed=false]").borderTopWidth,
        avatar: style("[part=avatar]").borderTopWidth,
        frame: style(".root").borderTopWidth,
        launcher: style("[part~=launcher]").borderTopWidth,
        field: style("[part=composer]").borderTopWidth,
        ownIsNamed: sight.all(".own [part=author]")[0]?.textContent,
      };
    });
    expect(seen).toEqual({
      own: "3px",
      other: "none",
      mention: "1px",
      pressed: "2px",
      notPressed: "1px",
      avatar: "1px",
      frame: "1px",
      launcher: "2px",
      field: "1px",
      ownIsNamed: "You",
    });
    await composer(page).focus();
    const ring = () =>
      page.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(
          window.sight.all("[part=composer]")[0] as Element,
        );
        return [outlineStyle, outlineWidth];
      });
    expect(await ring()).toEqual(["solid", "2px"]);
    const colorOfSend = () =>
      page.evaluate(() => getComputedStyle(window.sight.all("[part=send]")[0] as Element).color);
    const idle = await colorOfSend();
    await composer(page).fill("now it sends");
    await until("the button", async () => (await colorOfSend()) !== idle);
  },
);

browserTest("right-to-left pages mirror the chat, and each text keeps its own direction", async () => {
  const page = await open("menu", "rtl", "");
  const seen = await page.evaluate(() => {
    const { sight } = window;
    const left = (selector: string) => sight.all(selector)[0]?.getBoundingClientRect().left ?? 0;
    const articles = sight.all("article");
    const texts = sight.all("[part~=text]");
    const edge = (e?: Element) => {
      const range = document.createRange();
      range.selectNodeContents(e as Element);
      return Math.round(range.getBoundingClientRect().right);
    };
    const latin = texts.find((e) => e.textContent?.startsWith("Release"));
    const arabic = texts.find((e) => e.textContent?.startsWith("صباح"));
    return {
      isMirrored: left("[part=avatar]") > left("[part~=text]") && left("[part=send]") < left("[part=input]"),
      actionsAtEnd: left("[part=actions]") < left("[part=avatar]") / 2,
      titleAtStart: left("h2") > left("[part=members-button]"),
      allAuto: texts.every((e) => e.dir === "auto") && sight.all("textarea").every((e) => e.dir === "auto"),
      namesApart: articles.every(
        (e) => !e.querySelector("[part=author]") || e.querySelector("bdi[part=author]"),
      ),
      directions: [latin, arabic].map((e) => getComputedStyle(e as Element).direction),
      sameEdge: edge(latin) === edge(arabic),
    };
  });
  expect(seen).toEqual({
    isMirrored: true,
    actionsAtEnd: true,
    titleAtStart: true,
    allAuto: true,
    namesApart: true,
    directions: ["ltr", "rtl"],
    sameEdge: true,
  });
  // Words have no sides in the style sheets, but for the edges of a phone's screen.
  const folder = join(import.meta.dir, "../../widget");
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".css"),
  )) {
    const css = (await Bun.file(join(folder, name)).text()).replaceAll(
      /\/\*[\s\S]*?\*\/|safe-area-inset-\w+/g,
      "",
    );
    expect({ name, sides: css.match(/\b(left|right)\b/g) }).toEqual({ name, sides: null });
  }
});

browserTest(
  "a message's time is machine-readable, short in the list, complete in its title, and never announced",
  async () => {
    const page = await open("busy", "ltr", "");
    const times = await page.evaluate(() =>
      window.sight.all("article time").map((e) => {
        const { dateTime, textContent } = e as HTMLTimeElement;
        return {
          dateTime,
          textContent,
          live: e.closest("[aria-live], [role=log], [role=status]") !== null,
        };
      }),
    );
    expect(times.length).toBeGreaterThan(5);
    for (const { dateTime, textContent, live } of times) {
      expect(new Date(dateTime).toISOString()).toBe(dateTime);
      expect(textContent).toMatch(/^\d?\d:\d\d( [AP]M)?$/);
      expect(live).toBe(false);
    }
  },
);

browserTest(
  "reactions have accessible names, and icons and initials are hidden from screen readers",
  async () => {
    const page = await open("busy", "ltr", 'mode="panel" open');
    for (const [name, pressed] of [
      ["party, 3", "false"],
      ["heart, 1, you reacted", "true"],
    ] as const)
      expect(await page.getByRole("button", { name, exact: true }).getAttribute("aria-pressed")).toBe(
        pressed,
      );
    const unnamed = await page.evaluate(() =>
      window.sight
        .all("svg, img, [part=avatar]")
        .filter(
          (e) =>
            !e.closest("[aria-hidden=true]") &&
            !e.getAttribute("alt") &&
            !e.closest("[aria-label]:is(button)"),
        )
        .map((e) => e.outerHTML.slice(0, 100)),
    );
    expect(unnamed).toEqual([]);
  },
);

browserTest(
  "the widget declares the language of its own words and leaves that of messages open",
  async () => {
    const page = await open("busy", "rtl", 'lang="ar"');
    expect(
      await page.evaluate(() => ({
        root: window.sight.all(".root")[0]?.lang,
        dir: getComputedStyle(window.sight.all(".root")[0] as Element).direction,
        texts: [...new Set(window.sight.all("[part~=text]").map((e) => e.lang))],
      })),
    ).toEqual({ root: "ar", dir: "rtl", texts: [""] });
  },
);

browserTest("times follow the user's browser, on one line also with a twelve-hour clock", async () => {
  const own = await serve();
  for (const text of ["one", "two"]) await publish(own, text);
  for (const [locale, pattern] of [
    ["en-US", /^\d{1,2}:\d\d\s[AP]M$/],
    ["en-GB", /^\d\d:\d\d$/],
  ] as const) {
    const page = await visitChat(own, undefined, { locale });
    const times = page.locator("kabar-chat article time");
    await until("two times", async () => (await times.count()) >= 2);
    for (const time of await times.all()) {
      expect(await time.textContent()).toMatch(pattern);
      expect((await time.boundingBox())?.height ?? 99).toBeLessThan(24);
    }
    await leave(page);
  }
});
