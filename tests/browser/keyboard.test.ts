/** The chat used with the keyboard alone: focus, its ring, and announcements on the way. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, serve, until, useBrowserWithServer } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import { composer, connected, tag, texts, visitChat } from "../support/chat-page.ts";
import { publish, stored } from "../support/messages.ts";
import { giveSight, lookAtFocus, type Stop } from "../support/sight.ts";
import { host, visit } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "keys-light keys-dark lost failed" });

/** What has the focus: its part or name. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const e = window.sight.focused();
    return e?.dataset.action ?? e?.getAttribute("part")?.split(" ")[0] ?? e?.textContent ?? "";
  });

for (const colorScheme of ["light", "dark"] as const) {
  browserTest(
    `the keyboard alone opens, reads, replies, reacts, deletes, takes a name and closes, with a visible focus at each stop, ${colorScheme}`,
    async () => {
      const topic = `keys-${colorScheme}`;
      for (let i = 1; i <= 20; i++) await publish(server, `message ${i}`, topic, i % 2 ? "Ana" : "Budi");
      // Without somebody else there is no button of the people.
      const ana = await Client.open(server.url, { name: "Ana" });
      await ana.ask("subscribe", { topic, people: true });
      const page = await visit(
        host(
          `<main><h1>Host</h1><a href="#x">Before</a></main>${tag(server, `data-topic="${topic}" data-mode="panel"`)}`,
        ).url,
        { colorScheme },
      );
      await connected(page);
      await giveSight(page);
      const stops: Stop[] = [];
      const look = async () => void stops.push(await lookAtFocus(page));
      /** Presses a key and looks at where that led. */
      const press = async (...keys: string[]) => {
        for (const key of keys) {
          await page.keyboard.press(key);
          await look();
        }
      };
      const arrive = (what: string) =>
        until(`the focus on ${what}`, async () => (await focused(page)) === what);

      await press("Tab", "Tab");
      expect(await focused(page)).toBe("launcher");
      await page.keyboard.press("Enter");
      await arrive("input");
      await until("opaque", () =>
        page.evaluate(() => document.querySelector("kabar-chat")?.shadowRoot?.getAnimations().length === 0),
      );
      await page.locator("[part=members-button]").waitFor();
      await look();
      // Backwards: name, list (one stop), people, close.
      await press("Shift+Tab");
      expect(await focused(page)).toBe("face");
      await press("Shift+Tab");
      expect(await focused(page)).toBe("log");
      await press("ArrowUp");
      expect((await lookAtFocus(page)).name).toStartWith("Budi");
      await press("Home", "ArrowDown", "End");
      await page.keyboard.press("r");
      await arrive("input");
      await page.keyboard.type("a reply");
      await page.keyboard.press("Enter");
      await until("stored", async () => (await stored(server, topic)).includes("a reply"));
      await until("shown", async () => (await texts(page)).at(-1) === "a reply");
      await press("Shift+Tab", "Shift+Tab", "ArrowUp", "ArrowUp", "Enter");
      expect(await focused(page)).toBe("react");
      await press("Tab");
      expect(await focused(page)).toBe("reply");
      await press("ArrowLeft");
      await page.keyboard.press("Enter");
      await until("the emoji", async () => (await lookAtFocus(page)).name === "thumbs up");
      await press("Tab", "Shift+Tab");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "thumbs up, 1, you reacted" }).waitFor();
      expect((await lookAtFocus(page)).name).toStartWith("Budi");
      await press("ArrowDown");
      await page.keyboard.press("Delete");
      await until("the question", async () => (await lookAtFocus(page)).name === "Delete");
      await look();
      await page.keyboard.press("Enter");
      await until("removed", async () => (await texts(page)).includes("Message deleted"));
      // The list is left, the next stop is the name.
      await page.locator("kabar-chat [part=log]").focus();
      await press("Tab");
      while ((await focused(page)) !== "face") await press("Tab");
      await page.keyboard.press("Enter");
      await page.getByRole("textbox", { name: "Your name" }).waitFor();
      await look();
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.type("Dian");
      await press("Tab", "Tab", "Shift+Tab");
      await page.keyboard.press("Enter");
      await until("the name", () =>
        page.evaluate(() => document.querySelector("kabar-chat")?.me?.name === "Dian"),
      );
      await arrive("input");
      await page.keyboard.type("half a sentence");
      await press("Escape");
      // The focus is back in its place, and nothing is lost.
      expect(await focused(page)).toBe("launcher");
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      await page.keyboard.press("Enter");
      await arrive("input");
      expect(await composer(page).inputValue()).toBe("half a sentence");
      expect(stops.length).toBeGreaterThan(20);
      // The host's link and the page itself are not ours to draw.
      const ours = stops.filter(({ name }) => name !== "Before" && name !== "body");
      expect(
        ours.filter(({ ringPx, contrast, isCovered }) => ringPx < 2 || contrast < 3 || isCovered),
      ).toEqual([]);
    },
  );
}

browserTest("a long loss of connection keeps the text, and sends it by itself afterwards", async () => {
  const own = await serve();
  const page = await visitChat(own);
  await connected(page);
  await page.locator("[part=menu-button]").waitFor();
  await composer(page).fill("being written");
  await own.kill();
  await page.getByRole("button", { name: "Try now" }).waitFor();
  expect(await composer(page).inputValue()).toBe("being written");
  await composer(page).press("Enter");
  await page.getByText("Waiting to send").waitFor();
  await composer(page).fill("and the next");
  await own.restart();
  await until("stored", async () => (await stored(own)).includes("being written"));
  expect(await composer(page).inputValue()).toBe("and the next");
});

browserTest(
  "a failed message is announced once, and its buttons are the next Tab stops in their order",
  async () => {
    const page = await visitChat(server, 'data-topic="failed"');
    await connected(page);
    await giveSight(page);
    await page.evaluate(
      () =>
        void document
          .querySelector("kabar-chat")
          ?.send("x".repeat(9_000))
          .catch(() => undefined),
    );
    await page.getByRole("button", { name: "Edit" }).waitFor();
    await until("said", () => page.getByRole("status").getByText("Not sent").count());
    await page.locator("kabar-chat [part=log]").focus();
    const stops: string[] = [];
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press("Tab");
      stops.push((await lookAtFocus(page)).name);
    }
    expect(stops).toEqual(["Edit", "Delete", "Change name"]);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await until("gone", async () => (await texts(page)).length === 0);
  },
);

browserTest("the launcher has the number of unread messages in its name, without a live region", async () => {
  const own = await serve();
  const page = await visitChat(own, 'data-topic="lobby" data-mode="panel"');
  await connected(page);
  for (const text of ["one", "two", "three"]) await publish(own, text);
  const launcher = page.getByRole("button", { name: "Chat, 3 unread" });
  await launcher.waitFor();
  expect(
    await page.evaluate(() => {
      const badge = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=badge]");
      return [
        badge?.textContent,
        badge?.ariaHidden,
        badge?.closest("[aria-live],[role=status],[role=log]") ?? null,
      ];
    }),
  ).toEqual(["3", "true", null]);
});

browserTest(
  "a focus ring is drawn where a key moved the focus, even if the browser itself draws none",
  async () => {
    const own = await serve();
    for (const text of ["one", "two"]) await publish(own, text);
    const page = await visitChat(own);
    await page.getByRole("button", { name: "Emoji", exact: true }).waitFor();
    // WebKit says no to `:focus-visible` after a script's focus that follows a pointer: here it never says yes.
    await page.evaluate(() => {
      for (const sheet of document.querySelector("kabar-chat")?.shadowRoot?.adoptedStyleSheets ?? [])
        for (const rule of sheet.cssRules as unknown as Iterable<CSSStyleRule>)
          if (rule.selectorText?.includes(":focus-visible"))
            rule.selectorText = rule.selectorText.replaceAll(":focus-visible", ".never");
    });
    const ring = () =>
      page.evaluate(() => {
        const focused = document.querySelector("kabar-chat")?.shadowRoot?.activeElement;
        const { outlineStyle, outlineWidth } = focused
          ? getComputedStyle(focused)
          : ({} as CSSStyleDeclaration);
        return `${focused?.tagName} ${outlineStyle} ${outlineWidth}`;
      });
    await composer(page).click();
    await page.keyboard.press("F6");
    await until("the list", async () => (await ring()) === "SECTION solid 2px");
    await page.keyboard.press("ArrowUp");
    await until("a row", async () => (await ring()) === "ARTICLE solid 2px");
    await page.getByText("one", { exact: true }).click();
    expect(await ring()).not.toContain("solid 2px");
  },
);
