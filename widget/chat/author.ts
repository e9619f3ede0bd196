/**
 * Initials, colour and text length for an author's rows. Pure.
 */

/** Returns one or two characters for an avatar: "Ana Wijaya" is AW, "Guest-heron" is H. */
export function initials(name: string): string {
  // The classes of Unicode are expensive to compile.
  const words = /[^ -~]/.test(name) ? /[\p{L}\p{N}]+/gu : /[a-z\d]+/gi;
  return (name.replace(/^Guest-/, "").match(words) ?? [name || "?"])
    .slice(0, 2)
    .map(([first]) => first)
    .join("")
    .toUpperCase();
}

/** Returns a hue in degrees from the user's id: a new name keeps the colour, and a copied name does not get it. */
export function hueOf(userId: string): number {
  let hash = 2166136261;
  for (const c of userId) hash = Math.imul(hash ^ c.charCodeAt(0), 16777619);
  return ((hash >>> 0) % 12) * 30;
}

/** Returns the length in bytes of UTF-8, as the server counts it. */
export const byteLength = (text: string): number => new TextEncoder().encode(text).length;
