/**
 * Asks a server's /healthz again and again from a process of its own, so that what the asker itself does is not measured. Run as
 * a program it writes a line an answer: when it came (milliseconds since 1970) and how long it took.
 */

/** The pause between two questions. */
const PAUSE_MS = 10;
/** A question that is not answered by then counts as that long. */
const DEADLINE_MS = 60_000;

if (import.meta.main) {
  const url = process.argv[2] ?? "";
  const parent = process.ppid;
  while (process.ppid === parent) {
    const startedAt = performance.now();
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(DEADLINE_MS) }).catch(
      () => undefined,
    );
    await response?.text();
    process.stdout.write(`${Date.now()} ${performance.now() - startedAt}\n`);
    await Bun.sleep(PAUSE_MS);
  }
}

/** Begins to ask. `slowest` is the longest answer since a moment, in milliseconds; `stop` ends the process. */
export function startProber(url: string) {
  const answers: { at: number; ms: number }[] = [];
  const child = Bun.spawn([process.execPath, import.meta.path, url], { stdout: "pipe", stderr: "inherit" });
  const collected = (async () => {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of child.stdout) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const [at = 0, ms = 0] = line.split(" ").map(Number);
        answers.push({ at, ms });
      }
    }
  })();

  return {
    /** The longest answer of those that came from `since` to now, and how many came. Waits for one that is under way. */
    async slowest(since: number): Promise<{ ms: number; count: number; p99: number }> {
      const seen = answers.length;
      while (answers.length < seen + 2 && child.exitCode === null) await Bun.sleep(5);
      const times = answers
        .filter(({ at }) => at >= since)
        .map(({ ms }) => ms)
        .sort((a, b) => a - b);
      return { ms: times.at(-1) ?? 0, count: times.length, p99: times[Math.floor(times.length * 0.99)] ?? 0 };
    },

    async stop(): Promise<void> {
      child.kill();
      await child.exited;
      await collected;
    },
  };
}
