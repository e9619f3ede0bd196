/** Hardly any traffic: a message after each silence, and connections that only wait. */
import { openConnection, openMany } from "./connection.ts";
import type { Figures, IdleJob, SilenceJob } from "./jobs.ts";
import { createLatencies } from "./latencies.ts";
import { createReceived, markedText, readMarkers } from "./marker.ts";
import { cpuSeconds, residentBytes } from "./process-stats.ts";

/** How long a message after silence takes to everybody. */
export async function runSilence(job: SilenceJob): Promise<Figures> {
  const latencies = createLatencies();
  let delivered = 0;
  let wrong = 0;
  const connections = await openMany(job.subscribers, async () => {
    const received = createReceived(1);
    return openConnection(job.port, job.dialect, "bench", (bytes) => {
      const before = received.wrong;
      delivered += readMarkers(received, bytes, (due) => latencies.add(performance.now() - due / 1000));
      wrong += received.wrong - before;
    });
  });
  const publisher = connections[0];
  for (let i = 0; i < job.messages; i++) {
    await Bun.sleep(job.pauseMs);
    const text = markedText(0, i, performance.now() * 1000, 100);
    publisher?.send(publisher.dialect.publish?.("bench", text, i, 0) ?? text);
  }
  await Bun.sleep(500);
  wrong += Math.abs(job.messages * job.subscribers - delivered);
  return { latency: latencies.summary(), delivered, wrong };
}

/** What connections cost that only wait. */
export async function runIdle(job: IdleJob): Promise<Figures> {
  await openMany(100, () => openConnection(job.port, job.dialect, "bench")); // what is allocated once
  await Bun.sleep(1000);
  const before = residentBytes(job.pids);
  const connections = await openMany(job.connections, () => openConnection(job.port, job.dialect, "bench"));
  await Bun.sleep(job.settleSeconds * 1000);
  const [cpu, at] = [cpuSeconds(job.pids), performance.now()];
  await Bun.sleep(job.seconds * 1000);
  const resident = residentBytes(job.pids);
  return {
    bytesPerConnection: (resident - before) / job.connections,
    residentMib: resident / 2 ** 20,
    core: (cpuSeconds(job.pids) - cpu) / ((performance.now() - at) / 1000),
    wrong: connections.filter((connection) => connection.closed).length,
  };
}
