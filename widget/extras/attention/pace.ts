/**
 * Pace of drawing: at once while messages come slowly, four times a second when more than five a second arrive. Decides also
 * whether a topic is busy. Pure: time and timers are passed in, and the owner draws.
 */
import type { Clock, Timer } from "../../client/clock.ts";

export type Pace = ReturnType<typeof createPace>;

export interface PaceOptions {
  clock_: Clock;
  /** Called when a postponed drawing is due. */
  draw: () => void;
  /** Called when the topic has become busy, and when it is no longer busy. */
  onBusy: () => void;
}

/** The time between two drawings in a busy topic. */
export const PAUSE_MS = 250;
/** Messages a second that a reader can follow; more make a topic busy. */
const MANY = 5;
/** Messages a second below which a busy topic is calm again: lower, so that the list does not change its looks all the time. */
const FEW = 3;

/** Creates the pace of one topic. */
export function createPace({ clock_: clock, draw, onBusy }: PaceOptions) {
  let batches: { at: number; count: number }[] = [];
  let isBusy = false;
  let dueAt = 0;
  let drawing: Timer | undefined;
  let check: Timer | undefined;

  const within = (ms: number): number => {
    const since = clock.now() - ms;
    return batches.reduce((sum, { at, count }) => (at > since ? sum + count : sum), 0);
  };
  function judge(): void {
    check = undefined;
    const [latest, both] = [within(1_000), within(2_000)];
    const was = isBusy;
    // Two seconds in a row: ten lines sent at once make no busy topic.
    isBusy = was ? both > 2 * FEW : Math.min(latest, both - latest) > MANY;
    if (isBusy) check = clock.after(1_000, judge);
    if (was !== isBusy) onBusy();
  }

  return {
    /** Counts messages that have just arrived. */
    add(count: number): void {
      const now = clock.now();
      batches = batches.filter(({ at }) => at > now - 2_000);
      if (count > 0) batches.push({ at: now, count });
      if (check === undefined) judge();
    },
    isBusy: (): boolean => isBusy,
    /** Returns whether a change may be drawn now; otherwise `draw` is called later. */
    mayDraw_(): boolean {
      if (drawing !== undefined) return false;
      const now = clock.now();
      if (now >= dueAt || (!isBusy && within(1_000) <= MANY)) {
        dueAt = now + PAUSE_MS;
        return true;
      }
      drawing = clock.after(dueAt - now, () => {
        drawing = undefined;
        dueAt = clock.now() + PAUSE_MS;
        draw();
      });
      return false;
    },
    stop_(): void {
      clock.cancel(drawing);
      clock.cancel(check);
    },
  };
}
