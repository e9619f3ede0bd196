/**
 * `bun run picture`: takes docs/widget.png, the README's picture, of the real widget on a real server, light and dark.
 * With `-- --matrix DIR [SCENE …]`: every width, theme, scene and direction into a folder (matrix.ts).
 */
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { play, SCENES, setStage, signIn, STAGE_OPTIONS, topicOf } from "../support/stage.ts";
import { CHROMIUM_FLAGS } from "../support/windows.ts";
import { chromiumPath } from "../support/parts.ts";
import { startKabar } from "../support/server.ts";
import { takeMatrix } from "./matrix.ts";

const OUT = join(import.meta.dir, "../../docs/widget.png");
const PAGE = (origin: string) => `<!doctype html><meta charset="utf-8"><style>
  body { margin: 0; font-family: system-ui, sans-serif; display: grid; grid-template-columns: 1fr 1fr; height: 606px; }
  div { padding: 28px; } .light { background: #eef1f6; } .dark { background: #05070b; color-scheme: dark; }
  kabar-chat { height: 550px; }
</style><div class="light"><kabar-chat topic="${topicOf("busy", "ltr")}" title="Lobby" theme="light" server="${origin}"></kabar-chat></div>
<div class="dark"><kabar-chat topic="${topicOf("busy", "ltr")}" title="Lobby" theme="dark" server="${origin}"></kabar-chat></div>
<script src="${origin}/widget.js"></script>`;

const browser = await chromium.launch({
  ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
  args: CHROMIUM_FLAGS,
});
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
  fetch: () => new Response(PAGE(kabar.url), { headers: { "Content-Type": "text/html" } }),
});
const context = await browser.newContext({ viewport: { width: 1000, height: 606 }, deviceScaleFactor: 2 });
await signIn(context, "busy", "ltr");
const page = await context.newPage();
await page.goto(`http://127.0.0.1:${site.port}/`);
await play(page, "busy", "ltr");
await page.screenshot({ path: OUT });
await browser.close();
await site.stop(true);
await kabar.stop();
console.log(`${OUT} is taken.`);
process.exit(0);
