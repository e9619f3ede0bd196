/**
 * Long work that lets others have their turn. JavaScript runs one thing at a time: whatever goes over all topics, entries or
 * sessions awaits this between two items, and the event loop stops for a few milliseconds only.
 */

/** The longest that work goes on without a turn for others. A request passes three or four turns of the loop. */
const TURN_MS = 4;

/**
 * Makes the function that a long loop awaits after each item. It returns at once while the loop's turn lasts, and gives the
 * event loop a turn when it is over.
 */
export function createGiveWay(turnMs: number = TURN_MS): () => Promise<void> | undefined {
  let turnEnds = performance.now() + turnMs;
  return () => {
    if (performance.now() < turnEnds) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        turnEnds = performance.now() + turnMs;
        resolve();
      }),
    );
  };
}
