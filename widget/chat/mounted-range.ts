/**
 * Which stretch of the messages is in the page. A list of thousands keeps a bounded number of rows mounted: the
 * newest while the reader is at the end, and a stretch that slides as they scroll elsewhere. Pure. Stretches are named
 * by offsets, not by places in an array, so that messages added at either end don't move them.
 */
import type { Message } from "../../src/model.ts";

/** From an offset to an offset, both included; nothing means the newest. */
export type Span = { from: number; to: number } | undefined;

/** Places in the array: `start` included, `end` not. */
export interface Cut {
  start_: number;
  end_: number;
}

/** Rows in the page while the reader is at the end, about, and at most. */
export const FOLLOWED = 80;
export const MOUNTED = 150;
const STEP = 50;
/** Rows of the first drawing, and of each that follows until all are there: few enough for a slow phone. */
export const FIRST = 16;

/** The place of the first message at or after an offset. */
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

/** The places of a stretch; where it is the newest, those since the offset `from`, but not too few or too many. */
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

/** The stretch as it is now, so that what comes doesn't move it. */
export function hold(messages: readonly Message[], span: Span, from?: number): Span {
  const { start_: start, end_: end } = cut(messages, span, from);
  return spanOf(messages, start, end);
}

/**
 * From which offset on the newest should be mounted next: some more while there are too few, many less when there are too
 * many. Nothing when it is as it should be. Rows are taken away seldom and in a drawing of their own, in which nothing is
 * added: the list's rows then keep their place in the window, and no browser counts that as a shift of the page.
 */
export function follow(messages: readonly Message[], from: number): number | undefined {
  const { start_: start, end_: end } = cut(messages, undefined, from);
  const rows = end - start;
  const next = rows < FOLLOWED ? Math.max(0, start - FIRST) : rows > FOLLOWED + STEP ? end - FOLLOWED : start;
  const offset = messages[next]?.offset;
  return offset === from ? undefined : offset;
}

/** The stretch, some rows further up. */
export function slideUp(messages: readonly Message[], span: Span): Span {
  const { start_: start, end_: end } = cut(messages, span);
  const above = Math.max(0, start - STEP);
  return spanOf(messages, above, Math.min(end, above + MOUNTED));
}

/** The stretch, some rows further down. */
export function slideDown(messages: readonly Message[], span: Span): Span {
  const { start_: start, end_: end } = cut(messages, span);
  const below = Math.min(messages.length, end + STEP);
  return spanOf(messages, Math.max(start, below - MOUNTED), below);
}
