/**
 * Reads new messages to those who listen instead of look. The list itself is silent; this small log gets a line
 * of text per new message, at most one a second, and a count when there are too many to read. It stays empty
 * for history, for one's own messages and for everything else that changes. Lines go away again once they are said.
 */
import type { Clock, Timer } from "../../client/clock.ts";

export type Announcer = ReturnType<typeof createAnnouncer>;

export interface AnnouncerOptions {
  clock_: Clock;
  /** Puts a line into the page's live region; returns how to take it away. */
  write: (line: string) => () => void;
  /** "7 new messages in lobby". */
  sayCount: (count: number) => string;
}

const PAUSE_MS = 1_000;
/** More than this many are counted, not read. */
const READ_OUT = 3;
/** Long enough for screen readers to notice (some need more than 100 ms), short enough not to be found later. */
const STAY_MS = 1_200;

export function createAnnouncer({ clock_: clock, write, sayCount }: AnnouncerOptions) {
  let waiting: string[] = [];
  let timer: Timer | undefined;

  function say(): void {
    timer = undefined;
    const line = waiting.length > READ_OUT ? sayCount(waiting.length) : waiting.shift();
    if (line === undefined) return;
    if (waiting.length > READ_OUT) waiting = [];
    clock.after(STAY_MS, write(line));
    timer = clock.after(PAUSE_MS, say);
  }

  return {
    announce_(line: string): void {
      waiting.push(line);
      // A short moment first: a burst is then one count, not one message and a count.
      timer ??= clock.after(100, say);
    },
    stop_(): void {
      clock.cancel(timer);
      waiting = [];
    },
  };
}
