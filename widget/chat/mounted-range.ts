/**
 * Range of messages that is mounted in the page (a virtual list): the newest while the reader is at the end, and a span that
 * slides with the scrolling elsewhere. Pure. Spans are named by offsets, not by array indexes, so that messages added at either
 * end do not move them.
 */
import type { Message } from "../../src/model.ts";

/** A range of offsets, both included; `undefined` means the newest messages. */
export type Span = { from: number; to: number } | undefined;

/** Array indexes: `start` included, `end` not. */
export interface Cut {
  start_: number;
  end_: number;
}

/** Mounted rows while the reader is at the end, and the most at any time. */
export const FOLLOWED = 80;
export const MOUNTED = 150;
const STEP = 50;
/**
 * Rows of the first drawing: the usual first list as a whole. A second drawing would lay out and paint again what stands, for
 * a tenth of the price of the list.
 */
export const FIRST = 50;

/** Returns the index of the first message at or after an offset. */
function placeOf(messages: readonly Message[], offset: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the indexes of a span. Of the newest messages: those since the offset `from`, within the limits. */
export function cut(messages: readonly Message[], span: Span, from = Number.POSITIVE_INFINITY): Cut {
  if (!span) {
    const end = messages.length;
    return { start_: Math.max(0, end - MOUNTED, Math.min(placeOf(messages, from), end - FIRST)), end_: end };
  }
  const end = placeOf(messages, span.to + 1);
  return { start_: Math.max(placeOf(messages, span.from), end - MOUNTED), end_: end };
}

const spanOf = (messages: readonly Message[], start: number, end: number): Span => {
  const [from, to] = [messages[start]?.offset, messages[end - 1]?.offset];
  return from === undefined || to === undefined ? undefined : { from, to };
};

/** Returns the current range as a span, which new messages do not move. */
export function hold(messages: readonly Message[], span: Span, from?: number): Span {
  const { start_: start, end_: end } = cut(messages, span, from);
  return spanOf(messages, start, end);
}

/**
 * Returns the offset from which the newest messages should be mounted next: earlier while too few are mounted, much later
 * when too many are, nothing when the number fits. Rows are removed seldom and in a drawing of their own, so that the other
 * rows keep their place in the window and no browser counts a layout shift.
 */
export function follow(messages: readonly Message[], from: number): number | undefined {
  const { start_: start, end_: end } = cut(messages, undefined, from);
  const rows = end - start;
  const next = rows < FOLLOWED || rows > FOLLOWED + STEP ? Math.max(0, end - FOLLOWED) : start;
  const offset = messages[next]?.offset;
  return offset === from ? undefined : offset;
}

/** Moves a span some rows up. */
export function slideUp(messages: readonly Message[], span: Span): Span {
  const { start_: start, end_: end } = cut(messages, span);
  const above = Math.max(0, start - STEP);
  return spanOf(messages, above, Math.min(end, above + MOUNTED));
}

/** Moves a span some rows down. */
export function slideDown(messages: readonly Message[], span: Span): Span {
  const { start_: start, end_: end } = cut(messages, span);
  const below = Math.min(messages.length, end + STEP);
  return spanOf(messages, Math.max(start, below - MOUNTED), below);
}
