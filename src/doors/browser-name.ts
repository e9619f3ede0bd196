/** The name of a browser in a few words, from what it calls itself. */

const BROWSERS = ["Edg", "OPR", "Firefox", "Chrome", "Safari"] as const;
const NAMES: Readonly<Record<string, string>> = { Edg: "Edge", OPR: "Opera", "Mac OS X": "macOS" };
const SYSTEMS = ["Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux"] as const;

/** A browser in a few words, such as "Firefox, Linux"; undefined for programs that do not call themselves one. */
export function describeBrowser(userAgent: string): string | undefined {
  const found = [BROWSERS, SYSTEMS].flatMap((words) => words.find((word) => userAgent.includes(word)) ?? []);
  return found.length === 0 ? undefined : found.map((word) => NAMES[word] ?? word).join(", ");
}
