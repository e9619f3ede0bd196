/**
 * Locks of the browser (Web Locks): one tab of a site holds a lock, and loses it however the tab ends.
 */

/**
 * Requests a lock and waits for it, except with `ifAvailable`. Resolves to the function that releases it, or to nothing when
 * another tab holds it. Rejects where a page may not use locks.
 */
export async function claim(name: string, options: LockOptions): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, options, (lock) => {
        if (!lock) resolve(undefined);
        return lock && new Promise<void>(resolve);
      })
      .catch(reject);
  });
}
