/**
 * The way from one node to another: messages are published at one node and received there and at another. The same messages
 * give two distributions of latency, so that what else the machine does is in both.
 */
import { type Connection, openConnection, openMany } from "./connection.ts";
import type { Figures, HopJob } from "./jobs.ts";
import { createLatencies, type Latencies } from "./latencies.ts";
import { createReceived, markedText, type Received, readMarkers } from "./marker.ts";

/** Before measuring, at this multiple of the pace. */
const WARM_UP_S = 2;
const WARM_UP_PACE = 5;
const DRAIN_MS = 10_000;

interface Side {
  received: Received[];
  connections: Connection[];
  latencies: Latencies | undefined;
}

async function openSide(job: HopJob, port: number): Promise<Side> {
  const side: Side = { received: [], connections: [], latencies: undefined };
  const onTime = (dueMicros: number): void => side.latencies?.add(performance.now() - dueMicros / 1000);
  side.connections = await openMany(job.subscribers, () => {
    const received = createReceived(job.publishers);
    side.received.push(received);
    return openConnection(port, job.dialect, "bench", (bytes) => {
      readMarkers(received, bytes, onTime);
    });
  });
  return side;
}

/** Publishes at times fixed in advance. */
async function publish(
  job: HopJob,
  from: readonly Connection[],
  state: { sent: number },
  { rate, seconds }: { rate: number; seconds: number },
): Promise<void> {
  const startMs = performance.now();
  const before = state.sent;
  for (let i = 0; i < rate * seconds; i++) {
    const dueMs = startMs + (i * 1000) / rate;
    while (performance.now() < dueMs) await Bun.sleep(Math.max(0.5, dueMs - performance.now()));
    const who = (before + i) % job.publishers;
    const sequence = Math.floor((before + i) / job.publishers);
    const connection = from[who];
    const text = markedText(who, sequence, dueMs * 1000, job.textBytes);
    connection?.send(connection.dialect.publish?.("bench", text, sequence, who) ?? text);
    state.sent += 1;
  }
}

/** Runs the job. */
export async function runHop(job: HopJob): Promise<Figures> {
  const sides = [await openSide(job, job.port), await openSide(job, job.otherPort)] as const;
  const [own, other] = sides;
  const state = { sent: 0 };
  const missing = (): number =>
    sides.flatMap((side) => side.received).reduce((sum, { messages }) => sum + state.sent - messages, 0);
  const untilDelivered = async (): Promise<void> => {
    for (let waited = 0; missing() > 0 && waited < DRAIN_MS; waited += 20) await Bun.sleep(20);
  };
  await Bun.sleep(500); // a server may subscribe a moment after it has answered
  await publish(job, own.connections, state, { rate: job.rate * WARM_UP_PACE, seconds: WARM_UP_S });
  await untilDelivered();
  for (const side of sides) side.latencies = createLatencies();
  await publish(job, own.connections, state, job);
  await untilDelivered();
  const wrong = sides.flatMap((side) => side.received).reduce((sum, each) => sum + each.wrong, 0);
  return {
    ...(own.latencies && { latency: own.latencies.summary() }),
    ...(other.latencies && { latencyElsewhere: other.latencies.summary() }),
    delivered: state.sent * job.subscribers * 2 - missing(),
    wrong: wrong + Math.abs(missing()),
  };
}
