/**
 * Scenes that only pictures need (matrix.ts): states of the chat that tests check one by one. Each is reached as users reach it, on a
 * server that `setStage` and `setMoreStages` have filled.
 */
import type { BrowserContext, Locator, Page } from "@playwright/test";
import { DIRECTIONS, type Direction, LAST, sign } from "../support/stage.ts";
import { Client } from "../support/client.ts";
import { until } from "../support/until.ts";
import type { RunningKabar } from "../support/server.ts";

export const MORE_SCENES = [
  "notices",
  "composing",
  "loading",
  "unknown",
  "held",
  "muted",
  "banned",
  "closed",
  "slow",
  "settings",
  "search",
  "picker",
  "guest",
  "replying",
  "unread",
  "error",
  "readonly",
  "identity",
  "compact",
  "bubbles",
  "tabs",
  "long-names",
  "too-long",
  "pinned",
  "menus",
  "actions",
  "people",
  "naming",
  "mentions",
  "desk",
  "reactors",
  "launcher",
  "label",
  "teaser",
  "preview",
  "toasts",
  "overlay",
] as const;
export type MoreScene = (typeof MORE_SCENES)[number];

/** Scenes at the edge of the page, without a box in its text: how their element is written. */
const SURFACES: { [S in MoreScene]?: string } = {
  launcher: 'mode="panel"',
  label: 'mode="panel" label="Ask us"',
  teaser: 'mode="panel" label="Ask us" teaser="Questions about your order? We answer within an hour."',
  preview: 'mode="panel"',
  toasts: 'mode="bar"',
  overlay: 'mode="overlay"',
};
export const isSurface = (scene: MoreScene): boolean => scene in SURFACES;

/** Attributes of a scene's element. */
export const attributesOf = (scene: MoreScene): string =>
  SURFACES[scene] ??
  {
    readonly: "readonly",
    compact: 'density="compact"',
    bubbles: 'density="bubbles"',
    identity: `subtitle="Usually answers within an hour" header="accent" avatar="https://pictures.example/ana.svg"`,
  }[scene as string] ??
  "";

/** Scenes with a layer that closes when the focus goes to another chat of the page. */
export const isAlone = (scene: MoreScene): boolean =>
  ["picker", "menus", "actions", "people", "naming", "mentions", "reactors", "long-names"].includes(scene);

/** The scene of the stage whose visitor a scene has. */
export const roleOf = (scene: MoreScene): "menu" | "busy" => (scene === "desk" ? "menu" : "busy");

/** Topics that have a state of their own, and the act of a moderator that brings it. */
const ACTS = {
  held: { action: "mode", mode: { hold: "all" } },
  closed: { action: "mode", mode: { readOnly: true } },
  muted: { action: "timeout", seconds: 3600, why: "Please read the rules" },
  banned: { action: "ban", why: "Advertising, three times" },
  slow: { action: "mode", mode: { slowS: 600, emojiOnly: true } },
} as const;

/** The topic that a scene plays in. */
export const moreTopicOf = (scene: MoreScene, dir: Direction): string =>
  scene === "unknown"
    ? "nowhere"
    : scene === "tabs"
      ? `busy-${dir} notices-${dir}`
      : scene === "notices" || scene in ACTS
        ? `${scene}-${dir}`
        : `busy-${dir}`;

/** Topics that `setMoreStages` needs, beside those of the stage. */
export const MORE_TOPICS = DIRECTIONS.flatMap((dir) =>
  ["notices", ...Object.keys(ACTS)].map((name) => `${name}-${dir}`),
);

const LONG = Array.from(
  { length: 18 },
  (_, line) => `${line + 1}. 10.0.${line}.7 answered in ${line * 3 + 4} ms`,
);
const NOTICES = [
  {
    title: "Build 42 failed",
    text: "3 of 5,127 tests failed on main.",
    icon: "🔥",
    priority: 5,
    tags: ["ci", "main"],
  },
  {
    title: "Deploy to production?",
    text: "Release 42 waits for a yes.",
    link: "https://ci.example/releases/42/overview",
    actions: [
      { type: "view", label: "What changed", url: "https://ci.example/42" },
      { type: "http", label: "Deploy" },
      { type: "http", label: "Not today" },
    ],
  },
  { text: LONG.join("\n") },
  { title: "Disk", text: "81 % of /var is used.", icon: "https://pictures.example/disk.svg" },
];
const PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" rx="2" fill="#1f6f43"/></svg>';

function post(server: RunningKabar, path: string, body: object): Promise<Response> {
  const headers = { Authorization: `Bearer ${server.operatorKey}`, "Content-Type": "application/json" };
  return fetch(`${server.url}/api/topics/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}
async function insist(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.url}: ${await response.text()}`);
}

/** Brings the topics of these scenes into their states. */
export async function setMoreStages(server: RunningKabar): Promise<void> {
  for (const dir of DIRECTIONS) {
    for (const notice of NOTICES) await insist(post(server, `notices-${dir}/messages?name=Deploys`, notice));
    for (const [name, act] of Object.entries(ACTS)) {
      const topic = `${name}-${dir}`;
      const me = await Client.open(server.url, { token: await sign("me", "Dian", "write") });
      await me.ask("publish", { topic, text: LAST[dir], messageId: "first" });
      const user =
        name === "muted" || name === "banned" ? { user: (me.hello.user as { id: string }).id } : {};
      await insist(post(server, `${topic}/moderate`, { ...act, ...user }));
      me.close();
    }
  }
}

/** Answers what the scene asks of the network, before its page is opened. */
export async function prepare(context: BrowserContext, scene: MoreScene): Promise<void> {
  await context.route("https://pictures.example/**", (route) =>
    route.fulfill({ contentType: "image/svg+xml", body: PICTURE }),
  );
  if (scene === "error")
    await context.routeWebSocket(/websocket/, (socket) =>
      socket.onMessage((frame) => {
        const { id } = JSON.parse(`${frame}`) as { id: string };
        const message = "Too many connections. Try again later.";
        socket.send(JSON.stringify({ type: "error", id, code: "origin-denied", message, retry: false }));
      }),
    );
  // A connection that opens and never answers.
  if (scene === "loading") await context.routeWebSocket(/websocket/, (socket) => socket.onMessage(() => {}));
}

/** Waits until a chat receives what is written. */
const online = (chat: Locator): Promise<unknown> =>
  until("online", () =>
    chat.evaluate((e) => (e as HTMLElementTagNameMap["kabar-chat"]).connection === "online"),
  );

/** How a chat gets from its first list into its scene. */
const STEPS: {
  [S in MoreScene]?: (chat: Locator, dir: Direction, server: RunningKabar) => Promise<unknown>;
} = {
  async notices(chat, dir, server) {
    await chat.locator("[part=message-icon]").waitFor();
    await chat.locator("[part=menu-button]").waitFor();
    await insist(
      post(server, `notices-${dir}/messages?name=Deploys`, { text: "Kick-off in a minute", ephemeral: true }),
    );
    await chat.locator(".note").last().waitFor();
  },
  async composing(chat, dir, server) {
    await chat
      .locator("[part=input]")
      .fill("Bun is not in PATH on the new machine,\nso the hook does nothing. I\u2019ll mend it \u{1f6e0}");
    const ana = await Client.open(server.url, { token: await sign("ana", "Ana Wijaya", "write") });
    await ana.ask("subscribe", { topic: moreTopicOf("composing", dir) });
    // Typing is shown for seconds only; on a busy machine one time may have passed before anybody looks.
    const topic = moreTopicOf("composing", dir);
    const typing = setInterval(() => void ana.ask("typing", { topic }).catch(() => 0), 1_000);
    await chat.locator("[part=typing]").waitFor();
    setTimeout(() => {
      clearInterval(typing);
      ana.close();
    }, 20_000);
  },
  loading: (chat) => chat.locator(".hollow i").waitFor(),
  unknown: (chat) => chat.locator("[part=error]").waitFor(),
  async held(chat, dir) {
    await chat.locator("[part=menu-button]").waitFor();
    await chat.evaluate(
      (e, text) => void (e as HTMLElementTagNameMap["kabar-chat"]).send(text).catch(() => 0),
      LAST[dir],
    );
    await chat.locator("[part~=message-held] .note").first().waitFor();
  },
  muted: (chat) => chat.locator(".foot .hint").waitFor(),
  banned: (chat) => chat.locator(".foot .hint").waitFor(),
  slow: (chat) => chat.locator(".mode").first().waitFor(),
  closed: (chat) => chat.locator(".foot .hint").waitFor(),
  async settings(chat) {
    await chat.locator("[part=menu-button]").press("Enter");
    await chat.locator("[part=menu] [part=menu-item]").last().press("Enter");
    await chat.locator("[part=settings]").waitFor();
  },
  async search(chat) {
    await chat.locator("[part=menu-button]").press("Enter");
    await chat.locator("[part=menu] [data-action=search], [part=menu-item]").first().press("Enter");
    await chat.locator("[part=search] input").fill("release");
    await chat.locator("[part=search] mark").first().waitFor();
  },
  async picker(chat) {
    await chat.locator("[part=emoji-button]").click();
    await chat.locator(".emoji").waitFor();
  },
  guest: (chat) => chat.locator("[part=menu-button]").waitFor(),
  error: (chat) => chat.locator("[part=error]").waitFor(),
  async readonly(chat) {
    await chat.locator("[part=menu-button]").waitFor();
    await chat.locator(".foot .hint").waitFor();
  },
  compact: (chat) => chat.locator("[part=menu-button]").waitFor(),
  bubbles: (chat) => chat.locator("[part=menu-button]").waitFor(),
  tabs: (chat) => chat.locator("[part=topic-tab]").first().waitFor(),
  async "too-long"(chat) {
    await chat.locator("[part=menu-button]").waitFor();
    await chat.locator("[part=input]").fill("A text without an end. ".repeat(500));
    await chat.locator("[part=counter]").waitFor();
  },
  async pinned(chat, dir, server) {
    await chat.locator("[part=menu-button]").waitFor();
    await insist(post(server, `busy-${dir}/moderate`, { action: "pin", target: 9, on: true }));
    await chat.locator("[part=pinned]").waitFor();
  },
  async "long-names"(chat, dir, server) {
    await chat.locator("[part=menu-button]").waitFor();
    const topic = `busy-${dir}`;
    const wide = await Client.open(server.url, { token: await sign("wide", "W".repeat(40), "write") });
    await wide.ask("subscribe", { topic, people: true });
    await wide.ask("publish", {
      topic,
      text: `${"m".repeat(90)} ${LAST[dir]}`,
      messageId: crypto.randomUUID(),
    });
    await chat.locator("article", { hasText: "mmmm" }).last().focus();
    await chat.page().keyboard.press("r");
    await chat.locator(".aim").waitFor();
    await chat.locator("[part=input]").pressSequentially("@w");
    await chat.locator(".names li").first().waitFor();
    setTimeout(() => wide.close(), 20_000);
  },
  identity: (chat) => chat.locator("[part=header-avatar]").waitFor(),
  async menus(chat) {
    await chat.locator("[part=menu-button]").press("Enter");
    await chat.locator("[part=menu-item]").first().waitFor();
  },
  async actions(chat, dir) {
    await chat.locator("[part=menu-button]").waitFor();
    const row = chat.locator("article", { hasText: LAST[dir] }).last();
    await row.focus();
    await row.locator("[data-action=more]").press("Enter");
    await chat.locator("[part=menu] [part=menu-item]").first().waitFor();
  },
  async people(chat) {
    await chat.locator("[part=members-button]").click();
    await chat.locator("[part=members] [part=member]").first().waitFor();
  },
  async naming(chat) {
    await chat.locator("[part=face]").click();
    await chat.locator(".naming input").waitFor();
  },
  async mentions(chat, dir) {
    await chat.locator("[part=menu-button]").waitFor();
    await chat.locator("[part=input]").pressSequentially(dir === "ltr" ? "Thanks, @b" : "@b");
    await chat.locator(".names li").first().waitFor();
  },
  async desk(chat) {
    await chat.locator("[part=moderate-button]").press("Enter");
    await chat.locator(".desk").waitFor();
  },
  async reactors(chat) {
    await chat.locator("[part=menu-button]").waitFor();
    await chat.locator("[part=reaction]").last().hover();
    await chat.locator(".tip").waitFor();
  },
  launcher: (chat) => chat.locator("[part~=launcher]").waitFor(),
  label: (chat) => chat.locator("[part=launcher-label]").waitFor(),
  teaser: (chat) => chat.locator("[part=preview]").waitFor(),
  async preview(chat, dir, server) {
    await online(chat);
    const me = await chat.evaluate((e) => (e as HTMLElementTagNameMap["kabar-chat"]).me?.id ?? "");
    const text = "@Dian your parcel left the house this morning. It will be with you tomorrow before noon.";
    const ana = await Client.open(server.url, { token: await sign("ana", "Ana Wijaya", "write") });
    await ana.ask("publish", { topic: `busy-${dir}`, text, messageId: crypto.randomUUID(), mentions: [me] });
    ana.close();
    await chat.locator("[part=preview]").waitFor();
  },
  async toasts(chat, dir, server) {
    await online(chat);
    await insist(post(server, `busy-${dir}/messages?name=Deploys`, { text: "Build 43 is green." }));
    const text = "Release 43 waits for a yes, and then goes out to all sites within the hour.";
    await insist(post(server, `busy-${dir}/messages?name=Ana%20Wijaya`, { text }));
    await chat.locator("[part=toast]").nth(1).waitFor();
  },
  async overlay(chat, dir, server) {
    await online(chat);
    await insist(post(server, `busy-${dir}/messages?name=Deploys`, { text: "Build 43 is green." }));
    await chat.locator("[part=message]").first().waitFor();
  },
  async replying(chat, dir) {
    await chat.locator("[part=menu-button]").waitFor();
    const row = chat.locator("article", { hasText: LAST[dir] }).last();
    await row.focus();
    await row.press("r");
    await chat.locator(".aim").waitFor();
    await row.focus();
    await row.locator("[data-action=react]").press("Enter");
    await chat.locator(".layer.react").waitFor();
  },
  async unread(chat, dir, server) {
    await chat.locator("[part=menu-button]").waitFor();
    await chat.locator("[part=log]").evaluate((log) => log.scrollTo(0, 0));
    await chat.locator("[part=jump]").waitFor();
    await insist(post(server, `busy-${dir}/messages?name=Deploys`, { text: "43" }));
    await chat.locator("[part=jump]", { hasText: /\d/ }).waitFor();
  },
};

/** Brings a page's chats into a scene. */
export async function playMore(
  page: Page,
  server: RunningKabar,
  scene: MoreScene,
  dir: Direction,
): Promise<void> {
  for (const chat of await page.locator("kabar-chat").all()) {
    if (
      moreTopicOf(scene, dir).startsWith("busy") &&
      scene !== "loading" &&
      scene !== "error" &&
      !isSurface(scene)
    )
      await chat.getByText(LAST[dir]).first().waitFor();
    await STEPS[scene]?.(chat, dir, server);
  }
}
export const isMore = (scene: string): scene is MoreScene =>
  (MORE_SCENES as readonly string[]).includes(scene);
