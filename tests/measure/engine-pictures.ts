/**
 * `bun run picture -- --engines DIR`: the main states of the chat in Firefox and in WebKit, light and dark, narrow and wide, left to
 * right and right to left. Chromium has the matrix (matrix.ts).
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Tab } from "../support/engines/engine.ts";
import { FIREFOX } from "../support/engines/firefox.ts";
import { WEBKIT } from "../support/engines/webkit.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { type Direction, setStage, sign, STAGE_OPTIONS } from "../support/stage.ts";
import { until } from "../support/until.ts";
import { MORE_TOPICS, setMoreStages } from "./scenes.ts";

/** What a state is: its topic without the direction, and what is done in each chat when it stands. Runs in the page. */
const STATES: Record<
  string,
  { topic?: string; mode?: string; act?: (chat: HTMLElement) => Promise<unknown> }
> = {
  busy: {},
  empty: { topic: "empty" },
  notices: { topic: "notices" },
  muted: { topic: "muted" },
  banned: { topic: "banned" },
  closed: { topic: "closed" },
  held: { topic: "held" },
  slow: { topic: "slow" },
  failed: {
    act: (chat) => (chat as HTMLElementTagNameMap["kabar-chat"]).send("A badger on the roof").catch(() => 0),
  },
  actions: {
    async act({ shadowRoot }) {
      const row = [...(shadowRoot?.querySelectorAll("article") ?? [])].at(-2);
      row?.focus();
      await new Promise((done) => setTimeout(done, 300));
      row?.querySelector<HTMLElement>("[data-action=react]")?.click();
    },
  },
  menu: {
    act: async ({ shadowRoot }) => shadowRoot?.querySelector<HTMLElement>("[part=menu-button]")?.click(),
  },
  settings: {
    async act({ shadowRoot }) {
      shadowRoot?.querySelector<HTMLElement>("[part=menu-button]")?.click();
      await new Promise((done) => setTimeout(done, 1000));
      [...(shadowRoot?.querySelectorAll<HTMLElement>("[part=menu-item]") ?? [])].at(-1)?.click();
    },
  },
  picker: {
    act: async ({ shadowRoot }) => shadowRoot?.querySelector<HTMLElement>("[part=emoji-button]")?.click(),
  },
  draft: {
    act: (chat) =>
      (chat as HTMLElementTagNameMap["kabar-chat"]).setDraft("Bun is not in PATH,\nso the hook does nothing"),
  },
  panel: { mode: "panel" },
};

const FRAMES = [
  { width: 280, theme: "light", dir: "ltr" },
  { width: 390, theme: "dark", dir: "rtl" },
  { width: 780, theme: "dark", dir: "ltr" },
] as const;

async function bodyOf(server: RunningKabar, state: string): Promise<string> {
  const { topic = "busy", mode = "inline" } = STATES[state] ?? {};
  const token = await sign("me", "Dian", "write");
  const chat = (dir: Direction, more: string) =>
    `<kabar-chat topic="${topic}-${dir}" mode="${mode}" token="${token}" server="${server.url}" load="eager" ${more}></kabar-chat>`;
  const chats =
    mode === "panel"
      ? `${chat("ltr", 'theme="light" open')}${chat("rtl", 'dir="rtl" lang="ar" theme="dark" position="start" label="Help"')}`
      : FRAMES.map(({ width, theme, dir }) =>
          chat(
            dir,
            `dir="${dir}" lang="${dir === "rtl" ? "ar" : "en"}" theme="${theme}" style="width:${width}px;height:560px;flex:none"`,
          ),
        ).join("");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Host</title><body style="margin:8px;background:#ccd;display:flex;gap:8px">${chats}<script src="${server.url}/widget.js"></script>`;
}

async function shoot(tab: Tab, path: string, state: string): Promise<void> {
  const { act } = STATES[state] ?? {};
  await until(
    `${state} stands`,
    () =>
      tab.run(`() => [...document.querySelectorAll("kabar-chat")].every((chat) =>
      chat.shadowRoot?.querySelector("[part=menu-button]"))`) as Promise<boolean>,
  );
  if (act)
    await tab.run(
      `async () => { for (const chat of document.querySelectorAll("kabar-chat")) await (${act
        .toString()
        .replace(/^(async )?act\(/, "async function act(")})(chat); }`,
    );
  await Bun.sleep(2_000);
  await Bun.write(path, await tab.picture());
}

/** Takes the pictures into a folder: of all states, or of some. */
export async function takeEngines(folder: string, states: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const topics = `${STAGE_OPTIONS.env?.KABAR_TOPICS} ${MORE_TOPICS.join(" ")}`;
  const server = await startKabar({ env: { ...STAGE_OPTIONS.env, KABAR_TOPICS: topics } });
  await setStage(server);
  await setMoreStages(server);
  let body = "";
  const site = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(body, { headers: { "Content-Type": "text/html; charset=utf-8" } }),
  });
  for (const engine of [FIREFOX, WEBKIT]) {
    if (!engine.isPresent) {
      console.log(`${engine.name} is not here: ${engine.hint}`);
      continue;
    }
    const running = await engine.start();
    const tab = await running.openTab();
    await tab.resize(1520, 640);
    for (const state of states.length > 0 ? states : Object.keys(STATES)) {
      body = await bodyOf(server, state);
      await tab.goto(`http://127.0.0.1:${site.port}/?${state}`);
      const path = join(folder, `${engine.name.toLowerCase()}-${state}.png`);
      await shoot(tab, path, state).catch((error) => console.error(`${engine.name} ${state}: ${error}`));
      console.log(path);
    }
    await running.close();
  }
  await site.stop(true);
  await server.stop();
}
