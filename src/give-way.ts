/**
 * A pause for long loops, so that the event loop never stops for more than a few milliseconds. JavaScript runs one thing
 * at a time: a loop over all topics, entries or sessions awaits this between two items.
 */

/** The longest time without a pause. A request needs three or four turns of the event loop. */
const TURN_MS = 4;

/** Awaited between two items of a long loop. */
export type GiveWay = () => Promise<void> | undefined;

/**
 * Creates the function that a long loop awaits after each item. It returns undefined until `turnMs` have passed, then a
 * promise that resolves after one turn of the event loop. Several loops may share it: they wait in a queue, and each turn lets
 * one of them go on.
 */
export function createGiveWay(turnMs: number = TURN_MS): GiveWay {
  let turnEnds = performance.now() + turnMs;
  const waiting: (() => void)[] = [];

  function next(): void {
    const goOn = waiting.shift();
    if (!goOn) return;
    turnEnds = performance.now() + turnMs;
    goOn();
    // Runs after what the loop does now: what `setImmediate` calls is called in the next turn.
    if (waiting.length > 0) setImmediate(next);
  }

  return () => {
    if (performance.now() < turnEnds) return undefined;
    return new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(next);
    });
  };
}
