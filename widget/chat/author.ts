/**
 * Initials, colour and text length for an author's rows. Pure.
 */

/** Returns one or two characters for an avatar: "Ana Wijaya" is AW, "Guest-heron" is H. */
export function initials(name: string): string {
  const firsts = name
    .replace(/^Guest-/, "")
    .match(/(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu)
    ?.slice(0, 2)
    .join("");
  return (firsts || [...name][0] || "?").toUpperCase();
}

/** Returns a hue in degrees from the user's id: a new name keeps the colour, and a copied name does not get it. */
export function hueOf(userId: string): number {
  let hash = 2166136261;
  for (const c of userId) hash = Math.imul(hash ^ c.charCodeAt(0), 16777619);
  return ((hash >>> 0) % 12) * 30;
}

/** Returns the length in bytes of UTF-8, as the server counts it. */
export const byteLength = (text: string): number => new TextEncoder().encode(text).length;
