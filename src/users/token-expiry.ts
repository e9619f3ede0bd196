/**
 * The clock of a token: says a minute ahead that it ends, and that it has ended. Timers that can't be that long are set
 * again.
 */

/** How long before its end a token's session is told. */
const NOTICE_MS = 60_000;
/** The longest a timer can be (2^31 - 1 milliseconds); longer ones fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Calls `tell` with the milliseconds left a minute before `endsAt` (at once when it is nearer), and with 0 at the end.
 * Returns the way to stop.
 */
export function watchExpiry(endsAt: number, now: () => number, tell: (inMs: number) => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let noticed = false;
  const look = (): void => {
    const left = endsAt - now();
    if (left <= 0) {
      tell(0);
      return;
    }
    if (left <= NOTICE_MS && !noticed) {
      noticed = true;
      tell(left);
    }
    timer = setTimeout(look, Math.min(MAX_TIMER_MS, noticed ? left : left - NOTICE_MS));
  };
  timer = setTimeout(look, 0);
  return () => clearTimeout(timer);
}
