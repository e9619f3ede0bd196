/**
 * Chats that one could embed instead, and two floors under all of them: a script tag whose file does nothing, and plain
 * elements without any library. Each is put into the same page, and fed the same messages through its own documented interface.
 */
import { chromiumPath } from "../support/parts.ts";
import { type Embed, type EmbedFigures, measureEmbed } from "../measure/embed.ts";
import { measureThrottle, openBrowser, THROTTLE } from "../measure/main-thread.ts";
import { percentile, progress } from "../measure/figures.ts";
import { startEmbed } from "../measure/widget.ts";
import { converse, deepChat } from "./chats/elements.ts";
import { reactChats } from "./chats/react.ts";
import { installPackages, outputOf } from "./peer.ts";

/** Figures of one chat: each run, the median is taken when they are shown. */
export interface EmbedResult {
  name: string;
  version: string;
  /** At the machine's own speed, and throttled. */
  unthrottled: EmbedFigures[];
  throttled: EmbedFigures[];
}

/** Figures of all chats. */
export interface EmbedResults {
  chats: EmbedResult[];
  /** The slow-down that throttled pages ask for, and what a loop of arithmetic got. */
  throttle: { asked: number; arithmetic: number };
  /** What took no part, and why. */
  skipped: Record<string, string>;
}

/** Names in tables. */
export const EMBED_TITLES: Record<string, string> = {
  script: "a script tag, its file empty",
  plain: "plain elements, no library",
  kabar: "**Kabar**",
  "deep-chat": "Deep Chat, texts only",
  "deep-chat-full": "Deep Chat with names and avatars",
  chatscope: "chat-ui-kit-react (chatscope)",
  "stream-chat": "stream-chat-react, without its service",
  "converse.js": "Converse.js, its login",
};

const script: Embed = {
  name: "script",
  version: "",
  hasList: false,
  file: (path) =>
    path === "/empty.js" ? new Response("", { headers: { "Content-Type": "text/javascript" } }) : undefined,
  script: `
    let loaded = false;
    const hasFirst = () => loaded;
    function begin() {
      const tag = document.createElement("script");
      tag.src = "/empty.js";
      tag.onload = () => { loaded = true; check(); };
      place.append(tag);
    }
  `,
};

const plain: Embed = {
  name: "plain",
  version: "",
  hasList: true,
  script: `
    const list = document.createElement("div");
    const hasFirst = () => place.querySelector("button");
    const messages = () => list.children;
    function add({ name, text }) {
      const row = document.createElement("p");
      const by = document.createElement("b");
      by.textContent = name;
      row.append(by, " ", text);
      list.append(row);
    }
    const toEnd = () => { list.scrollTop = list.scrollHeight; };
    function begin(kind) {
      if (kind === "first") return place.append(document.createElement("button"));
      list.style.cssText = "height: 480px; overflow: auto";
      place.append(list);
      for (const message of stored) add(message);
      toEnd();
    }
    function follow() { watch(list); listen((message) => { add(message); toEnd(); }); }
  `,
};

/** How often each chat is measured at the machine's own speed and throttled, and for how many seconds it is a crowd's. */
export interface EmbedRounds {
  unthrottled: number;
  throttled: number;
  seconds: number;
}

/** Chats of npm packages, installed now; says in `skipped` what can't be had or measured, and why. */
async function peersOf(skipped: Record<string, string>): Promise<Embed[]> {
  const missing = installPackages();
  if (missing !== undefined) {
    skipped["Deep Chat, Converse.js, chat-ui-kit-react and stream-chat-react"] = missing;
    return [];
  }
  skipped["Converse.js beyond its login"] = "a list and its messages need an XMPP server, which is not here";
  return [deepChat(false), deepChat(true), ...(await reactChats(skipped)), converse()];
}

/**
 * Measures each in turn, several times, unthrottled and then throttled. Without a browser it returns the reason.
 */
export async function measureEmbeds({
  unthrottled,
  throttled,
  seconds,
}: EmbedRounds): Promise<EmbedResults | string> {
  if (chromiumPath === undefined) return "Chromium is not on this machine";
  const skipped: Record<string, string> = {};
  const peers = await peersOf(skipped);
  const commit = outputOf(["git", "-C", import.meta.dir, "rev-parse", "--short", "HEAD"])?.trim() ?? "";
  const results = new Map<string, EmbedResult>();
  const browser = await openBrowser();
  const arithmetic: number[] = [];
  for (let i = 0; i < Math.max(unthrottled, throttled); i++) {
    arithmetic.push(await measureThrottle(browser));
    for (const [throttle, rounds] of [
      [1, unthrottled],
      [THROTTLE, throttled],
    ] as const) {
      if (i >= rounds) continue;
      // A server for each, so that no page receives the crowd of another as its list.
      const kabar = await startEmbed();
      for (const embed of [script, plain, kabar, ...peers]) {
        progress(
          `widget: run ${i + 1} of ${rounds}, ${throttle === 1 ? "unthrottled" : "throttled"}, ${embed.name}`,
        );
        const version = embed.version || (embed === kabar ? `Kabar ${commit}` : "");
        const result = results.get(embed.name) ?? {
          name: embed.name,
          version,
          unthrottled: [],
          throttled: [],
        };
        result[throttle === 1 ? "unthrottled" : "throttled"].push(
          await measureEmbed(browser, embed, { throttle, seconds }),
        );
        results.set(embed.name, result);
      }
      await kabar.stop();
    }
  }
  await browser.close();
  return {
    chats: [...results.values()],
    throttle: { asked: THROTTLE, arithmetic: percentile(arithmetic, 0.5) },
    skipped,
  };
}
