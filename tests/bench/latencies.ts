/** A histogram of latencies: fixed memory, no allocation per sample, percentiles to 50 µs. */

const BUCKET_MS = 0.05;
const BUCKETS = 600_000; // up to 30 s

export interface Percentiles {
  samples: number;
  p50: number;
  p99: number;
  max: number;
}

export type Latencies = ReturnType<typeof createLatencies>;

/** Makes an empty histogram. */
export function createLatencies() {
  const counts = new Uint32Array(BUCKETS);
  let samples = 0;
  let max = 0;

  function percentile(share: number): number {
    let left = Math.ceil(samples * share);
    for (let i = 0; i < BUCKETS; i++) {
      left -= counts[i] ?? 0;
      if (left <= 0) return Math.min(max, (i + 1) * BUCKET_MS);
    }
    return max;
  }

  return {
    /** Adds one latency in milliseconds. */
    add(ms: number): void {
      const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.floor(ms / BUCKET_MS)));
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      samples += 1;
      if (ms > max) max = ms;
    },
    /** What was added, in milliseconds. */
    summary: (): Percentiles => ({ samples, p50: percentile(0.5), p99: percentile(0.99), max }),
  };
}
