import { expect } from "bun:test";
import { browserTest, serve, until, useBrowser } from "../support/browser.ts";
import { connected, expectTexts, tag, visitChat, write } from "../support/chat-page.ts";
import { publish, stored } from "../support/messages.ts";
import { host, leave, newContext, visit, visitIn } from "../support/windows.ts";
import { startBlockingProxy } from "../support/blocking-proxy.ts";

useBrowser();

browserTest("users read, write and change messages on a network that blocks WebSockets", async () => {
  const server = await serve();
  const proxy = startBlockingProxy(server.url);
  await publish(server, "there before");
  const page = await visitChat({ ...server, url: proxy.url });
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  await connected(page);
  await expectTexts(page, ["there before"]);
  expect(proxy.refused()).toBeGreaterThan(0);
  await write(page, "written without a socket");
  await until("the message", async () => (await stored(server)).includes("written without a socket"));
  await publish(server, "and read");
  await expectTexts(page, ["there before", "written without a socket", "and read"]);
  await until("a word to the owner", () => said.some((line) => line.includes("server-sent events instead")));
  await server.restart();
  await publish(server, "after a restart");
  await expectTexts(page, ["there before", "written without a socket", "and read", "after a restart"]);
  await leave(page);
  await proxy.stop(true);
});

browserTest("several tabs without WebSockets share one streamed session", async () => {
  const server = await serve();
  const proxy = startBlockingProxy(server.url);
  const context = await newContext();
  const { url } = host(tag({ ...server, url: proxy.url }));
  const [first, second] = [await visitIn(context, url), await visitIn(context, url)];
  await connected(first);
  await connected(second);
  await write(first, "hello");
  await expectTexts(second, ["hello"]);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toMatch(/kabar_sessions\{mode="json"\} 1\n/);
  await context.close();
  await proxy.stop(true);
});

browserTest("a policy that allows only the server's HTTP address still allows the chat", async () => {
  const server = await serve();
  const policy = `default-src 'none'; script-src ${server.url}; style-src 'unsafe-inline'; connect-src ${server.url}`;
  await publish(server, "under a policy");
  const page = await visit(host(tag(server), { "Content-Security-Policy": policy }).url);
  await connected(page);
  await expectTexts(page, ["under a policy"]);
});
