/**
 * Addresses in a text: finds them, and says which of them a click may go to. Pure; one pass over the text, no backtracking. It
 * only ever returns text and checked addresses, so no text can become markup.
 */

/** A stretch of a message's text; a link when `href` is there. */
export interface Segment {
  text: string;
  href?: string;
}

/** Ends at white space, after a length that no address needs (a bound for the loops below), quotes, angle brackets and at characters that change the writing direction. */
const ADDRESS = /\b(?:https?:\/\/|mailto:)[^\s<>"`\p{Cf}]{1,2000}/giu;

/** Punctuation that ends a sentence rather than an address. */
const PUNCTUATION = /[.,;:!?'*_~…。、」』»”’]/u;
const OPENER: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/** The address without the sentence's punctuation, and without a bracket at its end that it did not open. */
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

/** The address as the browser would go to it; undefined for what we don't link. */
function checkAddress(raw: string): string | undefined {
  if (!URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  if (url.protocol === "mailto:") return /^mailto:[^@?]+@[^@?]+$/i.test(raw) ? url.href : undefined;
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
  // https://bank.example@evil.example shows one name and goes to another.
  return url.username || url.password ? undefined : url.href;
}

/** Cuts a text into plain stretches and links. Joined, the stretches are the text again. */
export function linkify(text: string): Segment[] {
  const segments: Segment[] = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const raw = trimTail(match[0]);
    const href = checkAddress(raw);
    if (href === undefined) continue;
    if (match.index > done) segments.push({ text: text.slice(done, match.index) });
    segments.push({ text: raw, href });
    done = match.index + raw.length;
  }
  if (done < text.length) segments.push({ text: text.slice(done) });
  return segments;
}
