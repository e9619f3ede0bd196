/**
 * Work between two of a page's marks, read from a trace of Chromium. One rule for every page: a task counts, whole, when any
 * of it lies between the marks. A page that builds its list in the very task that sets the first mark pays for it, too.
 */

/** An event of Chromium's trace format; times in microseconds, `tdur` is the thread's CPU time. */
export interface TraceEvent {
  name: string;
  cat?: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  tdur?: number;
}

/** The tasks between two moments. */
export interface Work {
  /** CPU time of all, in milliseconds. */
  cpuMs: number;
  longestMs: number;
  /** From the first moment to the second, by the clock. */
  seconds: number;
}

/** Reads the work between two marks; throws when the page did not set one of them. */
export type Recording = (from: string, to: string) => Work;

/** Prepares a trace for reading. */
export function readTrace(traceEvents: readonly TraceEvent[]): Recording {
  const at = (name: string): TraceEvent => {
    const mark = traceEvents.find((e) => e.cat?.includes("user_timing") && e.name === name);
    if (!mark) throw new Error(`the page never came to "${name}"`);
    return mark;
  };
  return (from, to) => {
    const [begin, end] = [at(from), at(to)];
    const tasks = traceEvents.filter(
      ({ name, pid, tid, ts, dur = 0 }) =>
        name === "RunTask" && pid === begin.pid && tid === begin.tid && ts + dur > begin.ts && ts < end.ts,
    );
    const costs = tasks.map(({ tdur, dur }) => (tdur ?? dur ?? 0) / 1000);
    return {
      cpuMs: costs.reduce((sum, cost) => sum + cost, 0),
      longestMs: Math.max(0, ...costs),
      seconds: (end.ts - begin.ts) / 1e6,
    };
  };
}
