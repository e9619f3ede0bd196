/**
 * A timer for the end of a session's token: one notice a minute before the end, one at the end. Delays longer than a timer
 * allows are split.
 */

/** Time between the first notice and the end. */
const NOTICE_MS = 60_000;
/** The longest delay of a timer (2^31 - 1 milliseconds); a timer with a longer one fires at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Calls `onNotice` with the milliseconds left, a minute before `endsAt` or at once when less is left, and with 0 at the end.
 * `endsAt` and `now` are in milliseconds since 1970. Returns a function that cancels the timer.
 */
export function watchExpiry(
  endsAt: number,
  now: () => number,
  onNotice: (leftMs: number) => void,
): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let isNoticed = false;
  const check = (): void => {
    const left = endsAt - now();
    if (left <= 0) {
      onNotice(0);
      return;
    }
    if (left <= NOTICE_MS && !isNoticed) {
      isNoticed = true;
      onNotice(left);
    }
    timer = setTimeout(check, Math.min(MAX_TIMER_MS, isNoticed ? left : left - NOTICE_MS));
  };
  timer = setTimeout(check, 0);
  return () => clearTimeout(timer);
}
