/** Hostile input in short: broken frames, commands, lines and requests against a real server. */
import { expect, setDefaultTimeout, test } from "bun:test";
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
