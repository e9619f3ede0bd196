/**
 * The page `/t/:topic`: the transcript of a topic without JavaScript, for search, printing and blocked scripts.
 * Shows only what guests may read. Every name and text passes `escapeHTML` (texts in markup), and the policy allows no
 * script at all, in case one should slip through.
 */
import type { Auth } from "../users/auth.ts";
import type { Chat } from "../chat/chat.ts";
import type { HistoryPage } from "../chat/reading.ts";
import { asKabarError } from "../errors.ts";
import type { MessageLog } from "../log/log.ts";
import { toMarkup } from "./markup.ts";
import type { Message } from "../model.ts";
import { dropOldest } from "../oldest.ts";
import { toErrorPage, toPage } from "./html-page.ts";
import { parseQuery, requireTopic, type RouteRequest } from "./request.ts";
import { wholeNumber } from "../parsing.ts";

/** Entries on one page. Changes are entries, too, so a page may show fewer messages. */
const PAGE_ENTRIES = 100;

const STYLE = `
:root{color-scheme:light dark;--line:light-dark(#dde2ea,#2b323e);--muted:light-dark(#5b6472,#9aa4b5)}
body{margin:0 auto;padding:24px 16px 64px;max-width:44rem;font:16px/1.5 system-ui,sans-serif;
background:light-dark(#fff,#12151c);color:light-dark(#14171f,#e8ebf1)}
h1{font-size:20px;line-height:1.3;overflow-wrap:anywhere;margin:0 0 4px}
h2{font-size:13px;font-weight:600;color:var(--muted);border-block-start:1px solid var(--line);padding-block-start:12px;margin:24px 0 4px}
a{color:light-dark(#2f5bea,#8fa8ff)}
nav{display:flex;gap:16px;flex-wrap:wrap;margin-block:16px}
nav a{padding-block:8px}
main>ol{list-style:none;margin:0;padding:0}
main>ol>li{padding-block:8px}
.by{display:flex;gap:8px;align-items:baseline;flex-wrap:wrap}
.by bdi{font-weight:600;overflow-wrap:anywhere}
time,.note{color:var(--muted);font-size:13px}
p{margin:0}
p,.text{white-space:pre-wrap;overflow-wrap:anywhere;text-align:start}
.text :is(ul,ol,pre,blockquote){margin:2px 0}
.text :is(ul,ol){padding-inline-start:24px;white-space:normal}
blockquote{padding-inline-start:8px;border-inline-start:2px solid var(--muted)}
code{font:.92em ui-monospace,Consolas,monospace;background:light-dark(#f4f6f9,#1b2029);padding-inline:3px;border-radius:4px}
pre{direction:ltr;white-space:pre-wrap}
pre code{display:block;padding:6px 8px}
:target{background:light-dark(#e3eaff,#222c4d)}
`;

const OFFSET = wholeNumber(1, Number.MAX_SAFE_INTEGER).optional();
/** `at`: the page with this offset, in its middle where there are enough messages around it. */
const QUERY = { before: OFFSET, at: OFFSET };
const { escapeHTML } = Bun;
const dayFormat = new Intl.DateTimeFormat("en", { dateStyle: "full", timeZone: "UTC" });

function drawMessage({ offset, user, at, text, edited, removed }: Message): string {
  const iso = new Date(at).toISOString();
  const shown = removed
    ? '<p class="note">Message deleted</p>'
    : `<div class="text" dir="auto">${toMarkup(text)}</div>`;
  return (
    `<li id="m${offset}"><article><div class="by"><bdi>${escapeHTML(user.name)}</bdi>` +
    `<time datetime="${iso}">${iso.slice(11, 16)}</time>${edited && !removed ? '<span class="note">(edited)</span>' : ""}</div>${shown}</article></li>`
  );
}

function drawDays(messages: readonly Message[]): string {
  const days: string[] = [];
  let day = "";
  for (const message of messages) {
    const date = dayFormat.format(message.at);
    if (date !== day) days.push(`${day === "" ? "" : "</ol>"}<h2>${date}</h2><ol>`);
    day = date;
    days.push(drawMessage(message));
  }
  return days.length > 0 ? `${days.join("")}</ol>` : "<p>No messages yet.</p>";
}

function drawTranscript({ topic, more, messages: encoded }: HistoryPage, isNewest: boolean): Response {
  const entries = encoded.map((json) => JSON.parse(json) as Message);
  const [oldest] = entries;
  const here = `/t/${encodeURIComponent(topic)}`;
  const older =
    more && oldest ? `<a rel="prev" href="${here}?before=${oldest.offset}">Earlier messages</a>` : "";
  const newest = isNewest ? "" : `<a href="${here}">Newest messages</a>`;
  const chat = `<a href="/embed/${encodeURIComponent(topic)}">Open chat</a>`;
  const shown = entries.filter(({ kind }) => kind === undefined);
  const body =
    `<header><h1>${escapeHTML(topic)}</h1><span class="note">Times are in UTC.</span></header>` +
    `<nav aria-label="Pages">${older}${newest}${chat}</nav><main>${drawDays(shown)}</main>`;
  return toPage({ title: topic, style: STYLE, body });
}

/** How long the newest page of a topic is kept: many readers who open it at once cost one read of the log. */
const KEPT_MS = 1000;
/** The number of pages that are kept; beyond them the oldest are dropped. */
const MAX_KEPT = 100;

interface KeptPage {
  html: string;
  headers: Headers;
}

export interface TranscriptParts {
  chat: Chat;
  auth: Auth;
  log: MessageLog;
  /** Receives every thrown error that is a bug. */
  unexpected: (error: unknown) => void;
  now?: () => number;
}

/** Creates the route. */
export function createTranscriptPage({ chat, auth, log, unexpected, now = Date.now }: TranscriptParts) {
  const kept = new Map<string, { at: number; first: number; page: Promise<KeptPage> }>();
  // A changed or removed message is not shown again, not even for a second.
  log.tail((entries) => {
    for (const { topic, amended } of entries) if (amended) kept.delete(topic);
  });

  /** Represents every new guest: it has no sanction and no grant. */
  const guest = auth.identify({}, "");

  async function drawNewest(topic: string): Promise<KeptPage> {
    const limit = Math.min(PAGE_ENTRIES, chat.pageLimit);
    const drawn = drawTranscript(await chat.history(guest, topic, { limit }), true);
    return { html: await drawn.text(), headers: drawn.headers };
  }

  async function newestPage(topic: string): Promise<Response> {
    const { first } = await log.state(topic);
    let known = kept.get(topic);
    if (!known || known.first !== first || Math.abs(now() - known.at) >= KEPT_MS) {
      kept.delete(topic);
      known = { at: now(), first, page: drawNewest(topic) };
      kept.set(topic, known);
      dropOldest(kept, MAX_KEPT);
      known.page.catch(() => kept.delete(topic));
    }
    const { html, headers } = await known.page;
    return new Response(html, { headers });
  }

  return async (request: RouteRequest): Promise<Response> => {
    try {
      const topic = requireTopic(request);
      const { before, at } = parseQuery(request.url, QUERY);
      auth.requireRights(guest, topic, "read");
      if (before === undefined && at === undefined) return await newestPage(topic);
      const limit = Math.min(PAGE_ENTRIES, chat.pageLimit);
      const below = before ?? (at === undefined ? at : at + Math.ceil(limit / 2));
      const page = await chat.history(guest, topic, { before: below, limit });
      return drawTranscript(page, below === undefined || below > page.top);
    } catch (thrown) {
      return toErrorPage(asKabarError(thrown, unexpected));
    }
  };
}
