/**
 * Differences between browser engines that once broke the widget: each was found with a real pointer or keyboard in at
 * least one engine, and is tried in every one.
 */
import { expect } from "bun:test";
import { until } from "../support/browser.ts";
import { tag } from "../support/chat-page.ts";
import { Client } from "../support/client.ts";
import { publish } from "../support/messages.ts";
import { host } from "../support/windows.ts";
import { lightnessOf, place, type Stage, scrollTo } from "../support/engines/tests.ts";
import { inRow, type Visitor } from "../support/engines/visitor.ts";

/** Writes messages of one length, in any order, faster than one after the other. */
async function fill({ server }: Stage, room: string, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => publish(server, `message ${i + 100}`, room)));
}

/** Boxes of the chat's parts, and what of them sticks out of it. */
const measure = (visitor: Visitor) =>
  visitor.evaluate(() => {
    const root = document.querySelector("kabar-chat")?.shadowRoot;
    const box = (css: string) => root?.querySelector(css)?.getBoundingClientRect() ?? new DOMRect();
    const { top, bottom, height, width } = box(".root");
    const parts = ["[part=header]", "[part=log]", "[part=input]", "[part=send]", "[part=emoji-button]"];
    return {
      width,
      height,
      field: box("[part=input]").height,
      list: box("[part=log]").height,
      outside: parts.filter((css) => box(css).top < top - 1 || box(css).bottom > bottom + 1),
    };
  });

/** Where a message begins: from the start of all rows, and from the edge of what is in sight. */
const edgeOf = (visitor: Visitor, text: string) =>
  visitor.evaluate((text) => {
    const log = document.querySelector("kabar-chat")?.shadowRoot?.querySelector("[part=log]") as HTMLElement;
    const row = [...log.querySelectorAll("li")].find(
      (one) => one.querySelector("[part~=text]")?.textContent === text,
    );
    const fromStart = Math.round(row?.offsetTop ?? Number.NaN);
    return { fromStart, fromEdge: Math.round(fromStart - log.scrollTop) };
  }, text);

function testSearch({ step, topic, open, server }: Stage): void {
  step("the search opens from the menu, marks what it finds, and shows it in the list", async () => {
    const room = topic();
    for (const text of ["The ferry leaves at nine", ...Array.from({ length: 30 }, (_, i) => `message ${i}`)])
      await publish(server, text, room);
    const me = await open(room);
    await me.click("[part=menu-button]");
    await me.click("[part=menu] [data-action=search]");
    await me.see("[part=search] input");
    await me.type("FERRY");
    await me.see("[part=search] mark");
    expect((await me.look("[part=search] mark")).text).toBe("ferry");
    await me.press("ArrowDown", "Enter");
    await me.gone("[part=search]");
    await me.see(inRow("The ferry leaves at nine", "[part~=text]"));
    await me.click("[part=input]");
    await me.press("Control+Shift+f");
    await me.see("[part=search] input");
    await me.press("Escape");
    await me.gone("[part=search]");
  });
}

function testBoxes(stage: Stage): void {
  const { step, topic, open, visit, server } = stage;

  step(
    "the back button closes a panel that fills the screen, and the page's router sees nothing of it",
    async () => {
      const me = await visit(host(tag(server, `data-topic="${topic()}" data-mode="panel"`)).url);
      await me.tab.resize(500, 700);
      await me.evaluate(() => {
        const count = () => {
          (window as unknown as { seen: number }).seen++;
        };
        // The widget's listener comes first, as the standard says; in Chromium, which has no need of it, by registration.
        if (!("CloseWatcher" in window)) addEventListener("popstate", count);
        Object.assign(window, { CloseWatcher: undefined, seen: 0 });
        history.replaceState({ page: 1 }, "");
      });
      await me.online();
      await me.click("[part=launcher]");
      await me.see("[part=menu-button]");
      await until("our entry", () => me.evaluate(() => "kabarPanel" in (history.state as object)));
      await me.evaluate(() => history.back());
      await until("closed", () => me.evaluate(() => !document.querySelector("kabar-chat")?.opened));
      expect(await me.evaluate(() => [(window as unknown as { seen: number }).seen, history.state])).toEqual([
        0,
        { page: 1 },
      ]);
    },
  );

  step("beside the column of people everything can be pressed, on /embed and in a page", async () => {
    const room = topic();
    await publish(server, "wide", room);
    // The column comes with somebody else.
    const other = await Client.open(server.url, { name: "Budi" });
    await other.ask("subscribe", { topic: room, people: true });
    for (const url of [`${server.url}/embed/${room}`, host(tag(server, `data-topic="${room}"`)).url]) {
      const me = await visit(url);
      await me.tab.resize(1000, 700);
      await me.online();
      await me.see("[part=members]");
      await me.click("[part=emoji-button]");
      await me.see(".emoji input");
      await me.press("Escape");
      await me.act("wide", "reply");
      await me.type(url.includes("embed") ? "framed" : "paged");
      await me.click("[part=send]");
      await me.last(url.includes("embed") ? "framed" : "paged");
      // The column goes with the room for it, and comes back with it.
      await me.tab.resize(600, 700);
      await me.gone("[part=members]");
      await me.see("[part=send]");
      await me.tab.resize(1000, 700);
      await me.see("[part=members]");
      await me.see("[part=send]");
    }
    other.close();
  });

  const PARENTS = [
    "display:flex",
    "display:flex;flex-direction:column;align-items:center",
    "display:grid;place-items:center",
    "display:grid;grid-template-columns:auto 1fr",
    "display:inline-block",
    "float:left",
    "position:absolute",
    "width:fit-content",
  ];
  step("a parent that is as wide as what it holds gets a chat that can be used", async () => {
    const room = topic();
    for (const style of PARENTS) {
      const me = await open(room, "", { before: `<div style="${style}">`, after: "</div>" });
      const { width, outside } = await measure(me);
      expect([style, width >= 280, outside]).toEqual([style, true, []]);
      await me.see("[part=send]");
      await me.leave();
    }
  });

  step("a page that is light only has a light chat, a dark one a dark chat", async () => {
    const room = topic();
    for (const [scheme, expected] of [
      ["", "light"],
      ["light", "light"],
      ["dark", "dark"],
      ["light dark", "dark"],
    ] as const) {
      const head = scheme && `<style>:root{color-scheme:${scheme}}</style>`;
      const me = await open(room, "", { head });
      const [box] = await lightnessOf(me, [".root"]);
      expect([scheme, box]).toEqual([scheme, expected]);
      await me.leave();
    }
  });

  step("a text of 25 lines leaves the list its room, and the button in reach", async () => {
    const me = await open(topic());
    await me.write("line 1");
    for (let i = 2; i <= 25; i++) {
      await me.press("Shift+Enter");
      await me.type(`line ${i}`);
    }
    const now = await measure(me);
    expect(now.outside).toEqual([]);
    expect(now.field).toBeLessThanOrEqual(now.height * 0.41);
    expect(now.list).toBeGreaterThanOrEqual(64);
    await me.click("[part=send]");
    await until("sent", async () => (await me.texts()).length === 1);
    expect((await measure(me)).field).toBeLessThanOrEqual(48);
  });
}

function testKeys(stage: Stage): void {
  const { step, topic, open, server } = stage;

  step("what is typed reaches no shortcut of the page, and what is not typed does", async () => {
    const script = `<script>window.taken="";for(const type of ["keydown","keypress","keyup"])addEventListener(type,(e)=>{if(/^(INPUT|TEXTAREA)$/.test(e.target.tagName)||e.key.length>1)return;taken+=e.key;e.preventDefault()})</script>`;
    const me = await open(topic(), "", { before: script, after: "<button id=page>page</button>" });
    const taken = () => me.evaluate(() => (window as unknown as { taken: string }).taken);
    await me.write("s/n?");
    expect(await me.draft()).toBe("s/n?");
    await me.press("Enter");
    await me.shows("s/n?");
    await me.click("[part=emoji-button]");
    await me.see(".emoji input");
    await me.type("ro");
    await me.press("Escape");
    expect(await taken()).toBe("");
    await me.click("#page");
    await me.type("s");
    await until("the page's own", async () => (await taken()).startsWith("s"));
  });

  step("Ctrl+Z takes back an emoji, a name, and what was typed before them", async () => {
    const room = topic();
    await publish(server, "here before", room, "Ben");
    const me = await open(room);
    await me.write("hello ");
    await me.click("[part=emoji-button]");
    await me.see(".emoji input");
    await me.type("rocket");
    await me.press("Enter");
    await until("the emoji", async () => (await me.draft()) === "hello 🚀");
    await me.focus("input");
    await me.tab.undo();
    await until("without the emoji", async () => (await me.draft()).trim() === "hello");
    // WebKit has one history for the page: what was typed into the picker comes in between.
    for (let i = 0; i < 8 && (await me.draft()) !== ""; i++) await me.tab.undo();
    expect(await me.draft()).toBe("");
    await me.press("Control+a", "Delete");
    await me.type("@b");
    await me.see("[role=option]");
    await me.press("Enter");
    await until("the name", async () => (await me.draft()) === "@Ben ");
    await me.tab.undo();
    await until("without the name", async () => !(await me.draft()).includes("Ben"));
  });

  step("after a click into the field, keys that move the focus show where it is", async () => {
    const room = topic();
    for (const text of ["first", "second"]) await publish(server, text, room);
    const me = await open(room);
    await me.shows("first", "second");
    await me.click("[part=input]");
    const ring = () =>
      me.evaluate(() => {
        const element = document.querySelector("kabar-chat")?.shadowRoot?.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(element ?? document.body);
        return outlineStyle === "none" ? 0 : Number.parseFloat(outlineWidth);
      });
    await me.press("F6");
    await me.focus("log");
    expect(await ring()).toBeGreaterThanOrEqual(2);
    await me.press("ArrowUp");
    await me.focus("message");
    expect(await ring()).toBeGreaterThanOrEqual(2);
    await me.press("Enter");
    await me.focus("react");
    expect(await ring()).toBeGreaterThanOrEqual(2);
    // A pointer shows where it is by itself.
    await me.click(inRow("first", "[part~=text]"));
    await until("no ring", async () => (await ring()) === 0);
  });

  step("the very top of the list brings one page of older messages and keeps the place", async () => {
    const room = topic();
    await fill(stage, room, 150);
    const me = await open(room);
    await until("the newest", async () => (await me.texts()).length >= 30);
    const before = await place(me);
    const [top = ""] = await me.texts();
    const at = (await edgeOf(me, top)).fromStart;
    await scrollTo(me, 0);
    await until("older ones", async () => (await place(me)).held > before.held);
    await until("drawn", async () => (await me.texts())[0] !== top);
    const arrived = (await edgeOf(me, top)).fromEdge;
    // Nothing more comes by itself: twenty frames without a change.
    await me.evaluate(async () => {
      const held = () => document.querySelector("kabar-chat")?.messages.length;
      for (let still = 0, last = held(); still < 20; still++) {
        await new Promise(requestAnimationFrame);
        if (held() !== last) still = 0;
        last = held();
      }
    });
    expect((await place(me)).held).toBe(before.held + 50);
    // What stood at the top of the list stands where it stood.
    const settled = (await edgeOf(me, top)).fromEdge;
    expect({ at, arrived, settled }).toEqual({ at, arrived: at, settled: at });
  });
}

/** All of them. */
export function testDifferences(stage: Stage): void {
  testSearch(stage);
  testBoxes(stage);
  testKeys(stage);
}
