/** Random pages of a long history, one after the other on one connection. */
import type { Figures, PagesJob } from "./jobs.ts";
import { createLatencies } from "./latencies.ts";
import { cpuSeconds } from "./process-stats.ts";

/** Runs the job. */
export async function runPages(job: PagesJob): Promise<Figures> {
  const latencies = createLatencies();
  let wrong = 0;
  const load = async (): Promise<void> => {
    const before = 51 + Math.floor(Math.random() * (job.top - 51));
    const response = await fetch(`http://127.0.0.1:${job.port}${job.path.replace("BEFORE", String(before))}`);
    const text = await response.text();
    if (!text.includes(`"offset":${before - 1},`) || !text.includes(`"offset":${before - 50},`)) wrong += 1;
  };
  for (let i = 0; i < job.pages / 4; i++) await load();
  const cpu = cpuSeconds(job.pids);
  for (let i = 0; i < job.pages; i++) {
    const at = performance.now();
    await load();
    latencies.add(performance.now() - at);
  }
  return {
    latency: latencies.summary(),
    cpuSeconds: cpuSeconds(job.pids) - cpu,
    delivered: job.pages,
    wrong,
  };
}
