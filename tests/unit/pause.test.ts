import { expect, test } from "bun:test";
import { pause } from "../../src/pause.ts";

/** A signal that counts its listeners. */
function countListeners() {
  const ending = new AbortController();
  const { signal } = ending;
  let count = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    count += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    count -= 1;
    remove(...args);
  };
  return { ending, signal, listeners: () => count };
}

test("a pause ends after its time, when it is no longer wanted, or when it is woken, and leaves nothing behind", async () => {
  const { ending, signal, listeners } = countListeners();
  const wakers = new Set<() => void>();
  const hour = 3_600_000;

  await pause(1, signal, wakers);
  const woken = pause(hour, signal, wakers);
  expect([wakers.size, listeners()]).toEqual([1, 1]);
  for (const wake of wakers) wake();
  await woken;
  expect([wakers.size, listeners()]).toEqual([0, 0]);

  const unwanted = pause(hour, signal, wakers);
  ending.abort();
  await unwanted;
  await pause(hour, signal, wakers);
  expect([wakers.size, listeners()]).toEqual([0, 0]);
});
