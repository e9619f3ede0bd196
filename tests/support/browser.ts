/**
 * The start of a browser test file: Chromium, a server, and waits.
 *
 * A file begins with `useBrowserWithServer()` (or with `useBrowser()` where each test needs a server of its own). Windows
 * that a test opens close when it ends; the browser, servers and host pages end with the file. `until` looks at the page
 * until a condition holds: nothing here sleeps for a fixed time. `windows.ts` opens pages, `chat-page.ts` uses a chat.
 */
import { afterAll, afterEach, beforeEach, expect, setDefaultTimeout } from "bun:test";
import { chromiumPath, SLOW_MS, testWith } from "./parts.ts";
import { type RunningKabar, type StartOptions, startKabar } from "./server.ts";
import { closeBrowser, closeContexts, openContexts } from "./windows.ts";

export { until } from "./until.ts";

/** A test that needs Chromium. */
export const browserTest = testWith("Chromium", chromiumPath !== undefined, "apt-get install chromium");

const servers = new Set<RunningKabar>();

/** Prepares a test file: a generous timeout, windows that close after their test, and an end for all that the file starts. */
export function useBrowser(): void {
  setDefaultTimeout(SLOW_MS);
  let ofFile = openContexts();
  beforeEach(() => {
    ofFile = openContexts();
  });
  afterEach(() => closeContexts(openContexts().filter((context) => !ofFile.includes(context))));
  afterAll(async () => {
    const thrown = await closeBrowser();
    await Promise.all([...servers].map((server) => server.stop()));
    servers.clear();
    // No test expects a page to throw: the file fails when one does.
    expect(thrown).toEqual([]);
  });
}

/** `useBrowser`, and a server for all tests of the file; `env` holds its settings, for example `{ KABAR_TOPICS: "lobby" }`. */
export function useBrowserWithServer(env: Record<string, string> = {}): Promise<RunningKabar> {
  useBrowser();
  return serve({ env });
}

/** A Kabar server that ends with the test file. */
export async function serve(options?: StartOptions): Promise<RunningKabar> {
  const server = await startKabar(options);
  servers.add(server);
  return server;
}
