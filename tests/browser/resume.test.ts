import { expect } from "bun:test";
import { browserTest, serve, until, useBrowser } from "../support/browser.ts";
import { composer, connected, expectTexts, tag, texts, visitChat, write } from "../support/chat-page.ts";
import { publish, stored } from "../support/messages.ts";
import { host, newContext, visitIn } from "../support/windows.ts";

useBrowser();

browserTest(
  "after a restart missed messages arrive once, and messages written meanwhile are sent once",
  async () => {
    const server = await serve();
    const [page, other] = [await visitChat(server), await visitChat(server)];
    await write(page, "before");
    await expectTexts(other, ["before"]);
    for (const kill of [true, false]) {
      if (kill) await server.kill();
      else await server.restart();
      if (kill) await connected(page, "reconnecting");
      await write(page, `written while away ${kill}`);
      await write(page, `and another ${kill}`);
      if (kill) await server.restart();
      for (let i = 0; i < 5; i++) await publish(server, `missed ${kill} ${i}`);
      await until("all of it", async () => (await stored(server)).length === (kill ? 8 : 15));
      const all = await stored(server);
      await expectTexts(page, all);
      await expectTexts(other, all);
      expect(new Set(all).size).toBe(all.length);
      await connected(page);
    }
    expect(
      await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("unsent"))),
    ).toEqual([]);
  },
);

browserTest("a message left unsent when the page closed is sent once on the next visit", async () => {
  const server = await serve();
  const context = await newContext();
  const url = host(tag(server)).url;
  const page = await visitIn(context, url);
  await write(page, "first");
  await until("stored", async () => (await stored(server)).length === 1);
  await server.kill();
  await connected(page, "reconnecting");
  await write(page, "left behind");
  await page.close();
  await server.restart();
  const again = await visitIn(context, url);
  await expectTexts(again, ["first", "left behind"]);
  expect(await stored(server)).toEqual(["first", "left behind"]);
});

browserTest(
  "a server that lost its data starts a new log, and no message of the old one is shown",
  async () => {
    const server = await serve();
    const page = await visitChat(server);
    await publish(server, "of the old log");
    await expectTexts(page, ["of the old log"]);
    await server.kill();
    const fresh = await serve({ port: server.port });
    await publish(fresh, "of the new log");
    await expectTexts(page, ["of the new log"]);
  },
);

browserTest(
  "the line above the composer shows the state of the connection, and the field stays usable",
  async () => {
    const server = await serve();
    const page = await visitChat(server);
    await connected(page);
    // What draws "Waiting to send" comes after the first list.
    await page.locator("[part=menu-button]").waitFor();
    await composer(page).focus();
    await server.kill();
    await page.getByRole("button", { name: "Try now" }).waitFor();
    expect(await page.getByRole("status").first().textContent()).toBe("Reconnecting…");
    await write(page, "typed meanwhile");
    await page.getByText("Waiting to send").waitFor();
    expect(
      await composer(page).evaluate(
        (e) => e.getRootNode() instanceof ShadowRoot && (e.getRootNode() as ShadowRoot).activeElement === e,
      ),
    ).toBe(true);
    await server.restart();
    await until("stored", async () => (await stored(server)).includes("typed meanwhile"));
    await connected(page);
  },
);

browserTest("a message over the rate limit keeps its text and is sent a moment later", async () => {
  const server = await serve({ env: { KABAR_SESSION_PUBLISH_RATE: "2", KABAR_SESSION_PUBLISH_BURST: "2" } });
  const page = await visitChat(server);
  await connected(page);
  for (const text of ["1", "2", "3", "4", "5"]) await write(page, text);
  await until("all", async () => (await stored(server)).length === 5);
  expect(await stored(server)).toEqual(["1", "2", "3", "4", "5"]);
  await expectTexts(page, ["1", "2", "3", "4", "5"]);
});

browserTest("a message that is refused for good says why, and can be deleted", async () => {
  const server = await serve();
  const page = await visitChat(server);
  await connected(page);
  await page.evaluate(() => {
    const failed = new Promise((resolve) =>
      document.addEventListener("kabar-send-failed", resolve, { once: true }),
    );
    Object.assign(window, { failed });
    // A client that lies about its limit: the field itself would not let this through.
    void document
      .querySelector("kabar-chat")
      ?.send("x".repeat(9_000))
      .catch(() => undefined);
  });
  await page.evaluate(() => (window as unknown as { failed: Promise<unknown> }).failed.then(() => undefined));
  await until(
    "the status",
    async () => (await page.getByRole("status").first().textContent()) === "Not sent",
  );
  await page.getByText("Too long by about 810 characters").waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await expectTexts(page, []);
  expect(await stored(server)).toEqual([]);
});

browserTest("two tabs that share no socket are one guest after the first message of either", async () => {
  const server = await serve();
  const context = await newContext();
  await context.addInitScript(() =>
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined }),
  );
  const url = host(tag(server)).url;
  const [one, two] = [await visitIn(context, url), await visitIn(context, url)];
  const me = (page: typeof one) => page.evaluate(() => document.querySelector("kabar-chat")?.me?.id);
  await connected(one);
  await connected(two);
  expect(await me(one)).not.toBe((await me(two)) ?? "");
  await write(one, "hello");
  await until("one person", async () => (await me(one)) === (await me(two)));
  await write(two, "me again");
  await expectTexts(one, ["hello", "me again"]);
  expect(await texts(two)).toEqual(["hello", "me again"]);
});

browserTest("a reaction made offline arrives on reconnecting, also after a reload", async () => {
  const server = await serve();
  const context = await newContext();
  const page = await visitIn(context, host(tag(server)).url);
  await connected(page);
  await write(page, "mine");
  await expectTexts(page, ["mine"]);
  const message = page.locator("kabar-chat article", { hasText: "mine" });
  await message.hover();
  await message.getByRole("button", { name: "React" }).click();
  await server.kill();
  await connected(page, "reconnecting");
  await message.getByRole("button", { name: "thumbs up" }).click();
  const kept = () =>
    page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes(":change:")).length);
  await until("it waits", async () => (await kept()) === 1);
  await server.restart();
  await page.reload();
  await page.getByRole("button", { name: "thumbs up, 1, you reacted" }).waitFor();
  await until("it waits no longer", async () => (await kept()) === 0);
});

browserTest("later chunks load after a network failure at the moment they were due", async () => {
  const own = await serve();
  const page = await (await newContext()).newPage();
  let refused = 0;
  await page.route("**/widget/extras-*", (route) => (refused++ ? route.continue() : route.abort()));
  await page.goto(host(tag(own)).url);
  await until("refused", () => refused > 0);
  await connected(page);
  await publish(own, "the next drawing");
  await page.locator("[part=menu-button]").waitFor();
  expect(refused).toBeGreaterThan(1);
});
