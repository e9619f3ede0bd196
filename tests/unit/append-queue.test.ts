/** The queue of appends before an engine that waits for another process: order, overlap and close. */
import { expect, test } from "bun:test";
import { createAppendQueue, type Pending } from "../../src/log/append-queue.ts";
import { entry } from "../contracts/log-changes.ts";
import { until } from "../support/until.ts";

/** A queue whose batches the test stores and answers one by one. */
function setUp() {
  const batches: { ids: string[]; goOn: () => boolean; answer: () => void }[] = [];
  const commit = (batch: readonly Pending[], goOn: () => boolean): Promise<void> =>
    new Promise((ended) => {
      const answer = (): void => {
        for (const { entry: each, resolve } of batch)
          resolve({ entry: { ...each, offset: 1, at: 0, tag: "" }, repeated: false } as never);
        ended();
      };
      batches.push({ ids: batch.map(({ entry: { id } }) => id), goOn, answer });
    });
  const queue = createAppendQueue({ commit, maxWindowMs: 5 });
  const add = (count: number, name: string) =>
    Promise.all(Array.from({ length: count }, (_, i) => queue.append(entry("t", `${name}${i}`))));
  return { queue, batches, add };
}

test("a full batch is under way before the one before it is answered", async () => {
  const { batches, add } = setUp();
  const first = add(1, "a");
  await until("the first batch", () => batches.length === 1);
  const second = add(64, "b");
  expect(batches[0]?.goOn()).toBeTrue();
  expect(batches.map(({ ids }) => ids.length)).toEqual([1, 64]);
  // Only the newest batch can be followed.
  void add(64, "c");
  expect(batches[0]?.goOn()).toBeFalse();
  expect(batches).toHaveLength(2);
  for (const { answer } of batches) answer();
  expect(await first).toHaveLength(1);
  expect(await second).toHaveLength(64);
  await until("the last batch, after the others", () => batches.length === 3);
});

test("a few entries wait until the batch before them is answered", async () => {
  const { batches, add } = setUp();
  void add(1, "a");
  await until("the first batch", () => batches.length === 1);
  void add(63, "b");
  expect(batches[0]?.goOn()).toBeFalse();
  expect(batches).toHaveLength(1);
  batches[0]?.answer();
  await until("the next batch", () => batches.length === 2);
  expect(batches[1]?.ids).toHaveLength(63);
});

test("what is too much for one batch follows in order and does not overtake a batch that is tried again", async () => {
  const { batches, add } = setUp();
  void add(4100, "m");
  await until("the first batch", () => batches.length === 1);
  expect(batches[0]?.goOn()).toBeTrue();
  expect(batches).toHaveLength(2);
  batches[0]?.answer();
  await Bun.sleep(0);
  // The second one is not stored yet.
  expect(batches).toHaveLength(2);
  expect(batches[1]?.goOn()).toBeTrue();
  expect(batches.flatMap(({ ids }) => ids)).toEqual(Array.from({ length: 4100 }, (_, i) => `m${i}`));
});

test("closing stores all that is queued, one batch after the other, and refuses the rest", async () => {
  const { queue, batches, add } = setUp();
  const all = add(4100, "m");
  const closed = queue.close();
  expect(queue.append(entry("t", "late"))).rejects.toMatchObject({ code: "shutting-down" });
  for (let i = 0; i < 3; i++) {
    await until("the next batch", () => batches.length > i);
    expect(batches).toHaveLength(i + 1);
    batches[i]?.answer();
  }
  await closed;
  expect(await all).toHaveLength(4100);
});

test("what is queued while a drain is under way is stored too, by a second drain and without one", async () => {
  const { queue, batches, add } = setUp();
  for (const drains of [2, 1]) {
    batches.length = 0;
    const first = add(1, "a");
    const drained = queue.drain();
    const second = add(1, "b");
    const all = drains === 2 ? queue.drain() : second;
    batches[0]?.answer();
    await Promise.all([first, drained]);
    await until("the second batch", () => batches.length === 2);
    batches[1]?.answer();
    await Promise.all([all, second]);
  }
});
