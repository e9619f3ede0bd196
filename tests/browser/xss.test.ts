/** A corpus of hostile texts and names, sent through every door into every view. */
import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { SignJWT } from "jose";
import { cleanName, cleanText } from "../../src/formats.ts";
import type { Message } from "../../src/model.ts";
import { browserTest, until, useBrowserWithServer } from "../support/browser.ts";
import { connected, tag } from "../support/chat-page.ts";
import { host, visitIn } from "../support/windows.ts";
import { Client, Line } from "../support/client.ts";
import { CORPUS, findForeign, lettersOf, NAMES, reportOnly, watchfulContext } from "../support/hostile.ts";

const SECRET = "a-shared-secret-of-thirty-two-or-more";
const server = await useBrowserWithServer({
  KABAR_TOKEN_SECRET: SECRET,
  KABAR_TOPICS: "lobby quoted-* claims people barred constructor",
});
const QUOTED = ["quoted-1", "quoted-2", "quoted-3"];
const SUBJECTS = [
  "__proto__",
  "constructor",
  "<img/src=x/onerror=hit(1)>",
  "javascript:hit(2)",
  "'-hit(3)-'",
];
const operator = { Authorization: `Bearer ${server.operatorKey}` };
const sign = (claims: Record<string, unknown>, subject = "mod") =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(SECRET));
const ours = (url: string) =>
  /^(?:data:,|http:\/\/127\.0\.0\.1:\d+\/(?:widget[\w./@-]*|favicon\.ico|app-icon\.png|push-worker\.js|embed\/[\w-]+\/app\.webmanifest|plain|(?:t|embed)\/[\w-]+|)(?:\?[\w=&-]*)?)$/.test(
    url,
  );
const watch = await watchfulContext(ours);
const page = (path: string) => visitIn(watch.context, `${server.url}${path}`);
const chat = (attributes: string) =>
  visitIn(watch.context, host(tag(server, attributes), reportOnly(server)).url);
const post = (
  topic: string,
  body: string,
  type: string,
  headers: Record<string, string> = operator,
  query = "",
) =>
  fetch(`${server.url}/api/topics/${topic}/messages${query}`, {
    method: "POST",
    body,
    headers: { "Content-Type": type, ...headers },
  });
const history = async (topic: string) => {
  const response = await fetch(`${server.url}/api/topics/${topic}/messages?limit=200`);
  return ((await response.json()) as { messages: Message[] }).messages;
};

/** Sends the corpus, authors called like the texts, through one door after the other. */
async function sendCorpus(topic: string): Promise<void> {
  const guest = await Client.open(server.url);
  for (const [i, text] of CORPUS.entries()) {
    const name = NAMES[i] ?? "";
    if (i % 4 === 0) {
      await guest.ask("rename", { name });
      await guest.publish(topic, text);
    } else if (i % 4 === 1) await post(topic, JSON.stringify({ text, name }), "application/json");
    else if (i % 4 === 2)
      await post(topic, text, "text/plain", operator, `?name=${encodeURIComponent(name)}`);
    else {
      const query = `topic=${topic}&name=${encodeURIComponent(name.toWellFormed())}`;
      const line = await Line.open(server.url, `/websocket?${query}`).catch(() =>
        Line.open(server.url, `/websocket?topic=${topic}`),
      );
      line.send(text.toWellFormed());
      await line.next();
      line.close();
    }
  }
  guest.close();
}

/** The most rows that a list has in the page. */
const MOUNTED = 80;

/** Waits until a view shows these texts, the newest of them, as they are, and finds nothing in it that came from them. */
async function expectShown(shown: Page, part: string, texts: readonly string[]): Promise<void> {
  const expected = texts.map(lettersOf);
  const letters = async () => (await shown.locator(part).allTextContents()).map(lettersOf);
  const isThere = async () => JSON.stringify(await letters()) === JSON.stringify(expected);
  await until(`${part} of ${shown.url()}`, isThere).catch(async () =>
    expect(await letters()).toEqual(expected),
  );
  expect(await findForeign(shown)).toEqual([]);
}

browserTest("hostile texts and names are shown as text in every view", async () => {
  const [toasts, overlay, plain] = [
    await chat('data-topic="lobby" data-mode="bar"'),
    await chat('data-topic="lobby" data-mode="overlay"'),
    await page("/plain"),
  ];
  for (const view of [toasts, overlay]) await connected(view);
  await plain.getByRole("button", { name: "Subscribe" }).click();
  await until("subscribed", () => plain.locator("#text").isEnabled());
  const reader = await Line.open(server.url, "/websocket?topic=lobby");
  await sendCorpus("lobby");

  const messages = await history("lobby");
  expect(messages.length).toBeGreaterThan(CORPUS.length - 4);
  const texts = messages.map((m) => m.text);
  // First, for they stay a few seconds only.
  await expectShown(toasts, '[part~="toast"] [part~="text"]', texts.slice(-3));
  const list = await chat(`data-topic="lobby" data-history="${MOUNTED}"`);
  await expectShown(list, '[part~="text"]', texts.slice(-MOUNTED));
  const names = await list.locator('[part~="author"]').allTextContents();
  expect(names.filter((name) => !messages.some((m) => m.user.name === name))).toEqual([]);
  expect(names.length).toBeGreaterThan(40);
  await expectShown(await page("/embed/lobby"), '[part~="text"]', texts.slice(-30));
  await expectShown(await page("/"), '[part~="text"]', texts.slice(-30));
  const transcript = await page("/t/lobby");
  await expectShown(transcript, "li .text", texts);
  await expectShown(
    transcript,
    "li .by bdi",
    messages.map((m) => m.user.name),
  );
  await until(
    "the overlay's last",
    async () => (await overlay.locator("kabar-chat").getByText("😀").count()) > 0,
  );
  expect(await findForeign(overlay)).toEqual([]);
  const last = messages.at(-1);
  await until("the plain page's last", async () =>
    (await plain.locator("#messages").inputValue()).includes(`${last?.user.name}: 😀`),
  );

  // One frame a message. No line of a text can pass for somebody else's message or for an answer of the server.
  for (const { user, text } of messages) {
    const [first = "", ...others] = (await reader.next()).split("\n");
    // A colon in a name appears as another sign, so that the first one ends the name.
    const colon = first.indexOf(":");
    expect(lettersOf(first.slice(0, colon))).toBe(lettersOf(user.name));
    expect(first.slice(colon)).toBe(`: ${text.split("\n")[0]}`);
    expect(first).not.toStartWith("!");
    expect(others.filter((line) => !line.startsWith("\t"))).toEqual([]);
    expect(others).toHaveLength(text.split("\n").length - 1);
  }
  reader.close();
  expect(await watch.harm()).toEqual([]);
  await Promise.all(watch.context.pages().map((open) => open.close()));
});

browserTest("every door accepts the same names and texts", async () => {
  const messages = await history("lobby");
  for (const { user, text } of messages) {
    expect(cleanName(user.name)).toBe(user.name);
    expect(cleanText(text)).toBe(text);
  }
  expect(new Set(messages.map((m) => m.user.name)).size).toBeGreaterThan(40);
});

browserTest("each server-sent event holds one message, whatever line ends the text has", async () => {
  const messages = await history("lobby");
  const abort = new AbortController();
  const response = await fetch(`${server.url}/api/topics/lobby/events?after=0`, { signal: abort.signal });
  const decoder = new TextDecoder();
  let stream = "";
  for await (const bytes of response.body ?? []) {
    stream += decoder.decode(bytes as Uint8Array, { stream: true });
    if (stream.split("\n\n").length > messages.length + 1) break;
  }
  abort.abort();
  const [greeting, ...events] = stream.split("\n\n").slice(0, messages.length + 1);
  expect(greeting).toMatch(/^retry: \d+\nid: 0\.[\w-]+\.[\w-]*$/);
  for (const [i, event] of events.entries()) {
    const [id, data, ...more] = event.split(/\r\n|\r|\n/);
    expect(more).toEqual([]);
    expect(id).toMatch(new RegExp(`^id: ${i + 1}\\.[\\w-]+\\.[\\w-]+$`));
    expect(JSON.parse(data?.replace(/^data: /, "") ?? "")).toEqual(messages[i]);
  }
  expect(events).toHaveLength(messages.length);
});

browserTest("edits, replies and quotes are shown as text, and a reaction is exactly one emoji", async () => {
  const guest = await Client.open(server.url, { name: "Ana" });
  const shown = await Promise.all(QUOTED.map((topic) => chat(`data-topic="${topic}"`)));
  for (const [i, text] of CORPUS.entries()) {
    const topic = QUOTED[i % QUOTED.length] ?? "";
    const { top } = (await guest.ask("history", { topic, limit: 1 })) as unknown as { top: number };
    const [target, replyTo] = [top + 1, top > 0 ? { replyTo: Math.max(1, top - 1) } : {}];
    await guest.ask("publish", { topic, messageId: `m-${target}`, text: "x", ...replyTo });
    await guest.ask("edit", { topic, messageId: `e-${target}`, target, text });
    const react = { topic, messageId: `r-${target}`, target, emoji: text, on: true };
    expect(await guest.ask("react", react)).toMatchObject({ type: "error", code: "bad-emoji" });
  }
  for (const [i, view] of shown.entries()) {
    const messages = (await history(QUOTED[i] ?? "")).filter((m) => !m.kind);
    await expectShown(
      view,
      '[part~="text"]',
      messages.map((m) => m.text),
    );
    expect(await view.locator('kabar-chat button[part="quote"]').count()).toBe(messages.length - 1);
    // A message that has the focus has its actions, and links that can be reached.
    for (const article of await view.locator("kabar-chat article").all()) await article.focus();
    expect(await findForeign(view)).toEqual([]);
    const links = view.locator('kabar-chat [part="link"]');
    const addresses = await links.evaluateAll((all) =>
      all.map((a) => [a.getAttribute("href"), a.getAttribute("rel")]),
    );
    expect(addresses.length).toBeGreaterThan(0);
    for (const [href, rel] of addresses) {
      expect(href).toMatch(/^(?:https?:\/\/(?:canary\.invalid\/|\[)|mailto:)/);
      expect(href).not.toMatch(/["<>`\s\u202e]/);
      expect(rel).toContain("noopener");
    }
  }
  expect(await watch.harm()).toEqual([]);
  guest.close();
  await Promise.all(shown.map((view) => view.close()));
});

browserTest("a token with a hostile name, avatar or role is cleaned or refused", async () => {
  const odd: Record<string, unknown>[] = [
    ...NAMES.map((name, i) => ({ name, picture: CORPUS[i] })),
    ...[["operator"], "operator", "service", "__proto__", "guest", {}, 7, null].map((role) => ({
      name: "Role",
      role,
    })),
    ...[["x"], { toString: "x" }, 7, null, ""].map((name) => ({ name })),
    ...[{ __proto__: null, lobby: "own" }, ["moderate"], "moderate", { "<img>": "moderate" }].map(
      (topics) => ({ name: "T", topics }),
    ),
    { name: "Pic", picture: "https://canary.invalid/avatar.svg#<script>hit(1)</script>" },
    { name: "Pic", picture: ["https://canary.invalid/a.png"] },
  ];
  let taken = 0;
  for (const claims of odd) {
    const client = await Client.open(server.url, { token: await sign(claims, `user-${taken}`) });
    if (client.hello.type === "ok") {
      taken++;
      const { user } = client.hello as { user: Message["user"] };
      expect(["user", "moderator"]).toContain(user.role);
      expect(cleanName(user.name)).toBe(user.name);
      expect(user.avatar ?? "https://").toStartWith("https://");
      expect(user.avatar ?? "").not.toMatch(/["<>`\s]/);
      expect(await client.publish("claims", `from ${user.name}`)).toMatchObject({ type: "ok" });
    } else expect(client.hello).toMatchObject({ code: "bad-token" });
    client.close();
  }
  expect(taken).toBeGreaterThan(40);
  for (const subject of SUBJECTS) {
    const client = await Client.open(server.url, { token: await sign({ name: "Sub" }, subject) });
    const { offset: target } = (await client.publish("claims", subject)) as unknown as { offset: number };
    const reaction = { topic: "claims", messageId: "__proto__", target, emoji: "👍", on: true };
    expect(await client.ask("react", reaction)).toMatchObject({ type: "ok" });
    client.close();
  }
  const shown = await chat(`data-topic="claims" data-history="${MOUNTED}"`);
  const messages = (await history("claims")).slice(-MOUNTED).filter((m) => !m.kind);
  await expectShown(
    shown,
    '[part~="text"]',
    messages.map((m) => m.text),
  );
  const thumbs = shown.getByRole("button", { name: "thumbs up, 1" });
  await until("the reactions", async () => (await thumbs.count()) === SUBJECTS.length);
  expect(await watch.harm()).toEqual([]);
  await shown.close();
});

browserTest("the list of people and the typing line show hostile names as text", async () => {
  const shown = await chat('data-topic="people"');
  // Narrower than the width at which the list stands open beside the messages.
  await shown.setViewportSize({ width: 500, height: 700 });
  const here: Client[] = [];
  for (const name of NAMES) {
    const client = await Client.open(server.url, { name });
    if (client.hello.type !== "ok") continue;
    await client.ask("subscribe", { topic: "people", people: true });
    here.push(client);
  }
  const names = here.map(
    (client) => (client as Client & { hello: { user: { name: string } } }).hello.user.name,
  );
  await shown.getByRole("button", { name: /online$/, expanded: false }).click();
  const listed = shown.locator('[part~="member"] bdi');
  await until("all are listed", async () => (await listed.count()) === names.length + 1);
  const shownNames = await listed.allTextContents();
  expect(names.filter((name) => !shownNames.includes(name))).toEqual([]);
  for (const [i, client] of here.slice(0, 6).entries()) {
    await client.ask("typing", { topic: "people" });
    await shown.locator('[part="typing"]').waitFor();
    if (i === 0)
      await until("its name", async () =>
        (await shown.locator('[part="typing"]').textContent())?.includes(names[0] ?? ""),
      );
  }
  expect(await findForeign(shown)).toEqual([]);
  expect(await watch.harm()).toEqual([]);
  for (const client of here) client.close();
  await shown.close();
});

browserTest("a moderator's hostile reason is shown as text in the composer's place", async () => {
  const shown = await chat('data-topic="barred"');
  await connected(shown);
  const user = await shown.evaluate(() => document.querySelector("kabar-chat")?.me?.id ?? "");
  const mod = await Client.open(server.url, { token: await sign({ name: "Mod", role: "moderator" }) });
  for (const why of CORPUS.filter((text) => text.length <= 500 && lettersOf(text))) {
    const act = { topic: "barred", action: "timeout", user, seconds: 600, why: why.toWellFormed() };
    expect(await mod.ask("moderate", act)).toMatchObject({ type: "ok" });
    await until(`the reason ${why}`, async () => {
      const said = await shown.locator("kabar-chat p.hint").textContent();
      return lettersOf(said ?? "").endsWith(lettersOf(why.toWellFormed()));
    });
    expect(await findForeign(shown)).toEqual([]);
  }
  expect(await watch.harm()).toEqual([]);
  mod.close();
  await shown.close();
});

browserTest(
  "hostile key names are only names, and JSON and error responses are never rendered as a page",
  async () => {
    for (const [i, name] of NAMES.entries()) {
      const made = await fetch(`${server.url}/api/admin/keys`, {
        method: "POST",
        headers: operator,
        body: JSON.stringify({ name, scope: "publish", topics: ["constructor"] }),
      });
      if (!made.ok) continue;
      const { secret } = (await made.json()) as { secret: string };
      await post("constructor", `key ${i}`, "text/plain", { Authorization: `Bearer ${secret}` });
    }
    // A topic may be called what every object has.
    const shown = await chat('data-topic="constructor" data-history="200"');
    await expectShown(
      shown,
      '[part~="text"]',
      (await history("constructor")).map((m) => m.text),
    );
    for (const path of [
      "/api/topics/lobby/messages?limit=200",
      `/api/topics/${encodeURIComponent(CORPUS[3] ?? "")}/messages`,
    ]) {
      const response = await fetch(server.url + path);
      expect(response.headers.get("content-type")).toStartWith("application/json");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    }
    expect(await watch.harm()).toEqual([]);
    await shown.close();
  },
);
