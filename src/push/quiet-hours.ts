/** Quiet hours: a time of the day, in the user's own time zone, at which no push message is sent. Pure. */

import type { QuietHours } from "../model.ts";

/** Clocks by time zone: making one takes far longer than reading it. */
const clocks = new Map<string, Intl.DateTimeFormat>();
/** There are about 600 names of zones. */
const MAX_CLOCKS = 1000;

function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    if (clocks.size < MAX_CLOCKS) clocks.set(zone, clock);
  }
  return clock;
}

/** Whether a name is that of a time zone. */
export function isTimeZone(zone: string): boolean {
  try {
    return clockOf(zone) !== undefined;
  } catch {
    return false;
  }
}

/** Whether a moment (milliseconds since 1970) lies in quiet hours. Hours that begin and end at the same time are empty. */
export function isQuiet({ from, to, zone }: QuietHours, nowMs: number): boolean {
  const time = clockOf(zone).format(nowMs);
  return from <= to ? from <= time && time < to : time >= from || time < to;
}
