/**
 * Links in a text: finds addresses and checks which of them a click may open. Pure.
 * Shared with the widget, so that the chat, the transcript and the link rules agree. One pass over the text; every expression looks
 * a bounded number of characters ahead. Returns text and checked addresses only, so no text can become markup.
 */

/** A part of a message's text; a link if it has `href`. */
export interface Segment {
  text: string;
  href?: string;
}

/** The longest address in characters: bounds the loops below. */
const MAX_LENGTH = 2_000;

/** Usual endings of sites and country codes, without those that usually end a file's name: README.md/, run.sh/ */
const SITE_END =
  "(?:com|net|org|edu|gov|int|info|biz|dev|app|xyz|page|site|online|shop|store|blog|cloud|tech|wiki|chat|news|live|club|link|space|world|design|(?!(?:md|py|sh|js|ts|cs|hs|kt|vb|go|gz|db|rb|xz|jl|rc|so|po|tf|cc|ps)\\b)[a-z]{2})";
const LABELS = "(?:[a-z0-9-]{1,63}\\.)";
/** A character that extends the word beside it, so that the word is another name. */
const LETTER = "[\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}\\p{N}\\p{M}\\p{Cf}]";
/** Not in the middle of a word, a path, another address or a scheme: `javascript:`, `user:password@`. */
const START = `(?<!${LETTER}|[_@.:/\\\\=&?#%+~$-])`;
const ADDRESS = new RegExp(
  '(?<![a-z0-9_])(?:https?:\\/\\/|mailto:)(?=[^\\s<>"`\\p{Cf}])' +
    // A mail address.
    `|${START}(?<mail>[a-z0-9._%+-]{1,64}@${LABELS}{1,8}[a-z]{2,24})(?!${LETTER}|[_@:/\\\\-]|\\.[a-z0-9])` +
    // A site whose name begins with www, and one with a path.
    `|${START}(?<site>www\\.${LABELS}{1,8}[a-z]{2,24}(?!${LETTER}|[_@\\\\-]|\\.[a-z0-9]|:\\d*@)` +
    `|${LABELS}{1,8}${SITE_END}(?::\\d{1,5})?(?=\\/))`,
  "giu",
);

/** White space, quotes, angle brackets, characters that change the writing direction, and the punctuation of East Asian sentences. */
const END =
  '\\s<>"`\\p{Cf}\\u3000-\\u3004\\u3008-\\u301f\\u30fb\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65';
/** Writing without spaces between words, and Hangul, whose endings follow an address directly. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]/u;
const HOST_END = new RegExp(`[${END}/?#]|(?<=[a-z0-9-])${UNSPACED.source}`, "giu");
const NAME_END = new RegExp(`[${END}/?=#&]`, "gu");
const WORD_END = new RegExp(`[${END}/?=#&]|${UNSPACED.source}`, "gu");
/** Punctuation that ends a sentence rather than an address. */
const PUNCTUATION = /[.,;:!?'*_~…’”»]/u;
const OPENER: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/** The place of the first match at or after `from`. */
function find(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/**
 * The end of the address that begins at `from`. Writing without spaces belongs to the address if it begins a part of it
 * (`/wiki/東京`, `?q=東京`). After a word or the host's slash, it continues the sentence instead.
 */
function endOf(text: string, from: number, scheme: string): number {
  const most = from + MAX_LENGTH;
  const host = find(HOST_END, text, from + scheme.length);
  let at = host;
  while (at < most && /[/?=#&]/.test(text[at] ?? " ")) {
    const isRoot = at === host && text[at] === "/";
    const next = String.fromCodePoint(text.codePointAt(at + 1) ?? 32);
    at = find(!isRoot && UNSPACED.test(next) ? NAME_END : WORD_END, text, at + 1);
  }
  return Math.min(at, most);
}

/** The address without the sentence's punctuation, and without a closing bracket at its end that has no opening one in it. */
function trimTail(address: string): string {
  const counts: Record<string, number> = {};
  for (const char of address) if ("()[]{}".includes(char)) counts[char] = (counts[char] ?? 0) + 1;
  let end = address.length;
  for (; end > 0; end--) {
    const char = address[end - 1] ?? "";
    const opener = OPENER[char];
    if (opener && (counts[char] ?? 0) > (counts[opener] ?? 0)) counts[char] = (counts[char] ?? 0) - 1;
    else if (!PUNCTUATION.test(char)) break;
  }
  return address.slice(0, end);
}

const LATIN = /^[\p{Script=Latin}\p{M}\p{N}-]*$/u;
/** Scripts whose letters look like Latin ones. */
const LOOKALIKE =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u;

/** Whether a host looks like another one: letters of several scripts in a name, or lookalikes before a Latin ending. */
function isForged(address: string): boolean {
  if (/^[ -~]*$/.test(address)) return false;
  const host = /^https?:\/\/([^/?#\\]*)/i.exec(address)?.[1] ?? "";
  const isPlainEnd = /[a-z0-9](?::\d*)?$/i.test(host);
  return host.split(".").some((label) => {
    const isAscii = /^[!-~]*$/.test(label);
    if (isAscii) return false;
    if (/[^\p{L}\p{M}\p{N}:-]/u.test(label)) return true;
    if (LOOKALIKE.test(label)) return isPlainEnd || /[a-z]/i.test(label);
    const rest = [...label].filter((char) => !UNSPACED.test(char)).join("");
    return !LATIN.test(rest) && /[a-z]/i.test(rest);
  });
}

/** The address that the browser would open; undefined when it must not be a link. */
function checkAddress(raw: string): string | undefined {
  if (!URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  if (url.protocol === "mailto:") return /^mailto:[^@?]+@[^@?]+$/i.test(raw) ? url.href : undefined;
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
  // https://bank.example@evil.example shows one host and opens another.
  return url.username || url.password || isForged(raw) ? undefined : url.href;
}

/** Cuts a text into plain parts and links, at most `most` links. All parts together are the text. */
export function linkify(text: string, most = Number.POSITIVE_INFINITY): Segment[] {
  const segments: Segment[] = [];
  let done = 0;
  let left = most;
  ADDRESS.lastIndex = 0;
  for (let match = ADDRESS.exec(text); match && left > 0; match = ADDRESS.exec(text)) {
    const { mail, site } = match.groups ?? {};
    const taken = mail ?? text.slice(match.index, endOf(text, match.index, site ? "" : match[0]));
    const raw = trimTail(taken);
    const href = checkAddress((mail ? "mailto:" : site ? "https://" : "") + raw);
    // No part of a refused address is a link either.
    ADDRESS.lastIndex = match.index + Math.max(href ? raw.length : taken.length, 1);
    if (href === undefined) continue;
    left--;
    if (match.index > done) segments.push({ text: text.slice(done, match.index) });
    segments.push({ text: raw, href });
    done = match.index + raw.length;
  }
  if (done < text.length) segments.push({ text: text.slice(done) });
  return segments;
}
