/**
 * Asks a server's /healthz again and again from a process of its own, so that what the asker itself does is not measured. Run as
 * a program it writes a line an answer: when it came (milliseconds since 1970), how long it took, and how long the server's main
 * thread and the asker's waited for a core meanwhile: other programs on the machine cause that, not the server.
 */
import { readFileSync } from "node:fs";

/** The pause between two questions. */
const PAUSE_MS = 10;
/** A question that is not answered by then counts as that long. */
const DEADLINE_MS = 60_000;

/** How long a process's main thread has waited for a core, in milliseconds (Linux; elsewhere 0). */
function readWaitedMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "latin1").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}

if (import.meta.main) {
  const url = process.argv[2] ?? "";
  const server = Number(process.argv[3]);
  const parent = process.ppid;
  // The first request of a process takes tens of milliseconds in the process itself: it goes to a server of its own.
  const own = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  for (let i = 0; i < 3; i++) await (await fetch(own.url)).text();
  await own.stop();
  const readWaits = () => readWaitedMs(server) + readWaitedMs(process.pid);
  while (process.ppid === parent) {
    const [startedAt, waitedBefore] = [performance.now(), readWaits()];
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(DEADLINE_MS) }).catch(
      () => undefined,
    );
    await response?.text();
    const tookMs = performance.now() - startedAt;
    process.stdout.write(`${Date.now()} ${tookMs} ${readWaits() - waitedBefore}\n`);
    await Bun.sleep(PAUSE_MS);
  }
}

/** Answers since a moment, in milliseconds: by the clock, and without waits for a core. */
export interface Answers {
  ms: number;
  count: number;
  p99: number;
  ownMs: number;
  ownP99: number;
}

/** Begins to ask the server of a process. `slowest` is the longest answer since a moment; `stop` ends the asker. */
export function startProber({ url, pid }: { url: string; pid: () => number }) {
  const answers: { at: number; ms: number; ownMs: number }[] = [];
  const child = Bun.spawn([process.execPath, import.meta.path, url, String(pid())], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const collected = (async () => {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of child.stdout) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const [at = 0, ms = 0, waitedMs = 0] = line.split(" ").map(Number);
        answers.push({ at, ms, ownMs: Math.max(0, ms - waitedMs) });
      }
    }
  })();

  return {
    /** The longest answer of those that came from `since` to now, and how many came. Waits for one that is under way. */
    async slowest(since: number): Promise<Answers> {
      const seen = answers.length;
      while (answers.length < seen + 2 && child.exitCode === null) await Bun.sleep(5);
      const recent = answers.filter(({ at }) => at >= since);
      const sorted = (times: number[]) => times.sort((a, b) => a - b);
      const times = sorted(recent.map(({ ms }) => ms));
      const own = sorted(recent.map(({ ownMs }) => ownMs));
      const p99 = (values: number[]) => values[Math.floor(values.length * 0.99)] ?? 0;
      return {
        ms: times.at(-1) ?? 0,
        count: recent.length,
        p99: p99(times),
        ownMs: own.at(-1) ?? 0,
        ownP99: p99(own),
      };
    },

    async stop(): Promise<void> {
      child.kill();
      await child.exited;
      await collected;
    },
  };
}
