import { expect } from "bun:test";
import type { BrowserContext, Page } from "@playwright/test";
import { SignJWT } from "jose";
import { browserTest, serve, until, useBrowser } from "../support/browser.ts";
import { connected, expectTexts, tag, texts, write } from "../support/chat-page.ts";
import { publish, stored } from "../support/messages.ts";
import { host, leave, newContext, visit, visitIn } from "../support/windows.ts";
import type { RunningKabar } from "../support/server.ts";

useBrowser();

const SECRET = "a-shared-secret-of-thirty-two-or-more";

/** How many sessions the server has, by its own count. */
async function sessions(server: RunningKabar): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^kabar_sessions\{mode="json"\} (\d+)/m.exec(text)?.[1]);
}
const me = (page: Page) => page.evaluate(() => document.querySelector("kabar-chat")?.me?.id ?? "");
const unread = (page: Page) => page.evaluate(() => document.querySelector("kabar-chat")?.unread);

/** Opens tabs of one browser, one after the other, and waits until each is online. */
async function openTabs(context: BrowserContext, url: string, count: number): Promise<Page[]> {
  const pages: Page[] = [];
  for (let i = 0; i < count; i++) {
    const page = await visitIn(context, url);
    await connected(page);
    pages.push(page);
  }
  return pages;
}

/** Publishes numbered messages; returns a function that stops and resolves to their number. */
function publishOn(server: RunningKabar): () => Promise<number> {
  let isOn = true;
  const done = (async () => {
    let n = 0;
    while (isOn) await publish(server, `m${++n}`);
    return n;
  })();
  return () => {
    isOn = false;
    return done;
  };
}
const numbered = (n: number) => Array.from({ length: n }, (_, i) => `m${i + 1}`);
/** The newest of what a page holds; what it draws is less. */
const held = (page: Page) =>
  page.evaluate(() => document.querySelector("kabar-chat")?.messages.map((m) => [m.offset, m.text] as const));
/** Waits until a page holds messages up to the last, and looks whether each came once, in order. */
async function expectAll(page: Page, count: number): Promise<void> {
  await until(`message ${count}`, async () => (await held(page))?.at(-1)?.[0] === count);
  const all = (await held(page)) ?? [];
  const first = all[0]?.[0] ?? 0;
  expect(all).toEqual(
    numbered(count)
      .map((text, i) => [i + 1, text] as const)
      .slice(first - 1),
  );
}

browserTest(
  "three tabs share one session: every message reaches all of them, and each tab's own is stored once",
  async () => {
    const server = await serve();
    for (let i = 1; i <= 3; i++) await publish(server, `m${i}`);
    const context = await newContext();
    const [one, two, three] = (await openTabs(context, host(tag(server)).url, 3)) as [Page, Page, Page];
    expect(await sessions(server)).toBe(1);
    for (const page of [one, two, three]) await expectTexts(page, ["m1", "m2", "m3"]);
    await publish(server, "live");
    await write(two, "of the second");
    await write(three, "of the third");
    await until("stored", async () => (await stored(server)).length === 6);
    const all = await stored(server);
    for (const page of [one, two, three]) await expectTexts(page, all);
    expect(new Set([await me(one), await me(two), await me(three)]).size).toBe(1);
    expect(await sessions(server)).toBe(1);
    await leave(one);
    await until("nobody", async () => (await sessions(server)) === 0);
  },
);

for (const way of ["closed", "crashed"] as const) {
  browserTest(`every tab receives every message when the leading tab is ${way} meanwhile`, async () => {
    const server = await serve();
    const context = await newContext();
    const [leader, two, three] = (await openTabs(context, host(tag(server)).url, 3)) as [Page, Page, Page];
    const stop = publishOn(server);
    await until("some", async () => ((await held(three))?.length ?? 0) > 5);
    if (way === "closed") await leader.close();
    else {
      const devtools = await context.newCDPSession(leader);
      devtools.send("Page.crash").catch(() => undefined);
    }
    const before = (await held(two))?.length ?? 0;
    await until("more", async () => ((await held(two))?.length ?? 0) > before + 5);
    await until("more there, too", async () => ((await held(three))?.length ?? 0) > before + 5);
    const count = await stop();
    for (const page of [two, three]) await expectAll(page, count);
    await write(three, "from a follower");
    await until("it arrives", async () => (await texts(two)).includes("from a follower"));
    await until("one session", async () => (await sessions(server)) === 1);
  });
}

browserTest("all tabs reconnect once after a restart of the server, and no message is missing", async () => {
  const server = await serve();
  const context = await newContext();
  const pages = await openTabs(context, host(tag(server)).url, 3);
  for (const text of ["m1", "m2"]) await publish(server, text);
  for (const page of pages) await expectAll(page, 2);
  await server.kill();
  for (const page of pages) await connected(page, "reconnecting");
  await write(pages[2] as Page, "m3");
  await server.restart();
  await until("sent", async () => (await stored(server)).length === 3);
  for (let i = 4; i <= 8; i++) await publish(server, `m${i}`);
  for (const page of pages) await expectAll(page, 8);
  for (const page of pages) await connected(page);
  await until("one session", async () => (await sessions(server)) === 1);
  await leave(pages[0] as Page);
});

browserTest(
  "a topic that only a following tab shows arrives through the leader, with its history and older messages",
  async () => {
    const server = await serve({ env: { KABAR_TOPICS: "lobby help" } });
    for (let i = 1; i <= 120; i++) await publish(server, `m${i}`, "help");
    const context = await newContext();
    const [, follower] = (await openTabs(context, host(tag(server)).url, 2)) as [Page, Page];
    await follower.evaluate(() => {
      const chat = document.querySelector("kabar-chat");
      chat?.setAttribute("history", "10");
      chat?.setTopic("help");
    });
    await expectAll(follower, 120);
    expect(await sessions(server)).toBe(1);
    await follower.evaluate(() => document.querySelector("kabar-chat")?.loadOlder());
    await until("older", async () => ((await held(follower))?.length ?? 0) >= 60);
    await expectAll(follower, 120);
  },
);

browserTest(
  "two tabs of one user share a session, a guest's tab does not, and a guest who signs in leaves the shared one",
  async () => {
    const server = await serve({ env: { KABAR_TOKEN_SECRET: SECRET } });
    const sign = (sub: string) =>
      new SignJWT({ name: `User ${sub}` })
        .setProtectedHeader({ alg: "HS256" })
        .setSubject(sub)
        .setIssuedAt()
        .setExpirationTime("1h")
        .sign(new TextEncoder().encode(SECRET));
    const context = await newContext();
    const { url } = host(tag(server));
    const [one, two, three] = (await openTabs(context, url, 3)) as [Page, Page, Page];
    const guest = await me(one);
    const identify = (page: Page, token: string) =>
      page.evaluate((token) => document.querySelector("kabar-chat")?.identify({ token }), token);
    // The leader of the guests first: they find another.
    await identify(one, await sign("1"));
    await until("signed in", async () => (await me(one)) === "u:1");
    for (const page of [two, three]) {
      await connected(page);
      expect(await me(page)).not.toBe("u:1");
    }
    await until("two sessions", async () => (await sessions(server)) === 2);
    await identify(two, await sign("1"));
    await until("signed in", async () => (await me(two)) === "u:1");
    await connected(two);
    await connected(three);
    await until("two sessions", async () => (await sessions(server)) === 2);
    await write(two, "as a member");
    await write(three, "as a guest");
    for (const page of [one, two, three]) await until("both", async () => (await texts(page)).length === 2);
    expect(await me(three)).not.toBe("u:1");
    expect(guest).not.toBe("u:1");
  },
);

browserTest("a message read in one tab counts as read in all, also without storage", async () => {
  for (const storage of ["on-interaction", "none"]) {
    const server = await serve();
    const context = await newContext();
    const url = host(
      tag(server, `data-topic="lobby" data-mode="panel" data-load="eager" data-storage="${storage}"`),
    ).url;
    const [one, two] = (await openTabs(context, url, 2)) as [Page, Page];
    for (let i = 1; i <= 3; i++) await publish(server, `m${i}`);
    for (const page of [one, two]) await until("three unread", async () => (await unread(page)) === 3);
    await one.bringToFront();
    await one.evaluate(() => document.querySelector("kabar-chat")?.open());
    for (const page of [one, two]) await until("none unread", async () => (await unread(page)) === 0);
    expect(await two.locator("kabar-chat [part=badge]").isVisible()).toBe(false);
    await publish(server, "m4");
    await until("read where it is shown", async () => (await held(two))?.length === 4);
    await until("and there, too", async () => (await unread(two)) === 0);
    await leave(one);
  }
});

browserTest("signing out in one tab makes all of them one new guest", async () => {
  const server = await serve();
  const context = await newContext();
  const [one, two] = (await openTabs(context, host(tag(server)).url, 2)) as [Page, Page];
  await write(two, "spoken");
  await expectTexts(one, ["spoken"]);
  const before = await me(two);
  await two.evaluate(() => document.querySelector("kabar-chat")?.signOut({ forget: true }));
  for (const page of [one, two])
    await until("somebody else", async () => (await me(page)) !== before && (await me(page)) !== "");
  await until("the same", async () => (await me(one)) === (await me(two)));
  expect(await two.evaluate(() => Object.keys(localStorage))).toEqual([]);
});

browserTest("a tab whose leader does not answer opens a socket of its own", async () => {
  const server = await serve();
  await publish(server, "m1");
  const context = await newContext();
  const { url } = host(tag(server));
  const blocker = await context.newPage();
  await blocker.goto(`${url}`);
  await connected(blocker);
  // A page that holds the lock and hears nothing, as one that was frozen.
  await blocker.evaluate((name) => {
    document.querySelector("kabar-chat")?.remove();
    void navigator.locks.request(name, () => new Promise(() => undefined));
  }, `kabar:${server.url}`);
  await until("it holds the lock", () =>
    blocker.evaluate(
      async (name) =>
        document.querySelector("kabar-chat") === null &&
        (await navigator.locks.query()).held?.filter((lock) => lock.name === name).length === 1 &&
        !(await navigator.locks.query()).pending?.some((lock) => lock.name === name),
      `kabar:${server.url}`,
    ),
  );
  const page = await visitIn(context, url);
  await connected(page);
  await expectTexts(page, ["m1"]);
});

browserTest("without locks every tab has a socket, and a page of no origin works", async () => {
  const server = await serve({ env: { KABAR_ALLOWED_ORIGINS: "*" } });
  const context = await newContext();
  await context.addInitScript(() =>
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined }),
  );
  const pages = await openTabs(context, host(tag(server)).url, 3);
  expect(await sessions(server)).toBe(3);
  await publish(server, "m1");
  for (const page of pages) await expectTexts(page, ["m1"]);
  await leave(pages[0] as Page);
  const opaque = await visit(host(tag(server), { "Content-Security-Policy": "sandbox allow-scripts" }).url);
  await connected(opaque);
  await publish(server, "m2");
  await expectTexts(opaque, ["m1", "m2"]);
});

browserTest(
  "connect=view: a page hidden for a minute closes its connection, and catches up when visible again",
  async () => {
    const server = await serve();
    const context = await newContext();
    const page = await context.newPage();
    // A minute that goes by quickly.
    await page.addInitScript(() => {
      const { setTimeout } = window;
      const quick = (run: () => void, ms?: number) => setTimeout(run, ms === 60_000 ? 300 : ms);
      Object.assign(window, { setTimeout: quick });
    });
    await page.goto(host(tag(server, 'data-topic="lobby" data-connect="view"')).url);
    await connected(page);
    const turn = (hidden: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await until("the page's part", () =>
      page.evaluate(() =>
        performance.getEntriesByType("resource").some((e) => e.name.includes("/widget/page-")),
      ),
    );
    await turn(true);
    await until("it sleeps", async () => (await sessions(server)) === 0);
    for (const text of ["m1", "m2"]) await publish(server, text);
    await turn(false);
    await connected(page);
    await expectAll(page, 2);
  },
);
