/**
 * `bun run picture -- --film [FILE]`: a short recording of the real widget in use, as an animated WebP (docs/widget.webp):
 * a panel opens, a message gets a reaction, its menu shows, an answer is written, the settings turn the chat dark. Chromium
 * encodes each frame; this file puts them together (RFC 9649, *WebP Image Format*, section 2.7.1).
 */
import type { Browser, CDPSession, Page } from "@playwright/test";
import { setStage, signIn, STAGE_OPTIONS, topicOf } from "../support/stage.ts";
import { startKabar } from "../support/server.ts";

/** Wide enough for a panel beside its page. */
const SIZE = { width: 600, height: 620 };
const QUALITY = 72;
/** Anybody should be able to load it with the README. */
const MOST_BYTES = 1_000_000;

/** A frame: the chunk of a still WebP, and how long it is shown. */
interface Frame {
  image: Uint8Array;
  ms: number;
}

const fourCc = (name: string) => new TextEncoder().encode(name);
const uint = (value: number, bytes: number) =>
  Uint8Array.from({ length: bytes }, (_, i) => (value >> (8 * i)) & 255);
const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
/** A RIFF chunk: name, length, data, and a byte that makes the length even. */
const chunk = (name: string, data: Uint8Array) =>
  join(fourCc(name), uint(data.length, 4), data, new Uint8Array(data.length % 2));

/** Returns the picture's own chunk of a still WebP, lossy or lossless, without profiles. */
export function imageOf(still: Uint8Array): Uint8Array {
  const view = new DataView(still.buffer, still.byteOffset, still.byteLength);
  for (let at = 12; at + 8 <= still.length;) {
    const size = 8 + view.getUint32(at + 4, true);
    const end = at + size + (size % 2);
    if (/^VP8[ L]$/.test(new TextDecoder().decode(still.subarray(at, at + 4)))) return still.slice(at, end);
    at = end;
  }
  throw new Error("No picture in the WebP file.");
}

/** Puts frames of one size together as an animation without end. */
export function animate(frames: readonly Frame[], { width, height }: typeof SIZE): Uint8Array {
  const size = join(uint(width - 1, 3), uint(height - 1, 3));
  // Each frame covers the one before: neither blending nor disposing.
  const shown = frames.map(({ image, ms }) =>
    chunk("ANMF", join(uint(0, 6), size, uint(ms, 3), Uint8Array.of(2), image)),
  );
  const body = join(
    fourCc("WEBP"),
    chunk("VP8X", join(Uint8Array.of(2, 0, 0, 0), size)),
    chunk("ANIM", uint(0, 6)),
    ...shown,
  );
  return join(fourCc("RIFF"), uint(body.length, 4), body);
}

/** Plays the scene and takes a frame after each step. */
async function play(page: Page, cdp: CDPSession): Promise<Frame[]> {
  const frames: Frame[] = [];
  const chat = page.locator("kabar-chat");
  async function take(ms: number): Promise<void> {
    const { data } = await cdp.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
    frames.push({ image: imageOf(Buffer.from(data, "base64")), ms });
  }
  const rest = () =>
    page.waitForFunction(() => !document.querySelector("kabar-chat")?.shadowRoot?.getAnimations().length);
  const type = async (text: string) => {
    for (const part of text.match(/.{1,4}/gu) ?? []) {
      await page.keyboard.type(part);
      await take(110);
    }
  };

  await take(900);
  await chat.locator("[part=launcher]").click();
  await chat.locator("[part=menu-button]").waitFor();
  await chat.getByText("See you on Monday").waitFor();
  await rest();
  await take(1_200);
  const row = chat.locator("article", { hasText: "Notes are up" });
  await row.hover();
  await take(700);
  await row.locator("[data-action=react]").click();
  await chat.locator(".layer.react").waitFor();
  await take(900);
  await chat.locator(".layer.react button").nth(1).click();
  await row.locator("[part=reaction]").waitFor();
  await row.hover();
  await take(800);
  await row.locator("[data-action=more]").click();
  await chat.locator("[part=menu]").waitFor();
  await take(1_300);
  await page.keyboard.press("Escape");
  await row.locator("[data-action=reply]").click();
  await chat.locator(".aim").waitFor();
  await take(500);
  await type("Both fit: thank you, see you there 🎉");
  await take(400);
  await page.keyboard.press("Enter");
  await chat.locator("article", { hasText: "Both fit" }).waitFor();
  await chat.locator("[part~=message-pending]").waitFor({ state: "detached" });
  await take(1_400);
  await chat.locator("[part=menu-button]").click();
  await chat.locator("[part=menu]").waitFor();
  await take(800);
  await chat.getByRole("menuitem", { name: "Settings" }).click();
  await chat.locator("[part=settings]").waitFor();
  await take(1_000);
  await chat.getByRole("radio", { name: "Dark" }).click();
  await take(900);
  await page.keyboard.press("Escape");
  await take(2_000);
  return frames;
}

/** Films the scene into a file. Fails when it is too large. */
export async function film(browser: Browser, file: string): Promise<void> {
  const kabar = await startKabar(STAGE_OPTIONS);
  await setStage(kabar);
  const html = `<!doctype html><meta charset="utf-8"><title>Bakery</title><style>
  body { margin: 28px; font: 16px/1.6 system-ui, sans-serif; color: #333; background: #f4efe6; } h1 { margin: 0; }
</style><h1>Bread &amp; Co.</h1><p>Fresh from the oven, every morning at six.</p>
<kabar-chat topic="${topicOf("busy", "ltr")}" title="Lobby" mode="panel" server="${kabar.url}" style="--kabar-height: 520px"></kabar-chat>
<script src="${kabar.url}/widget.js"></script>`;
  const site = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(html, { headers: { "Content-Type": "text/html" } }),
  });
  const context = await browser.newContext({ viewport: SIZE, locale: "en-GB" });
  try {
    await signIn(context, "busy", "ltr");
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await page.goto(`http://127.0.0.1:${site.port}/`);
    await page.locator("kabar-chat [part=launcher]").waitFor();
    const bytes = animate(await play(page, cdp), SIZE);
    if (bytes.length > MOST_BYTES) throw new Error(`${bytes.length} bytes are more than ${MOST_BYTES}.`);
    await Bun.write(file, bytes);
    console.log(`${file}: ${bytes.length} bytes.`);
  } finally {
    await context.close();
    await site.stop(true);
    await kabar.stop();
  }
}
