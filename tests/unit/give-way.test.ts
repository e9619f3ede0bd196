/** Pauses of long loops: alone, and many loops that share one. */
import { expect, test } from "bun:test";
import { createGiveWay } from "../../src/give-way.ts";

const TURN_MS = 2;
const STEP_MS = 3;
const STEPS = 4;

function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Runs loops that share one pause. Resolves to the most steps between two turns of the event loop, the first of each left out. */
async function mostStepsInATurn(loops: number): Promise<number> {
  const giveWay = createGiveWay(TURN_MS);
  let [inTurn, most, isDone] = [0, 0, false];
  const countTurn = (): void => {
    most = Math.max(most, inTurn);
    inTurn = 0;
    if (!isDone) setImmediate(countTurn);
  };
  const loop = async (): Promise<void> => {
    for (let step = 0; step < STEPS; step++) {
      busy(STEP_MS);
      if (step > 0) inTurn += 1;
      await giveWay();
    }
  };
  setImmediate(countTurn);
  await Promise.all(Array.from({ length: loops }, loop));
  isDone = true;
  return most;
}

test.each([1, 20])(
  "%d loops that share a pause take one long step in a turn of the event loop",
  async (loops) => {
    expect(await mostStepsInATurn(loops)).toBeLessThanOrEqual(2);
  },
);
