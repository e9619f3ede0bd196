/**
 * The privacy sheet: what the chat keeps and sends, as a page for visitors (`GET /privacy`) and as JSON for the site's owner and
 * for programs (`GET /.well-known/kabar.json`). One table makes both, and a test compares it with what the widget
 * really writes.
 */
import type { Config } from "./config.ts";
import { toPage } from "./page.ts";
import { withCors } from "./request.ts";

/** Something the widget writes on a visitor's device. `{server}`, `{topic}` and `{id}` stand for what differs. */
interface Kept {
  area: "localStorage" | "sessionStorage";
  key: string;
  /** The fields of the JSON in it; of plain text, nothing. */
  fields: readonly string[];
  what: string;
  until: string;
}

/** Everything that is ever written on a device. Nothing before the visitor writes, takes a name or changes a setting. */
const DEVICE: readonly Kept[] = [
  {
    area: "localStorage",
    key: "kabar:{server}",
    fields: ["guest", "name", "prefs", "read"],
    what: "A random guest number, the chosen name, the chosen settings, and how far each topic was read.",
    until: "until the visitor chooses “Forget me on this device” or clears the site's data",
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
    what: "What stands in the field and has not been sent.",
    until: "until the tab is closed",
  },
];

const SENT = [
  "the topic",
  "what is written",
  "the chosen name",
  "reactions, edits and deletions",
  "that somebody is writing",
];
const NOT_SENT = [
  "the page's address or title",
  "where the visitor came from",
  "screen, time zone or other traits of the device",
];

const STYLE =
  ":root{color-scheme:light dark}body{margin:48px auto;padding:0 16px;max-width:42rem;font:16px/1.55 system-ui,sans-serif}" +
  "h1{font-size:24px}h2{font-size:18px;margin-top:32px}code{overflow-wrap:anywhere}dt{margin-top:12px}dd{margin:0}";

/** Makes the two routes. */
export function createSheet({ retainDays }: Pick<Config, "retainDays">) {
  const messagesFor = retainDays > 0 ? `for ${retainDays} days` : "until they are deleted";
  const sheet = {
    software: "kabar",
    cookies: [],
    thirdParties: [],
    device: DEVICE,
    deviceWrittenFrom: "the first message, name or setting of the visitor",
    sent: SENT,
    notSent: NOT_SENT,
    server: {
      messages: { kept: messagesFor, days: retainDays > 0 ? retainDays : null },
      addresses: "while connected; of somebody who is banned, a hash, as long as the ban",
    },
    rights: "the operator can export and erase everything of a person",
  };
  const list = (items: readonly string[]) => `<ul>${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;
  const kept = DEVICE.map(
    ({ area, key, what, until }) => `<dt><code>${area}: ${key}</code></dt><dd>${what} Kept ${until}.</dd>`,
  );
  const body =
    "<main><h1>What this chat stores</h1>" +
    "<p>The chat runs on this server; no other company takes part. It sets no cookies. Reading stores nothing on your device: " +
    `the first thing is written with ${sheet.deviceWrittenFrom}.</p>` +
    `<h2>On your device</h2><dl>${kept.join("")}</dl>` +
    `<h2>Sent to this server</h2>${list(SENT)}<h2>Not sent</h2>${list(NOT_SENT)}` +
    `<h2>On this server</h2><p>Messages and the name they were written under, ${messagesFor}. Network addresses ${sheet.server.addresses}.</p>` +
    "<h2>To be forgotten</h2><p>“Forget me on this device” in the chat's menu erases all of the above from your device. Ask the " +
    "operator of the site for a copy of what you wrote, or to have it erased: both are one command.</p></main>";

  return {
    page: (): Response => toPage({ title: "What this chat stores", style: STYLE, body }),
    json: (): Response =>
      withCors(Response.json(sheet, { headers: { "Cache-Control": "public, max-age=300" } })),
  };
}
