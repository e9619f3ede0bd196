/**
 * `bun run picture -- --matrix DIR [SCENE …]`: the widget in every width, theme, scene and direction, each as a picture of its own and
 * together as contact sheets (sheet-….png and index.html), so that a person can look at all of them in a minute.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "@playwright/test";
import {
  DIRECTIONS,
  type Direction,
  play,
  SCENES as TESTED_SCENES,
  type Scene as TestedScene,
  setStage,
  signIn,
  STAGE_OPTIONS,
  topicOf,
} from "../support/stage.ts";
import { startKabar } from "../support/server.ts";
import {
  attributesOf,
  isAlone,
  isMore,
  isSurface,
  MORE_SCENES,
  MORE_TOPICS,
  type MoreScene,
  moreTopicOf,
  playMore,
  prepare,
  roleOf,
  setMoreStages,
} from "./scenes.ts";

export const SCENES = [...TESTED_SCENES, ...MORE_SCENES];
export type Scene = TestedScene | MoreScene;

const WIDTHS = [280, 390, 720, 1280] as const;
const FRAMES = [...WIDTHS.map((width) => `inline-${width}`), "panel", "mobile"];
/** The frames of a contact sheet: each row has about the same width. */
const SHEET_ROWS = {
  narrow: ["inline-280", "inline-390", "panel", "mobile"],
  wide: ["inline-720", "inline-1280"],
};
/** Scenes without a box in the text: the page's corner, on a large screen and on a small one. */
const SURFACE_ROWS = { narrow: ["panel", "mobile"] };
const THEMES = {
  light: { colorScheme: "light", forcedColors: "none" },
  dark: { colorScheme: "dark", forcedColors: "none" },
  forced: { colorScheme: "dark", forcedColors: "active" },
} as const;
type Theme = keyof typeof THEMES;

const WORDS = {
  ltr: { lang: "en", title: "Lobby", text: "A paragraph of the page that the chat stands in." },
  rtl: { lang: "ar", title: "الردهة", text: "فقرة من الصفحة التي توجد فيها المحادثة." },
};

const page = (
  dir: Direction,
  body: string,
): string => `<!doctype html><html lang="${WORDS[dir].lang}" dir="${dir}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Host</title><link rel="icon" href="data:,"><style>
:root{color-scheme:light dark}body{margin:16px;font:15px system-ui;background:light-dark(#fff,#0b0d12);color:light-dark(#222,#ddd)}
.row{display:flex;gap:16px}</style><p>${WORDS[dir].text}</p>${body}`;

/** The pages of one scene: inline chats side by side (or one of them), a panel on a large screen and on a small one. */
function bodyOf(origin: string, kind: string, scene: Scene, dir: Direction): string {
  const own = isMore(scene) ? attributesOf(scene) : "";
  const topic = isMore(scene) ? moreTopicOf(scene, dir) : topicOf(scene, dir);
  const chat = (more: string) =>
    `<kabar-chat topic="${topic}" title="${WORDS[dir].title}" server="${origin}" load="eager" ${own} ${more}></kabar-chat>`;
  const inline = (width: number | string) => chat(`style="width:${width}px;height:560px;flex:none"`);
  const panel = isMore(scene) && isSurface(scene) ? chat("") : chat('mode="panel" open');
  const chats =
    kind === "panel"
      ? panel
      : `<div class="row">${kind === "inline" ? WIDTHS.map(inline).join("") : inline(kind)}</div>`;
  return page(dir, `${chats}<script src="${origin}/widget.js"></script>`);
}

const nameOf = (frame: string, theme: string, scene: string, dir: string): string =>
  `${frame}-${theme}-${scene}-${dir}.png`;

/** Takes the matrix into a folder: all of it, or some scenes. */
export async function takeMatrix(
  browser: Browser,
  folder: string,
  scenes: readonly Scene[] = SCENES,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const env = {
    ...STAGE_OPTIONS.env,
    KABAR_TOPICS: `${STAGE_OPTIONS.env?.KABAR_TOPICS} ${MORE_TOPICS.join(" ")}`,
  };
  const kabar = await startKabar({ env });
  await setStage(kabar);
  await setMoreStages(kabar);
  const site = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const query = new URL(request.url).searchParams;
      const body = bodyOf(
        kabar.url,
        query.get("kind") ?? "inline",
        query.get("scene") as Scene,
        query.get("dir") as Direction,
      );
      return new Response(body, { headers: { "Content-Type": "text/html; charset=utf-8" } });
    },
  });
  const all = scenes.length * DIRECTIONS.length * Object.keys(THEMES).length * FRAMES.length;
  let taken = 0;

  async function shoot(shown: Page, frames: readonly string[], scene: Scene, dir: Direction): Promise<void> {
    for (const [theme, media] of Object.entries(THEMES)) {
      await shown.emulateMedia(media);
      for (const [i, frame] of frames.entries()) {
        const path = join(folder, nameOf(frame, theme, scene, dir));
        if (frame.startsWith("inline")) await shown.locator("kabar-chat").nth(i).screenshot({ path });
        else await shown.screenshot({ path });
        taken++;
      }
    }
    console.log(`${taken}/${all}  ${frames.join(" ")}  ${scene} ${dir}`);
  }

  for (const scene of scenes) {
    for (const dir of DIRECTIONS) {
      const visit = async (
        kind: string,
        frames: readonly string[],
        viewport: { width: number; height: number },
      ) => {
        const touch = frames[0] === "mobile" ? { hasTouch: true, isMobile: true } : {};
        const context: BrowserContext = await browser.newContext({ viewport, ...touch });
        context.setDefaultTimeout(30_000);
        const isSigned = !["guest", "loading", "error", "naming"].includes(scene);
        if (isSigned) await signIn(context, isMore(scene) ? roleOf(scene) : scene, dir);
        if (isMore(scene)) await prepare(context, scene);
        const shown = await context.newPage();
        await shown.goto(`http://127.0.0.1:${site.port}/?kind=${kind}&scene=${scene}&dir=${dir}`);
        const played = isMore(scene) ? playMore(shown, kabar, scene, dir) : play(shown, scene, dir);
        // The picture of a scene that was not reached shows why.
        await played.catch((error) => console.error(`${scene} ${dir} ${kind}: ${error}`));
        await shown.evaluate(async () => {
          // A panel that is still opening would be half there.
          const isEnding = (it: Animation) => it.effect?.getComputedTiming().endTime !== Infinity;
          const roots = [...document.querySelectorAll("kabar-chat")].map((chat) => chat.shadowRoot);
          const ending = roots.flatMap((root) => root?.getAnimations() ?? []).filter(isEnding);
          // An element may go in the middle of its animation.
          await Promise.all(ending.map(({ finished }) => finished.catch(() => undefined)));
        });
        await shoot(shown, frames, scene, dir);
        await context.close();
      };
      const hasInline = !isMore(scene) || !isSurface(scene);
      const inlineFrames = hasInline ? FRAMES.slice(0, WIDTHS.length) : [];
      if (isMore(scene) && isAlone(scene)) {
        for (const [i, frame] of inlineFrames.entries())
          await visit(`${WIDTHS[i]}`, [frame], { width: (WIDTHS[i] ?? 0) + 32, height: 640 });
      } else if (hasInline) await visit("inline", inlineFrames, { width: 2800, height: 640 });
      await visit("panel", ["panel"], { width: 460, height: 760 });
      await visit("panel", ["mobile"], { width: 390, height: 844 });
    }
    await drawSheets(browser, folder, [scene]);
  }
  await site.stop(true);
  await kabar.stop();
  await writeIndex(folder, scenes);
}

const STYLE =
  "<!doctype html><meta charset=utf-8><title>Kabar</title><style>body{margin:8px;background:#888;font:16px system-ui;width:max-content}div{display:flex;gap:8px;margin-bottom:8px;align-items:start}</style>";

/** Two sheets for each scene and theme, of narrow and of wide frames: left to right over right to left. */
function sheetsOf(scenes: readonly Scene[]): { name: string; html: string }[] {
  const row = (theme: Theme, scene: Scene, frames: readonly string[]) =>
    DIRECTIONS.map((dir) => {
      const cells = frames.map(
        (frame) => `<img src="${nameOf(frame, theme, scene, dir)}" alt="${frame} ${theme} ${scene} ${dir}">`,
      );
      return `<div>${cells.join("")}</div>`;
    }).join("");
  return scenes.flatMap((scene) =>
    (Object.keys(THEMES) as Theme[]).flatMap((theme) =>
      Object.entries(isMore(scene) && isSurface(scene) ? SURFACE_ROWS : SHEET_ROWS).map(([name, frames]) => ({
        name: `sheet-${scene}-${theme}-${name}`,
        html: `<h2>${scene}, ${theme}, ${name}</h2>${row(theme, scene, frames)}`,
      })),
    ),
  );
}

async function drawSheets(browser: Browser, folder: string, scenes: readonly Scene[]): Promise<void> {
  const shown = await browser.newPage({ viewport: { width: 2400, height: 1000 } });
  for (const { name, html } of sheetsOf(scenes)) {
    const path = join(folder, `${name}.html`);
    await Bun.write(path, STYLE + html);
    await shown.goto(`file://${path}`);
    await shown.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }
  await shown.close();
}

/** A page with every sheet. */
async function writeIndex(folder: string, scenes: readonly Scene[]): Promise<void> {
  const sheets = sheetsOf(scenes);
  await Bun.write(join(folder, "index.html"), STYLE + sheets.map(({ html }) => html).join(""));
  console.log(`${sheets.length} sheets and index.html are in ${folder}.`);
}
