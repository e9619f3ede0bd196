/** Helpers of the measuring commands: percentiles, memory of a process, a progress line, figures as a table. */
import { readFileSync } from "node:fs";

/** The value below which `share` (0 to 1) of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Resident memory of a process in MiB (Linux). */
export function residentMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** Shows where a long run is, on standard error. */
export function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  else process.stderr.write(`${line}\n`);
}

/** Prints figures as the lines of a Markdown table. */
export function printTable(title: string, rows: readonly (readonly [string, string])[]): void {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  console.log(`\n${title}\n`);
  console.log("| what | figure |\n|---|---|");
  for (const [what, figure] of rows) console.log(`| ${what} | ${figure} |`);
}

/** Milliseconds for people. */
export const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
/** MiB for people. */
export const mib = (value: number): string => `${Math.round(value)} MiB`;
