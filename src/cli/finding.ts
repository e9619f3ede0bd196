/**
 * Findings of the command `doctor`: one line each, and what to do where something is to be done.
 */

export interface Finding {
  state: "ok" | "warn" | "bad";
  /** The thing that was looked at, in a word or two. */
  about: string;
  says: string;
  /** What the operator does about it. */
  advice?: string;
}

const WIDTH = 16;
const COLOURS = { ok: 32, warn: 33, bad: 31 };

/** A finding as lines of text; in colour for a terminal. */
export function showFinding({ state, about, says, advice }: Finding, inColour: boolean): string {
  const word = state.padEnd(6);
  const mark = inColour ? `\u001b[${COLOURS[state]}m${word}\u001b[0m` : word;
  const line = `${mark}${about.padEnd(WIDTH)}${says}\n`;
  return advice === undefined ? line : `${line}${" ".repeat(6)}→ ${advice}\n`;
}
