/**
 * The progress of a command on standard error: one line that changes on a terminal, else a line for each step.
 */

/** Shortest time between two drawings. */
const DRAW_EVERY_MS = 100;

export interface ProgressLine {
  /** Shows a step: `amount` is its state in words, `total` stands in a line without a terminal. */
  draw(step: string, amount: string, total: string): void;
  /** Removes the line. */
  end(): void;
}

/** Creates the drawing of one command's progress. */
export function createProgressLine(): ProgressLine {
  const isTerminal = process.stderr.isTTY;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let drawn: string | undefined;
  return {
    draw(step, amount, total) {
      const now = performance.now();
      if (step === drawn && (!isTerminal || now - drawnAt < DRAW_EVERY_MS)) return;
      drawnAt = now;
      drawn = step;
      process.stderr.write(isTerminal ? `\r\u001b[K${step}: ${amount}` : `${step} ${total} …\n`);
    },
    end: () => void (isTerminal && drawn && process.stderr.write("\r\u001b[K")),
  };
}

/** `done` as a share of `total`, in percent. */
export const percentOf = (done: number, total: number): number =>
  total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100));

/** A number as people write it: 1,204. */
export const showNumber = (value: number): string => value.toLocaleString("en");

/** A number and its noun. */
export const plural = (count: number, noun: string): string =>
  `${showNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
