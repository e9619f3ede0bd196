/**
 * Markup of foreign senders as the Markdown of this server: links with a text, mentions, dates, names of emoji, bold text. Pure;
 * the time grows linearly with the text's length. Code stays as it was written.
 */
import { withEmoji } from "./emoji-names.ts";
import { withAddress } from "./posting.ts";

/** Spans and blocks of code: nothing in them is markup. */
const CODE = /(```[\s\S]*?```|`[^`\n]{1,2000}`)/;
/** A link or a mention of Slack: `<https://…|text>`, `<@U123>`, `<!here>`. */
const ANGLES = /<([^<>\n]{1,3000})>/g;
/** Slack's bold text: one star on either side. Two are Markdown already. */
const BOLD = /(^|[^\p{L}\p{N}*])\*(?=[^\s*])([^*\n]{1,2000})(?<=\S)\*(?![\p{L}\p{N}*])/gu;
const MASKED_LINK = /\[([^[\]\n]{1,500})\]\(<?(https?:\/\/[^\s()<>]{1,2000})>?\)/g;
const SCHEME = /^(?:https?|mailto|tel|ftp|slack|msteams):/i;

/** Applies a change to the parts of a text that are not code. */
const outsideCode = (text: string, change: (part: string) => string): string =>
  text
    .split(CODE)
    .map((part, i) => (i % 2 === 1 ? part : change(part)))
    .join("");

/** Links with a text, as Markdown writes them: `text (address)`. */
const openLinks = (text: string): string =>
  text.replace(MASKED_LINK, (_, label: string, address: string) => withAddress(label.trim(), address));

/** What stands between angle brackets, in words. */
function readAngles(all: string, inner: string): string {
  const [target = "", label = ""] = inner.split("|", 2);
  const name = label || target.slice(1);
  if (target.startsWith("@")) return `@${name.replace(/^@/, "")}`;
  if (target.startsWith("#")) return `#${name.replace(/^#/, "")}`;
  if (target.startsWith("!date^")) return label || target.split("^")[2] || "";
  if (target.startsWith("!subteam^")) return label || "@group";
  if (target.startsWith("!")) return `@${name.replace(/^@/, "").split("^")[0]}`;
  if (!SCHEME.test(target)) return all;
  return withAddress(label.trim(), target.replace(/^mailto:/i, ""));
}

const unescapeEntities = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** Slack's mrkdwn (and Mattermost's Markdown) as Markdown. */
export const fromMrkdwn = (text: string): string =>
  unescapeEntities(
    outsideCode(text, (part) =>
      withEmoji(openLinks(part.replace(ANGLES, readAngles)).replace(BOLD, "$1**$2**")),
    ),
  );

/** Slack's plain text: names of emoji only. */
export const fromPlainText = (text: string): string => unescapeEntities(withEmoji(text));

/** A time in seconds since 1970, in words; empty for what is no time. */
const timeInWords = (seconds: number): string =>
  Math.abs(seconds) < 8_640_000_000_000
    ? new Date(seconds * 1000)
        .toISOString()
        .replace("T", " ")
        .replace(/:\d\d\.\d+Z$/, " UTC")
    : "";

/** Discord's Markdown as this server's: masked links, mentions, times, custom emoji. */
export const fromDiscord = (text: string): string =>
  outsideCode(text, (part) =>
    withEmoji(
      openLinks(part)
        .replace(/<t:(-?\d{1,13})(?::[a-zA-Z])?>/g, (_, seconds: string) => timeInWords(Number(seconds)))
        .replace(/<a?:(\w{1,40}):\d{1,20}>/g, ":$1:")
        .replace(/<(@[!&]?|#)(\d{1,20})>/g, (_, sign: string, id: string) => sign.charAt(0) + id)
        .replace(/<(https?:\/\/[^<>\s]{1,2000})>/g, "$1"),
    ),
  );
