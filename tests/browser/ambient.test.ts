import { expect } from "bun:test";
import { findViolations } from "../support/axe.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { connected, tag, texts, visitChat } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, visit } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "lobby news live framed brief" });
const BAR = 'data-topic="news" data-mode="bar"';
type Page = Awaited<ReturnType<typeof visit>>;

const shown = (page: Page, selector = "[part=text]") =>
  page.evaluate(
    (selector) =>
      [...(document.querySelector("kabar-chat")?.shadowRoot?.querySelectorAll(selector) ?? [])].map(
        (e) => e.textContent,
      ),
    selector,
  );
const expectShown = (page: Page, expected: string[]) =>
  until(`${expected}`, async () => `${await shown(page)}` === `${expected}`);

browserTest(
  "toasts show new messages, at most three, and disappear after six seconds unless the pointer is on them",
  async () => {
    await publish(server, "before", "news");
    const page = await visit(host(`<input autofocus>${tag(server, BAR)}`).url);
    await page.clock.install();
    await connected(page);
    await page.locator("input").focus();
    for (const n of [1, 2, 3, 4]) await publish(server, `News ${n}`, "news", "Desk");
    await expectShown(page, ["News 2", "News 3", "News 4"]);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("INPUT");
    expect(await findViolations(page)).toEqual([]);
    const status = page.getByRole("status");
    expect(await status.getAttribute("aria-atomic")).toBe("false");

    await page.locator("[part=toast]").first().hover();
    await page.clock.runFor(20_000);
    expect(await shown(page)).toEqual(["News 2", "News 3", "News 4"]);
    await page.mouse.move(0, 0);
    await page.clock.runFor(5_000);
    expect(await shown(page)).toHaveLength(3);
    await page.clock.runFor(1_500);
    await expectShown(page, []);

    await publish(server, "News 5", "news", "Desk");
    await expectShown(page, ["News 5"]);
    await page.getByRole("button", { name: "Close" }).click();
    await expectShown(page, []);
  },
);

browserTest("a page may show its own toasts instead", async () => {
  const page = await visitChat(server, BAR);
  await connected(page);
  await page.evaluate(() => {
    document.addEventListener("kabar-notify", (event) => {
      event.preventDefault();
      Object.assign(window, { heard: (event as CustomEvent).detail });
    });
  });
  await publish(server, "Yours to show", "news", "Desk");
  const heard = await until("the event", () => page.evaluate(() => (window as { heard?: object }).heard));
  expect(heard).toEqual({
    title: "Desk",
    body: "Yours to show",
    url: expect.stringMatching(/\/t\/news#m\d+$/),
  });
  expect(await shown(page)).toEqual([]);
});

browserTest("toasts move away from the field that has the focus", async () => {
  const page = await visit(
    host(`<input style="position:fixed;bottom:20px;right:20px;width:300px;height:60px">${tag(server, BAR)}`)
      .url,
  );
  await connected(page);
  await page.locator("input").focus();
  await publish(server, "Look up", "news", "Desk");
  await expectShown(page, ["Look up"]);
  const { y } = (await page.locator("[part=toast]").boundingBox()) ?? { y: 999 };
  expect(y).toBeLessThan(60);
});

browserTest(
  "the overlay lets clicks through, has no controls, and removes its lines after twenty seconds",
  async () => {
    const page = await visit(`${server.url}/embed/live?mode=overlay`);
    await page.clock.install();
    await connected(page);
    await publish(server, "On air", "live", "Ana");
    await publish(server, "Take me back", "live", "Ana");
    await expectShown(page, ["On air", "Take me back"]);
    const look = await page.evaluate(() => {
      const root = document.querySelector("kabar-chat")?.shadowRoot;
      const style = (selector: string) => getComputedStyle(root?.querySelector(selector) as Element);
      return {
        page: getComputedStyle(document.documentElement).backgroundColor,
        box: style(".root").backgroundColor,
        size: style("[part=message]").fontSize,
        shadow: style("[part=message]").textShadow !== "none",
        controls: [...(root?.querySelectorAll("button, input, textarea, a") ?? [])].filter((e) =>
          e.checkVisibility(),
        ).length,
      };
    });
    expect(look).toEqual({
      page: "rgba(0, 0, 0, 0)",
      box: "rgba(0, 0, 0, 0)",
      size: "24px",
      shadow: true,
      controls: 0,
    });
    // What a moderator takes back is gone at once.
    await fetch(`${server.url}/api/topics/live/moderate`, {
      method: "POST",
      headers: { Authorization: `Bearer ${server.operatorKey}`, "Content-Type": "application/json" },
      body: '{"action":"remove","target":2}',
    });
    await expectShown(page, ["On air"]);
    await page.clock.runFor(21_000);
    await expectShown(page, []);
  },
);

browserTest(
  "an ephemeral message is shown by list, toasts and overlay, says that it is not saved, and is gone after a reload",
  async () => {
    const chat = (mode: string) =>
      `<kabar-chat topic="brief" mode="${mode}" server="${server.url}"></kabar-chat>`;
    const html = `<style>kabar-chat[mode=inline]{width:390px}</style>${["inline", "bar", "overlay"].map(chat).join("")}<script src="${server.url}/widget.js"></script>`;
    const page = await visit(host(html).url);
    for (const index of [0, 1, 2]) await connected(page, "online", index);
    await page.locator("kabar-chat [part=menu-button]").waitFor();
    const send = async (fields: object): Promise<void> => {
      const response = await fetch(`${server.url}/api/topics/brief/messages`, {
        method: "POST",
        headers: { Authorization: `Bearer ${server.operatorKey}`, "Content-Type": "application/json" },
        body: JSON.stringify(fields),
      });
      expect(response.status).toBe(201);
    };
    const icon = "https://pictures.example/a.svg";
    await page.route("https://pictures.example/**", (route) =>
      route.request().url() === icon
        ? route.fulfill({ contentType: "image/svg+xml", body: '<svg xmlns="http://www.w3.org/2000/svg"/>' })
        : route.abort(),
    );
    const heard = page.evaluate(
      () =>
        new Promise((resolve) =>
          document.querySelector("kabar-chat")?.addEventListener("kabar-message", ({ detail }) => {
            const { offset, text, historical } = detail as Record<string, unknown>;
            resolve([offset, text, historical]);
          }),
        ),
    );
    await send({ text: "Kick-off in a minute", title: "Match", icon, ephemeral: true });
    expect(await heard).toEqual([0, "Kick-off in a minute", false]);
    for (const index of [0, 1, 2])
      await until(`shown by element ${index}`, async () =>
        (await texts(page, index)).some((t) => /Kick-off/.test(t)),
      );
    const inline = page.locator("kabar-chat").first();
    const row = inline.locator("article", { hasText: "Kick-off" });
    await row.getByText("Not saved. Disappears after a reload.").waitFor();
    expect(await row.locator("[part=message-icon]").getAttribute("src")).toBe(icon);
    await send({ text: "Stored", icon: "https://pictures.example/gone.png" });
    await send({ text: "And again", ephemeral: true, actions: [{ type: "http", label: "Go" }] });
    await until("in order", async () => `${await texts(page)}` === "Kick-off in a minute,Stored,And again");
    // A picture that cannot be loaded takes no room.
    await inline
      .locator("article", { hasText: "Stored" })
      .locator("[part=message-icon]")
      .waitFor({ state: "hidden" });
    expect(await row.locator("[part=message-icon]").isVisible()).toBe(true);
    // Nothing in the log can be answered, reacted to or clicked.
    await inline.locator("article", { hasText: "Stored" }).hover();
    await inline.locator("[part=actions]").waitFor();
    await inline.locator("article", { hasText: "again" }).hover();
    await inline.locator("[part=actions]").waitFor({ state: "detached" });
    expect(await inline.getByRole("button", { name: "Go" }).count()).toBe(0);
    expect(await findViolations(page)).toEqual([]);
    await page.reload();
    await until("only what is stored", async () => `${await texts(page)}` === "Stored");
  },
);

browserTest(
  "the embed page holds a working chat, as tall as its frame, under a strict policy of its own",
  async () => {
    const page = await visit(
      host(
        `<iframe src="${server.url}/embed/framed" title="Chat" style="border:0;width:400px;height:500px"></iframe>`,
      ).url,
    );
    const frame = page.frameLocator("iframe");
    await frame.getByRole("textbox", { name: "Message", exact: true }).fill("from a frame");
    await frame.getByRole("button", { name: "Send" }).click();
    await frame.getByText("from a frame").waitFor();
    const box = await frame.locator("kabar-chat").boundingBox();
    expect(box?.height).toBe(500);
    expect(box?.width).toBe(400);
  },
);
