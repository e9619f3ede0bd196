/**
 * Calls that wait for a state: each looks at the client after every change, and settles once.
 * One failure (the client is closed or denied) ends them all.
 */

export type Waiting = ReturnType<typeof createWaiting>;

/** Creates an empty list of waiting calls. */
export function createWaiting() {
  const waiting = new Set<{ look_: () => void; fail_: (error: Error) => void }>();
  return {
    /** Resolves to the first value that `look` returns; rejects with what it throws. */
    until_<T>(look: () => T | undefined): Promise<T> {
      return new Promise((resolve, reject) => {
        const entry = {
          look_(): void {
            try {
              const value = look();
              if (value === undefined) return;
              resolve(value);
            } catch (error) {
              reject(error);
            }
            waiting.delete(entry);
          },
          fail_(error: Error): void {
            waiting.delete(entry);
            reject(error);
          },
        };
        waiting.add(entry);
        entry.look_();
      });
    },
    /** Lets every waiting call look again. */
    look_(): void {
      for (const entry of [...waiting]) entry.look_();
    },
    /** Ends every waiting call. Returns whether there was one. */
    fail_(error: Error): boolean {
      const entries = [...waiting];
      for (const entry of entries) entry.fail_(error);
      return entries.length > 0;
    },
  };
}
