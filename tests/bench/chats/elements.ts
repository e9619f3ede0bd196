/** Chats that come as a custom element or a script of their own: Deep Chat and Converse.js, by their published bundles. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Embed, NAMES } from "../../measure/embed.ts";
import { CACHE } from "../peer.ts";

/** A file of an installed package, below /peer/. */
function packageFile(path: string): Response | undefined {
  const file = join(CACHE, "node_modules", path.replace("/peer/", ""));
  return path.startsWith("/peer/") && existsSync(file) ? new Response(Bun.file(file)) : undefined;
}
/** The name and version of an installed package. */
export const versionOf = (name: string): string => {
  const { version } = JSON.parse(readFileSync(join(CACHE, "node_modules", name, "package.json"), "utf8"));
  return `${name} ${version}`;
};

/** Deep Chat, with texts only or with names and avatars. */
export const deepChat = (withNames: boolean): Embed => ({
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

/** Converse.js until its login. */
export const converse = (): Embed => ({
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
