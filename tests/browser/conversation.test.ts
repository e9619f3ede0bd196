import { expect } from "bun:test";
import { findViolations } from "../support/axe.ts";
import { browserTest, serve, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, expectTexts, tag, texts, visitChat, write } from "../support/chat-page.ts";
import { publish, stored } from "../support/messages.ts";
import { host, newContext, visit, visitIn } from "../support/windows.ts";

const server = await useBrowserWithServer({ KABAR_TOPICS: "lobby help" });

browserTest(
  "two windows exchange messages on a page of another origin that has only the script tag",
  async () => {
    const page = host(tag(server));
    const [one, two] = [await visit(page.url), await visit(page.url)];
    await write(one, "Selamat pagi");
    await expectTexts(two, ["Selamat pagi"]);
    await write(two, "Apa kabar?");
    await expectTexts(one, ["Selamat pagi", "Apa kabar?"]);
    expect(await stored(server)).toEqual(["Selamat pagi", "Apa kabar?"]);
    expect(
      await one.evaluate(() => document.querySelector("kabar-chat")?.previousElementSibling?.tagName),
    ).toBe("SCRIPT");
  },
);

browserTest(
  "the demo page has a working chat, shows the tag to paste, and requests nothing from other hosts",
  async () => {
    const context = await newContext();
    const requests: string[] = [];
    context.on("request", (request) => requests.push(request.url()));
    const page = await visitIn(context, server.url);
    await connected(page);
    await write(page, "from the demo");
    await until("stored", async () => (await stored(server)).includes("from the demo"));
    expect((await page.locator("#tag").textContent())?.trim()).toBe(
      `<script async src="${server.url}/widget.js" data-topic="lobby"></script>`,
    );
    expect(requests.filter((url) => !url.startsWith(server.url) && !url.startsWith("data:"))).toEqual([]);
  },
);

browserTest(
  "the page without a library subscribes, shows messages, sends, and reports the end of the connection",
  async () => {
    const own = await serve();
    const page = await visit(`${own.url}/plain`);
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.getByRole("textbox", { name: "Your message" }).fill("plain hello");
    await page.getByRole("button", { name: "Send" }).click();
    const shown = () => page.getByRole("textbox", { name: "Messages" }).inputValue();
    await until("the message", async () => (await shown()).includes("plain hello"));
    await own.kill();
    await until("the end", async () => (await shown()).endsWith("Connection closed\n"));
  },
);

browserTest("two topics, and one topic twice, share one connection on one page", async () => {
  const page = host(
    `${tag(server, 'data-topic="help"')}${tag(server, 'data-topic="lobby"')}${tag(server, 'data-topic="help"')}`,
  );
  const context = await newContext();
  const visitor = await context.newPage();
  const sockets: string[] = [];
  visitor.on("websocket", (socket) => sockets.push(socket.url()));
  await visitor.goto(page.url);
  await until("three", () => visitor.evaluate(() => document.querySelectorAll("kabar-chat").length === 3));
  const topics = await visitor.evaluate(() =>
    [...document.querySelectorAll("kabar-chat")].map((chat) => chat.getAttribute("topic")),
  );
  await visitor.evaluate(() => document.querySelectorAll("kabar-chat")[2]?.scrollIntoView());
  for (let i = 0; i < 3; i++) await connected(visitor, "online", i);
  await publish(server, "only for help", "help");
  for (const [index, topic] of topics.entries()) {
    await until(
      `${topic}`,
      async () => (await texts(visitor, index)).includes("only for help") === (topic === "help"),
    );
  }
  expect(sockets).toHaveLength(1);
});

browserTest("markup in texts and names is shown as text", async () => {
  const nasty = [
    "<img src=x onerror=window.pwned=1>",
    "<script>window.pwned=1</script>",
    "javascript:window.pwned=1",
    '"><svg onload=window.pwned=1>',
    'https://example.com/"onmouseover="window.pwned=1',
    "{{constructor.constructor('window.pwned=1')()}}",
    "</textarea><iframe srcdoc='<script>parent.pwned=1</script>'>",
  ];
  for (const text of nasty) await publish(server, text, "help", encodeURIComponent("<b onclick=pwned=1>x"));
  const page = await visitChat(server, 'data-topic="help"');
  await until("all of them", async () => nasty.every(async (text) => (await texts(page)).includes(text)));
  await until("the last", async () => (await texts(page)).includes(nasty.at(-1) ?? ""));
  await page.locator("kabar-chat article a").waitFor();
  const found = await page.evaluate(() => ({
    pwned: "pwned" in window,
    strange: document
      .querySelector("kabar-chat")
      ?.shadowRoot?.querySelectorAll("img,script,iframe,b,article svg").length,
    links: [...(document.querySelector("kabar-chat")?.shadowRoot?.querySelectorAll("a") ?? [])].map((a) => [
      a.protocol,
      a.rel,
    ]),
  }));
  expect(found).toEqual({
    pwned: false,
    strange: 0,
    links: [["https:", "noopener noreferrer nofollow ugc"]],
  });
});

browserTest(
  "users read that a topic does not exist, and the console has the error code and a hint for the owner",
  async () => {
    const context = await newContext();
    const page = await context.newPage();
    const warnings: string[] = [];
    page.on("console", (message) => warnings.push(message.text()));
    await page.goto(host(tag(server, 'data-topic="nowhere"')).url);
    await page.getByText("This chat isn't available right now.").waitFor();
    await until("a hint", () =>
      warnings.some(
        (text) => text.includes("topic-unknown") && text.includes('KABAR_TOPICS="lobby nowhere"'),
      ),
    );
    expect(await page.getByRole("link").count()).toBe(0);
    expect(await page.getByText("topic-unknown").count()).toBe(0);
    expect(await findViolations(page)).toEqual([]);
  },
);

browserTest("a chosen name survives Esc and a reload, and other users see it", async () => {
  const page = await visitChat(server);
  await connected(page);
  await page.getByRole("button", { name: "Change name" }).click();
  const field = page.getByRole("textbox", { name: "Your name" });
  await field.press("Escape");
  await page.getByRole("button", { name: "Change name" }).click();
  await field.fill("  ");
  await field.press("Enter");
  await page.getByRole("alert").getByText("Use 1 to 40 characters.").waitFor();
  await field.fill("Budi");
  await field.press("Enter");
  await page.getByPlaceholder(/Write as .*Budi/).waitFor();
  await write(page, "it is me");
  await until("stored", async () => (await stored(server)).includes("it is me"));
  await page.reload();
  await page.getByPlaceholder(/Write as .*Budi/).waitFor();
  const names = await (await fetch(`${server.url}/api/topics/lobby/messages?limit=1`)).json();
  expect(names).toMatchObject({ messages: [{ text: "it is me", user: { name: "Budi" } }] });
});

browserTest(
  "Enter sends, Shift+Enter starts a new line, and an input method's Enter does neither",
  async () => {
    const page = await visitChat(server, 'data-topic="help"');
    await connected(page);
    await composer(page).fill("one");
    await composer(page).press("Shift+Enter");
    await composer(page).pressSequentially("two");
    await composer(page).evaluate((field) => {
      field.dispatchEvent(
        new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }),
      );
      field.dispatchEvent(
        new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }),
      );
    });
    expect(await composer(page).inputValue()).toBe("one\ntwo");
    await composer(page).press("Enter");
    await until("stored", async () => (await stored(server, "help")).includes("one\ntwo"));
    expect(await composer(page).inputValue()).toBe("");
  },
);

browserTest("a message's buttons open an address, and tell back ends of a click", async () => {
  const page = await visit(host(tag(server, 'data-topic="help"')).url);
  await connected(page);
  const admin = { Authorization: `Bearer ${server.operatorKey}`, "Content-Type": "application/json" };
  const body = { name: "clicks", scope: "feed", topics: ["help"] };
  await fetch(`${server.url}/api/admin/keys`, {
    method: "POST",
    headers: admin,
    body: JSON.stringify(body),
  });
  const actions = [
    { type: "view", label: "Look", url: "https://ci.example/7" },
    { type: "http", label: "Approve" },
  ];
  await fetch(`${server.url}/api/topics/help/messages`, {
    method: "POST",
    headers: admin,
    body: JSON.stringify({ text: "Ship it?", title: "Build 7", icon: "🚀", tags: ["ci"], actions }),
  });
  const approve = page.getByRole("button", { name: "Approve" });
  await approve.waitFor();
  expect(await page.getByRole("link", { name: "Look" }).getAttribute("href")).toBe("https://ci.example/7");
  await approve.click();
  await page.getByRole("button", { name: "Approve ✓" }).waitFor();
  const response = await fetch(`${server.url}/api/feed?after=0&kinds=action`, { headers: admin });
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  expect(new TextDecoder().decode(value).match(/"label":"Approve"/g)).toHaveLength(1);
  await reader?.cancel();
  expect(await findViolations(page)).toEqual([]);
});
