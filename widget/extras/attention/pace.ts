/**
 * How often a list is drawn, by how fast messages come: at once while a person can follow, four times a second when more
 * than five messages a second arrive. And whether that is a crowd, which the list is drawn closer for. Pure: time and timers
 * are passed in, and drawing is somebody else's.
 */
import type { Clock, Timer } from "../../client/clock.ts";

export type Pace = ReturnType<typeof createPace>;

export interface PaceOptions {
  clock_: Clock;
  /** A drawing that had to wait is due. */
  draw: () => void;
  /** The crowd has come together, or has gone. */
  onCrowd: () => void;
}

/** Between two drawings in a crowd. */
export const PAUSE_MS = 250;
/** More messages a second than a reader reads. */
const MANY = 5;
/** A crowd is one until it is clearly none: the list must not change its looks every other second. */
const FEW = 3;

export function createPace({ clock_: clock, draw, onCrowd }: PaceOptions) {
  let batches: { at: number; count: number }[] = [];
  let isCrowd = false;
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
    const was = isCrowd;
    // Two seconds of it: somebody who posts ten lines at once is none.
    isCrowd = was ? both > 2 * FEW : Math.min(latest, both - latest) > MANY;
    if (isCrowd) check = clock.after(1_000, judge);
    if (was !== isCrowd) onCrowd();
  }

  return {
    /** So many messages have just come. */
    add(count: number): void {
      const now = clock.now();
      batches = batches.filter(({ at }) => at > now - 2_000);
      if (count > 0) batches.push({ at: now, count });
      if (check === undefined) judge();
    },
    isCrowd: (): boolean => isCrowd,
    /** Whether something that changed is to be drawn now; otherwise `draw` is called when it is its turn. */
    mayDraw_(): boolean {
      if (drawing !== undefined) return false;
      const now = clock.now();
      if (now >= dueAt || (!isCrowd && within(1_000) <= MANY)) {
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
