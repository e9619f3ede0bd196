/** Publishes that wait for their acknowledgement: how many a second, and how long each takes. Each ack is checked. */
import { type Connection, openConnection, openMany } from "./connection.ts";
import type { AcksJob, Figures } from "./jobs.ts";
import { createLatencies } from "./latencies.ts";
import { markedText } from "./marker.ts";
import { cpuSeconds, startCpuClock } from "./process-stats.ts";

const ACK = Buffer.from('{"type":"ok","id":');
const COLON = Buffer.from(",");

/** Runs the job against a server that answers each publish with `{"type":"ok","id":N,…`. */
export async function runAcks(job: AcksJob): Promise<Figures> {
  const latencies = createLatencies();
  let acks = 0;
  let wrong = 0;
  let publishing = true;
  let measuring = false;

  const publishers = await openMany(job.connections, async (publisher) => {
    let connection: Connection | undefined;
    let sent = 0;
    let acked = 0;
    let rest: Buffer | undefined;
    const sentAt = new Float64Array(job.inFlight);
    const fill = (): void => {
      const frames: string[] = [];
      const now = performance.now();
      while (publishing && sent - acked < job.inFlight) {
        sentAt[sent % job.inFlight] = now;
        const text = markedText(publisher, sent, now * 1000, job.textBytes);
        frames.push(connection?.dialect.publish?.("acks", text, sent, publisher) ?? text);
        sent += 1;
      }
      if (frames.length > 0) connection?.sendAll(frames);
    };
    const onBytes = (chunk: Buffer): void => {
      const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
      rest = undefined;
      const now = performance.now();
      let at = bytes.indexOf(ACK);
      let end = 0;
      while (at >= 0) {
        const comma = bytes.indexOf(COLON, at + ACK.length);
        if (comma < 0) break;
        const id = bytes.toString("latin1", at + ACK.length, comma);
        end = comma;
        if (id !== '"h"') {
          if (Number(id) !== acked) wrong += 1;
          if (measuring) latencies.add(now - (sentAt[acked % job.inFlight] ?? now));
          acked += 1;
          acks += 1;
        }
        at = bytes.indexOf(ACK, comma);
      }
      if (bytes.includes('"type":"error"', end)) wrong += 1;
      const keep = at >= 0 ? at : Math.max(end, bytes.length - ACK.length);
      rest = Buffer.from(bytes.subarray(keep));
      if (connection) fill();
    };
    connection = await openConnection(job.port, job.dialect, "acks", onBytes);
    return { fill, left: () => sent - acked };
  });

  for (const { fill } of publishers) fill();
  await Bun.sleep(job.seconds * 400);
  measuring = true;
  const storeClock = startCpuClock(job.storePid);
  const [cpu, load, count, at] = [cpuSeconds(job.pids), process.cpuUsage(), acks, performance.now()];
  await Bun.sleep(job.seconds * 1000);
  measuring = false;
  const wall = (performance.now() - at) / 1000;
  const used = cpuSeconds(job.pids) - cpu;
  const storeUsed = storeClock();
  const ours = process.cpuUsage(load);
  const done = acks - count;
  publishing = false;
  const left = (): number => publishers.reduce((sum, publisher) => sum + publisher.left(), 0);
  for (let waited = 0; left() > 0 && waited < 5000; waited += 20) await Bun.sleep(20);
  return {
    acksPerSecond: done / wall,
    microsPerAck: (used * 1e6) / done,
    ...(job.storePid !== undefined && { storeMicros: (storeUsed * 1e6) / done }),
    core: used / wall,
    loadCore: (ours.user + ours.system) / 1e6 / wall,
    latency: latencies.summary(),
    delivered: acks,
    wrong: wrong + left(),
  };
}
