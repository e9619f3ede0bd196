/**
 * Vital signs of the server over the last hour and day, for the plots of the console: how much happens, how long a commit takes, how
 * large the log and the memory are. In memory only, a fixed number of points, one sample at a time; begins empty.
 */
import type { Metrics, Totals } from "../metrics.ts";
import type { Vital } from "../model.ts";

/** Points of a window: enough for a plot of a screen's width. */
const POINTS = 360;
const SAMPLE_MS = 10_000;
/** Samples that make one point of the day: 360 points of four minutes. */
const SAMPLES_A_POINT = 24;

/** A window of points: the last hour or the last day. */
export type Window = "hour" | "day";
export type Vitals = ReturnType<typeof createVitals>;
type Counts = Pick<Totals, "messages" | "deliveries" | "errors" | "commits" | "commitSeconds">;

/** The names of what is plotted. */
export const VITAL_SIGNS = [
  "sessions",
  "messagesPerS",
  "deliveriesPerS",
  "errorsPerMin",
  "commitMs",
  "memoryBytes",
  "logBytes",
] as const;

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);

/** The sample between two readings of the metrics. */
export function vitalBetween(
  before: { at: number; counts: Counts },
  after: { at: number; counts: Totals; memoryBytes: number; logBytes: number },
): Vital {
  const seconds = Math.max(0.001, (after.at - before.at) / 1000);
  const commits = after.counts.commits - before.counts.commits;
  return {
    at: after.at,
    sessions: after.counts.sessions,
    messagesPerS: (after.counts.messages - before.counts.messages) / seconds,
    deliveriesPerS: (after.counts.deliveries - before.counts.deliveries) / seconds,
    errorsPerMin: ((sum(after.counts.errors) - sum(before.counts.errors)) / seconds) * 60,
    commitMs: commits > 0 ? ((after.counts.commitSeconds - before.counts.commitSeconds) / commits) * 1000 : 0,
    memoryBytes: after.memoryBytes,
    logBytes: after.logBytes,
  };
}

/** The mean of samples, dated as the last one. */
export function meanOf(samples: readonly Vital[]): Vital {
  const mean = { ...(samples.at(-1) as Vital) };
  for (const field of VITAL_SIGNS)
    mean[field] = samples.reduce((total, sample) => total + sample[field], 0) / samples.length;
  return mean;
}

/** Creates the vital signs; `logBytes` reads the size of the log, `now` is in milliseconds since 1970. */
export function createVitals(
  metrics: Pick<Metrics, "totals">,
  logBytes: () => Promise<number> = async () => 0,
  now: () => number = Date.now,
) {
  const hour: Vital[] = [];
  const day: Vital[] = [];
  let before: { at: number; counts: Totals } | undefined;
  let timer: Timer | undefined;
  let taken = 0;

  const keep = (points: Vital[], vital: Vital) => {
    points.push(vital);
    if (points.length > POINTS) points.shift();
  };

  /** Takes a sample now. */
  async function sample(): Promise<void> {
    const sizes = { memoryBytes: process.memoryUsage.rss(), logBytes: await logBytes() };
    const after = { at: now(), counts: await metrics.totals(), ...sizes };
    if (before) {
      keep(hour, vitalBetween(before, after));
      taken += 1;
      if (taken % SAMPLES_A_POINT === 0) keep(day, meanOf(hour.slice(-SAMPLES_A_POINT)));
    }
    before = after;
  }

  return {
    sample,

    /** Begins to take samples. */
    start(): void {
      void sample();
      timer = setInterval(() => void sample(), SAMPLE_MS);
      timer.unref();
    },

    stop: (): void => clearInterval(timer),

    /** The points of a window, oldest first, at most 360. */
    points: (window: Window): readonly Vital[] => (window === "hour" ? hour : day),

    /** How many points a window has had since the start. */
    taken: (window: Window): number => (window === "hour" ? taken : Math.floor(taken / SAMPLES_A_POINT)),

    /** Milliseconds between two points of a window. */
    stepMs: (window: Window): number => (window === "hour" ? SAMPLE_MS : SAMPLE_MS * SAMPLES_A_POINT),
  };
}
