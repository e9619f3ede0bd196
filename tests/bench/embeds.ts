/**
 * Chats that one could embed instead, and a floor under all of them: plain elements without any library. Each is put into the
 * same page, and fed the same messages through its own documented interface.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromiumPath } from "../support/parts.ts";
import { type Embed, type EmbedFigures, LIST, measureEmbed, NAMES, textOf } from "../measure/embed.ts";
import { openBrowser } from "../measure/main-thread.ts";
import { startEmbed } from "../measure/widget.ts";
import { CACHE, installPackages, outputOf } from "./peer.ts";

/** Figures of one chat: each run, the median is taken when they are shown. */
export interface EmbedResult {
  name: string;
  version: string;
  runs: EmbedFigures[];
}

/** Names in tables. */
export const EMBED_TITLES: Record<string, string> = {
  plain: "plain elements, no library",
  kabar: "**Kabar**",
  "deep-chat": "Deep Chat",
  "converse.js": "Converse.js",
};

const HISTORY = JSON.stringify(
  Array.from({ length: LIST }, (_, i) => ({ name: NAMES[i % NAMES.length], text: textOf(i) })),
);

const plain: Embed = {
  name: "plain",
  version: "",
  hasList: true,
  script: `
    const list = document.createElement("div");
    const hasFirst = () => place.querySelector("button");
    const hasList = () => list.children.length === ${LIST};
    const rows = () => list.children.length;
    function add({ name, text }) {
      const row = document.createElement("p");
      const by = document.createElement("b");
      by.textContent = name;
      row.append(by, " ", text);
      list.append(row);
      list.scrollTop = list.scrollHeight;
    }
    function begin(kind) {
      if (kind === "first") return place.append(document.createElement("button"));
      list.style.cssText = "height: 480px; overflow: auto";
      place.append(list);
      for (const message of ${HISTORY}) add(message);
    }
    function follow() { watch(list); listen(add); }
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

const deepChat = (): Embed => ({
  name: "deep-chat",
  version: versionOf("deep-chat"),
  hasList: true,
  file: packageFile,
  script: `
    let chat;
    const inside = (what) => chat?.shadowRoot?.querySelectorAll(what).length ?? 0;
    const hasFirst = () => inside("#text-input");
    const hasList = () => inside(".message-bubble") >= ${LIST};
    const rows = () => inside(".message-bubble");
    const asMessage = ({ name, text }) => ({ role: name === "${NAMES[0]}" ? "user" : "ai", text });
    function begin(kind) {
      const script = document.createElement("script");
      script.type = "module";
      script.src = "/peer/deep-chat/dist/deepChat.bundle.js";
      script.onload = () => {
        chat = document.createElement("deep-chat");
        chat.style.cssText = "width: 600px; height: 480px";
        chat.connect = { handler() {} };
        if (kind === "list") chat.history = ${HISTORY}.map(asMessage);
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

/** Measures each in turn, several times; says in \`skipped\` what can't be measured, and why. */
export async function measureEmbeds(
  runs: number,
  seconds: number,
  skipped: Record<string, string>,
): Promise<EmbedResult[]> {
  if (chromiumPath === undefined) {
    skipped.widget = "Chromium is not on this machine";
    return [];
  }
  const missing = installPackages();
  if (missing !== undefined) skipped["Deep Chat and Converse.js"] = missing;
  else
    skipped["Converse.js beyond its login"] =
      "a list and its messages need an XMPP server, which is not on this machine";
  const peers = missing === undefined ? [deepChat(), converse()] : [];
  const commit = outputOf(["git", "-C", import.meta.dir, "rev-parse", "--short", "HEAD"])?.trim() ?? "";
  const results = new Map<string, EmbedResult>();
  const browser = await openBrowser();
  for (let i = 0; i < runs; i++) {
    const kabar = await startEmbed();
    for (const embed of [plain, kabar, ...peers]) {
      const version = embed.version || (embed === kabar ? `Kabar ${commit}` : "");
      const result = results.get(embed.name) ?? { name: embed.name, version, runs: [] };
      result.runs.push(await measureEmbed(browser, embed, seconds));
      results.set(embed.name, result);
    }
    await kabar.stop();
  }
  await browser.close();
  return [...results.values()];
}
