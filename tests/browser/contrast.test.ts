/** Colours as the browser paints them, measured by the WCAG formula. */
import { expect } from "bun:test";
import { browserTest, useBrowserWithServer } from "../support/browser.ts";
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
          for (const e of sight.all("[part~=link], .meta button, [part~=launcher], [part=reaction]"))
            check(
              e.textContent?.slice(0, 20) || e.className,
              getComputedStyle(e).color,
              sight.behind(e),
              4.5,
            );
          for (const e of sight.all("[part=reaction][aria-pressed=true]"))
            check("pressed", getComputedStyle(e).borderTopColor, sight.behind(e), 3);
          const [send] = sight.all("[part=send]");
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
