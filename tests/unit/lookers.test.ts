/** Lookers: what other desks look at, for a few seconds, on every node. */
import { expect, test } from "bun:test";
import { createLookers } from "../../src/doors/lookers.ts";
import type { NewsListener } from "../../src/log/cluster.ts";

test("a desk sees what others look at, not itself, until they stop; other nodes receive changes only", () => {
  let nowMs = 0;
  const told: unknown[] = [];
  let hear: NewsListener = () => undefined;
  const cluster = {
    tell: (_: string, body: unknown) => void told.push(body),
    onNews: (_: string, listener: NewsListener) => {
      hear = listener;
    },
  };
  const lookers = createLookers({ cluster, now: () => nowMs });
  const ana = { desk: "ana", case: "held lobby 1", by: "Ana" };
  lookers.note(ana);
  nowMs = 3000;
  lookers.note(ana);
  expect(told).toHaveLength(1);
  expect(lookers.others("ana")).toEqual([]);
  expect(lookers.others("budi")).toEqual([{ case: "held lobby 1", by: "Ana" }]);
  hear({ desk: "budi", case: "held lobby 2", by: "Budi" }, "another node");
  expect(lookers.others("ana")).toEqual([{ case: "held lobby 2", by: "Budi" }]);
  lookers.note({ ...ana, case: "held lobby 3" });
  expect(told).toHaveLength(2);
  nowMs = 20_000;
  expect(lookers.others(undefined)).toEqual([]);
});

test("desks without end use bounded memory", () => {
  const lookers = createLookers({ cluster: { tell: () => undefined, onNews: () => undefined } });
  for (let i = 0; i < 5000; i++) lookers.note({ desk: `desk-${i}`, case: "x", by: "Ana" });
  expect(lookers.others(undefined).length).toBeLessThanOrEqual(500);
});
