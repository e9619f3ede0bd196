/** A short day of use: what a page holds and does afterwards. `bun run measure day` spends a long one. */
import { expect } from "bun:test";
import { DAY_SERVER, openDay, SLOWEST_MS, spendDay } from "../measure/day.ts";
import { browserTest, useBrowserWithServer } from "../support/browser.ts";

const server = await useBrowserWithServer(DAY_SERVER);

browserTest(
  "messages, topics and panels leave no memory, nodes or listeners behind, and a page at rest does nothing",
  async () => {
    const day = { messages: 1_000, topics: 8, panels: 4, idleSeconds: 2 };
    const { held, received, rest } = await spendDay(await openDay(server), server, day);
    expect(received).toBe(day.messages);
    const { before, ...after } = held;
    for (const [part, { heapMib, nodes, listeners }] of Object.entries(after)) {
      // One panel has about 80 nodes and 20 listeners.
      expect([part, nodes - before.nodes < 40, listeners - before.listeners < 10]).toEqual([
        part,
        true,
        true,
      ]);
      // V8 keeps a little more for code that has run often.
      expect(heapMib - before.heapMib).toBeLessThan(0.75);
    }
    expect(rest.frames).toBe(0);
    // What is left of the 25 seconds after which a silent connection is tested.
    expect(rest.timers.length, `timers below ${SLOWEST_MS} ms: ${rest.timers}`).toBeLessThanOrEqual(1);
  },
);
