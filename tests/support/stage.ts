/**
 * Topics with users in them, for pictures of the widget and for tests of its look.
 *
 * Words, names and colours are the same every time. Scenes arise as for users: a lost network, a refused word, an open
 * menu.
 */
import type { BrowserContext, BrowserContextOptions, Locator, Page } from "@playwright/test";
import { SignJWT } from "jose";
import { until } from "./browser.ts";
import { giveSight } from "./sight.ts";
import { host, newContext } from "./windows.ts";
import { Client } from "./client.ts";
import type { RunningKabar, StartOptions } from "./server.ts";

export const SCENES = ["empty", "busy", "offline", "failed", "menu"] as const;
export type Scene = (typeof SCENES)[number];
export const DIRECTIONS = ["ltr", "rtl"] as const;
export type Direction = (typeof DIRECTIONS)[number];

const SECRET = "a-shared-secret-of-thirty-two-or-more";
const REFUSED = "badger";

interface Line {
  who: string;
  text: string;
  /** Counted from the first line of the talk, 1. */
  replyTo?: number;
  mentions?: string[];
  /** Who reacted with what. */
  reactions?: [string, string[]][];
  becomes?: "edited" | "removed";
}

/** Who is there, by id. `me` is the visitor whose screen is shown. */
const PEOPLE: Record<Direction, Record<string, string>> = {
  ltr: { me: "Dian", ana: "Ana Wijaya", budi: "Budi", citra: "Citra", deploys: "Deploys" },
  rtl: { me: "دينا", ana: "آنا محمود", budi: "Budi", citra: "سترة", deploys: "Deploys" },
};

const TALK: Record<Direction, Line[]> = {
  ltr: [
    { who: "ana", text: "Selamat pagi! Is the new release out yet?" },
    { who: "budi", text: "Tests are green since an hour ago", reactions: [["👍", ["ana", "me"]]] },
    { who: "budi", text: "Only the notes are missing: https://example.com/notes/2026/release-42" },
    { who: "me", text: "I can write them", replyTo: 3, becomes: "edited" },
    { who: "me", text: "Five minutes" },
    { who: "citra", text: "```\nbun run build\nbun run verify\n```\nboth pass, **no** warnings" },
    { who: "budi", text: "wrong window", becomes: "removed" },
    { who: "ana", text: "@Dian no hurry. I'd rather have them read well than early.", mentions: ["me"] },
    {
      who: "deploys",
      text: "Release 42 is live",
      reactions: [
        ["🎉", ["ana", "budi", "citra"]],
        ["❤️", ["me"]],
      ],
    },
    {
      who: "citra",
      text: "Notes are up too, and the checksums: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934",
    },
    { who: "me", text: "Thank you all ☕" },
    { who: "ana", text: "See you on Monday" },
  ],
  rtl: [
    { who: "ana", text: "صباح الخير! هل صدر الإصدار الجديد؟" },
    { who: "budi", text: "Tests are green since an hour ago", reactions: [["👍", ["ana", "me"]]] },
    { who: "budi", text: "Only the notes are missing: https://example.com/notes/2026/release-42" },
    { who: "me", text: "يمكنني كتابتها", replyTo: 3, becomes: "edited" },
    { who: "me", text: "خمس دقائق" },
    { who: "citra", text: "```\nbun run build\nbun run verify\n```\nكلاهما يعمل **بدون** تحذيرات" },
    { who: "budi", text: "wrong window", becomes: "removed" },
    { who: "ana", text: "@دينا لا داعي للعجلة. أفضّل أن تُقرأ جيدًا على أن تأتي مبكرًا.", mentions: ["me"] },
    {
      who: "deploys",
      text: "Release 42 is live",
      reactions: [
        ["🎉", ["ana", "budi", "citra"]],
        ["❤️", ["me"]],
      ],
    },
    { who: "citra", text: "والملاحظات جاهزة أيضًا: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934" },
    { who: "me", text: "شكرًا لكم جميعًا ☕" },
    { who: "ana", text: "نلتقي يوم الاثنين" },
  ],
};

/** The last words of a talk: a page that shows them shows all of it. */
export const LAST: Record<Direction, string> = {
  ltr: TALK.ltr.at(-1)?.text ?? "",
  rtl: TALK.rtl.at(-1)?.text ?? "",
};

/** What a stage's server needs; starts it with `start`. */
export const STAGE_OPTIONS: StartOptions = {
  env: {
    KABAR_TOKEN_SECRET: SECRET,
    KABAR_TOPICS: "empty-ltr empty-rtl busy-ltr busy-rtl",
  },
};

export const sign = (id: string, name: string, level: string): Promise<string> =>
  new SignJWT({ name, topics: { "*": level } })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(id)
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(SECRET));

/** The topic that a scene plays in. */
export const topicOf = (scene: Scene, dir: Direction): string =>
  `${scene === "empty" ? "empty" : "busy"}-${dir}`;

/** Fills the topics of a server that was started with `STAGE_OPTIONS`; the people stay connected. */
export async function setStage(server: RunningKabar): Promise<void> {
  for (const dir of DIRECTIONS) {
    const topic = topicOf("busy", dir);
    const clients = new Map<string, Client>();
    const ids = new Map<string, string>();
    for (const [id, name] of Object.entries(PEOPLE[dir])) {
      const client = await Client.open(server.url, { token: await sign(id, name, "write") });
      if (id !== "me") await client.ask("subscribe", { topic, people: true });
      clients.set(id, client);
      ids.set(id, (client.hello.user as { id: string }).id);
    }
    const ask = (who: string, type: string, fields: object) =>
      clients.get(who)?.ask(type, { topic, messageId: crypto.randomUUID(), ...fields });
    for (const [i, { who, text, replyTo, mentions = [] }] of TALK[dir].entries()) {
      const more = { ...(replyTo && { replyTo }), mentions: mentions.map((id) => ids.get(id)) };
      const { offset } = (await ask(who, "publish", { text, ...more })) as unknown as { offset: number };
      if (offset !== i + 1) throw new Error(`line ${i + 1} of the talk got offset ${offset}`);
    }
    // Afterwards, for each is an entry with an offset of its own.
    for (const [i, { who, text, reactions = [], becomes }] of TALK[dir].entries()) {
      const target = i + 1;
      if (becomes === "edited") await ask(who, "edit", { target, text: `${text}.` });
      if (becomes === "removed") await ask(who, "remove", { target });
      for (const [emoji, users] of reactions)
        for (const user of users) await ask(user, "react", { target, emoji, on: true });
    }
    clients.get("me")?.close();
    const mod = await Client.open(server.url, { token: await sign("mod", "Mod", "moderate") });
    await mod.ask("moderate", { topic, action: "words", words: { block: [REFUSED] } });
    mod.close();
  }
}

/** Makes everyone who opens a chat in this context the same signed user: a moderator for the menu, else a member. */
export async function signIn(context: BrowserContext, scene: Scene, dir: Direction): Promise<void> {
  const token = await sign("me", PEOPLE[dir].me ?? "", scene === "menu" ? "moderate" : "write");
  await context.routeWebSocket(/websocket/, (socket) => {
    const far = socket.connectToServer();
    socket.onMessage((frame) => {
      const command = JSON.parse(`${frame}`) as Record<string, unknown>;
      far.send(JSON.stringify(command.type === "hello" ? { type: "hello", id: command.id, token } : command));
    });
  });
}

/** Opens a page with one chat for each string of attributes, signed in, and plays a scene in all of them. */
export async function openScene(
  server: RunningKabar,
  scene: Scene,
  dir: Direction,
  chats: string[],
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await newContext(options);
  await signIn(context, scene, dir);
  const page = await context.newPage();
  const elements = chats.map(
    (attributes) =>
      `<kabar-chat topic="${topicOf(scene, dir)}" server="${server.url}" load="eager" ${attributes}></kabar-chat>`,
  );
  const script = `<script src="${server.url}/widget.js"></script>`;
  await page.goto(host(`<main dir="${dir}"><h1>Host</h1>${elements.join("")}</main>${script}`).url);
  await play(page, scene, dir);
  await giveSight(page);
  return page;
}

const chatAt = (page: Page, index: number): Locator => page.locator("kabar-chat").nth(index);

/** Brings a page's chats, which are shown already, into a scene. */
export async function play(page: Page, scene: Scene, dir: Direction): Promise<void> {
  const count = await page.locator("kabar-chat").count();
  for (let i = 0; i < count; i++) {
    const chat = chatAt(page, i);
    if (scene === "empty") await chat.locator("[part=empty]").waitFor();
    else await chat.getByText(LAST[dir]).first().waitFor();
    await chat.locator("[part=menu-button]").waitFor();
    if (scene === "failed") {
      const text = dir === "ltr" ? `A ${REFUSED} on the roof` : `هناك ${REFUSED} على السطح`;
      await chat.evaluate(
        (e, text) => void (e as HTMLElementTagNameMap["kabar-chat"]).send(text).catch(() => 0),
        text,
      );
      await chat.locator("[part~=message-failed]").first().waitFor();
    }
    if (scene === "menu") {
      // The moderators' chunk is there, and with it the entry.
      await chat.locator("[part=moderate-button]").waitFor();
      const row = chat.locator("article", { hasText: LAST[dir] }).last();
      await row.focus();
      await row.locator("[data-action=more]").press("Enter");
      await chat.locator("[part=menu] [data-action=moderate]").press("Enter");
      await chat.locator(".layer.moderate").waitFor();
    }
  }
  if (scene === "offline") {
    await page.context().setOffline(true);
    await until("offline everywhere", () =>
      page.evaluate(() =>
        [...document.querySelectorAll("kabar-chat")].every((chat) => chat.connection === "offline"),
      ),
    );
    await page.locator("kabar-chat [part=status]").first().waitFor();
  }
}
