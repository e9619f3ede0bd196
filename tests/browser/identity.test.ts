import { expect } from "bun:test";
import type { Page } from "@playwright/test";
import { SignJWT } from "jose";
import { findViolations } from "../support/axe.ts";
import { browserTest, serve, until, useBrowserWithServer } from "../support/browser.ts";
import { composer, connected, expectTexts, tag, write } from "../support/chat-page.ts";
import { publish, stored } from "../support/messages.ts";
import { startBlockingProxy } from "../support/blocking-proxy.ts";
import { host, leave, newContext, visit, visitIn } from "../support/windows.ts";
import { openSettings } from "../support/visitor.ts";

const SECRET = "a-shared-secret-of-thirty-two-or-more";
const server = await useBrowserWithServer({
  KABAR_TOKEN_SECRET: SECRET,
  KABAR_TOKEN_SKEW_S: "0",
  KABAR_TOPICS: "lobby room help shared",
});
const sign = (sub: string, lifeS = 600) => {
  const iat = Math.floor(Date.now() / 1000);
  return new SignJWT({ name: `User ${sub}` })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(sub)
    .setIssuedAt(iat)
    .setExpirationTime(iat + lifeS)
    .sign(new TextEncoder().encode(SECRET));
};
const me = (page: Page) => page.evaluate(() => document.querySelector("kabar-chat")?.me);
const signedIn = (page: Page, id: string) =>
  until(`signed in as ${id}`, async () => (await me(page))?.id === id);
/** Notes the `kabar-error`s of a page. */
const WATCH = `<script>window.errors=[];document.addEventListener("kabar-error",(e)=>errors.push(e.detail.code))</script>`;
const errors = (page: Page) => page.evaluate(() => (window as unknown as { errors: string[] }).errors);

/** The server's read mark of a user in a topic. */
async function markOf(sub: string, topic: string): Promise<number | undefined> {
  const headers = { Authorization: `Bearer ${await sign(sub)}` };
  const response = await fetch(`${server.url}/api/me/unread`, { headers });
  const { topics } = (await response.json()) as { topics: { topic: string; read: number }[] };
  return topics.find((t) => t.topic === topic)?.read;
}

/** Every frame that a page's widgets sent, and every address that was asked for. */
function listen(page: Page) {
  const heard = { frames: [] as string[], addresses: [] as string[] };
  page.on("request", (request) => heard.addresses.push(request.url()));
  page.on("websocket", (socket) => {
    heard.addresses.push(socket.url());
    socket.on("framesent", ({ payload }) => heard.frames.push(`${payload}`));
  });
  return heard;
}

/** A site of its own origin: its page, and `/token` for whoever has its cookie. */
function site(body: string) {
  const state = { who: "" as string, lifeS: 600, answer: 200, asked: 0 };
  const html = `<!doctype html><html lang="en"><head><title>Site</title><link rel="icon" href="data:,"></head><body>${WATCH}${body}</body></html>`;
  const running = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      if (new URL(request.url).pathname !== "/token") {
        return new Response(html, {
          headers: { "Content-Type": "text/html", "Set-Cookie": "site=yes; HttpOnly; Path=/" },
        });
      }
      state.asked++;
      if (state.answer !== 200) return new Response("", { status: state.answer });
      if (!request.headers.get("cookie")?.includes("site=yes") || !state.who)
        return new Response("", { status: 401 });
      const token = await sign(state.who, state.lifeS);
      return state.asked % 2 ? Response.json({ token }) : new Response(token);
    },
  });
  return { state, url: `http://127.0.0.1:${running.port}/`, stop: () => running.stop(true) };
}

browserTest("a token on the tag signs the user in, and is sent in one frame and nowhere else", async () => {
  const token = await sign("1");
  const context = await newContext();
  const page = await context.newPage();
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  const heard = listen(page);
  await page.goto(host(tag(server, `data-topic="lobby" data-token="${token}"`)).url);
  await signedIn(page, "u:1");
  await write(page, "as a member");
  await expectTexts(page, ["as a member"]);
  expect(heard.frames.filter((frame) => frame.includes(token))).toHaveLength(1);
  expect([...heard.addresses, ...said].filter((text) => text.includes(token.slice(0, 40)))).toEqual([]);
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
  );
  expect(kept).not.toContain(token.slice(0, 40));
  // A member's name is the site's business.
  await page.getByPlaceholder(/Write as .*User 1/).waitFor();
  expect(await page.getByRole("button", { name: "Change name" }).count()).toBe(0);
});

browserTest(
  "what a signed user reads on one device is read on the other, after a reload and a lost connection too",
  async () => {
    const url = host(
      tag(server, `data-topic="room help" data-mode="panel" data-token="${await sign("marks")}"`),
    ).url;
    const reads = (frames: string[]) =>
      frames.filter((frame) => frame.includes('"read"') && frame.includes('"offset"'));
    async function device() {
      const context = await newContext();
      const page = await context.newPage();
      const { frames } = listen(page);
      await page.goto(url);
      await signedIn(page, "u:marks");
      await until("the mark of the first visit", async () => (await markOf("marks", "room")) !== undefined);
      return { context, page, frames };
    }
    const badge = (page: Page, text: string) =>
      until(`the badge ${text || "is hidden"}`, async () => {
        const part = page.locator("kabar-chat [part=badge]");
        return ((await part.isVisible()) ? await part.textContent() : "") === text;
      });
    await publish(server, "before the first visit", "room");
    await publish(server, "before the first visit", "help");
    const [laptop, phone] = await Promise.all([device(), device()]);
    await Promise.all(Array.from({ length: 40 }, (_, i) => publish(server, `m${i}`, "room")));
    for (const { page } of [laptop, phone]) await badge(page, "9+");
    // A reload loads 30 messages, and counts all.
    await phone.page.reload();
    await until(
      "all",
      async () => (await phone.page.evaluate(() => document.querySelector("kabar-chat")?.unread)) === 40,
    );
    await laptop.page.getByRole("button", { name: /40 unread/ }).click();
    for (const { page } of [laptop, phone]) await badge(page, "");
    await phone.page.reload();
    await signedIn(phone.page, "u:marks");
    await publish(server, "one more", "help");
    await badge(phone.page, "1");
    expect(await markOf("marks", "room")).toBe(41);
    // While the phone has no connection, the laptop reads on.
    await phone.context.setOffline(true);
    await connected(phone.page, "offline");
    await laptop.page.locator("kabar-chat [part=topic-tab]").nth(1).click();
    await badge(laptop.page, "");
    await until("marked", async () => (await markOf("marks", "help")) === 2);
    await phone.context.setOffline(false);
    await badge(phone.page, "");
    // What the phone reads without a connection counts after it, and once.
    await publish(server, "m42", "room");
    for (const { page } of [laptop, phone]) await badge(page, "1");
    await phone.context.setOffline(true);
    await connected(phone.page, "offline");
    await phone.page.evaluate(() => document.querySelector("kabar-chat")?.open());
    await badge(phone.page, "");
    const before = reads(phone.frames).length;
    await phone.context.setOffline(false);
    await until("marked", async () => (await markOf("marks", "room")) === 42);
    await badge(laptop.page, "");
    expect(reads(phone.frames).slice(before)).toHaveLength(1);
    // Guests who have not written have no marks on the server, and do not ask for them.
    const context = await newContext();
    const guest = await context.newPage();
    const { frames } = listen(guest);
    await guest.goto(host(tag(server, 'data-topic="help"')).url);
    await connected(guest);
    await publish(server, "for the guest", "help");
    await guest.getByText("for the guest", { exact: true }).waitFor();
    await write(guest, "now the guest writes");
    await until("a mark of a guest who writes", () => reads(frames).length > 0);
    const types = frames.map((frame) => (JSON.parse(frame) as { type: string }).type);
    expect(types.indexOf("read")).toBeGreaterThan(types.indexOf("publish"));
  },
);

browserTest(
  "with push messages on, the marks of the browser's last user are not the next one's",
  async () => {
    const here = site(
      tag(server, 'data-topic="shared" data-mode="panel" data-storage="granted" data-token-url="/token"'),
    );
    const unread = (page: Page) => page.evaluate(() => document.querySelector("kabar-chat")?.unread);
    await publish(server, "one", "shared");
    here.state.who = "second";
    await visit(here.url);
    await until("the second user's mark", async () => (await markOf("second", "shared")) === 1);
    await publish(server, "two", "shared");
    here.state.who = "first";
    const page = await visit(here.url);
    await until("the first user's mark", async () => (await markOf("first", "shared")) === 2);
    // A page without the widget: one with it writes the record when it is left.
    await page.goto(`${here.url}token`);
    await page.evaluate(() => {
      const key = Object.keys(localStorage).find((name) => localStorage[name].includes("u:first")) as string;
      localStorage[key] = JSON.stringify({ ...JSON.parse(localStorage[key]), prefs: { push: "all" } });
    });
    here.state.who = "second";
    const { frames } = listen(page);
    // The part for marks comes after that for push messages.
    await page.route(/mark-sync/, async (route) => {
      await until("push messages", () => frames.some((frame) => frame.includes('"away"')));
      await route.continue();
    });
    await page.goto(here.url);
    await signedIn(page, "u:second");
    await until("one unread message", async () => (await unread(page)) === 1);
    expect(await markOf("second", "shared")).toBe(1);
    here.stop();
  },
);

browserTest(
  "token-url receives the site's cookies, and is requested again before the token expires, on one session",
  async () => {
    const { state, url, stop } = site(tag(server, 'data-topic="lobby" data-token-url="/token"'));
    Object.assign(state, { who: "2", lifeS: 4 });
    const context = await newContext();
    const page = await context.newPage();
    const heard = listen(page);
    await page.goto(url);
    await signedIn(page, "u:2");
    const renewals = () => heard.frames.filter((frame) => frame.includes('"identify"')).length;
    await until("two fresh tokens", () => renewals() >= 2);
    expect(heard.addresses.filter((address) => address.startsWith("ws"))).toHaveLength(1);
    expect(await errors(page)).toEqual([]);
    // The site signs the visitor out: reading goes on, writing waits, and it is said.
    state.who = "";
    await page.getByText("Your session has expired. Sign in again to write.").waitFor();
    expect(await errors(page)).toEqual(["token-expired"]);
    expect(await findViolations(page)).toEqual([]);
    await publish(server, "goes on");
    await page.getByText("goes on").waitFor();
    Object.assign(state, { who: "2", lifeS: 600 });
    await page.evaluate(() => window.dispatchEvent(new Event("online")));
    await signedIn(page, "u:2");
    await composer(page).waitFor();
    await leave(page);
    await stop();
  },
);

browserTest(
  "below a path of another site everything works and stays below it, for members, guests and frames, with and without WebSocket",
  async () => {
    const env = { KABAR_TOKEN_SECRET: SECRET, KABAR_PUBLIC_URL: "https://example.com/chat" };
    const below = await serve({ env });
    const proxy = startBlockingProxy(below.url);
    for (const { url } of [below, proxy]) {
      const {
        state,
        url: siteUrl,
        stop,
      } = site(tag({ url: `${url}/chat` }, 'data-topic="lobby" data-token-url="/token"'));
      state.who = "5";
      const context = await newContext();
      const heard: string[] = [];
      context.on("request", (request) => heard.push(request.url()));
      const member = await visitIn(context, siteUrl);
      member.on("websocket", (socket) => heard.push(socket.url()));
      await signedIn(member, "u:5");
      const text = `hello over ${url}`;
      await write(member, text);
      await until("stored", async () => (await stored(below)).includes(text));
      const settings = await openSettings(member);
      const [privacy] = await Promise.all([
        context.waitForEvent("page"),
        settings.getByRole("link", { name: "Privacy" }).click(),
      ]);
      await privacy.getByRole("heading", { name: "What this chat stores" }).waitFor();
      for (const path of ["/chat/", "/chat/embed/lobby"]) {
        const page = await visitIn(context, url + path);
        await connected(page);
        await page.getByText(text).waitFor();
      }
      const transcript = await visitIn(context, `${url}/chat/t/lobby`);
      await transcript.getByText(text).waitFor();
      await transcript.getByRole("link", { name: "Open chat" }).click();
      await connected(transcript);
      const { port } = new URL(url);
      const outside = heard.map((address) => new URL(address)).filter((address) => address.port === port);
      expect(
        outside.filter(({ pathname }) => !pathname.startsWith("/chat/")).map(({ href }) => href),
      ).toEqual([]);
      await stop();
    }
    await proxy.stop(true);
  },
);

browserTest(
  "without a sign-in the user writes as a guest; a failing token-url is reported, and reading goes on",
  async () => {
    const { state, url, stop } = site(tag(server, 'data-topic="lobby" data-token-url="/token"'));
    const page = await visit(url);
    await connected(page);
    expect((await me(page))?.role).toBe("guest");
    await write(page, "a guest's");
    await page.getByText("a guest's").waitFor();
    state.answer = 500;
    await page.reload();
    await connected(page);
    await page.getByText("Your session has expired. Sign in again to write.").waitFor();
    expect(await errors(page)).toEqual(["token-failed"]);
    await page.getByText("a guest's").waitFor();
    await leave(page);
    await stop();
  },
);

browserTest(
  "a guest who signs in mid-visit keeps the session and scroll position, and nothing loads again",
  async () => {
    const context = await newContext();
    const page = await context.newPage();
    const heard = listen(page);
    await page.goto(host(`${WATCH}${tag(server)}`).url);
    await connected(page);
    await composer(page).fill("half a");
    const tokens = [await sign("4"), await sign("5")];
    await page.evaluate(
      ([token]) => document.querySelector("kabar-chat")?.identify({ token: token ?? "" }),
      tokens,
    );
    expect((await me(page))?.id).toBe("u:4");
    expect(await composer(page).inputValue()).toBe("half a");
    await composer(page).press("Enter");
    await until("stored", async () => (await stored(server)).includes("half a"));
    expect(heard.addresses.filter((address) => address.startsWith("ws"))).toHaveLength(1);
    expect(heard.frames.filter((frame) => frame.includes('"subscribe"'))).toHaveLength(1);
    // Another member, by the attribute; then nobody.
    await page.evaluate(
      ([, token]) => document.querySelector("kabar-chat")?.setAttribute("token", token ?? ""),
      tokens,
    );
    await signedIn(page, "u:5");
    await page.evaluate(() => document.querySelector("kabar-chat")?.removeAttribute("token"));
    await until("a guest", async () => (await me(page))?.role === "guest");
    await connected(page);
    expect(await errors(page)).toEqual([]);
  },
);

browserTest("a token function is called again when the server refuses its first token", async () => {
  const page = await visit(host(`${WATCH}${tag(server)}`).url);
  const [good, bad] = [await sign("6"), `${await sign("6")}x`];
  await connected(page);
  await page.evaluate(
    ([good, bad]) => {
      const tokens = [bad, good];
      return document.querySelector("kabar-chat")?.identify({ token: async () => tokens.shift() });
    },
    [good, bad],
  );
  await signedIn(page, "u:6");
  expect(await errors(page)).toEqual([]);
  await page.evaluate((bad) => document.querySelector("kabar-chat")?.identify({ token: bad }), bad);
  await page.getByText("Your session has expired. Sign in again to write.").waitFor();
  expect(await errors(page)).toEqual(["bad-token"]);
  expect((await me(page))?.role).toBe("guest");
});

browserTest(
  "an element with another server receives no token unless the script tag lists that server",
  async () => {
    const thief = await serve({ env: { KABAR_TOKEN_SECRET: SECRET } });
    const element = `<kabar-chat server="${thief.url}" topic="lobby" token-url="/token" load="eager"></kabar-chat>`;
    const alone = site(`${element}${tag(server, "")}`);
    alone.state.who = "ana";
    const context = await newContext();
    const page = await context.newPage();
    const heard = listen(page);
    const lines: string[] = [];
    page.on("console", (message) => lines.push(message.text()));
    await page.goto(alone.url);
    await until("an error", async () => (await errors(page)).includes("token-server"));
    await connected(page);
    expect(alone.state.asked).toBe(0);
    expect(heard.frames.join("")).not.toContain('"token"');
    expect(lines.some((line) => line.includes(`data-token-servers="${thief.url}"`))).toBe(true);
    await leave(page);
    await alone.stop();
    const listed = site(
      `${element}${tag(server, `data-token-servers="https://else.example ${thief.url}/"`)}`,
    );
    listed.state.who = "ana";
    const other = await visit(listed.url);
    await signedIn(other, "u:ana");
    await leave(other);
    await listed.stop();
  },
);
