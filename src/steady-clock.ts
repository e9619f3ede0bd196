/**
 * A check of the wall clock against the machine's uptime. A clock that was set or has jumped is in doubt until it has run
 * on for an hour or has jumped back. Both clocks are passed in.
 */

/** By how much the two may differ: what time servers correct without a jump. */
const TOLERANCE_MS = 300_000;
/** How long a clock has to run on after a jump to be believed. */
const SETTLE_MS = 3_600_000;

/** `sure`, `doubt`, or once `back`: sure again, because it came back to where it was before it jumped. */
export type Judgement = "sure" | "doubt" | "back";

/** Makes the judge. `startsInDoubt` where the start itself is not to be believed. */
export function createSteadyClock(now: () => number, uptime: () => number, startsInDoubt = false) {
  /** What the wall clock is ahead of the uptime while it is believed. */
  let ahead = now() - uptime();
  let doubt: { ahead: number; since: number } | undefined = startsInDoubt
    ? { ahead, since: uptime() }
    : undefined;
  /** Whether there is a time to come back to. */
  let isKnown = !startsInDoubt;

  return (): Judgement => {
    const present = now() - uptime();
    if (isKnown && Math.abs(present - ahead) <= TOLERANCE_MS) {
      const wasInDoubt = doubt !== undefined;
      ahead = present;
      doubt = undefined;
      return wasInDoubt ? "back" : "sure";
    }
    if (!doubt || Math.abs(present - doubt.ahead) > TOLERANCE_MS) doubt = { ahead: present, since: uptime() };
    if (uptime() - doubt.since < SETTLE_MS) return "doubt";
    ahead = present;
    isKnown = true;
    doubt = undefined;
    return "sure";
  };
}
