/**
 * A check of the wall clock against the machine's uptime. After a jump, the clock is in doubt until it has run for an hour
 * without another jump, or has jumped back. Both clocks are passed in.
 */

/** The difference of the two clocks that does not count as a jump: time servers correct less without one. */
const TOLERANCE_MS = 300_000;
/** The time without another jump after which the clock is sure again. */
const SETTLE_MS = 3_600_000;

/** `back` is returned once, when the clock has returned to its time before the jump and is sure again. */
export type Judgement = "sure" | "doubt" | "back";

/** Creates the check. `startsInDoubt`: the time at the start itself may be wrong. */
export function createSteadyClock(now: () => number, uptime: () => number, startsInDoubt = false) {
  /** The wall clock minus the uptime, while the clock is sure. */
  let ahead = now() - uptime();
  let doubt: { ahead: number; since: number } | undefined = startsInDoubt
    ? { ahead, since: uptime() }
    : undefined;
  /** Whether the clock was ever sure, so that it can jump back. */
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
