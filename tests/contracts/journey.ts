/**
 * The journey of a user through a chat, from the first look to the second tab, written once for every engine: each step
 * is a test of its own, in a topic of its own. Real pointers and keys go to a real server through a real page of
 * another origin.
 */
import { expect } from "bun:test";
import { serve, until } from "../support/browser.ts";
import { publish, stored } from "../support/messages.ts";
import { host } from "../support/windows.ts";
import { lightnessOf, place, type Stage, scrollTo } from "../support/engines/tests.ts";
import { inRow, type Visitor } from "../support/engines/visitor.ts";

/** The ways of writing. */
function testWriting({ step, topic, open, server }: Stage): void {
  step("Enter and the button send, Shift+Enter makes a line, and the cursor stays", async () => {
    const room = topic();
    const me = await open(room);
    await me.write("one");
    await me.press("Shift+Enter");
    await me.type("two");
    expect(await me.draft()).toBe("one\ntwo");
    await me.press("Enter");
    await me.shows("one\ntwo");
    await me.type("three");
    await me.click("[part=send]");
    await me.shows("one\ntwo", "three");
    expect(await me.draft()).toBe("");
    await me.focus("input");
    expect(await stored(server, room)).toEqual(["one\ntwo", "three"]);
  });

  step("an answer quotes what it answers", async () => {
    const room = topic();
    await publish(server, "How are you?", room);
    const me = await open(room);
    await me.act("How are you?", "reply");
    await me.focus("input");
    await me.type("Fine");
    await me.press("Enter");
    await me.shows("How are you?", "Fine");
    await me.see(inRow("Fine", "[part=quote]"));
    expect((await me.look(inRow("Fine", "[part=quote]"))).text).toContain("How are you?");
  });

  step("a reaction is given and taken back, and any emoji can be one", async () => {
    const room = topic();
    await publish(server, "Release", room);
    const me = await open(room);
    await me.act("Release", "react");
    await me.click(inRow("Release", ".layer button"));
    const given = inRow("Release", '[part=reaction][aria-pressed="true"]');
    await me.click(given);
    await me.gone(given);
    await me.act("Release", "react");
    await me.click(inRow("Release", ".layer [aria-haspopup=dialog]"));
    await me.see(".emoji input");
    await me.type("rock");
    await me.click(".emoji [role=gridcell]");
    await me.see(given);
    await me.gone(".emoji");
  });

  step("what was sent is edited with the Up key and deleted after a question", async () => {
    const room = topic();
    const me = await open(room);
    await me.write("helo");
    await me.press("Enter");
    await me.shows("helo");
    await until("stored", async () => (await stored(server, room)).length === 1);
    await me.press("ArrowUp");
    await until("the text to edit", async () => (await me.draft()) === "helo");
    await me.press("End");
    await me.type(" world");
    await me.press("Enter");
    await me.shows("helo world");
    await me.see(inRow("helo world", ".edited"));
    await me.act("helo world", "remove");
    await me.click(inRow("helo world", ".layer button"));
    await until("removed", async () => (await me.texts()).join() !== "helo world");
    await me.see("article em.gone");
    await until("nothing is kept", async () => !(await stored(server, room)).includes("helo world"));
  });

  step("an emoji is found by a word and goes to the cursor", async () => {
    const me = await open(topic());
    await me.write("ab");
    await me.press("ArrowLeft");
    await me.click("[part=emoji-button]");
    await me.see(".emoji input");
    await me.type("rocket");
    await until("one is left", async () =>
      me.evaluate(
        () =>
          document.querySelector("kabar-chat")?.shadowRoot?.querySelectorAll(".emoji [role=gridcell]")
            .length === 1,
      ),
    );
    await me.press("Enter");
    await me.gone(".emoji");
    expect(await me.draft()).toBe("a🚀b");
    await me.press("Enter");
    await me.shows("a🚀b");
  });

  step("@ and a letter list names, Enter takes one, and the name is marked", async () => {
    const room = topic();
    await publish(server, "here before", room, "Ben");
    const me = await open(room);
    await me.write("hi @b");
    await me.see("[role=option]");
    await me.press("Enter");
    await me.gone("[role=option]");
    expect(await me.draft()).toBe("hi @Ben ");
    await me.press("Enter");
    await me.last("hi @Ben");
    await me.see("[part=mention]");
  });
}

/** The ways of reading. */
function testReading({ step, topic, open, server }: Stage): void {
  step(
    "history is shown at its end, older messages come without a jump, and a button leads back",
    async () => {
      const room = topic();
      for (let i = 1; i <= 50; i++) await publish(server, `message ${i}`, room, i % 2 ? "Ana" : "Budi");
      const me = await open(room);
      await me.last("message 50");
      await until("the end", async () => (await place(me)).fromEnd <= 1);
      await publish(server, "message 51", room);
      await me.last("message 51");
      await until("still the end", async () => (await place(me)).fromEnd <= 1);
      const { held } = await place(me);
      await scrollTo(me, 40);
      const before = await place(me);
      await until("older ones", async () => (await place(me)).held > held);
      await until("drawn", async () => (await me.texts()).length > held);
      const after = await place(me);
      expect([after.first, Math.abs(after.top - before.top) <= 2]).toEqual([before.first, true]);
      await publish(server, "while reading", room);
      await until("arrived", async () => (await place(me)).held > after.held);
      expect((await place(me)).first).toBe(before.first);
      await me.click("[part=jump]");
      await me.last("while reading");
      await until("the end again", async () => (await place(me)).fromEnd <= 1);
    },
  );

  step("with the keyboard: F6 and arrows go to a message, Enter to its actions, Esc back", async () => {
    const room = topic();
    for (const text of ["first", "second"]) await publish(server, text, room);
    const me = await open(room);
    await me.shows("first", "second");
    await me.write("a draft");
    await me.press("F6");
    await me.focus("log");
    await me.press("ArrowUp", "ArrowUp");
    await me.focus("message");
    await me.press("Enter");
    await me.focus("react");
    await me.press("ArrowRight");
    await me.focus("reply");
    await me.press("Escape");
    await me.focus("message");
    await me.press("F6");
    await me.focus("input");
    expect(await me.draft()).toBe("a draft");
  });

  step("a reload keeps who one is, and what was being written", async () => {
    const me = await open(topic());
    await me.write("spoken");
    await me.press("Enter");
    await me.shows("spoken");
    const who = () => me.evaluate(() => document.querySelector("kabar-chat")?.me?.id ?? "");
    await until("stored in the browser", () => me.evaluate(() => localStorage.length > 0));
    const id = await who();
    await me.type("half a sentence");
    await me.tab.reload();
    await me.online();
    await me.shows("spoken");
    expect(await who()).toBe(id);
    await until("the draft", async () => (await me.draft()) === "half a sentence");
  });

  step("what is sent without a connection waits, and is stored once when the server is back", async () => {
    const own = await serve();
    const me = await open("lobby", "", { server: own });
    await me.write("before");
    await me.press("Enter");
    await until("stored", async () => (await stored(own)).length === 1);
    await own.kill();
    await me.see("[part=status]");
    await me.type("meanwhile");
    await me.press("Enter");
    await me.shows("before", "meanwhile");
    await own.restart();
    await me.online();
    await until("stored", async () => (await stored(own)).length === 2);
    expect(await stored(own)).toEqual(["before", "meanwhile"]);
    await me.shows("before", "meanwhile");
  });
}

/** Where the chat may stand. */
function testPlaces({ step, topic, open, visit, server }: Stage): void {
  step("a second tab is the same person, and what one writes both show", async () => {
    const room = topic();
    const one = await open(room);
    await one.write("from one");
    await one.press("Enter");
    await one.shows("from one");
    const who = (visitor: Visitor) =>
      visitor.evaluate(() => document.querySelector("kabar-chat")?.me?.id ?? "");
    const two = await visit(await one.evaluate(() => location.href));
    await two.online();
    await two.shows("from one");
    await until("one person", async () => (await who(one)) === (await who(two)));
    await two.write("from two");
    await two.press("Enter");
    await two.shows("from one", "from two");
    await one.tab.front();
    await one.shows("from one", "from two");
    expect(await stored(server, room)).toEqual(["from one", "from two"]);
  });

  step(
    "a panel opens with the cursor in the composer, Esc gives the focus back, and the draft stays",
    async () => {
      const me = await open(topic(), 'data-mode="panel"');
      await me.click("[part~=launcher]");
      await me.focus("input");
      await me.type("half a sentence");
      await me.press("Escape");
      await me.gone("[part=input]");
      await me.focus("launcher");
      await me.press("Enter");
      await me.focus("input");
      expect(await me.draft()).toBe("half a sentence");
      await me.press("Enter");
      await me.shows("half a sentence");
      await me.click("[part=close]");
      await me.focus("launcher");
    },
  );

  step("/embed talks under its policy and Trusted Types, in an iframe, too", async () => {
    const room = topic();
    const me = await visit(`${server.url}/embed/${room}`);
    await me.online();
    await me.write("from the window");
    await me.press("Enter");
    await me.shows("from the window");
    const frame = `<iframe src="${server.url}/embed/${room}" title="Chat" width="420" height="480"></iframe>`;
    const page = await visit(host(frame).url);
    const { x, y } = await page.evaluate(() => {
      const { left, bottom, width } = (document.querySelector("iframe") as Element).getBoundingClientRect();
      return { x: Math.round(left + width / 2), y: Math.round(bottom - 24) };
    });
    // The page can't look into the frame, a person presses where the field is.
    const people = async () => Number(/^kabar_sessions\{mode="json"\} (\d+)/m.exec(await metrics())?.[1]);
    const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
    await until("the frame is online", async () => (await people()) >= 1);
    // Keys that come before the frame's field is drawn go nowhere: a person would type again.
    await until("a message from the frame", async () => {
      await page.tab.click(x, y);
      await page.type("from the frame");
      await page.press("Enter");
      return (await (await fetch(`${server.url}/api/topics/${room}/messages`)).text()).includes(
        "from the frame",
      );
    });
    await me.last("from the frame");
  });

  step("a page in Arabic is mirrored, and talks", async () => {
    const me = await open(topic(), 'data-lang="ar"', {
      before: '<div dir="rtl" lang="ar">',
      after: "</div>",
    });
    await me.see("[part=send]");
    const [send, field] = [await me.look("[part=send]"), await me.look("[part=input]")];
    expect(send.x).toBeLessThan(field.x);
    await me.write("hello");
    await me.press("Enter");
    await me.shows("hello");
    await until("the avatar is on the right", async () => {
      const [avatar, text] = [await me.look("[part=avatar]"), await me.look("article [part~=text]")];
      return avatar.problem === "" && avatar.x > text.x - 1;
    });
  });

  for (const theme of ["light", "dark"]) {
    step(`theme="${theme}" is ${theme}, for a visitor who prefers dark pages`, async () => {
      const me = await open(topic(), `data-theme="${theme}"`);
      await me.write("seen");
      await me.press("Enter");
      await me.shows("seen");
      const lightness = await lightnessOf(me, [".root", "[part~=text]"]);
      expect(lightness).toEqual(theme === "light" ? ["light", "dark"] : ["dark", "light"]);
    });
  }
}

/** All steps of the journey. */
export function testJourney(stage: Stage): void {
  testReading(stage);
  testWriting(stage);
  testPlaces(stage);
}
