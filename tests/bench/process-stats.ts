/** Resources that a group of processes has used, from the operating system: CPU time and resident memory (Linux, /proc). */
import { readFileSync } from "node:fs";

/** Clock ticks a second in /proc/<pid>/stat: USER_HZ, 100 on every Linux of today. */
const TICKS_PER_S = 100;

/** User and system CPU time that the processes have used so far, in seconds. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces: utime and stime are the 12th and 13th words after it.
    const words = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    ticks += Number(words[11]) + Number(words[12]);
  }
  return ticks / TICKS_PER_S;
}

/** Resident memory of the processes, in bytes. */
export function residentBytes(pids: readonly number[]): number {
  let kib = 0;
  for (const pid of pids)
    kib += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  return kib * 1024;
}

/** CPU time by process, of a process and those that it has started; those that end meanwhile are left out. */
function familyCpu(pid: number): Map<number, number> {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(/\s+/).filter(Boolean);
  const found = new Map<number, number>();
  for (const each of [pid, ...children.map(Number)])
    try {
      found.set(each, cpuSeconds([each]));
    } catch {
      // It has ended.
    }
  return found;
}

/** Starts a clock of the CPU time that a database uses, whose processes come and go. Reads 0 without one. */
export function startCpuClock(pid: number | undefined): () => number {
  if (pid === undefined) return () => 0;
  const before = familyCpu(pid);
  return () =>
    [...familyCpu(pid)].reduce((sum, [each, seconds]) => sum + seconds - (before.get(each) ?? 0), 0);
}
