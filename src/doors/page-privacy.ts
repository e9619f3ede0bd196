/**
 * The privacy sheet: the data that the chat stores and sends, as a page and as JSON.
 * `GET /privacy` is for guests and users, `GET /.well-known/kabar.json` for owners and programs. Both come from one table,
 * and a test compares the table with the widget's real writes.
 */
import type { Config } from "../config.ts";
import { toPage } from "./html-page.ts";
import { drawBar, LOOK } from "./page-look.ts";
import { withCors } from "./request.ts";

/** An item that the widget writes on a reader's device. `{server}`, `{topic}` and `{id}` are placeholders. */
interface Kept {
  area: "localStorage" | "sessionStorage";
  key: string;
  /** The fields of its JSON; empty for plain text. */
  fields: readonly string[];
  what: string;
  until: string;
}

/** All items on a device. The widget writes none before the reader writes, takes a name or changes a setting. */
const DEVICE: readonly Kept[] = [
  {
    area: "localStorage",
    key: "kabar:{server}",
    fields: ["guest", "name", "prefs", "read", "reader"],
    what: "A random guest id, your name, your settings, the emoji you used last, the last message read in each topic, and your user id beside these.",
    until: "until you choose “Clear my data on this device” or clear the site's data",
  },
  {
    area: "localStorage",
    key: "kabar:{server}:unsent:{id}",
    fields: ["id", "topic", "text", "at", "more", "failed"],
    what: "A message that has not reached the server yet.",
    until: "until it is sent or deleted",
  },
  {
    area: "sessionStorage",
    key: "kabar:{server}:draft:{topic}",
    fields: [],
    what: "The draft in the message field.",
    until: "until the tab is closed",
  },
];

const SENT = [
  "the topic",
  "the messages you write",
  "your name",
  "reactions, edits and deletions",
  "that you are typing",
];
const NOT_SENT = [
  "the address or title of the page",
  "the page that you came from",
  "the screen, time zone or other properties of your device",
];
const NOT_SENT_WITH_PUSH = [
  "the title of the page, and the page that you came from",
  "the screen or other properties of your device",
  "the address of the page and your time zone, unless you turn on push messages",
];

/** What a visitor sends by turning on push messages, and who else takes part then. */
const WITH_PUSH =
  "with push messages turned on: your browser's address at its push service, the address of the page, your language, and your quiet hours with their time zone; your browser keeps a service worker for it";
const PUSH_SERVICE =
  "your browser's push service (of Google, Mozilla, Apple or Microsoft), only while you have push messages turned on: it passes on messages that only your browser can read";

/** The data that an erasure keeps, so that a ban still holds. */
const KEPT_AFTER_ERASURE =
  "that a user was banned, muted or hidden, or that their sign-ins are refused, without name or reason; and the messages of others";

const STYLE = `${LOOK}
code{overflow-wrap:anywhere}
dl,ul{margin:0 0 12px}
dt{margin-block-start:12px}
dd{margin:0}
ul{padding-inline-start:20px}
`;

/** Creates the two routes. */
export function createPrivacyPages({ retainDays, push }: Pick<Config, "retainDays" | "push">) {
  const sent = push ? [...SENT, WITH_PUSH] : SENT;
  const notSent = push ? NOT_SENT_WITH_PUSH : NOT_SENT;
  const thirdParties = push ? [PUSH_SERVICE] : [];
  const others = push
    ? `sends nothing to third parties but ${PUSH_SERVICE}`
    : "sends nothing to third parties";
  const messagesFor = retainDays > 0 ? `for ${retainDays} days` : "until they are deleted";
  const sheet = {
    software: "kabar",
    cookies: [],
    thirdParties,
    device: DEVICE,
    deviceWrittenFrom: "your first message, name or setting",
    sent,
    notSent,
    server: {
      messages: { kept: messagesFor, days: retainDays > 0 ? retainDays : null },
      addresses: "are kept while you are connected; a ban keeps a hash of the address until it ends",
      programs:
        "a message sent over HTTP without a credential is kept with a keyed hash of the sender's address as its author's id",
      repeats:
        "a keyed check value of what was sent is kept with each message, so that a repeat is not stored twice",
    },
    rights: "the operator can export and erase all data of a user",
    keptAfterErasure: KEPT_AFTER_ERASURE,
  };
  const list = (items: readonly string[]) => `<ul>${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;
  const kept = DEVICE.map(
    ({ area, key, what, until }) => `<dt><code>${area}: ${key}</code></dt><dd>${what} Kept ${until}.</dd>`,
  );
  const body =
    `${drawBar("./")}<main><h1>What this chat stores</h1>` +
    `<p>The chat runs on this server and ${others}. It sets no cookies. Reading stores nothing on your device: ` +
    `storage begins with ${sheet.deviceWrittenFrom}.</p>` +
    `<h2>On your device</h2><dl>${kept.join("")}</dl>` +
    `<h2>Sent to this server</h2>${list(sent)}<h2>Not sent</h2>${list(notSent)}` +
    `<h2>On this server</h2><p>Messages and their authors' names are kept ${messagesFor}. Network addresses ${sheet.server.addresses}. ` +
    `Also, ${sheet.server.programs}; ${sheet.server.repeats}.</p>` +
    "<h2>Deleting your data</h2><p>“Clear my data on this device” in the chat's menu removes all of the above from your device. Ask the " +
    "operator of the site for a copy of your messages, or to erase them; the texts leave the server's files within a minute. Kept after that: " +
    `${KEPT_AFTER_ERASURE}.</p></main>`;

  return {
    page: (): Response => toPage({ title: "What this chat stores", style: STYLE, body }),
    json: (): Response =>
      withCors(Response.json(sheet, { headers: { "Cache-Control": "public, max-age=300" } })),
  };
}
