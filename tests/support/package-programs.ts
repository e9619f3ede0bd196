/** Programs that use the npm package: a follower for every runtime, and an application of Vite and React. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");

/** Publishes messages one by one while it follows the topic, until it has seen those of all programs. */
export const FOLLOWER = `
import { createClient } from "kabar/client";
import ws from "ws";
const [server, me, kind, each, all] = process.argv.slice(2);
const WebSocket = { own: undefined, ws, none: null }[kind];
const client = createClient({ server, name: me, WebSocket });
const seen = [];
const done = new Promise((resolve) => {
  client.on("message", ({ offset, id }) => {
    seen.push(offset + " " + id);
    if (seen.length === Number(all)) resolve();
  });
});
client.on("gap", (gap) => seen.push(JSON.stringify(gap)));
await client.subscribe("lobby", { last: 200 });
for (let i = 0; i < Number(each); i++) {
  const { offset, held } = await client.publish("lobby", { text: me + " " + i, id: me + "-" + i });
  if (!(offset > 0) || held) throw new Error("not stored");
}
await done;
client.close();
console.log(JSON.stringify(seen));
`;

/** A page with the dashboard of the examples and the element; the types of both are checked. */
const APPLICATION = `
import "kabar/element";
import type { KabarChat } from "kabar/element";
import { createClient, type Message } from "kabar/client";
import { CLOSE, mayComeBack, type Command } from "kabar/protocol";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Dashboard } from "./dashboard.tsx";
import "./react-tag.ts";

const chat: KabarChat = document.createElement("kabar-chat");
chat.addEventListener("kabar-sent", ({ detail }) => detail.offset.toFixed());
const command: Command = { type: "ping", id: CLOSE.revoked };
export const use = async (m: Message) => {
  const client = createClient({ server: m.text, token: async () => undefined, storage: localStorage, WebSocket });
  const off: () => void = client.on("message", (message, { replay }) => message.user.name.concat(String(replay)));
  const { offset } = await client.publish("lobby", { text: command.type, replyTo: m.offset });
  const page = await client.command("history", { topic: "lobby", before: offset });
  // @ts-expect-error There is no such event.
  client.on("mesage", off);
  // @ts-expect-error A message is a text or has one.
  await client.publish("lobby", { body: "x" });
  return page.messages.length + Number(mayComeBack(4500));
};
const server = new URLSearchParams(location.search).get("server") ?? "";
createRoot(document.querySelector("#app") as Element).render(
  <StrictMode>
    <Dashboard topic="lobby" />
    <kabar-chat topic="lobby" server={server} load="eager" style={{ height: "300px" }} />
  </StrictMode>,
);
`;

/** The block of docs/CLIENT.md that declares the tag for React. */
const reactTag = () =>
  /```ts\n(import type \{ KabarChat \}[\s\S]*?)```/.exec(
    readFileSync(join(root, "docs/CLIENT.md"), "utf8"),
  )?.[1] ?? "";

/** Writes the application with its configuration into a new folder of a project that has the package. */
export function writeApplication(folder: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, "main.tsx"), APPLICATION);
  writeFileSync(
    join(folder, "react-tag.ts"),
    reactTag().replace("server?: string", "server?: string; load?: string"),
  );
  for (const name of ["bot.ts", "thinking-bot.ts", "notifier.ts", "dashboard.tsx"])
    cpSync(join(root, "examples", name), join(folder, name));
  const options = {
    target: "ESNext",
    module: "ESNext",
    moduleResolution: "bundler",
    jsx: "react-jsx",
    strict: true,
    noEmit: true,
  };
  const more = {
    lib: ["ESNext", "DOM", "DOM.Iterable"],
    types: ["node"],
    allowImportingTsExtensions: true,
    exactOptionalPropertyTypes: true,
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...options, ...more }, include: ["."] }),
  );
  writeFileSync(
    join(folder, "index.html"),
    '<!doctype html><html lang="en"><link rel="icon" href="data:,"><div id="app"></div><script type="module" src="./main.tsx"></script></html>',
  );
}
