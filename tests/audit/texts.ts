/** Numbered and hashed texts: each tells its author, its number, and whether a byte of it is wrong. */
import type { Random } from "./random.ts";

const LETTERS = 'abcdefghijklmnopqrstuvwxyz é漢🙂"\\<&\t';
const ALPHABET = [...LETTERS];

const hashOf = (head: string, padding: string): string => Bun.hash.wyhash(`${head} ${padding}`).toString(36);

/** The text of a publisher's message number `number`, about `length` characters long. */
export function writeText(publisher: string, number: number, length: number, random: Random): string {
  const head = `${publisher} ${number}`;
  // A run of one letter: long texts must cost the writer little.
  const letters = Array.from({ length: Math.min(length, 12) }, () => random.pick(ALPHABET)).join("");
  const padding = `[${letters}${"=".repeat(Math.max(0, length - 12))}]`;
  return `${head} ${hashOf(head, padding)} ${padding}`;
}

/** Whose text this is and which of theirs; undefined when it is none of ours, or damaged. */
export function readText(text: string): { publisher: string; number: number } | undefined {
  const match = /^(\S+) (\d+) (\w+) (\[.*\])$/s.exec(text);
  if (!match) return undefined;
  const [, publisher = "", number = "", hash = "", padding = ""] = match;
  return hashOf(`${publisher} ${number}`, padding) === hash
    ? { publisher, number: Number(number) }
    : undefined;
}
