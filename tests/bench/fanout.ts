/**
 * Messages to many: at times fixed in advance (latency counts from when a message was due, not from when it was sent) or
 * as fast as they are delivered. Every message on every connection is counted and checked; latency is sampled.
 */
import { type Connection, openConnection, openMany } from "./connection.ts";
import type { FanoutJob, Figures } from "./jobs.ts";
import { createLatencies, type Latencies } from "./latencies.ts";
import { createReceived, markedText, type Received, readMarkers } from "./marker.ts";
import { limitCpu } from "./cpu-limit.ts";
import { cpuSeconds, residentBytes, startCpuClock } from "./process-stats.ts";

/** One connection in so many has its latencies taken. */
const SAMPLE_EVERY = 16;
/** As fast as it goes for this long before anything is measured: every peer's code is compiled and its buffers grown. */
const WARM_UP_MS = 1000;
/** Then the pace that is measured, until it has settled. */
const SETTLE_MS = 500;
/** How long the last messages may take to arrive. */
const DRAIN_MS = 10_000;

interface Topic {
  name: string;
  members: number;
  publishers: Connection[];
  sequences: number[];
  published: number;
  delivered: number;
}

interface Run {
  topics: Topic[];
  received: Received[];
  connections: Connection[];
  delivered: number;
  latencies: Latencies | undefined;
  /** Whether a delivery is answered with the next message. */
  saturating: boolean;
}

const nowMicros = (): number => performance.now() * 1000;

/** Publishes the topic's next message, by its next publisher. */
function publishNext(job: FanoutJob, topic: Topic, dueMicros: number): void {
  const who = topic.published % topic.publishers.length;
  const connection = topic.publishers[who];
  const sequence = topic.sequences[who] ?? 0;
  topic.sequences[who] = sequence + 1;
  topic.published += 1;
  const text = markedText(who, sequence, dueMicros, job.textBytes);
  connection?.send(connection.dialect.publish?.(topic.name, text, sequence, who) ?? text);
}

/** Publishes while fewer than `inFlight` of the topic's messages are on their way. */
function keepInFlight(job: FanoutJob, run: Run, topic: Topic): void {
  while (run.saturating && topic.published - topic.delivered / topic.members < job.inFlight)
    publishNext(job, topic, nowMicros());
}

function listen(job: FanoutJob, run: Run, topic: Topic, index: number): (bytes: Buffer) => void {
  const received = createReceived(job.publishers);
  run.received.push(received);
  const sampled = index % SAMPLE_EVERY === 0;
  const onTime = (dueMicros: number): void => {
    run.latencies?.add(performance.now() - dueMicros / 1000);
  };
  return (bytes) => {
    const found = readMarkers(received, bytes, sampled && run.latencies ? onTime : undefined);
    if (found === 0) return;
    run.delivered += found;
    const before = Math.floor(topic.delivered / topic.members);
    topic.delivered += found;
    if (Math.floor(topic.delivered / topic.members) > before) keepInFlight(job, run, topic);
  };
}

async function connect(job: FanoutJob, run: Run): Promise<void> {
  for (let i = 0; i < job.topics; i++) {
    run.topics.push({
      name: job.topics === 1 ? "bench" : `bench-${i}`,
      members: job.subscribers + job.publishers,
      publishers: [],
      sequences: [],
      published: 0,
      delivered: 0,
    });
  }
  const each = job.subscribers + job.publishers;
  const ports = [job.port, ...(job.otherPorts ?? [])];
  run.connections = await openMany(job.topics * each, async (index) => {
    const topic = run.topics[Math.floor(index / each)];
    const place = index % each;
    if (!topic) throw new Error("no such topic");
    const publishes = place < job.publishers;
    const dialect = publishes ? job.publisherDialect : job.dialect;
    const port = ports[index % ports.length] ?? job.port;
    const connection = await openConnection(port, dialect, topic.name, listen(job, run, topic, index));
    if (publishes) {
      topic.publishers[place] = connection;
      topic.sequences[place] = 0;
    }
    return connection;
  });
}

/** Sends what is due whenever the clock allows, until `endMs`. */
function publishOnSchedule(job: FanoutJob, run: Run, endMs: number): Promise<void> {
  const startMs = performance.now();
  const everyMs = 1000 / job.rate;
  let sent = 0;
  return new Promise((resolve) => {
    const step = (): void => {
      const now = performance.now();
      while (startMs + sent * everyMs <= Math.min(now, endMs)) {
        const topic = run.topics[sent % run.topics.length];
        if (topic) publishNext(job, topic, (startMs + sent * everyMs) * 1000);
        sent += 1;
      }
      if (now >= endMs) resolve();
      else setTimeout(step, Math.max(0.5, startMs + sent * everyMs - performance.now()));
    };
    step();
  });
}

const missing = (run: Run): number =>
  run.topics.reduce((sum, { published, members, delivered }) => sum + published * members - delivered, 0);

/** Waits for what is on its way. */
async function untilDelivered(run: Run): Promise<void> {
  for (let waited = 0; missing(run) > 0 && waited < DRAIN_MS; waited += 20) await Bun.sleep(20);
}

/** Runs the job. */
export async function runFanout(job: FanoutJob): Promise<Figures> {
  const run: Run = {
    topics: [],
    received: [],
    connections: [],
    delivered: 0,
    latencies: undefined,
    saturating: true,
  };
  await connect(job, run);
  await Bun.sleep(200); // a server may subscribe a moment after it has answered
  const measure = async (): Promise<Figures> => {
    await Bun.sleep(SETTLE_MS);
    const latencies = createLatencies();
    run.latencies = latencies;
    const storeClock = startCpuClock(job.storePid);
    const [cpu, load, delivered, at] = [
      cpuSeconds(job.pids),
      process.cpuUsage(),
      run.delivered,
      performance.now(),
    ];
    await Bun.sleep(job.seconds * 1000);
    const wall = (performance.now() - at) / 1000;
    const used = cpuSeconds(job.pids) - cpu;
    const storeUsed = storeClock();
    const ours = process.cpuUsage(load);
    const count = run.delivered - delivered;
    run.latencies = undefined;
    return {
      cpuSeconds: used,
      wallSeconds: wall,
      core: used / wall,
      loadCore: (ours.user + ours.system) / 1e6 / wall,
      microsPerDelivery: (used * 1e6) / count,
      ...(job.storePid !== undefined && { storeMicros: (storeUsed * 1e6) / count }),
      deliveriesPerSecond: count / wall,
      deliveriesPerCoreSecond: count / used,
      latency: latencies.summary(),
      residentMib: residentBytes(job.pids) / 2 ** 20,
    };
  };
  for (const topic of run.topics) keepInFlight(job, run, topic);
  await Bun.sleep(WARM_UP_MS * (1 + (job.otherPorts?.length ?? 0)));
  const release = job.cpuShare === undefined ? undefined : limitCpu(job.pids, job.cpuShare);
  if (job.rate > 0) {
    run.saturating = false;
    await untilDelivered(run);
  }
  const measuring = measure();
  if (job.rate > 0) await publishOnSchedule(job, run, performance.now() + SETTLE_MS + job.seconds * 1000);
  const figures = await measuring;
  release?.();
  run.saturating = false;
  await untilDelivered(run);
  const wrong = run.received.reduce((sum, received) => sum + received.wrong, 0);
  return { ...figures, delivered: run.delivered, wrong: wrong + Math.abs(missing(run)) };
}
