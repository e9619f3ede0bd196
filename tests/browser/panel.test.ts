import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, tag } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { host, leave, visit } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "lobby quiet" });
const panel = tag(server, 'data-topic="lobby" data-mode="panel"');
const launcher = (page: Page) => page.getByRole("button", { name: /^Chat/ });
const focused = (page: Page) =>
  page.evaluate(() => {
    const outer = document.activeElement;
    return (outer?.shadowRoot?.activeElement ?? outer)?.getAttribute("part") ?? outer?.id;
  });

browserTest(
  "the panel opens with the cursor in the composer, and Esc gives the focus back and keeps the draft",
  async () => {
    const page = await visit(host(`<h1>Page</h1>${panel}`).url);
    await launcher(page).click();
    await until("focus", async () => (await focused(page)) === "input");
    expect(await launcher(page).getAttribute("aria-expanded")).toBe("true");
    await composer(page).fill("half a sentence");
    await composer(page).press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(await focused(page)).toBe("launcher");
    expect(await launcher(page).getAttribute("aria-expanded")).toBe("false");
    await page.keyboard.press("Enter");
    await until("focus", async () => (await focused(page)) === "input");
    expect(await composer(page).inputValue()).toBe("half a sentence");
    await page.getByRole("button", { name: "Close" }).click();
    expect(await focused(page)).toBe("launcher");
  },
);

browserTest("a panel that fills a small window is painted, also where nobody can write", async () => {
  await fetch(`${server.url}/api/topics/quiet/moderate`, {
    method: "POST",
    headers: { Authorization: `Bearer ${server.operatorKey}`, "Content-Type": "application/json" },
    body: '{"action":"mode","mode":{"readOnly":true}}',
  });
  const options = { viewport: { width: 460, height: 760 }, reducedMotion: "reduce" } as const;
  const page = await visit(
    host(tag(server, 'data-topic="quiet" data-mode="panel" data-open="" data-load="eager"')).url,
    options,
  );
  await page.locator(".foot .hint").waitFor();
  const painted = await page.screenshot();
  await page.locator("kabar-chat").evaluate((chat) => chat.remove());
  expect(painted.equals(await page.screenshot())).toBe(false);
});

browserTest(
  "the launcher shows a chevron while its panel is open, and a picture of the page's own always",
  async () => {
    const chats =
      '<kabar-chat topic="lobby" mode="panel" position="start"><b slot="launcher">?</b></kabar-chat>' +
      '<kabar-chat topic="lobby" mode="panel"></kabar-chat>';
    const page = await visit(host(chats + tag(server, "")).url);
    const look = () =>
      page.evaluate(() =>
        [...document.querySelectorAll("kabar-chat")].map((chat) => {
          const button = chat.shadowRoot?.querySelector(".launcher") as HTMLElement;
          const icon = button.querySelector("[part=launcher-icon]") as HTMLElement;
          return `${getComputedStyle(button, "::after").display} ${getComputedStyle(icon).visibility || "replaced"}`;
        }),
      );
    for (const index of [0, 1]) await connected(page, "online", index);
    expect(await look()).toEqual(["none replaced", "none visible"]);
    await page.evaluate(() => {
      for (const chat of document.querySelectorAll("kabar-chat")) chat.open();
    });
    await until("a chevron", async () => (await look())[1] === "block hidden");
    expect((await look())[0]).toBe("none replaced");
  },
);

browserTest(
  "a panel on a phone is painted, also over an empty list, and after its later styles have come",
  async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const quiet = tag(server, 'data-topic="quiet" data-mode="panel" data-open');
    const page = await visit(
      host(`<meta name="viewport" content="width=device-width"><p>Words</p>${quiet}`).url,
      phone,
    );
    await page.locator('[part="empty"]').waitFor();
    await page.locator('[part="menu-button"]').waitFor();
    await until("no animation", () =>
      page.evaluate(() => document.querySelector("kabar-chat")?.shadowRoot?.getAnimations().length === 0),
    );
    const painted = await page.screenshot();
    await page.evaluate(() => document.querySelector("kabar-chat")?.setAttribute("hidden", ""));
    const bare = await page.screenshot();
    expect(painted.equals(bare)).toBe(false);
  },
);

browserTest("Esc in the name field closes only the name field", async () => {
  const page = await visit(host(panel).url);
  await launcher(page).click();
  await page.getByRole("button", { name: "Change name" }).click();
  await page.getByRole("textbox", { name: "Your name" }).press("Escape");
  expect(await page.getByRole("dialog").isVisible()).toBe(true);
});

browserTest(
  "an unread message counts on the launcher and the page's own counter until the user sees it",
  async () => {
    const page = await visit(host(`<span id="count" data-kabar-unread="lobby"></span>${panel}`).url);
    await connected(page);
    await publish(server, "one");
    await publish(server, "two");
    await page.getByRole("button", { name: "Chat, 2 unread" }).waitFor();
    expect(await page.locator("#count").textContent()).toBe("2");
    expect(await page.evaluate(() => document.querySelector("kabar-chat")?.unread)).toBe(2);
    await launcher(page).click();
    await page.getByRole("button", { name: "Chat", exact: true }).waitFor();
    expect(await page.locator("#count").textContent()).toBe("");
  },
);

browserTest(
  "the page's own button opens and closes the panel, has aria-expanded, and receives the focus back",
  async () => {
    const page = await visit(host(`<button id="own" data-kabar-toggle="lobby">Help</button>${panel}`).url);
    await page.locator("#own").focus();
    await page.keyboard.press("Enter");
    await until("focus", async () => (await focused(page)) === "input");
    await until(
      "expanded",
      async () => (await page.locator("#own").getAttribute("aria-expanded")) === "true",
    );
    await page.keyboard.press("Escape");
    expect(await focused(page)).toBe("own");
    expect(await page.locator("#own").getAttribute("aria-expanded")).toBe("false");
  },
);

browserTest("a page can keep the panel closed, and opens it without moving the focus", async () => {
  const page = await visit(host(`<input id="mine" aria-label="Mine">${panel}`).url);
  await connected(page);
  await page.locator("#mine").focus();
  const opened = await page.evaluate(() => {
    const chat = document.querySelector("kabar-chat");
    chat?.addEventListener("kabar-open", (event) => event.preventDefault(), { once: true });
    chat?.open();
    const before = chat?.opened;
    chat?.open();
    return [before, chat?.opened];
  });
  expect(opened).toEqual([false, true]);
  await page.getByRole("dialog").waitFor();
  expect(await focused(page)).toBe("mine");
});

browserTest("calls made before the script loads run once it has loaded", async () => {
  const stub =
    "<script>window.kabar=window.kabar||function(){(kabar.q=kabar.q||[]).push(arguments)}; heard=[]; kabar('on','open',d=>heard.push(d.by)); kabar('ready',c=>heard.push(c.topic)); kabar('open','lobby')</script>";
  const page = await visit(host(stub + panel).url);
  await page.getByRole("dialog").waitFor();
  expect(await page.evaluate(() => (window as unknown as { heard: unknown }).heard)).toEqual([
    "lobby",
    "api",
  ]);
  const off = await page.evaluate(async () => {
    const w = window as unknown as { kabar: (...args: unknown[]) => unknown; heard: string[] };
    const stop = w.kabar("on", "close", () => w.heard.push("closed")) as () => void;
    stop();
    await w.kabar("close");
    return w.heard.length;
  });
  expect(off).toBe(2);
});

browserTest(
  "on a small screen the panel covers the page, keeps the Tab key, and does not raise the keyboard",
  async () => {
    const page = await visit(host(`<a href="#x">Host link</a>${panel}`).url, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    await connected(page);
    await launcher(page).tap();
    const dialog = page.getByRole("dialog");
    await until("modal", async () => (await dialog.getAttribute("aria-modal")) === "true");
    const box = await until("its place", async () => {
      const found = await dialog.boundingBox();
      return found?.width === 390 && found.y === 0 ? found : undefined;
    });
    expect(box).toMatchObject({ x: 0, y: 0, width: 390, height: 844 });
    expect(await focused(page)).toBe("panel");
    const seen = new Set<unknown>();
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press("Tab");
      seen.add(await page.evaluate(() => document.activeElement?.tagName));
    }
    expect([...seen]).toEqual(["KABAR-CHAT"]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  },
);

browserTest(
  "a transformed body does not move the panel, and `start` places it at the start side",
  async () => {
    const page = await visit(
      host(
        `<style>body{transform:translateX(0)}</style><div style="height:4000px"></div>${tag(server, 'data-topic="lobby" data-mode="panel" data-position="start"')}`,
      ).url,
    );
    await connected(page);
    await page.evaluate(() => scrollTo(0, 2_000));
    const box = await launcher(page).boundingBox();
    expect(box).toMatchObject({ x: 20, width: 56, height: 56 });
    expect(box?.y).toBe(700 - 20 - 56);
  },
);

browserTest("a chat that cannot load leaves the page's own fallback and fires an event", async () => {
  const page = await visit(
    host(`<script>document.addEventListener("kabar-error", (e) => { window.failed = e.detail.code })</script>
      <script async src="${server.url}/widget.js"></script>
      <kabar-chat load="click"><a href="/elsewhere">Write to us</a></kabar-chat>`).url,
  );
  await page.getByRole("button", { name: "Open chat" }).waitFor();
  await page.route("**/widget/core-*", (route) => route.abort());
  await page.getByRole("button", { name: "Open chat" }).click();
  await page.getByRole("link", { name: "Write to us" }).waitFor();
  expect(await page.evaluate(() => (window as unknown as { failed: string }).failed)).toBe("load-failed");
});

browserTest(
  "a message written in the panel is the user's own in the inline chat of the same page",
  async () => {
    const page = await visit(host(`${tag(server)}${panel}`).url);
    await connected(page);
    await launcher(page).click();
    const inPanel = page.getByRole("dialog").getByRole("textbox", { name: "Message" });
    await inPanel.fill("both");
    await inPanel.press("Enter");
    await page.getByRole("region", { name: "Chat, lobby" }).getByText("both").waitFor();
    expect(await page.getByRole("article", { name: /^You,/ }).count()).toBe(2);
  },
);

browserTest(
  "a panel is resized by its corner and by keys, keeps its size over a reload, and returns to the page's own",
  async () => {
    const page = await visit(host(panel).url, { viewport: { width: 900, height: 800 } });
    const size = () =>
      page.locator("kabar-chat .root").evaluate((e: HTMLElement) => [e.offsetWidth, e.offsetHeight]);
    await launcher(page).click();
    const handle = page.getByRole("button", { name: "Resize the panel" });
    await handle.waitFor();
    await until("at rest", () =>
      page.evaluate(() => !document.querySelector("kabar-chat")?.shadowRoot?.getAnimations().length),
    );
    expect(await size()).toEqual([384, 620]);
    const { x = 0, y = 0 } = (await handle.boundingBox()) ?? {};
    await page.mouse.move(x + 6, y + 6);
    await page.mouse.down();
    await page.mouse.move(x - 54, y + 46, { steps: 4 });
    await page.mouse.up();
    expect(await size()).toEqual([444, 580]);
    await handle.press("ArrowLeft");
    await handle.press("ArrowDown");
    expect(await size()).toEqual([460, 564]);
    await page.reload();
    await launcher(page).click();
    await handle.waitFor();
    expect(await size()).toEqual([460, 564]);
    await handle.press("Home");
    expect(await size()).toEqual([384, 620]);
    // A small screen has no handle, and the panel fills it.
    await handle.press("ArrowLeft");
    await page.setViewportSize({ width: 390, height: 700 });
    await handle.waitFor({ state: "hidden" });
    expect(await size()).toEqual([390, 700]);
  },
);

browserTest(
  "the handle is at the free corner of a panel, at either side and in both directions",
  async () => {
    for (const dir of ["ltr", "rtl"])
      for (const position of ["end", "start"]) {
        const chat = tag(server, `data-topic="lobby" data-mode="panel" data-position="${position}"`);
        const body = `<script>document.documentElement.dir = "${dir}"</script>${chat}`;
        const page = await visit(host(body).url, { viewport: { width: 900, height: 800 } });
        await launcher(page).click();
        const handle = page.getByRole("button", { name: "Resize the panel" });
        await handle.waitFor();
        await until("at rest", () =>
          page.evaluate(() => !document.querySelector("kabar-chat")?.shadowRoot?.getAnimations().length),
        );
        const box = (await page.locator("kabar-chat .root").boundingBox()) ?? { x: 0, width: 0 };
        const { x = 0, width = 0 } = (await handle.boundingBox()) ?? {};
        const isLeftFree = box.x > 900 - box.x - box.width;
        const found = { dir, position, isAtLeft: x + width / 2 < box.x + box.width / 2 };
        expect(found).toEqual({ dir, position, isAtLeft: isLeftFree });
        await leave(page);
      }
  },
);

for (const kind of ["history", "CloseWatcher"] as const)
  browserTest(
    `the back button of a phone closes layer by layer, and the page's router sees nothing (${kind})`,
    async () => {
      const page = await visit(host(panel).url, { viewport: { width: 390, height: 700 }, hasTouch: true });
      // Chromium, which has `CloseWatcher`, calls listeners of a window in the order of their registration.
      await connected(page);
      await page.locator("[part=menu-button]").waitFor({ state: "attached" });
      await page.waitForLoadState("networkidle");
      await page.evaluate((isOld) => {
        const seen: unknown[] = [];
        Object.assign(window, { seen });
        addEventListener("popstate", (event) => seen.push(event.type));
        history.replaceState({ page: 1 }, "");
        history.pushState({ page: 2 }, "", "#two");
        class Watcher {
          onclose: (() => void) | null = null;
          constructor() {
            Object.assign(window, { back: () => this.onclose?.() });
          }
          destroy() {}
        }
        Object.assign(window, { CloseWatcher: isOld ? undefined : Watcher });
      }, kind === "history");
      const before = await page.evaluate(() => [history.length, location.href]);
      const back = () =>
        page.evaluate((isOld) => {
          if (isOld) history.back();
          else (window as unknown as { back: () => void }).back();
        }, kind === "history");
      const isOpen = () => page.evaluate(() => document.querySelector("kabar-chat")?.opened);
      const state = () =>
        page.evaluate(() => [(window as unknown as { seen: unknown[] }).seen.length, history.state.page]);
      await launcher(page).click();
      await page.locator("[part=menu-button]").click();
      await page.getByRole("menu").waitFor();
      await back();
      await page.getByRole("menu").waitFor({ state: "detached" });
      expect(await isOpen()).toBe(true);
      await back();
      await until("closed", async () => !(await isOpen()));
      expect(await state()).toEqual([0, 2]);
      // Closed by its button, the entry goes as well; the next step back is the page's own.
      await launcher(page).click();
      await page.locator("[part=menu-button]").waitFor();
      await page.getByRole("button", { name: "Close" }).click();
      await until("no entry of ours", () => page.evaluate(() => !history.state.kabarPanel));
      expect(await state()).toEqual([0, 2]);
      if (kind === "CloseWatcher")
        expect(await page.evaluate(() => [history.length, location.href])).toEqual(before);
      await page.evaluate(() => history.back());
      await until("the page's step", async () => `${await state()}` === "1,1");
    },
  );

browserTest("a teaser stands over the closed launcher until the visitor has closed it once", async () => {
  const page = await visit(
    host(tag(server, 'data-topic="lobby" data-mode="panel" data-teaser="Questions? Ask us."')).url,
  );
  const teaser = page.getByRole("status").filter({ hasText: "Questions? Ask us." });
  await teaser.waitFor();
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  await teaser.getByRole("button", { name: "Questions? Ask us." }).click();
  await page.getByRole("dialog").waitFor();
  await teaser.waitFor({ state: "detached" });
  await page.reload();
  await teaser.getByRole("button", { name: "Close" }).click();
  await page.reload();
  await page.locator("[part=menu-button]").waitFor({ state: "attached" });
  expect(await teaser.count()).toBe(0);
});
