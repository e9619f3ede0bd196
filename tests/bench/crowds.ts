/** Crowds: all users join, leave, and return to a replay of the missed messages. */
import { openConnection, openMany } from "./connection.ts";
import type { Figures, ResumeJob, StormJob } from "./jobs.ts";
import { createReceived, markedText, readMarkers } from "./marker.ts";
import { cpuSeconds } from "./process-stats.ts";

/** The server is calm when it has used less than this share of a core for a second. */
const CALM = 0.03;
/** How long a storm's echo may take. Large topics receive their counts every 5 seconds. */
const CALM_DEADLINE_MS = 15_000;
/** The last word on a storm comes this late; what it costs belongs to it. */
const LAST_WORD_MS = 5500;
/** Smaller storms before the one that is measured: a server that has run for a while has compiled its code. */
const REHEARSALS = 4;

async function untilCalm(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + CALM_DEADLINE_MS;
  await Bun.sleep(LAST_WORD_MS);
  for (let before = cpuSeconds(pids); performance.now() < deadline;) {
    await Bun.sleep(1000);
    const now = cpuSeconds(pids);
    if (now - before < CALM) return;
    before = now;
  }
}

/** Users join and leave, and receive each other's presence. */
export async function runStorm(job: StormJob): Promise<Figures> {
  let bytes = 0;
  const before = cpuSeconds(job.pids);
  const people = await openMany(job.people, () =>
    openConnection(job.port, job.dialect, "bench", (chunk) => {
      bytes += chunk.length;
    }),
  );
  await untilCalm(job.pids);
  const joined = cpuSeconds(job.pids);
  const wrong = people.filter((connection) => connection.closed).length;
  for (const connection of people) connection.socket.end();
  await untilCalm(job.pids);
  const left = cpuSeconds(job.pids);
  return {
    joinCpuSeconds: joined - before,
    leaveCpuSeconds: left - joined,
    cpuSeconds: left - before,
    delivered: bytes,
    wrong,
  };
}

/**
 * Everybody is connected and asks for what was missed at the same time. `hub` asks with a frame `resume`; Kabar's
 * sessions subscribe with the cursor that the first of them was given before the messages were published.
 */
export async function runResume(job: ResumeJob): Promise<Figures> {
  const isKabar = job.dialect === "kabar-quiet";
  let ask = "resume";
  if (isKabar) {
    let reply = "";
    const watcher = await openConnection(job.port, "kabar", "bench", (chunk) => {
      reply += chunk.toString();
    });
    ask = `{"type":"subscribe","id":"r","topic":"bench","cursor":${/"cursor":(\{[^}]*\})/.exec(reply)?.[1]}}`;
    for (let i = 0; i < job.missed; i++) {
      const text = markedText(0, i, 0, job.textBytes);
      watcher.send(watcher.dialect.publish?.("bench", text, i, 0) ?? text);
    }
    await Bun.sleep(1000);
    watcher.socket.end();
  }
  for (let i = 0; i < REHEARSALS; i++) await resumeAll(job, ask, Math.ceil(job.connections / 4));
  const { delivered, wrong, wall, used } = await resumeAll(job, ask, job.connections);
  return {
    delivered,
    wrong,
    wallSeconds: wall,
    cpuSeconds: used,
    deliveriesPerSecond: delivered / wall,
    messagesPerCoreSecond: delivered / used,
  };
}

/** Connects many clients, which ask at the same time, receive everything, and leave. */
async function resumeAll(
  job: ResumeJob,
  ask: string,
  count: number,
): Promise<{ delivered: number; wrong: number; wall: number; used: number }> {
  let delivered = 0;
  const all = count * job.missed;
  let finished: () => void = () => {};
  const done = new Promise<void>((resolve) => (finished = resolve));
  const received = Array.from({ length: count }, () => createReceived(1));
  const connections = await openMany(count, (index) => {
    const into = received[index] ?? createReceived(1);
    return openConnection(job.port, job.dialect, "bench", (bytes) => {
      delivered += readMarkers(into, bytes);
      if (delivered >= all) finished();
    });
  });
  await Bun.sleep(500);
  const [cpu, at] = [cpuSeconds(job.pids), performance.now()];
  for (const connection of connections) connection.send(ask);
  await Promise.race([done, Bun.sleep(60_000)]);
  const wall = (performance.now() - at) / 1000;
  await Bun.sleep(200); // what the kernel still accounts
  const used = cpuSeconds(job.pids) - cpu;
  const wrong = received.reduce((sum, into) => sum + into.wrong, 0) + Math.abs(all - delivered);
  for (const connection of connections) connection.socket.end();
  await Bun.sleep(300);
  return { delivered, wrong, wall, used };
}
