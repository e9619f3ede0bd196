/**
 * What stands for an author: initials and a colour; what a name and a text's length are. Pure.
 */

/** One or two characters for an author's mark: "Guest-heron" is GH, "ana" is A. */
export function initials(name: string): string {
  const firsts = name
    .match(/(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu)
    ?.slice(0, 2)
    .join("");
  return (firsts || [...name][0] || "?").toUpperCase();
}

/** An author's hue in degrees: by id, so that a new name keeps the colour and a borrowed name does not take it. */
export function hueOf(userId: string): number {
  let hash = 2166136261;
  for (const c of userId) hash = Math.imul(hash ^ c.charCodeAt(0), 16777619);
  return ((hash >>> 0) % 12) * 30;
}

/** How many bytes the server will count (UTF-8). */
export const byteLength = (text: string): number => new TextEncoder().encode(text).length;
