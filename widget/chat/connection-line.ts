/**
 * The line about the connection: whether it stands above the composer, after each change. Pure.
 * Short losses stay unmentioned. drawing.ts keeps the two timers; status.tsx has the words.
 */
import type { Connection } from "../client/client-events.ts";

/** A loss shorter than this is not mentioned. */
export const LATE_MS = 1_000;
/** "Back online" stays for this long. */
export const BACK_MS = 2_000;

export interface ConnectionLine {
  /** The connection has been missing for longer than a moment. */
  isLate_?: boolean | undefined;
  /** The connection has just come back. */
  isBack_?: boolean | undefined;
  wasOnline_?: boolean | undefined;
}

/** The line after the connection changed, or after the timer `late` (`LATE_MS`) or `settled` (`BACK_MS`) ended. */
export function connectionLine(line: ConnectionLine, event: Connection | "late" | "settled"): ConnectionLine {
  if (event === "online") return { isBack_: line.isLate_ && line.wasOnline_, wasOnline_: true };
  if (event === "settled") return { ...line, isBack_: false };
  return event === "late" ? { ...line, isLate_: true } : line;
}
