/**
 * WebKitGTK, the engine of Safari, by its WebDriver: MiniBrowser on a screen in memory. Tabs are windows here, for a tab
 * in the back would draw nothing; the pointer's wheel moves nothing, so that tests scroll by script.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasWebKit } from "../parts.ts";
import { findFreePort } from "../ports.ts";
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

/**
 * Without a window manager the window under the screen's own pointer has the focus. That pointer rests in the middle and
 * windows are laid so that it rests on their bar of tools, where it hovers over nothing of the page.
 */
const SCREEN = { width: 1600, height: 2000 };
const BAR_PX = 16;

const START_MS = 30_000;
const ANSWER_MS = 30_000;

type Ask = (method: "GET" | "POST" | "DELETE", path: string, body?: object) => Promise<unknown>;

/** Asks a WebDriver; an error of its answer is thrown with its words. */
const asking =
  (base: string): Ask =>
  async (method, path, body) => {
    const response = await fetch(`${base}${path}`, {
      method,
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(body && { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { value: unknown };
    if (response.ok) return value;
    const { error, message } = value as { error: string; message: string };
    throw new Error(`WebKit's ${method} ${path.split("/").slice(3).join("/")}: ${error}: ${message}`);
  };

/** Every command goes to the window that was switched to last, so that commands of two windows must not mix. */
function createWindows(ask: Ask) {
  let before: Promise<unknown> = Promise.resolve();
  let current = "";
  const inWindow =
    (handle: string): Ask =>
    (method, path, body) => {
      const answer = before
        .catch(() => 0)
        .then(async () => {
          if (current !== handle) await ask("POST", "/window", { handle });
          current = handle;
          return ask(method, path, body);
        });
      before = answer;
      return answer;
    };

  const sizes = new Map<string, { width: number; height: number }>();
  /** Lays a window under the screen's pointer, and the others out of its way. */
  async function lay(handle: string): Promise<void> {
    for (const other of sizes.keys())
      if (other !== handle) await inWindow(other)("POST", "/window/rect", { x: 0, y: 0 });
    const { width, height } = sizes.get(handle) ?? SIZE;
    const corner = { x: Math.round((SCREEN.width - width) / 2), y: SCREEN.height / 2 - BAR_PX };
    await inWindow(handle)("POST", "/window/rect", { ...corner, width, height });
  }

  function tabOf(handle: string): Tab {
    const here = inWindow(handle);
    const act = async (actions: unknown[]) => void (await here("POST", "/actions", { actions }));
    const tab: Tab = {
      goto: async (url) => void (await here("POST", "/url", { url })),
      reload: async () => void (await here("POST", "/refresh", {})),
      async run(source) {
        const script = `const done = arguments[arguments.length - 1];
          (async () => (${source})())().then(
            (value) => done(JSON.stringify({ value })),
            (error) => done(JSON.stringify({ error: String(error) })),
          );`;
        const text = (await here("POST", "/execute/async", { script, args: [] })) as string;
        const { value, error } = JSON.parse(text) as { value?: unknown; error?: string };
        if (error !== undefined) throw new Error(error);
        return value;
      },
      move: (x, y) => act(pointerActions(x, y, false)),
      click: (x, y) => act(pointerActions(x, y, true)),
      chord: (keys) => act(chordActions(keys)),
      // Its keys reach no menu of MiniBrowser, which has undo on one of them.
      undo: async () => void (await tab.run(`() => void document.execCommand("undo")`)),
      type: (text) => act(textActions(text)),
      async resize(width, height) {
        sizes.set(handle, { width, height });
        await lay(handle);
      },
      front: () => lay(handle),
      picture: async () => Buffer.from((await here("GET", "/screenshot")) as string, "base64"),
      async close() {
        await here("DELETE", "/window");
        sizes.delete(handle);
        current = "";
      },
    };
    return tab;
  }
  return { inWindow, tabOf };
}

async function start(): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "kabar-webkit-"));
  const children: Bun.Subprocess[] = [];
  const end = async () => {
    for (const child of children.reverse()) {
      child.kill("SIGTERM");
      await Promise.race([child.exited, Bun.sleep(5_000).then(() => child.kill("SIGKILL"))]);
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const screen = [
      "-screen",
      "0",
      `${SCREEN.width}x${SCREEN.height}x24`,
      "-nolisten",
      "tcp",
      "-displayfd",
      "1",
    ];
    const xvfb = Bun.spawn(["Xvfb", ...screen], { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
    children.push(xvfb);
    const display = await within(START_MS, "Xvfb", findIn(xvfb.stdout, /(\d+)\n/));
    const port = findFreePort();
    const driver = Bun.spawn(["WebKitWebDriver", `--port=${port}`, "--host=127.0.0.1"], {
      // The visitor prefers dark pages.
      env: homeIn(folder, {
        DISPLAY: `:${display}`,
        GTK_THEME: "Adwaita:dark",
        LANGUAGE: "en_US",
        LC_ALL: "C.UTF-8",
      }),
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    children.push(driver);
    const base = `http://127.0.0.1:${port}`;
    const isUp = async () => {
      while (!(await fetch(`${base}/status`).catch(() => undefined))?.ok) await Bun.sleep(20);
    };
    await within(START_MS, "WebKitWebDriver", isUp());
    const session = (await asking(base)("POST", "/session", { capabilities: {} })) as { sessionId: string };
    const ask = asking(`${base}/session/${session.sessionId}`);
    const { inWindow, tabOf } = createWindows(ask);
    // The first window stays: others are opened from it, and a session without a window would end.
    const first = inWindow((await ask("GET", "/window")) as string);
    return {
      async openTab() {
        const { handle } = (await first("POST", "/window/new", { type: "window" })) as { handle: string };
        const tab = tabOf(handle);
        await tab.resize(SIZE.width, SIZE.height);
        return tab;
      },
      async close() {
        await ask("DELETE", "").catch(() => 0);
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

export const WEBKIT: Engine = {
  name: "WebKit",
  isPresent: hasWebKit,
  hint: "apt-get install webkit2gtk-driver xvfb",
  start,
};
