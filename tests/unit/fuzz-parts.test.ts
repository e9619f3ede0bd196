/** The fuzz's own parts: its frames, its reading of answers, its judgement of memory. */
import { expect, test } from "bun:test";
import { createRandom } from "../audit/random.ts";
import { FRAME_CASES } from "../fuzz/broken-frames.ts";
import { makeCommand } from "../fuzz/commands.ts";
import { frame, OP, readFrame } from "../fuzz/frames.ts";
import { judgeMemory } from "../fuzz/memory.ts";
import { makeBrokenRequest, makeOddRequest, readAnswer } from "../fuzz/requests.ts";

test("a frame is read back as it was made, at every length form", () => {
  for (const size of [0, 125, 126, 65_535, 65_536]) {
    const received = readFrame(frame(OP.text, "x".repeat(size), { masked: false }));
    expect(received?.payload.length).toBe(size);
  }
  expect(readFrame(frame(OP.text, "x".repeat(200), { masked: false }).subarray(0, 100))).toBeUndefined();
});

test("a response is read once all of it has arrived", () => {
  const whole = Buffer.from("HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nabc");
  expect(readAnswer(whole, false)).toEqual({ status: 400, size: whole.length });
  expect(readAnswer(whole.subarray(0, -1), false)).toBeUndefined();
  expect(readAnswer(whole.subarray(0, -3), true)?.status).toBe(400);
});

test("the same seed makes the same attack", () => {
  const attack = (seed: number) => {
    const random = createRandom(seed);
    return [
      makeCommand(random, 1),
      makeOddRequest(random),
      makeBrokenRequest(random),
      random.pick(FRAME_CASES)(random),
    ];
  };
  expect(attack(3)).toEqual(attack(3));
  expect(attack(3)).not.toEqual(attack(4));
});

test("memory that rises and falls counts as flat, and memory that only rises does not", () => {
  const at = (mb: (step: number) => number) =>
    Array.from({ length: 101 }, (_, i) => ({ cases: i * 10_000, mb: mb(i) }));
  expect(judgeMemory(at((i) => 100 + (i % 10) * 5)).isFlat).toBe(true);
  const leak = judgeMemory(at((i) => 100 + i));
  expect(leak.isFlat).toBe(false);
  expect(leak.mbPer100kCases).toBeCloseTo(10);
});

test("a short run may fill the page cache, a long one has filled it", () => {
  const at = (cases: number) =>
    Array.from({ length: 101 }, (_, i) => ({ cases: (i * cases) / 100, mb: 100 + i }));
  expect(judgeMemory(at(20_000)).isFlat).toBe(true);
  expect(judgeMemory(at(1_000_000)).isFlat).toBe(false);
});
