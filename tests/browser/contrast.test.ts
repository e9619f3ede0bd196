/** Colours as the browser paints them, measured by the WCAG formula. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { openScene, setStage, STAGE_OPTIONS } from "../support/stage.ts";
import { createRandom } from "../support/seed.ts";

const server = await useBrowserWithServer(STAGE_OPTIONS.env);
await setStage(server);

const open = (colorScheme: "light" | "dark", attributes = "") =>
  openScene(server, "busy", "ltr", [attributes], { colorScheme });

for (const theme of ["light", "dark"] as const) {
  browserTest(
    `every author's colour has enough contrast in ${theme}, on every background it stands on`,
    async () => {
      const page = await open(theme);
      const found = await page.evaluate(() => {
        const { sight } = window;
        const wrong: string[] = [];
        const articles = ["li:not(.own):not(.mention) > article", ".own > article", ".mention > article"].map(
          (selector) => sight.all(selector).find((article) => article.querySelector("[part=author]")),
        );
        for (const article of articles) {
          for (let hue = 0; article && hue < 360; hue += 30) {
            article.style.setProperty("--_hue", `${hue}`);
            for (const part of ["author", "avatar"]) {
              const e = article.querySelector(`[part=${part}]`) as HTMLElement;
              const ratio = sight.contrast(getComputedStyle(e).color, sight.behind(e));
              if (ratio < 4.5) wrong.push(`${part} ${hue}° on ${sight.behind(e)}: ${ratio.toFixed(2)}`);
            }
          }
        }
        return { wrong, looked: articles.filter(Boolean).length };
      });
      expect(found).toEqual({ wrong: [], looked: 3 });
    },
  );

  browserTest(
    `any of 50 accent colours keeps enough contrast in ${theme}, for texts, lines and marks`,
    async () => {
      const page = await open(theme, 'mode="panel" open');
      const random = createRandom(2026);
      const accents = Array.from(
        { length: 50 },
        () => `rgb(${[0, 0, 0].map(() => random.int(0, 255)).join(" ")})`,
      );
      await page.locator("kabar-chat article").first().hover();
      const wrong = await page.evaluate((accents) => {
        const { sight } = window;
        const wrong: string[] = [];
        const chat = document.querySelector("kabar-chat") as HTMLElement;
        const [log] = sight.all("[part=log]");
        for (const accent of accents) {
          chat.style.setProperty("--kabar-accent", accent);
          const check = (what: string, front: string, back: string, least: number) => {
            const ratio = sight.contrast(front, back);
            if (ratio < least) wrong.push(`${accent}: ${what} ${front} on ${back} ${ratio.toFixed(2)}`);
          };
          for (const e of sight.all("[part~=link], .naming button, [part~=launcher], [part=reaction]"))
            check(
              e.textContent?.slice(0, 20) || e.className,
              getComputedStyle(e).color,
              sight.behind(e),
              4.5,
            );
          for (const e of sight.all("[part=reaction][aria-pressed=true]"))
            check("pressed", getComputedStyle(e).borderTopColor, sight.behind(e), 3);
          const [send] = sight.all("[part=send]");
          send?.setAttribute("aria-disabled", accent.length % 2 ? "true" : "false");
          if (send) check("send", getComputedStyle(send).color, sight.behind(send), 3);
          log?.focus();
          for (const e of sight
            .all("li.own, li.mention, li:not(.own)")
            .map((li) => li.firstElementChild as HTMLElement)) {
            log?.style.setProperty("outline", "2px solid var(--_ink)");
            check("ring", getComputedStyle(log as HTMLElement).outlineColor, sight.behind(e), 3);
          }
        }
        return wrong;
      }, accents);
      expect(wrong).toEqual([]);
    },
  );
}

const PALETTES = ["sand", "forest", "ocean", "plum", "ink"];
/** Shows a palette in a page's chat and waits until its colours are there. */
async function showPalette(page: Page, name: string): Promise<void> {
  const accent = () =>
    page.evaluate(() => {
      const [root] = window.sight.all(".root");
      return root ? getComputedStyle(root).getPropertyValue("--_accent") : "";
    });
  const before = await accent();
  await page.locator("kabar-chat").evaluate((chat, name) => chat.setAttribute("palette", name), name);
  await until(`the palette ${name}`, async () => (await accent()) !== before);
}

for (const theme of ["light", "dark"] as const) {
  browserTest(
    `every text of each palette has 4.5:1 in ${theme}, and so has every author's name`,
    async () => {
      const found: Record<string, string[]> = {};
      for (const scene of ["busy", "menu", "failed"] as const) {
        const page = await openScene(server, scene, "ltr", ['mode="panel" open'], { colorScheme: theme });
        for (const palette of PALETTES) {
          await showPalette(page, palette);
          const wrong = await page.evaluate(() => {
            const { sight } = window;
            const low: string[] = [];
            const check = (what: string, e: HTMLElement, least = 4.5) => {
              const { color } = getComputedStyle(e);
              const ratio = sight.contrast(color, sight.behind(e));
              if (ratio < least) low.push(`${what}: ${color} on ${sight.behind(e)} ${ratio.toFixed(2)}`);
            };
            const isText = ({ nodeType, nodeValue }: ChildNode) =>
              nodeType === Node.TEXT_NODE && nodeValue?.trim();
            const texts = sight
              .all(".root *, .launcher")
              .filter((e) => e.checkVisibility({ opacityProperty: true }) && [...e.childNodes].some(isText));
            for (const e of texts) check(e.textContent?.slice(0, 20) ?? "", e);
            for (const e of sight.all("[part~=launcher], [part=send]")) check(`${e.part}`, e, 3);
            for (const part of ["author", "avatar"])
              for (const e of sight.all(`[part=${part}]`))
                for (let hue = 0; hue < 360; hue += 30) {
                  const article = e.closest("article") as HTMLElement;
                  article.style.setProperty("--_hue", `${hue}`);
                  check(`${part} ${hue}°`, e);
                }
            return { low: [...new Set(low)], texts: texts.length };
          });
          expect(wrong.texts).toBeGreaterThan(15);
          if (wrong.low.length) found[`${palette}, ${scene}`] = wrong.low;
        }
      }
      expect(found).toEqual({});
    },
  );
}

browserTest(
  "a property of the page wins over the palette, and an unknown palette is named in the console",
  async () => {
    const page = await open("light");
    await showPalette(page, "forest");
    await page.evaluate(() => document.body.style.setProperty("--kabar-bg", "rgb(1, 2, 3)"));
    const background = () =>
      page.evaluate(() => getComputedStyle(window.sight.all(".root")[0] as Element).backgroundColor);
    expect(await background()).toBe("rgb(1, 2, 3)");
    const said = page.waitForEvent("console", (message) => message.text().includes("palette"));
    await page.locator("kabar-chat").evaluate((chat) => chat.setAttribute("palette", "forrest"));
    expect((await said).text()).toBe(
      'kabar: there is no palette "forrest"; choose one of sand, forest, ocean, plum, ink.',
    );
  },
);
