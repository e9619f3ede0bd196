/** Home of the owner's console: live over the server's stream, and by asking where there is none. */
import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { BACKUP_NOTES } from "../../src/log/backup-notes.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import { createOwner } from "../support/console-owner.ts";
import { newContext, visitIn } from "../support/windows.ts";

const server = await useBrowserWithServer();
const DAY_MS = 86_400_000;
const { api, bearer, openView } = createOwner(server);

/** The requests of a page to the routes of the health, without the address before them. */
function watchRequests(page: Page): string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    const [, path] = /\/api\/admin\/(health.*)$/.exec(request.url()) ?? [];
    if (path !== undefined) asked.push(path);
  });
  return asked;
}
const sessions = (page: Page) =>
  page.locator(".tile", { hasText: "Open sessions" }).locator("dd").textContent();
const showsSessions = (page: Page, count: number) =>
  until(`${count} sessions on Home`, async () => (await sessions(page)) === String(count));

browserTest("Home follows the server by one stream and asks nothing else", async () => {
  const page = await openView("settings");
  const asked = watchRequests(page);
  await page.goto(`${server.url}/console#/home`);
  await showsSessions(page, 0);
  const clients = [await Client.open(server.url), await Client.open(server.url)];
  await showsSessions(page, 2);
  for (const client of clients) client.close();
  await showsSessions(page, 0);
  await page.getByRole("button", { name: "Last day" }).click();
  await until("the stream of the day", () => asked.length === 2);
  const client = await Client.open(server.url);
  await showsSessions(page, 1);
  client.close();
  expect(asked).toEqual(["health/events?window=hour", "health/events?window=day"]);
  // Another view needs no stream.
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await page.getByText("this browser").waitFor();
  await server.restart();
  await page.getByText("this browser").waitFor();
  expect(asked).toHaveLength(2);
});

browserTest("opening the console and signing in is no error", async () => {
  await server.restart();
  const signedOut = await visitIn(await newContext(), `${server.url}/console`);
  await signedOut.getByLabel("Or enter the operator key").waitFor();
  const page = await openView("home");
  await showsSessions(page, 0);
  const { errors } = (await (await fetch(api("health"), { headers: bearer })).json()) as { errors: object };
  expect(errors).toEqual({});
});

browserTest("Home continues after a restart of the server", async () => {
  const page = await openView("home");
  const asked = watchRequests(page);
  await showsSessions(page, 0);
  const back = page.waitForResponse(
    (response) => response.url().includes("health/events") && response.status() === 200,
  );
  await server.restart();
  await back;
  const client = await Client.open(server.url);
  await showsSessions(page, 1);
  client.close();
  await showsSessions(page, 0);
  // The stream is back: a stream that is silent would be asked beside.
  const before = asked.length;
  const again = await Client.open(server.url);
  await showsSessions(page, 1);
  again.close();
  expect(asked.slice(before)).toEqual([]);
});

browserTest("Home asks by itself where the stream is refused or comes to nothing", async () => {
  const context = await newContext({ viewport: { width: 1280, height: 860 } });
  let isHeld = false;
  // A proxy that delays events until its buffer is full, and a server with too many readers.
  await context.route(/health\/events/, (route) =>
    isHeld ? undefined : route.fulfill({ status: 429, body: "{}" }),
  );
  const page = await openView("home", context);
  await showsSessions(page, 0);
  const client = await Client.open(server.url);
  await showsSessions(page, 1);
  isHeld = true;
  await page.reload();
  await showsSessions(page, 1);
  client.close();
  await showsSessions(page, 0);
  expect(await page.locator(".plot").count()).toBeGreaterThan(5);
});

browserTest(
  "Home tells what to do without a backup, how old the newest is, and warns of an old one",
  async () => {
    const page = await openView("home");
    const backup = page.locator(".tile", { hasText: "Last backup" });
    await page.getByText("No backup has been made yet.").waitFor();
    await page.getByText("kabar backup backups/ --every 24h --keep 7").waitFor();
    await page.getByText("All is well.").waitFor();
    await backup.getByText("none yet").waitFor();
    const note = async (at: number) => {
      writeFileSync(join(server.dataDir, BACKUP_NOTES), JSON.stringify([{ at }]));
      // A start looks at once.
      await server.restart();
    };
    await note(Date.now() - 3 * DAY_MS);
    await backup.getByText("3 days ago").waitFor();
    expect(await page.getByText("No backup has been made yet.").count()).toBe(0);
    await page.getByText("All is well.").waitFor();
    await note(Date.now() - 20 * DAY_MS);
    await page.getByText("The newest backup was made 20 days ago.").waitFor();
    await page.getByText("Working, but something needs your attention.").waitFor();
  },
);

browserTest("a session that is ended elsewhere leaves Home", async () => {
  const page = await openView("home");
  await showsSessions(page, 0);
  const { sessions: open } = (await (await fetch(api("console/sessions"), { headers: bearer })).json()) as {
    sessions: { id: string }[];
  };
  for (const { id } of open)
    await fetch(api(`console/sessions/${id}`), { method: "DELETE", headers: bearer });
  await page.getByText("You are signed out.").waitFor();
});
