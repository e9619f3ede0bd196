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
import { drawBar, drawFoot, LOOK } from "./page-look.ts";
import { parseQuery, requireTopic, type RouteRequest } from "./request.ts";
import { wholeNumber } from "../parsing.ts";

/** Entries on one page. Changes are entries, too, so a page may show fewer messages. */
const PAGE_ENTRIES = 100;

/** Messages of one author within this time share a name. */
const GROUP_MS = 5 * 60_000;

/** A text in the other direction stays on the side of its author. */
const STYLE = `${LOOK}
main{padding-block-start:24px}
nav.pages{display:flex;gap:0 20px;flex-wrap:wrap}
nav.pages a{padding-block:10px}
h2{display:flex;align-items:center;gap:12px;margin:24px 0 4px;font-size:13px;color:var(--muted)}
h2::after{content:"";flex:1;border-block-start:1px solid var(--line)}
main>ol{list-style:none;margin:0;padding:0}
main>ol>li{position:relative;border-radius:6px;scroll-margin-block:72px}
article{display:grid;grid-template-columns:44px minmax(0,1fr);padding-block:1px}
.again{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.by{grid-column:2;margin-block-start:12px;font-weight:600;overflow-wrap:anywhere}
article time{padding-block-start:3px;font-size:12px;font-variant-numeric:tabular-nums}
time,.note{color:var(--muted)}
.note{margin:0;font-size:14px}
.title{display:block;overflow-wrap:anywhere}
div.note{overflow-wrap:anywhere}
.text{white-space:pre-wrap;overflow-wrap:anywhere;text-align:-webkit-match-parent;text-align:match-parent}.text ul{list-style:disc}
.text :is(ul,ol,pre,blockquote){margin-block:2px}
.text :is(ul,ol,blockquote){width:fit-content;max-width:100%;margin-inline:0;text-align:start}
.text:dir(rtl)>:is(ul,ol,blockquote){margin-inline-start:auto}
.text :is(ul,ol){padding-inline-start:24px;white-space:normal}
blockquote{padding-inline-start:8px;border-inline-start:2px solid var(--muted)}
.text code{background:light-dark(#e9edf3,#1b2029);padding-inline:4px;border-radius:4px}
pre{direction:ltr;white-space:pre-wrap}
pre code{display:block;padding:6px 10px}
:target{background:light-dark(#dbe4ff,#222c4d)}
`;

const OFFSET = wholeNumber(1, Number.MAX_SAFE_INTEGER).optional();
/** `at`: the page with this offset, in its middle where there are enough messages around it. */
export const TRANSCRIPT_QUERY = { before: OFFSET, at: OFFSET };
const { escapeHTML } = Bun;
let dayFormat: Intl.DateTimeFormat | undefined;

/** The day of a time, in words. The format takes milliseconds to make, so that the first page makes it. */
function nameDay(at: number): string {
  dayFormat ??= new Intl.DateTimeFormat("en", { dateStyle: "full", timeZone: "UTC" });
  return dayFormat.format(at);
}

const toLink = (href: string, text: string): string =>
  `<a href="${escapeHTML(href)}" rel="noopener noreferrer nofollow ugc">${escapeHTML(text)}</a>`;

/** A message's title, link, tags and buttons that open an address around its text, as far as it has them. */
function drawContent({ text, title, link, icon, tags = [], actions = [] }: Message): string {
  const sign = icon !== undefined && !icon.startsWith("https:") ? `${escapeHTML(icon)} ` : "";
  const heading = title === undefined ? "" : `<strong class="title">${sign}${escapeHTML(title)}</strong>`;
  const address = link === undefined ? "" : toLink(link, link);
  const views = actions.map((action) => (action.type === "view" ? toLink(action.url, action.label) : ""));
  const labels = tags.map((tag) => `#${escapeHTML(tag)}`).join(" ");
  const below = [address, labels, views.filter(Boolean).join(" · ")]
    .filter(Boolean)
    .map((line) => `<div class="note">${line}</div>`);
  return `${heading}<div class="text" dir="auto">${toMarkup(text)}</div>${below.join("")}`;
}

/** Draws a message. Where it continues a group, its author's name is there for screen readers only. */
function drawMessage(message: Message, isFirst: boolean): string {
  const { offset, user, at, edited, removed } = message;
  const iso = new Date(at).toISOString();
  const by = `<div class="${isFirst ? "by" : "by again"}"><bdi>${escapeHTML(user.name)}</bdi></div>`;
  const note = edited && !removed ? '<span class="note">(edited)</span>' : "";
  const shown = removed ? '<p class="note">Message deleted</p>' : `<div>${drawContent(message)}${note}</div>`;
  return `<li id="m${offset}"><article>${by}<time datetime="${iso}">${iso.slice(11, 16)}</time>${shown}</article></li>`;
}

function drawDays(messages: readonly Message[]): string {
  const days: string[] = [];
  let day = "";
  let before: Message | undefined;
  for (const message of messages) {
    const date = nameDay(message.at);
    const isNewDay = date !== day;
    if (isNewDay) days.push(`${day === "" ? "" : "</ol>"}<h2>${date}</h2><ol>`);
    day = date;
    const isSameAuthor = message.user.id === before?.user.id && message.user.name === before.user.name;
    const isGrouped = !isNewDay && isSameAuthor && message.at - (before?.at ?? 0) < GROUP_MS;
    days.push(drawMessage(message, !isGrouped));
    before = message;
  }
  return days.length > 0 ? `${days.join("")}</ol>` : "<p>No messages yet.</p>";
}

function drawTranscript(
  { topic, more, messages: encoded }: HistoryPage,
  title: string,
  isNewest: boolean,
): Response {
  const entries = encoded.map((json) => JSON.parse(json) as Message);
  const [oldest] = entries;
  const here = `../t/${encodeURIComponent(topic)}`;
  const older =
    more && oldest ? `<a rel="prev" href="${here}?before=${oldest.offset}">Earlier messages</a>` : "";
  const newest = isNewest ? "" : `<a href="${here}">Newest messages</a>`;
  const chat = `<a href="../embed/${encodeURIComponent(topic)}">Open chat</a>`;
  const pages =
    older === "" && newest === "" ? "" : `<nav class="pages" aria-label="History">${older}${newest}</nav>`;
  const shown = entries.filter(({ kind }) => kind === undefined);
  const body =
    `${drawBar("../", chat)}<main><h1>${escapeHTML(title)}</h1><p class="muted">Times are in UTC.</p>` +
    `${pages}${drawDays(shown)}</main>${drawFoot("../")}`;
  return toPage({ title, style: STYLE, body });
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
  const titleOf = (topic: string) => chat.titleOf(topic) || topic;

  async function drawNewest(topic: string): Promise<KeptPage> {
    const limit = Math.min(PAGE_ENTRIES, chat.pageLimit);
    const drawn = drawTranscript(await chat.history(guest, topic, { limit }), titleOf(topic), true);
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
      const { before, at } = parseQuery(request.url, TRANSCRIPT_QUERY);
      auth.requireRights(guest, topic, "read");
      if (before === undefined && at === undefined) return await newestPage(topic);
      const limit = Math.min(PAGE_ENTRIES, chat.pageLimit);
      const below = before ?? (at === undefined ? at : at + Math.ceil(limit / 2));
      const page = await chat.history(guest, topic, { before: below, limit });
      return drawTranscript(page, titleOf(topic), below === undefined || below > page.top);
    } catch (thrown) {
      return toErrorPage(asKabarError(thrown, unexpected));
    }
  };
}
