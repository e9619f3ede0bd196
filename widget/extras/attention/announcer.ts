/**
 * Announces new messages to screen readers. The list itself is silent; a live region receives a line for each message, at most
 * one a second, and a count when there are too many to read. History, own messages and changes are not announced, and lines
 * disappear once they are read.
 */
import type { Clock, Timer } from "../../client/clock.ts";

export type Announcer = ReturnType<typeof createAnnouncer>;

export interface AnnouncerOptions {
  clock_: Clock;
  /** Adds a line to the live region; returns the function that removes it. */
  write: (line: string) => () => void;
  /** Returns the words for a count: "7 new messages in lobby". */
  sayCount: (count: number) => string;
}

const PAUSE_MS = 1_000;
/** The most lines that are read; more are counted. */
const READ_OUT = 3;
/** Long enough for screen readers to notice (some need more than 100 ms), short enough not to be reached by browsing. */
const STAY_MS = 1_200;

/** Creates an announcer without lines. */
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
      // A burst is one count, not one message and a count.
      timer ??= clock.after(100, say);
    },
    stop_(): void {
      clock.cancel(timer);
      waiting = [];
    },
  };
}
