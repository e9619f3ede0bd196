/** Hostile input in short: broken frames, commands, lines and requests against a real server. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { FLOODS } from "../fuzz/floods.ts";
import { runLatency } from "../fuzz/latency.ts";
import { runFuzz } from "../fuzz/run.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

test("no frame, command, line or request crashes the server, goes unanswered or disturbs others", async () => {
  const result = await runFuzz({ cases: 20_000, seed: 1 });
  expect(result.sentences).toEqual([]);
  expect(result.crashes).toBe(0);
  expect(result.wrong).toBe(0);
  expect(result.cases).toBeGreaterThanOrEqual(20_000);
  expect(result.heartbeats).toBeGreaterThan(0);
  expect(Object.keys(result.kinds).sort()).toEqual([
    "broken frames",
    "broken requests",
    "commands",
    "halves",
    "left in the middle",
    "odd requests",
    "plain lines",
  ]);
}, 120_000);

test("no single attacker keeps a healthy client waiting for longer than 100 ms", async () => {
  const { floods, wrong } = await runLatency({ seed: 1, floodMs: 300 });
  expect(wrong).toEqual([]);
  expect(floods.map(({ name }) => name)).toEqual(Object.keys(FLOODS));
}, 180_000);
