/** The page that Kabar grew from: a button, a socket, a textarea. It works as it stands, and so does `/plain`. */
import { afterAll, beforeAll } from "bun:test";
import { expect } from "bun:test";
import { type Browser, chromium } from "@playwright/test";
import { Line } from "../support/client.ts";
import { chromiumPath, testWith } from "../support/parts.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { CHROMIUM_FLAGS } from "../support/windows.ts";

const TUTORIAL = `<!DOCTYPE html>
<html><body>
  <button id="subscribe">Subscribe</button><br>
  <textarea id="messages" rows="10" cols="60"></textarea>
  <script>
    document.getElementById("subscribe").onclick = function () {
      var ws = new WebSocket("ws://localhost:3000/websocket");
      var area = document.getElementById("messages");
      ws.onmessage = function (evt) { area.value += evt.data + "\\n"; };
      ws.onclose = function () { area.value += "Connection closed\\n"; };
    };
  </script>
</body></html>`;

let kabar: RunningKabar;
let browser: Browser;
beforeAll(async () => {
  if (chromiumPath === undefined) return;
  [kabar, browser] = await Promise.all([
    startKabar(),
    chromium.launch({ executablePath: chromiumPath, args: CHROMIUM_FLAGS }),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await kabar?.stop();
});

const testInBrowser = testWith("Chromium", chromiumPath !== undefined, "apt-get install chromium");

testInBrowser("the tutorial's page works unchanged, from another origin", async () => {
  const site = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      new Response(TUTORIAL.replace("localhost:3000", `127.0.0.1:${kabar.port}`), {
        headers: { "Content-Type": "text/html" },
      }),
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${site.port}/`);
  const opened = page.waitForEvent("websocket");
  await page.click("#subscribe");
  await opened;
  const ana = await Line.open(kabar.url, "/websocket?name=Ana");
  const seen = async () => page.inputValue("#messages");
  // The page's socket may open after the first message: Ana goes on until she is heard.
  while (!(await seen()).includes("Ana: Apa kabar?")) {
    ana.send("Apa kabar?");
    await ana.next();
  }
  await kabar.restart();
  await page.waitForFunction(() => document.querySelector("textarea")?.value.endsWith("Connection closed\n"));
  await page.close();
  await site.stop(true);
});

testInBrowser("/plain teaches the same in full: subscribe, read, send, closed", async () => {
  const page = await browser.newPage();
  await page.goto(`${kabar.url}/plain`);
  await page.getByRole("button", { name: "Subscribe" }).click();
  const field = page.getByRole("textbox", { name: /message/i }).last();
  await field.fill("from the plain page");
  await page.getByRole("button", { name: "Send" }).click();
  await page.waitForFunction(() =>
    /: from the plain page/.test(document.querySelector("textarea")?.value ?? ""),
  );
  await kabar.restart();
  await page.waitForFunction(() => /Connection closed/.test(document.querySelector("textarea")?.value ?? ""));
  expect(await page.locator("kabar-chat").count()).toBe(0);
  await page.close();
});
