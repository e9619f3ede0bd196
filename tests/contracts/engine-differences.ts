/**
 * What engines did differently, or all of them wrongly, on the way here: each was found with a real pointer or keyboard in at
 * least one of them, and is tried in every one.
 */
import { expect } from "bun:test";
import { host, publish, tag, until } from "../support/browser.ts";
import type { Stage } from "../support/engines/tests.ts";
import { inRow, type Visitor } from "../support/engines/visitor.ts";

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

function testBoxes(stage: Stage): void {
  const { step, topic, open, visit, server } = stage;

  step("beside the column of people everything can be pressed, on /embed and in a page", async () => {
    const room = topic();
    await publish(server, "wide", room);
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
    await me.focus("reply");
    expect(await ring()).toBeGreaterThanOrEqual(2);
    // A pointer shows where it is by itself.
    await me.click(inRow("first", "[part~=text]"));
    await until("no ring", async () => (await ring()) === 0);
  });
}

/** All of them. */
export function testDifferences(stage: Stage): void {
  testBoxes(stage);
  testKeys(stage);
}
