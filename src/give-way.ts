/**
 * A pause for long loops, so that the event loop never stops for more than a few milliseconds. JavaScript runs one thing
 * at a time: a loop over all topics, entries or sessions awaits this between two items.
 */

/** The longest time without a pause. A request needs three or four turns of the event loop. */
const TURN_MS = 4;

/**
 * Creates the function that a long loop awaits after each item. It returns undefined until `turnMs` have passed, then a
 * promise that resolves after one turn of the event loop.
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
