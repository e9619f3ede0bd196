/** A wait that ends early: when it is no longer wanted, or when what is waited for has come. */

/**
 * Resolves after `ms`, when `ended` is aborted, or when somebody calls the function that it keeps in each of `wakers` meanwhile.
 * Leaves neither a timer nor a listener behind.
 */
export function pause(ms: number, ended?: AbortSignal, ...wakers: Set<() => void>[]): Promise<void> {
  if (ended?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      for (const waker of wakers) waker.delete(done);
      ended?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, ms));
    for (const waker of wakers) waker.add(done);
    ended?.addEventListener("abort", done);
  });
}
