/** Waits for a condition by looking again and again, never for a fixed time. */

const DEADLINE_MS = 20_000;

/** Calls `look` again and again until its value is truthy, and returns it; `what` names the condition in the error. */
export async function until<T>(what: string, look: () => Promise<T> | T): Promise<NonNullable<T>> {
  const deadline = Date.now() + DEADLINE_MS;
  let last: unknown;
  for (;;) {
    const value = await Promise.resolve(look()).catch((error: unknown) => {
      last = error;
    });
    if (value) return value as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${DEADLINE_MS} ms (${last ?? value})`);
    await Bun.sleep(20);
  }
}
