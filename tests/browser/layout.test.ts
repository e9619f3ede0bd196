/** Layout at every width, zoom and text spacing: controls are large enough, and nothing is cut or overflows. */
import { expect } from "bun:test";
import type { BrowserContextOptions } from "@playwright/test";
import { browserTest, serve, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, tag, texts, visitChat } from "../support/chat-page.ts";
import { publish } from "../support/messages.ts";
import { findOverflow, findSmall, giveSight } from "../support/sight.ts";
import {
  type Direction,
  DIRECTIONS,
  openScene,
  type Scene,
  SCENES,
  setStage,
  STAGE_OPTIONS,
} from "../support/stage.ts";
import { host, leave, newContext, visit } from "../support/windows.ts";

const server = await useBrowserWithServer(STAGE_OPTIONS.env);
await setStage(server);

const WIDTHS = [240, 280, 320, 360, 720];
const TOUCH = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const open = (scene: Scene, dir: Direction, chats: string[], options: BrowserContextOptions = {}) =>
  openScene(server, scene, dir, chats, { viewport: { width: 1440, height: 800 }, ...options });
const inline = (width: number) => `style="width:${width}px;height:480px"`;

for (const scene of SCENES) {
  browserTest(
    `at 240 to 720 pixels nothing is cut or overflows in the scene ${scene}, in both directions`,
    async () => {
      for (const dir of DIRECTIONS) {
        const page = await open(scene, dir, WIDTHS.map(inline));
        for (const [i, width] of WIDTHS.entries())
          expect({ width, dir, found: await findOverflow(page, i) }).toEqual({ width, dir, found: [] });
        await leave(page);
      }
    },
  );
}

browserTest(
  "the line over the composer is as large as other small texts, and covers no message where it wraps",
  async () => {
    for (const dir of DIRECTIONS) {
      const page = await open("offline", dir, [inline(280), inline(720)]);
      const found = await page.evaluate(
        (edge) =>
          [0, 1].map((i) => {
            const rect = (selector: string) => window.sight.all(selector, i).at(-1)?.getBoundingClientRect();
            const [line, words, text] = ["[part=status]", "[part=status] span", "[part~=text]"].map(rect);
            const [log, status] = ["[part=log]", "[part=status]"].map((part) => window.sight.all(part, i)[0]);
            return {
              size: getComputedStyle(status as Element).fontSize,
              isCovering: (text?.bottom ?? 0) > (line?.top ?? 0),
              isAtEnd: !!log && log.scrollHeight - log.scrollTop - log.clientHeight < 2,
              // Beginning where the texts of the messages begin, on the side where reading begins.
              aside: Math.round((words?.[edge] ?? 0) - (text?.[edge] ?? 0)),
            };
          }),
        dir === "rtl" ? ("right" as const) : ("left" as const),
      );
      const good = { size: "12.006px", isCovering: false, isAtEnd: true, aside: 0 };
      expect(found).toEqual([good, good]);
      await leave(page);
    }
  },
);

browserTest("in a chat of 280 pixels no word of the settings and no name of the field is cut", async () => {
  const page = await visitChat(server, 'data-topic="busy-ltr" style="width:280px"');
  await giveSight(page);
  await page.locator("[part=menu-button]").press("Enter");
  await page.locator("[part=menu] [part=menu-item]").last().press("Enter");
  await page.getByText("Comfortable").waitFor();
  // The style comes with the menu, after the first list.
  const overflow = await composer(page).evaluate((e) => getComputedStyle(e).textOverflow);
  expect(overflow).toBe("ellipsis");
  const lines = () =>
    page.evaluate(() => window.sight.all("fieldset label span").map((e) => e.getClientRects().length));
  expect(new Set(await lines())).toEqual(new Set([1]));
  const orders = await page.evaluate(() =>
    window.sight
      .all("fieldset")
      .map((e) => [...e.querySelectorAll("span")].map((span) => span.textContent))
      .filter((words) => words.includes("Mentions")),
  );
  for (const order of orders) expect(order).toEqual(["Off", "Mentions", "All"]);
  expect(await page.getByRole("radio", { name: "All" }).last().isChecked()).toBe(true);
});

browserTest(
  "right to left, Latin names stand beside their avatars, and urgent messages have their line at the begin",
  async () => {
    const page = await open("busy", "rtl", ['style="width:900px;height:480px"']);
    const headers = { Authorization: `Bearer ${server.operatorKey}`, "Content-Type": "application/json" };
    await fetch(`${server.url}/api/topics/busy-rtl/messages`, {
      method: "POST",
      headers,
      body: JSON.stringify({ text: "Disk is full", priority: 5 }),
    });
    await page.locator("kabar-chat [part~=message-urgent], kabar-chat .urgent").first().waitFor();
    const found = await page.evaluate(() => {
      const gaps = window.sight.all("[part=member]").map((row) => {
        const words = document.createRange();
        words.selectNodeContents(row.querySelector("bdi") as Element);
        const mark = row.querySelector(".mark")?.getBoundingClientRect().left ?? 0;
        return Math.round(mark - words.getBoundingClientRect().right);
      });
      const [urgent] = window.sight.all(".urgent article");
      const { right, borderRightWidth, borderLeftWidth } = getComputedStyle(urgent as Element, "::before");
      return { gaps: [...new Set(gaps)], line: { right, borderRightWidth, borderLeftWidth } };
    });
    expect(found).toEqual({
      gaps: [8],
      line: { right: "0px", borderRightWidth: "3px", borderLeftWidth: "0px" },
    });
  },
);

browserTest(
  "at 320 pixels and 400 % everything is visible, and the page scrolls in one direction",
  async () => {
    for (const attributes of ["", 'mode="panel" open']) {
      const page = await open("failed", "ltr", [attributes], {
        viewport: { width: 320, height: 256 },
        deviceScaleFactor: 4,
      });
      expect(await findOverflow(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
      // What is written and what is read are both there.
      const heights = await page.evaluate(() =>
        window.sight.all("[part=log], [part=input]").map((e) => e.clientHeight),
      );
      expect(heights.length).toBe(2);
      for (const height of heights) expect(height).toBeGreaterThanOrEqual(44);
      await leave(page);
    }
  },
);

browserTest("the text spacing of WCAG 1.4.12 hides nothing", async () => {
  for (const scene of ["busy", "menu", "failed"] as const) {
    const page = await open(scene, "ltr", [inline(320), inline(720), 'mode="panel" open']);
    await page.evaluate(() => {
      const spacing = new CSSStyleSheet();
      spacing.replaceSync(
        "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }",
      );
      for (const chat of document.querySelectorAll("kabar-chat"))
        chat.shadowRoot?.adoptedStyleSheets.push(spacing);
    });
    for (let i = 0; i < 3; i++) expect({ i, found: await findOverflow(page, i) }).toEqual({ i, found: [] });
    await leave(page);
  }
});

browserTest("text of twice the size, by the page's own factor, stays in its boxes", async () => {
  const page = await open("busy", "ltr", [`style="width:360px;height:600px;--kabar-font-size:2"`]);
  expect(await findOverflow(page)).toEqual([]);
  const size = await page.evaluate(
    () => getComputedStyle(window.sight.all("[part~=text]")[0] as Element).fontSize,
  );
  expect(size).toBe("29px");
});

for (const [where, options] of Object.entries({ "with a mouse": {}, "by touch": TOUCH })) {
  browserTest(`every control is large enough, the primary ones larger, ${where}`, async () => {
    for (const scene of ["menu", "failed", "busy"] as const) {
      const page = await open(scene, "ltr", ['mode="panel" open'], options);
      if (scene === "busy") {
        await page.locator("kabar-chat article").last().focus();
        await page.locator("kabar-chat [data-action=react]").press("Enter");
        await page.locator("kabar-chat .layer.react").waitFor();
      }
      expect({ scene, small: await findSmall(page) }).toEqual({ scene, small: [] });
      await leave(page);
    }
    const guest = await visitChat(server, 'data-topic="busy-ltr"', options);
    await giveSight(guest);
    await guest.getByRole("button", { name: "Change name" }).click();
    await guest.getByRole("textbox", { name: "Your name" }).waitFor();
    expect(await findSmall(guest)).toEqual([]);
    await leave(guest);
    const page = await open("busy", "ltr", ['mode="panel" open style="--kabar-height:300px"'], options);
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(await findSmall(page)).toEqual([]);
    await page.getByRole("button", { name: /^Chat/ }).click();
    await page.getByRole("dialog").waitFor();
    await page.evaluate(() => {
      const [log] = window.sight.all("[part=log]");
      if (log) log.scrollTop = 0;
    });
    await page.getByRole("button", { name: "Jump to latest" }).waitFor();
    expect(await findSmall(page)).toEqual([]);
  });
}

browserTest(
  "the chat keeps its size on a page with a root font size of 62.5 %, and grows with the user's zoom",
  async () => {
    const page = await open("busy", "ltr", [inline(360)]);
    const sizes = () =>
      page.evaluate(() =>
        ["h2", "[part=author]", "[part~=text]", "[part=time]", "[part=avatar]", "[part=header]"].map(
          (selector) => {
            const [e] = window.sight.all(selector);
            const { width, height } = e?.getBoundingClientRect() ?? new DOMRect();
            return [
              selector,
              getComputedStyle(e as Element).fontSize,
              selector.match(/avatar/) ? width : 0,
              selector.match(/avatar|header/) ? height : 0,
            ];
          },
        ),
      );
    const before = await sizes();
    await page.addStyleTag({ content: "html{font-size:62.5%}body{font-size:1.6rem}" });
    expect(await sizes()).toEqual(before);
    expect(before).toEqual([
      ["h2", "14.5px", 0, 0],
      ["[part=author]", "13.0065px", 0, 0],
      ["[part~=text]", "14.5px", 0, 0],
      ["[part=time]", "12.006px", 0, 0],
      ["[part=avatar]", "11px", 28, 28],
      ["[part=header]", "14.5px", 0, 45],
    ]);
  },
);

browserTest("print shows the messages in sight without the field, and no panel", async () => {
  const page = await open("busy", "ltr", [inline(360), 'mode="panel" open']);
  await page.emulateMedia({ media: "print" });
  const shown = await page.evaluate(() =>
    [0, 1].map((i) =>
      ["[part=log]", "[part=composer]", "[part~=launcher]"].map((part) =>
        window.sight.all(part, i)[0]?.checkVisibility(),
      ),
    ),
  );
  expect(shown).toEqual([
    [true, false, false],
    [false, false, false],
  ]);
});

browserTest(
  "on a small screen the panel shrinks above the keyboard, and the newest message stays in sight",
  async () => {
    const page = await open("busy", "ltr", ['mode="panel" open'], TOUCH);
    const box = () => page.locator("kabar-chat [part~=panel]").boundingBox();
    await until("all of the screen", async () => (await box())?.height === 844);
    // The keyboard of a phone makes the visual viewport smaller; so does a smaller window.
    await page.setViewportSize({ width: 390, height: 500 });
    await until("what is left", async () => (await box())?.height === 500);
    const field = await composer(page).boundingBox();
    expect((field?.y ?? 0) + (field?.height ?? 0)).toBeLessThanOrEqual(500);
    expect(
      await composer(page).evaluate((e) => Number.parseFloat(getComputedStyle(e).fontSize)),
    ).toBeGreaterThanOrEqual(16);
    await until("the end", () =>
      page.evaluate(() => {
        const [log] = window.sight.all("[part=log]");
        return log && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
      }),
    );
    expect(
      await page.evaluate(
        () => getComputedStyle(window.sight.all("[part=log]")[0] as Element).overscrollBehaviorY,
      ),
    ).toBe("contain");
    // A press on the button leaves the keyboard up: the field keeps the focus.
    await composer(page).tap();
    await page.keyboard.type("by touch");
    await page.getByRole("button", { name: "Send" }).tap();
    await until("sent", async () => (await texts(page)).includes("by touch"));
    expect(await composer(page).evaluate((e) => e.matches(":focus"))).toBe(true);
  },
);

browserTest(
  "actions, the typing line and the connection status move nothing when they appear and disappear",
  async () => {
    const own = await serve();
    for (let i = 1; i <= 20; i++) await publish(own, `message ${i}`);
    const context = await newContext();
    const page = await context.newPage();
    await page.goto(host(tag(own)).url);
    await until("history", async () => (await texts(page)).length === 20);
    await page.locator("[part=menu-button]").waitFor();
    await giveSight(page);
    const places = () =>
      page.evaluate(() =>
        window.sight.all("article, [part=composer], [part=header]").map((e) => e.getBoundingClientRect().top),
      );
    const before = await places();
    await page.locator("kabar-chat article").nth(18).hover();
    await page.locator("kabar-chat [part=actions]").waitFor();
    expect(await places()).toEqual(before);
    await own.kill();
    await page.getByRole("button", { name: "Try now" }).waitFor();
    expect(await places()).toEqual(before);
  },
);

browserTest("list, pins and composer keep clear of the column of people, also after a resize", async () => {
  const own = await serve();
  await publish(own, "one");
  const page = await visit(host(`<div id="box" style="width:900px">${tag(own)}</div>`).url, {
    viewport: { width: 1000, height: 700 },
  });
  const _other = await visitChat(own);
  const column = page.locator('kabar-chat ul[part="members"]');
  await column.waitFor();
  const ends = async () => {
    const of = async (part: string) =>
      (await page.locator(`kabar-chat [part~="${part}"]`).first().boundingBox()) ?? fail();
    const [log, send] = [await of("log"), await of("send")];
    return { log: log.x + log.width, send: send.x + send.width };
  };
  const fail = (): never => {
    throw new Error("no box");
  };
  const left = ((await column.boundingBox()) ?? fail()).x;
  const { log, send } = await ends();
  expect(log).toBeLessThanOrEqual(left);
  expect(send).toBeLessThanOrEqual(left);
  await page.evaluate(() => {
    (document.querySelector("#box") as HTMLElement).style.width = "500px";
  });
  await until("no column", async () => (await column.count()) === 0);
  expect((await ends()).log).toBeGreaterThan(480);
  await page.evaluate(() => document.querySelector("kabar-chat")?.setAttribute("no-presence", ""));
});
