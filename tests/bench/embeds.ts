/**
 * Chats that one could embed instead, and two floors under all of them: a script tag whose file does nothing, and plain
 * elements without any library. Each is put into the same page, and fed the same messages through its own documented interface.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromiumPath } from "../support/parts.ts";
import { type Embed, type EmbedFigures, measureEmbed, NAMES } from "../measure/embed.ts";
import { measureThrottle, openBrowser, THROTTLE } from "../measure/main-thread.ts";
import { percentile, progress } from "../measure/figures.ts";
import { startEmbed } from "../measure/widget.ts";
import { CACHE, installPackages, outputOf } from "./peer.ts";

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
}

/** Names in tables. */
export const EMBED_TITLES: Record<string, string> = {
  script: "a script tag, its file empty",
  plain: "plain elements, no library",
  kabar: "**Kabar**",
  "deep-chat": "Deep Chat, texts only",
  "deep-chat-full": "Deep Chat with names and avatars",
  "converse.js": "Converse.js",
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

/** A file of an installed package, below /peer/. */
function packageFile(path: string): Response | undefined {
  const file = join(CACHE, "node_modules", path.replace("/peer/", ""));
  return path.startsWith("/peer/") && existsSync(file) ? new Response(Bun.file(file)) : undefined;
}
const versionOf = (name: string): string => {
  const { version } = JSON.parse(readFileSync(join(CACHE, "node_modules", name, "package.json"), "utf8"));
  return `${name} ${version}`;
};

const deepChat = (withNames: boolean): Embed => ({
  name: withNames ? "deep-chat-full" : "deep-chat",
  version: versionOf("deep-chat"),
  hasList: true,
  file: packageFile,
  script: `
    let chat;
    const inside = (what) => chat?.shadowRoot?.querySelectorAll(what) ?? [];
    const hasFirst = () => inside("#text-input").length > 0;
    const messages = () => inside(".message-bubble");
    const asMessage = ({ name, text }) => ({ role: name === "${NAMES[0]}" ? "user" : "ai", text });
    function begin(kind) {
      const script = document.createElement("script");
      script.type = "module";
      script.src = "/peer/deep-chat/dist/deepChat.bundle.js";
      script.onload = () => {
        chat = document.createElement("deep-chat");
        chat.style.cssText = "width: 600px; height: 480px";
        chat.connect = { handler() {} };
        if (${withNames}) Object.assign(chat, { names: true, avatars: true });
        if (kind === "list") chat.history = stored.map(asMessage);
        place.append(chat);
      };
      document.head.append(script);
    }
    function follow() {
      watch(chat.shadowRoot.querySelector("#messages > div"));
      listen((message) => chat.addMessage(asMessage(message)));
    }
  `,
});

const converse = (): Embed => ({
  name: "converse.js",
  version: versionOf("converse.js"),
  // Messages come from an XMPP server only.
  hasList: false,
  file: packageFile,
  script: `
    const hasFirst = () => document.querySelector("converse-root input[name=jid]");
    function begin() {
      const style = document.createElement("link");
      style.rel = "stylesheet";
      style.href = "/peer/converse.js/dist/converse.min.css";
      const script = document.createElement("script");
      script.type = "module";
      script.src = "/peer/converse.js/dist/converse.min.js";
      script.onload = () => converse.initialize({
        view_mode: "embedded", assets_path: "/peer/converse.js/dist/", bosh_service_url: "/none", i18n: "en",
      });
      document.head.append(style, script);
      place.append(document.createElement("converse-root"));
    }
  `,
});

/**
 * Measures each in turn, several times, unthrottled and then throttled; says in `skipped` what can't be measured, and why.
 * Undefined without a browser.
 */
export async function measureEmbeds(
  runs: number,
  seconds: number,
  skipped: Record<string, string>,
): Promise<EmbedResults | undefined> {
  if (chromiumPath === undefined) {
    skipped.widget = "Chromium is not on this machine";
    return undefined;
  }
  const missing = installPackages();
  if (missing !== undefined) skipped["Deep Chat and Converse.js"] = missing;
  else
    skipped["Converse.js beyond its login"] =
      "a list and its messages need an XMPP server, which is not on this machine";
  const peers = missing === undefined ? [deepChat(false), deepChat(true), converse()] : [];
  const commit = outputOf(["git", "-C", import.meta.dir, "rev-parse", "--short", "HEAD"])?.trim() ?? "";
  const results = new Map<string, EmbedResult>();
  const browser = await openBrowser();
  const arithmetic: number[] = [];
  for (let i = 0; i < runs; i++) {
    arithmetic.push(await measureThrottle(browser));
    for (const throttle of [1, THROTTLE]) {
      // A server for each, so that no page receives the crowd of another as its list.
      const kabar = await startEmbed();
      for (const embed of [script, plain, kabar, ...peers]) {
        progress(
          `widget: run ${i + 1} of ${runs}, ${throttle === 1 ? "unthrottled" : "throttled"}, ${embed.name}`,
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
  };
}
