/**
 * Chats that come as React components. Each is bundled with React as an application bundles it (esbuild, minified, in
 * production mode) into one module with a function that shows messages; its entry beside this file says how the components are used.
 */
import { join } from "node:path";
import { build } from "esbuild";
import type { Embed } from "../../measure/embed.ts";
import { CACHE } from "../peer.ts";
import { versionOf } from "./elements.ts";

interface ReactChat {
  /** The entry's name, and the package's. */
  name: string;
  package: string;
  /** Selectors of the field, of the messages' texts, and of the list whose children are the rows. */
  field: string;
  text: string;
  list: string;
}

const CHATS: readonly ReactChat[] = [
  {
    name: "chatscope",
    package: "@chatscope/chat-ui-kit-react",
    field: ".cs-message-input__content-editor",
    text: ".cs-message__content",
    list: ".cs-message-list__scroll-wrapper",
  },
  {
    name: "stream-chat",
    package: "stream-chat-react",
    field: "textarea",
    text: ".str-chat__message-text",
    list: ".str-chat__ul",
  },
];

/** Bundles an entry; returns its files by their paths below /peer/. */
async function bundle(name: string): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const modules = join(CACHE, "node_modules");
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dir, `${name}.mjs`)],
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    outdir: "/peer",
    nodePaths: [modules],
    // One React for the entry and for the components.
    alias: { react: join(modules, "react"), "react-dom": join(modules, "react-dom") },
    loader: { ".css": "text" },
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent",
  });
  return new Map(outputFiles.map(({ path, contents }) => [path, new Uint8Array(contents)]));
}

const embedOf = (chat: ReactChat, files: Map<string, Uint8Array<ArrayBuffer>>): Embed => ({
  name: chat.name,
  version: versionOf(chat.package),
  hasList: true,
  file(path) {
    const contents = files.get(path);
    return contents && new Response(contents, { headers: { "Content-Type": "text/javascript" } });
  },
  script: `
    let add;
    place.style.width = "600px";
    const hasFirst = () => place.querySelector("${chat.field}");
    const messages = () => place.querySelectorAll("${chat.text}");
    function begin(kind) {
      import("/peer/${chat.name}.js").then(({ showChat }) => { add = showChat(place, kind === "list" ? stored : []); });
    }
    function follow() { watch(place.querySelector("${chat.list}")); listen(add); }
  `,
});

/** The chats that can be bundled here; says in `skipped` which one can't, and why. */
export async function reactChats(skipped: Record<string, string>): Promise<Embed[]> {
  const chats: Embed[] = [];
  for (const chat of CHATS) {
    try {
      chats.push(embedOf(chat, await bundle(chat.name)));
    } catch (error) {
      skipped[chat.package] =
        `it can't be bundled: ${(error instanceof Error ? error.message : String(error)).split("\n")[0]}`;
    }
  }
  return chats;
}
