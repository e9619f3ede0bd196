/** Tasks of a trace that count between two of the page's marks. */
import { describe, expect, test } from "bun:test";
import { readTrace, type TraceEvent } from "../measure/recording.ts";

const task = (from: number, to: number, cpu = to - from, tid = 1): TraceEvent => ({
  name: "RunTask",
  pid: 1,
  tid,
  ts: from * 1000,
  dur: (to - from) * 1000,
  tdur: cpu * 1000,
});
const mark = (name: string, at: number): TraceEvent => ({
  name,
  cat: "blink.user_timing",
  pid: 1,
  tid: 1,
  ts: at * 1000,
});

describe("the work between two marks", () => {
  const between = (...tasks: TraceEvent[]) =>
    readTrace([mark("begin", 100), mark("end", 200), ...tasks])("begin", "end");

  test("includes the task that sets the first mark, whole", () => {
    expect(between(task(99, 129))).toEqual({ cpuMs: 30, longestMs: 30, seconds: 0.1 });
  });

  test("includes the task that sets the second mark", () => {
    expect(between(task(120, 125), task(198, 201)).cpuMs).toBe(8);
  });

  test("leaves out tasks that ended before it or began after it", () => {
    expect(between(task(50, 99), task(130, 140), task(201, 250))).toEqual({
      cpuMs: 10,
      longestMs: 10,
      seconds: 0.1,
    });
  });

  test("counts CPU time, not the time by the clock, and only the page's main thread", () => {
    expect(between(task(110, 150, 20), task(110, 190, 80, 2)).cpuMs).toBe(20);
  });

  test("names the mark that the page did not set", () => {
    expect(() => between()).not.toThrow();
    expect(() => readTrace([mark("begin", 1)])("begin", "list")).toThrow('the page never came to "list"');
  });
});
