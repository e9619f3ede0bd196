/**
 * A limit on the CPU time of single processes, by control groups of Linux (version 2, or the `cpu` controller of version 1):
 * several nodes on one core, each as fast as a small machine. Needs root.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Short, so that a limited process never stands still for long. */
const PERIOD_US = 10_000;

interface Hierarchy {
  root: string;
  /** Lines to write into files of a group. */
  limit(share: number): readonly (readonly [file: string, text: string])[];
  /** The line of /proc/<pid>/cgroup that names a process's group here. */
  line: RegExp;
}

const UNIFIED: Hierarchy = {
  root: "/sys/fs/cgroup",
  limit: (share) => [["cpu.max", `${Math.round(share * PERIOD_US)} ${PERIOD_US}`]],
  line: /^0::(.*)$/m,
};
const VERSION_1: Hierarchy = {
  root: "/sys/fs/cgroup/cpu",
  limit: (share) => [
    ["cpu.cfs_period_us", `${PERIOD_US}`],
    ["cpu.cfs_quota_us", `${Math.round(share * PERIOD_US)}`],
  ],
  line: /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m,
};

function findHierarchy(): Hierarchy | undefined {
  if (existsSync(join(VERSION_1.root, "cpu.cfs_quota_us"))) return VERSION_1;
  const controllers = join(UNIFIED.root, "cgroup.subtree_control");
  return existsSync(controllers) && readFileSync(controllers, "utf8").split(/\s/).includes("cpu")
    ? UNIFIED
    : undefined;
}

/** Gives each process its share of a core. Returns a function that lifts the limits. Throws where that is not allowed. */
export function limitCpu(pids: readonly number[], share: number): () => void {
  const hierarchy = findHierarchy();
  if (!hierarchy) throw new Error("this system has no control group for CPU time");
  const { root, line } = hierarchy;
  const limited = pids.map((pid) => {
    const before = line.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8"))?.[1] ?? "/";
    const group = join(root, `kabar-bench-${pid}`);
    mkdirSync(group, { recursive: true });
    for (const [file, text] of hierarchy.limit(share)) writeFileSync(join(group, file), text);
    writeFileSync(join(group, "cgroup.procs"), `${pid}`);
    return { pid, before, group };
  });
  return () => {
    for (const { pid, before, group } of limited) {
      writeFileSync(join(root, before, "cgroup.procs"), `${pid}`);
      rmdirSync(group);
    }
  };
}

/** Whether processes can be limited here. */
export function canLimitCpu(): boolean {
  const child = Bun.spawn(["sleep", "10"]);
  try {
    limitCpu([child.pid], 0.5)();
    return true;
  } catch {
    return false;
  } finally {
    child.kill();
  }
}
