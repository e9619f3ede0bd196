/** Waits for a moment in which the browser has nothing better to do; what need not be in the first picture waits for it. */

/** The latest moment, however busy the page is. */
const LATEST_MS = 300;

/**
 * Calls a function in a frame once the page is idle. In a frame, because its scroll events come first: a drawing before them would
 * scroll a reader who has just left the end back there. Safari has no idle moments: there it is the next frame.
 */
export function whenIdle(run: () => void): void {
  // An object as a time of `setTimeout` counts as 0.
  const later = window.requestIdleCallback ?? setTimeout;
  later(() => requestAnimationFrame(run), { timeout: LATEST_MS } as never);
}
