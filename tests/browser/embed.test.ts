import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { browserTest, serve, until, useBrowserWithServer } from "../support/browser.ts";
import {
  composer,
  connected,
  expectTexts,
  putToSleep,
  tag,
  texts,
  visitChat,
  write,
} from "../support/chat-page.ts";
import { publish, stored } from "../support/messages.ts";
import { host, newContext, visit, visitIn } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "lobby help" });
/** All that a page's origin keeps in the browser. */
const kept = (page: Page) =>
  page.evaluate(() => ({
    local: { ...localStorage } as Record<string, string>,
    session: { ...sessionStorage } as Record<string, string>,
    cookies: document.cookie,
  }));

browserTest(
  "the page stores nothing and sets no cookie before the first message, and then one record only",
  async () => {
    const context = await newContext();
    const page = await visitIn(context, host(tag(server)).url);
    await connected(page);
    await publish(server, "read me");
    await expectTexts(page, ["read me"]);
    await composer(page).fill("a draft is no message");
    expect(await kept(page)).toEqual({ local: {}, session: {}, cookies: "" });
    await write(page, "now I speak");
    await until("stored", async () => (await stored(server)).includes("now I speak"));
    await until("acknowledged", async () => Object.keys((await kept(page)).local).length === 1);
    const after = await kept(page);
    expect(Object.keys(after.local)).toEqual([`kabar:${server.url}`]);
    expect(after.cookies).toBe("");
    expect(await context.cookies()).toEqual([]);
    const me = () => page.evaluate(() => document.querySelector("kabar-chat")?.me?.id ?? "");
    const before = await me();
    await page.reload();
    await connected(page);
    expect(await me()).toBe(before);
    await page.evaluate(() => document.querySelector("kabar-chat")?.signOut({ forget: true }));
    await until("somebody else", async () => (await me()) !== before);
    expect(await kept(page)).toEqual({ local: {}, session: {}, cookies: "" });
  },
);

browserTest("a page without storage has a working chat that explains the consequence", async () => {
  const frame = host(tag(server));
  const page = await visit(
    host(`<iframe title="f" sandbox="allow-scripts" src="${frame.url}" width="600" height="500"></iframe>`)
      .url,
  );
  const inside = page.frameLocator("iframe");
  const field = inside.getByRole("textbox", { name: "Message", exact: true });
  await inside.getByPlaceholder("Write as").waitFor();
  await field.fill("from the sandbox");
  await field.press("Enter");
  await until("stored", async () => (await stored(server)).includes("from the sandbox"));
  await inside.getByRole("status").getByText("You'll be a new guest after a reload").waitFor();
});

browserTest(
  "the host page keeps its focus and scroll position through loading, messages and a lost connection",
  async () => {
    const own = await serve();
    const page = await visit(
      host(
        `<input id="mine" aria-label="Mine"><div style="height:3000px"></div>${tag(own, 'data-topic="lobby" data-load="eager"')}`,
      ).url,
    );
    await page.locator("#mine").focus();
    await connected(page);
    for (let i = 0; i < 20; i++) await publish(own, `message ${i}`);
    await until("twenty", async () => (await texts(page)).length === 20);
    await own.restart();
    await publish(own, "after");
    await until("after", async () => (await texts(page)).includes("after"));
    expect(await page.evaluate(() => [document.activeElement?.id, scrollY])).toEqual(["mine", 0]);
    await page.evaluate(() => document.querySelector("kabar-chat")?.scrollToLatest());
    expect(await page.evaluate(() => [document.activeElement?.id, scrollY])).toEqual(["mine", 0]);
  },
);

browserTest("an element far below loads when it comes near, and moves nothing on the page", async () => {
  const page = await visit(
    host(`<div style="height:5000px"></div>${tag(server)}<p id="after">after</p>`).url,
  );
  await until("the element", () => page.evaluate(() => document.querySelector("kabar-chat") !== null));
  const place = () => page.locator("#after").evaluate((e) => e.getBoundingClientRect().top + scrollY);
  const before = await place();
  expect(await page.evaluate(() => document.querySelector("kabar-chat")?.connection)).toBe("idle");
  await page.evaluate(() => scrollTo(0, 4_000));
  await connected(page);
  await until("messages", async () => (await texts(page)).length > 0);
  expect(await place()).toBe(before);
});

browserTest("an element that moves keeps its draft, its scroll position and its connection", async () => {
  for (let i = 0; i < 40; i++) await publish(server, `help ${i}`, "help");
  const context = await newContext();
  const page = await context.newPage();
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await page.goto(
    host(`<div id="a">${tag(server, 'data-topic="help" data-history="40"')}</div><div id="b"></div>`).url,
  );
  await until("messages", async () => (await texts(page)).length === 40);
  await composer(page).fill("unfinished");
  const scrollTop = (to?: number) =>
    page.evaluate((to) => {
      const log = document
        .querySelector("kabar-chat")
        ?.shadowRoot?.querySelector("[part=log]") as HTMLElement;
      if (to !== undefined) log.scrollTop = to;
      return log.scrollTop;
    }, to);
  await scrollTop(200);
  await page.getByRole("button", { name: "Jump to latest" }).waitFor();
  const before = await scrollTop();
  await page.evaluate(() =>
    document.querySelector("#b")?.append(document.querySelector("kabar-chat") as Element),
  );
  expect(await scrollTop()).toBe(before);
  expect(await composer(page).inputValue()).toBe("unfinished");
  await publish(server, "still connected", "help");
  await page.getByRole("button", { name: "1 new" }).waitFor();
  expect(sockets).toHaveLength(1);
});

browserTest("an element that is put back after a while has its draft and all messages since", async () => {
  const page = await visitChat(server);
  await connected(page);
  await composer(page).fill("kept");
  await page.evaluate(() => {
    const chat = document.querySelector("kabar-chat");
    Object.assign(window, { chat });
    chat?.remove();
  });
  await until("let go", () =>
    page.evaluate(() => (window as unknown as { chat: { connection: string } }).chat.connection === "idle"),
  );
  await publish(server, "while it was away");
  await page.evaluate(() => document.body.append((window as unknown as { chat: Element }).chat));
  await until("what came", async () => (await texts(page)).includes("while it was away"));
  expect(await composer(page).inputValue()).toBe("kept");
});

browserTest(
  "destroy leaves no element, no socket and no global, and the script can be loaded again",
  async () => {
    const context = await newContext();
    const page = await context.newPage();
    let open = 0;
    page.on("websocket", (socket) => {
      open++;
      socket.on("close", () => open--);
    });
    await page.goto(host(`${tag(server)}${tag(server, 'data-topic="help" data-mode="panel"')}`).url);
    await connected(page);
    await connected(page, "online", 1);
    await page.evaluate(() => (window as unknown as { kabar: (verb: string) => void }).kabar("destroy"));
    await until("closed", () => open === 0);
    expect(
      await page.evaluate(() => [document.querySelectorAll("kabar-chat").length, "kabar" in window]),
    ).toEqual([0, false]);
    await page.evaluate((src) => {
      const script = Object.assign(document.createElement("script"), { src });
      script.dataset.topic = "lobby";
      document.body.append(script);
    }, `${server.url}/widget.js`);
    await connected(page);
    expect(await page.evaluate(() => "kabar" in window)).toBe(true);
  },
);

browserTest(
  "the script works in the head, into a target, twice, and beside an element written by hand",
  async () => {
    const page = await visit(
      host(`<main id="here"></main>${tag(server, 'data-topic="lobby" data-target="#here"')}${tag(server, "")}
      <kabar-chat topic="help" title="Help desk" style="height:300px"></kabar-chat>
      <script>document.head.append(Object.assign(document.createElement("script"), { src: "${server.url}/widget.js", async: true }))</script>`)
        .url,
    );
    await connected(page);
    await until("two", () => page.evaluate(() => document.querySelectorAll("kabar-chat").length === 2));
    await connected(page, "online", 1);
    expect(
      await page.evaluate(() => document.querySelector("#here > kabar-chat")?.getAttribute("topic")),
    ).toBe("lobby");
    await page.getByRole("heading", { name: "Help desk" }).waitFor();
  },
);

browserTest("the page receives events, and can change or cancel a message before it is sent", async () => {
  const context = await newContext();
  // Before anything of the page: what is heard must not depend on who is faster.
  await context.addInitScript(() => {
    const heard: unknown[] = [];
    Object.assign(window, { heard });
    for (const name of ["ready", "connection", "message", "sent", "identity"]) {
      document.addEventListener(`kabar-${name}`, (event) => {
        const { detail } = event as CustomEvent;
        if (name !== "message" || !detail.historical)
          heard.push([name, detail.state ?? detail.text ?? detail.topic ?? typeof detail.me?.id]);
      });
    }
    document.addEventListener("kabar-before-send", (event) => {
      const { detail } = event as CustomEvent<{ text: string }>;
      if (detail.text.includes("secret")) event.preventDefault();
      detail.text = detail.text.toUpperCase();
    });
  });
  const page = await visitIn(context, host(`<kabar-chat topic="help"></kabar-chat>${tag(server, "")}`).url);
  await connected(page);
  await write(page, "a secret");
  expect(await composer(page).inputValue()).toBe("a secret");
  await write(page, "louder");
  await until("stored", async () => (await stored(server, "help")).includes("LOUDER"));
  const heard = () => page.evaluate(() => (window as unknown as { heard: string[][] }).heard);
  await until("sent", async () => (await heard()).some(([name]) => name === "sent"));
  expect(new Set((await heard()).map((entry) => entry.join(" ")))).toEqual(
    new Set([
      "ready help",
      "identity string",
      "connection connecting",
      "connection online",
      "message LOUDER",
      "sent undefined",
    ]),
  );
  expect(await stored(server, "help")).not.toContain("A SECRET");
});

browserTest(
  "a page in the back/forward cache closes its connection, and returns with the missed messages",
  async () => {
    const first = host(tag(server));
    const second = host("<p>elsewhere</p>");
    const page = await visit(first.url);
    await connected(page);
    await putToSleep(page);
    await publish(server, "meanwhile");
    await page.evaluate(() => {
      window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    });
    await until("what it missed", async () => (await texts(page)).includes("meanwhile"));
    await page.goto(second.url);
  },
);
