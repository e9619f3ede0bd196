/** A slow answer that is kept: asked for again after a while, when somebody wants it, in the background. A failure keeps the old one. */

export interface KeptAnswerParts<T> {
  ask: () => Promise<T>;
  /** How old an answer may be. */
  everyMs: number;
  /** How long the first who wants it waits at most; the others receive the kept one at once. */
  patienceMs: number;
  /** In milliseconds; only differences count. */
  now?: () => number;
}

/** Creates the function that resolves to the answer; undefined while there is none. */
export function createKeptAnswer<T>({
  ask,
  everyMs,
  patienceMs,
  now = () => performance.now(),
}: KeptAnswerParts<T>): () => Promise<T | undefined> {
  let kept: T | undefined;
  let hasWaited = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  async function askAgain(): Promise<void> {
    try {
      kept = await ask();
    } catch {
      // The old answer is better than none.
    } finally {
      askedAt = now();
      asking = undefined;
    }
  }

  return async () => {
    if (!asking && now() - askedAt >= everyMs) asking = askAgain();
    if (asking && !hasWaited) await Promise.race([asking, Bun.sleep(patienceMs)]);
    hasWaited = true;
    return kept;
  };
}
