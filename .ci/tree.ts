/**
 * Writes the tree of docs/ARCHITECTURE.md: each folder with its sentence from the table here, each file with the first
 * sentence of its head. As a command it rewrites the page; `unit/house` fails when the page differs from the files.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "..");

/** The folders of the source, ground first, with what each owns. */
export const FOLDERS: Readonly<Record<string, string>> = {
  src: "The server: its entry, and small files that all folders share",
  "src/log": "The durable log: contract, SQLite and PostgreSQL engines, control topic, cluster",
  "src/topics": "Active topics: fan-out, catching up, presence, rules, retention",
  "src/users": "Identities: guests, signed users, API keys, names, the gate",
  "src/moderation": "Sanctions, held messages, reports, word and link rules",
  "src/chat": "The rules of the chat: publish, change, read, moderate, export, erase",
  "src/hooks": "The feed of events, webhooks that push it, and the formats of incoming webhooks and of ntfy",
  "src/push": "Web Push: devices of users, encryption, and the task that sends",
  "src/doors": "Ways in: WebSocket, HTTP, server-sent events, pages, operator's API",
  "src/schema":
    "The published API in schemas: OpenAPI of HTTP, AsyncAPI of `kabar.v1`; loaded for the first who asks",
  "src/cli": "The command line",
  widget: "The widget: its core chunk, its build, its description",
  "widget/words": "All texts, in ten languages; a chunk for each language",
  "widget/client": "The headless client, under the widget and the npm package: no DOM",
  "widget/loader": "What a page loads first: script tag and element",
  "widget/page": "Identity, one socket for all tabs, read markers; loaded with the chat",
  "widget/chat": "The list, the composer, the status line",
  "widget/moderation": "The moderator's menu and desk; loaded for moderators",
  "widget/console":
    "The owner's console at `/console`: a bundle of its own, which speaks to the admin API only",
  "widget/ambient": "Toasts and overlay",
  "widget/push":
    "Push messages: the service worker, the subscription of this browser, what the page tells; loaded for those who want them",
  "widget/extras": "Everything beyond reading and writing; loaded after the first list",
  "widget/extras/text": "Formatted texts: Markdown, links, mentions",
  "widget/extras/message": "Actions, reactions, pins, quotes of a message",
  "widget/extras/search": "Search in the topic",
  "widget/extras/compose": "Replies, edits, mentions and emoji in the composer",
  "widget/extras/header": "The header's menu, members, tabs of topics",
  "widget/extras/attention": "Unread signals, screen reader announcements, busy topics",
  "widget/package": "What the npm package exports: client, element, protocol",
  "widget/pages": "The pages `/` and `/plain`",
};

const isSource = (name: string): boolean => /\.(?:tsx?|css|html)$/.test(name);

/** Longest line of the tree, without the name of the file. */
const MAX_SENTENCE = 100;

/** The first sentence of a file's head comment, without its full stop; a long one ends at its colon or semicolon. */
export function firstSentence(source: string): string {
  const head = /(?:\/\*\*?|<!--)([\s\S]*?)(?:\*\/|-->)/.exec(source)?.[1] ?? "";
  const text = head.replace(/\s*\n\s*\*? ?/g, " ").trim();
  const sentence = /^([\s\S]*?[^.\s])(?:\.(?=\s|$)|$)/.exec(text)?.[1] ?? "";
  return sentence.length <= MAX_SENTENCE ? sentence : sentence.replace(/[:;] [\s\S]*$/, "");
}

/** The lines of the tree: folders in the order of `FOLDERS`, files by name, a column of sentences. */
export function drawTree(): string {
  const lines: string[] = [];
  for (const [folder, about] of Object.entries(FOLDERS)) {
    lines.push(`${folder}/`.padEnd(34) + about);
    const names = readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && isSource(entry.name))
      .map((entry) => entry.name)
      .sort();
    for (const name of names)
      lines.push(`  ${name.padEnd(32)}${firstSentence(readFileSync(join(root, folder, name), "utf8"))}`);
  }
  return lines.join("\n");
}

/** A page with its tree drawn anew. */
export const withTree = (page: string): string =>
  page.replace(
    /(```tree\n)[\s\S]*?(```)/,
    (_, start: string, end: string) => `${start}${drawTree()}\n${end}`,
  );

if (import.meta.main) {
  const path = join(root, "docs/ARCHITECTURE.md");
  await Bun.write(path, withTree(await Bun.file(path).text()));
}
