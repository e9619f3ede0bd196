/**
 * `bun run picture`: takes the pictures of the documentation of the real widget on a real server, light and dark:
 * docs/widget.png, the README's, and docs/palettes.png.
 * With `-- --console [DIR]`: docs/console.png, or every view of the console into a folder (console-pictures.ts).
 * With `-- --film [FILE]`: a short recording, docs/widget.webp (film.ts).
 * With `-- --matrix DIR [SCENE …]`: every width, theme, scene and direction into a folder (matrix.ts).
 * With `-- --engines DIR [STATE …]`: the main states in Firefox and WebKit into a folder (engine-pictures.ts).
 */
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { play, setStage, signIn, STAGE_OPTIONS, topicOf } from "../support/stage.ts";
import { CHROMIUM_FLAGS } from "../support/windows.ts";
import { chromiumPath } from "../support/parts.ts";
import { startKabar } from "../support/server.ts";
import { takeConsole } from "./console-pictures.ts";
import { takeEngines } from "./engine-pictures.ts";
import { SCENES, takeMatrix } from "./matrix.ts";
import { film } from "./film.ts";

const DOCS = join(import.meta.dir, "../../docs");
const PAGE = (origin: string) => `<!doctype html><meta charset="utf-8"><style>
  body { margin: 0; font-family: system-ui, sans-serif; display: grid; grid-template-columns: 1fr 1fr; height: 606px; }
  div { padding: 28px; } .light { background: #eef1f6; } .dark { background: #05070b; color-scheme: dark; }
  kabar-chat { height: 550px; }
</style><div class="light"><kabar-chat topic="${topicOf("busy", "ltr")}" title="Lobby" subtitle="Usually answers within an hour" theme="light" server="${origin}"></kabar-chat></div>
<div class="dark"><kabar-chat topic="${topicOf("busy", "ltr")}" title="Lobby" subtitle="Usually answers within an hour" theme="dark" server="${origin}"></kabar-chat></div>
<script src="${origin}/widget.js"></script>`;

const PALETTES = ["sand", "forest", "ocean", "plum", "ink"];
const chatIn = (origin: string, theme: string, palette: string) =>
  `<kabar-chat topic="${topicOf("busy", "ltr")}" title="${palette}" palette="${palette}" theme="${theme}" server="${origin}"></kabar-chat>`;
/** Every palette, light above dark. */
const PALETTE_PAGE = (origin: string) => `<!doctype html><meta charset="utf-8"><style>
  body { margin: 0; font-family: system-ui, sans-serif; }
  div { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 16px; padding: 16px; }
  .light { background: #eef1f6; } .dark { background: #05070b; color-scheme: dark; }
  kabar-chat { height: 380px; }
</style>${["light", "dark"]
  .map(
    (theme) =>
      `<div class="${theme}">${PALETTES.map((palette) => chatIn(origin, theme, palette)).join("")}</div>`,
  )
  .join("")}<script src="${origin}/widget.js"></script>`;

const enginesAt = process.argv.indexOf("--engines");
if (enginesAt > 0) {
  await takeEngines(process.argv[enginesAt + 1] ?? "engines", process.argv.slice(enginesAt + 2));
  process.exit(0);
}
const browser = await chromium.launch({
  ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
  args: CHROMIUM_FLAGS,
});
const filmAt = process.argv.indexOf("--film");
if (filmAt > 0) {
  await film(browser, process.argv[filmAt + 1] ?? join(DOCS, "widget.webp"));
  await browser.close();
  process.exit(0);
}
const consoleAt = process.argv.indexOf("--console");
if (consoleAt > 0) {
  await takeConsole(browser, DOCS, process.argv[consoleAt + 1], process.argv.slice(consoleAt + 2));
  await browser.close();
  process.exit(0);
}
const at = process.argv.indexOf("--matrix");
if (at > 0) {
  const folder = process.argv[at + 1];
  if (!folder) throw new Error("--matrix needs a folder.");
  const scenes = SCENES.filter((scene) => process.argv.slice(at + 2).includes(scene));
  await takeMatrix(browser, folder, scenes.length ? scenes : SCENES);
  await browser.close();
  process.exit(0);
}

const kabar = await startKabar(STAGE_OPTIONS);
await setStage(kabar);
const site = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    const draw = new URL(request.url).pathname === "/palettes" ? PALETTE_PAGE : PAGE;
    return new Response(draw(kabar.url), { headers: { "Content-Type": "text/html" } });
  },
});

/** Takes one picture of a page with chats into docs/. */
async function take(path: string, name: string, width: number, height: number, scale: number): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale });
  await signIn(context, "busy", "ltr");
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${site.port}${path}`);
  await play(page, "busy", "ltr");
  const out = join(DOCS, name);
  await page.screenshot({ path: out });
  await context.close();
  console.log(`${out} is taken.`);
}
await take("/", "widget.png", 1000, 606, 2);
await take("/palettes", "palettes.png", 1600, 824, 1);
await browser.close();
await site.stop(true);
await kabar.stop();
process.exit(0);
