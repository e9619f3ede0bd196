/**
 * Turns of searches: how many a log has at once, and in which order their parts run. First parts go before further ones, so that a
 * search that is soon done does not wait for those that take long.
 */
import { KabarError } from "../errors.ts";

/** Searches at once, those that wait included: more would wait longer than people do. */
export const MAX_SEARCHES = 32;
const RETRY_MS = 1000;

/** Creates the function that runs a search, if there are not too many. It throws `rate-limited`. */
export function createSearchLimit() {
  let searches = 0;
  return async function limited<T>(search: () => Promise<T>): Promise<T> {
    if (searches >= MAX_SEARCHES)
      throw new KabarError(
        "rate-limited",
        `This server runs ${MAX_SEARCHES} searches at once, and has as many. Wait ${RETRY_MS / 1000} s.`,
        RETRY_MS,
      );
    searches += 1;
    try {
      return await search();
    } finally {
      searches -= 1;
    }
  };
}

/** Creates the function that runs parts of searches, so many at a time. */
export function createTurns(max: number) {
  let running = 0;
  const first: (() => void)[] = [];
  const further: (() => void)[] = [];
  return async function inTurn<T>(isFirst: boolean, run: () => Promise<T>): Promise<T> {
    if (running < max) running += 1;
    else await new Promise<void>((resolve) => (isFirst ? first : further).push(resolve));
    try {
      return await run();
    } finally {
      const next = first.shift() ?? further.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
