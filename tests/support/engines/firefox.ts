/**
 * Firefox, by WebDriver BiDi over its own WebSocket: no driver between. It runs without a screen; a tab that BiDi has
 * opened and navigated has the keyboard's focus there, while the first one leaves it in the address bar.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firefoxPath } from "../parts.ts";
import {
  chordActions,
  type Engine,
  findIn,
  homeIn,
  pointerActions,
  type Running,
  SIZE,
  type Tab,
  textActions,
  within,
} from "./engine.ts";

const START_MS = 30_000;
const ANSWER_MS = 30_000;
const NOWHERE = "data:,";

/** Nothing is asked of anybody but the page, nothing is shown but the page. */
const PREFERENCES: Readonly<Record<string, boolean | number | string>> = {
  // WebDriver BiDi alone; with it come Firefox's own preferences for automation.
  "remote.active-protocols": 1,
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.newtabpage.enabled": false,
  "browser.region.network.url": "",
  "browser.safebrowsing.downloads.remote.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.search.update": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "browser.startup.page": 0,
  "captivedetect.canonicalURL": "",
  "datareporting.healthreport.uploadEnabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.push.connection.enabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.systemAddon.update.enabled": false,
  "extensions.update.enabled": false,
  "media.gmp-manager.updateEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.dns.disablePrefetch": true,
  "network.predictor.enabled": false,
  "network.prefetch-next": false,
  "network.trr.mode": 5,
  "services.settings.server": "data:,#remote-settings",
  "toolkit.telemetry.enabled": false,
  "toolkit.telemetry.server": NOWHERE,
  // A mouse, which a machine without a screen has not: 2 is "fine", 4 is "can hover".
  "ui.allPointerCapabilities": 6,
  "ui.primaryPointerCapabilities": 6,
  // The visitor prefers dark pages; light is 1.
  "layout.css.prefers-color-scheme.content-override": 0,
  "intl.accept_languages": "en-US",
};

type Ask = (method: string, params: object) => Promise<Record<string, unknown>>;

/** A connection to Firefox's BiDi server. */
async function connect(url: string): Promise<{ ask: Ask; close(): void }> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, (answer: Record<string, unknown>) => void>();
  let last = 0;
  await within(
    START_MS,
    "Firefox's WebDriver BiDi",
    new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", reject);
    }),
  );
  socket.addEventListener("message", ({ data }) => {
    const answer = JSON.parse(String(data)) as Record<string, unknown>;
    waiting.get(Number(answer.id))?.(answer);
    waiting.delete(Number(answer.id));
  });
  const ask: Ask = async (method, params) => {
    const id = ++last;
    const answered = new Promise<Record<string, unknown>>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const answer = await within(ANSWER_MS, `Firefox's answer to ${method}`, answered);
    if (answer.type === "error") throw new Error(`${method}: ${answer.error}: ${answer.message}`);
    return answer.result as Record<string, unknown>;
  };
  return { ask, close: () => socket.close() };
}

function tabOf(ask: Ask, context: string): Tab {
  const act = async (actions: unknown[]) => void (await ask("input.performActions", { context, actions }));
  return {
    goto: async (url) => void (await ask("browsingContext.navigate", { context, url, wait: "complete" })),
    reload: async () => void (await ask("browsingContext.reload", { context, wait: "complete" })),
    async run(source) {
      const { type, result, exceptionDetails } = await ask("script.callFunction", {
        functionDeclaration: `async () => JSON.stringify([await (${source})()])`,
        awaitPromise: true,
        target: { context },
      });
      if (type === "exception") throw new Error(String((exceptionDetails as { text: string }).text));
      return JSON.parse((result as { value: string }).value)[0];
    },
    move: (x, y) => act(pointerActions(x, y, false)),
    click: (x, y) => act(pointerActions(x, y, true)),
    chord: (keys) => act(chordActions(keys)),
    undo: () => act(chordActions(["Control", "z"])),
    type: (text) => act(textActions(text)),
    resize: async (width, height) =>
      void (await ask("browsingContext.setViewport", { context, viewport: { width, height } })),
    front: async () => void (await ask("browsingContext.activate", { context })),
    async picture() {
      const { data } = await ask("browsingContext.captureScreenshot", { context });
      return Buffer.from(data as string, "base64");
    },
    close: async () => void (await ask("browsingContext.close", { context })),
  };
}

async function start(): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "kabar-firefox-"));
  const lines = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  writeFileSync(join(folder, "user.js"), lines.join("\n"));
  const flags = ["--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0"];
  const child = Bun.spawn([firefoxPath ?? "", ...flags, "about:blank"], {
    env: homeIn(folder),
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const end = async () => {
    if (child.exitCode === null) child.kill("SIGKILL");
    await child.exited;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const address = findIn(child.stderr, /WebDriver BiDi listening on (ws:\S+)/);
    const { ask, close } = await connect(`${await within(START_MS, "Firefox", address)}/session`);
    await ask("session.new", { capabilities: {} });
    return {
      async openTab() {
        const { context } = await ask("browsingContext.create", { type: "tab" });
        const tab = tabOf(ask, context as string);
        await tab.resize(SIZE.width, SIZE.height);
        return tab;
      },
      async close() {
        await ask("browser.close", {}).catch(() => 0);
        close();
        await Promise.race([child.exited, Bun.sleep(ANSWER_MS)]);
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

export const FIREFOX: Engine = {
  name: "Firefox",
  isPresent: firefoxPath !== undefined,
  hint: "apt-get install firefox-esr",
  start,
};
