/**
 * The server's resident memory over an attack, as Linux tells it, and whether it is flat: the last quarter's median is
 * held against the second quarter's (the first is the server warming up). Pure but for the one read.
 */
import { readFileSync } from "node:fs";

/** One look: how many cases had been done, and the resident memory in MB. */
export interface MemorySample {
  cases: number;
  mb: number;
}

export interface MemoryVerdict {
  secondQuarterMb: number;
  lastQuarterMb: number;
  highestMb: number;
  /** Growth over the second half, by least squares. */
  mbPer100kCases: number;
  isFlat: boolean;
}

/**
 * The last quarter may lie this much above the second: a collector that runs when it likes moves the resident size of
 * a server that leaks nothing by tens of MB.
 */
export const FLAT_WITHIN_MB = 32;
/** Half a million cases into a run, SQLite's page cache (64 MB) is full; a shorter run sees it grow. */
const WARM_FROM_CASES = 500_000;
const PAGE_CACHE_MB = 64;

/** How much the last quarter of a run of so many cases may lie above the second. */
export const flatWithinMb = (cases: number): number =>
  FLAT_WITHIN_MB + (cases < WARM_FROM_CASES ? PAGE_CACHE_MB : 0);

/** Resident memory of a process in MB. */
export function readResidentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kb ?? 0) / 1024;
}

function median(samples: readonly MemorySample[]): number {
  const sorted = samples.map(({ mb }) => mb).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function slope(samples: readonly MemorySample[]): number {
  const n = samples.length;
  if (n < 2) return 0;
  const meanX = samples.reduce((sum, { cases }) => sum + cases, 0) / n;
  const meanY = samples.reduce((sum, { mb }) => sum + mb, 0) / n;
  let top = 0;
  let bottom = 0;
  for (const { cases, mb } of samples) {
    top += (cases - meanX) * (mb - meanY);
    bottom += (cases - meanX) ** 2;
  }
  return bottom === 0 ? 0 : top / bottom;
}

/** What the samples of a whole run say. */
export function judgeMemory(samples: readonly MemorySample[]): MemoryVerdict {
  const last = samples.at(-1)?.cases ?? 0;
  const between = (from: number, to: number) =>
    samples.filter(({ cases }) => cases >= from * last && cases <= to * last);
  const secondQuarterMb = median(between(0.25, 0.5));
  const lastQuarterMb = median(between(0.75, 1));
  return {
    secondQuarterMb,
    lastQuarterMb,
    highestMb: Math.max(0, ...samples.map(({ mb }) => mb)),
    mbPer100kCases: slope(between(0.5, 1)) * 100_000,
    isFlat: lastQuarterMb <= secondQuarterMb + flatWithinMb(last),
  };
}
