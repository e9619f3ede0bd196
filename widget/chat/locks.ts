/** The browser's locks (Web Locks): one tab of a site holds a lock, and loses it however it ends. */

/**
 * Asks for a lock and waits for it, or with `ifAvailable` doesn't. Resolves to how to let it go; to nothing when another
 * has it. Rejects where a page may not use locks.
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
