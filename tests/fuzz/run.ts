/**
 * One attack from start to end: a real server, many attackers at once, a healthy client that must not notice, and an eye
 * on the server's memory, log and life.
 */
import { rmSync } from "node:fs";
import { Client } from "../support/client.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { HTTP_IDLE_S } from "../../src/doors/listener.ts";
import { createRandom } from "../audit/random.ts";
import { type Attack, type Job, JOBS } from "./attackers.ts";
import { judgeMemory, type MemorySample, type MemoryVerdict, readResidentMb } from "./memory.ts";
import { Wire } from "./wire.ts";

export interface FuzzOptions {
  cases: number;
  seed: number;
  onProgress?: (line: string) => void;
  /** Receives the way to end the server at once, for a run that is interrupted. */
  onStart?: (abandon: () => void) => void;
}

export interface FuzzResult {
  cases: number;
  kinds: Record<string, number>;
  /** What was wrong: how often, and the first sentences. */
  wrong: number;
  sentences: string[];
  crashes: number;
  heartbeats: number;
  /** Half connections: opened, and given up by the server. */
  held: number;
  heldEnded: number;
  memory: MemoryVerdict;
  seconds: number;
}

/** Attackers at a time. */
const ATTACKERS = 32;
/** Half connections kept at a time; the oldest is dropped for a new one. */
const MAX_HELD = 300;
/** A run of at least this many cases waits at its end until the server has given up every half connection. */
const WAIT_FOR_HALVES_FROM = 100_000;
/** The server closes a silent connection after its own limit; the margin is for a busy machine. */
const HALVES_DEADLINE_MS = (HTTP_IDLE_S + 20) * 1000;
/** The server notices dropped connections at once; a guard, not a claim. */
const SESSIONS_DEADLINE_MS = 10_000;
const SAMPLE_EVERY_MS = 200;
const KEPT_SENTENCES = 20;
/** A server that logs this much is broken; the rest of the run would only show it again. */
const MAX_OUTPUT_CHARS = 20_000_000;

const ENV = {
  KABAR_TOPICS: "lobby fuzz-*",
  KABAR_RETAIN_MESSAGES: "2000",
  KABAR_HELLO_TIMEOUT_MS: "3000",
};

function pickJob(draw: number): Job {
  const total = JOBS.reduce((sum, [weight]) => sum + weight, 0);
  let at = draw * total;
  for (const [weight, job] of JOBS) {
    at -= weight;
    if (at < 0) return job;
  }
  throw new Error("draw is 1 or more");
}

/** Runs an attack. Everything it started has ended when it resolves. */
export async function runFuzz({ cases, seed, onProgress, onStart }: FuzzOptions): Promise<FuzzResult> {
  const startedAt = performance.now();
  const random = createRandom(seed);
  const kabar = await startKabar({ env: ENV });
  onStart?.(() => {
    process.kill(kabar.pid(), "SIGKILL");
    rmSync(kabar.dataDir, { recursive: true, force: true });
  });
  const kinds = new Map<string, number>();
  const sentences: string[] = [];
  const samples: MemorySample[] = [];
  const held: Wire[] = [];
  let done = 0;
  let wrong = 0;
  let crashes = 0;
  let opened = 0;
  let isOver = false;

  function say(sentence: string): void {
    wrong += 1;
    if (sentences.length < KEPT_SENTENCES) sentences.push(sentence);
  }
  const attack: Attack = {
    port: kabar.port,
    done(kind, count) {
      kinds.set(kind, (kinds.get(kind) ?? 0) + count);
      done += count;
    },
    wrong: say,
    hold(wire) {
      opened += 1;
      held.push(wire);
      if (held.length > MAX_HELD) held.shift()?.drop();
    },
  };

  /** Works until enough cases are done. Each job has a stream of chance of its own, so that it can be repeated. */
  let nextJob = 0;
  async function work(): Promise<void> {
    while (done < cases && !isOver) {
      const stream = random.fork(String(nextJob++));
      await pickJob(stream.next())(attack, stream);
    }
  }

  const watch = setInterval(() => {
    Wire.giveUp();
    try {
      const mb = readResidentMb(kabar.pid());
      if (done < cases) samples.push({ cases: done, mb });
    } catch {
      if (crashes === 0) say(`the server ended: ${kabar.output().slice(-2000)}`);
      crashes = 1;
      isOver = true;
    }
    if (kabar.output().length > MAX_OUTPUT_CHARS) isOver = true;
  }, SAMPLE_EVERY_MS);
  const progress = setInterval(() => {
    const mb = Math.round(samples.at(-1)?.mb ?? 0);
    onProgress?.(
      `${done.toLocaleString("en-US")} of ${cases.toLocaleString("en-US")} cases, ${mb} MB, ${wrong} wrong`,
    );
  }, 5000);

  try {
    const health = stayHealthy(kabar, () => isOver || done >= cases, say);
    await Promise.all(Array.from({ length: ATTACKERS }, work));
    const heartbeats = await health;
    if (cases >= WAIT_FOR_HALVES_FROM && crashes === 0) await waitForHalves(held, say);
    const heldEnded = held.filter((wire) => wire.ended).length;
    for (const wire of held) wire.drop();
    if (crashes === 0) await checkAfter(kabar, say);
    const seconds = (performance.now() - startedAt) / 1000;
    const memory = judgeMemory(samples);
    if (!memory.isFlat)
      say(`memory grew from ${memory.secondQuarterMb.toFixed(1)} to ${memory.lastQuarterMb.toFixed(1)} MB`);
    const counts = Object.fromEntries([...kinds].sort());
    return {
      cases: done,
      kinds: counts,
      wrong,
      sentences,
      crashes,
      heartbeats,
      held: opened,
      heldEnded,
      memory,
      seconds,
    };
  } finally {
    isOver = true;
    clearInterval(watch);
    clearInterval(progress);
    for (const wire of held) wire.drop();
    await kabar.stop();
  }
}

/** Publishes and receives its own messages, over and over; resolves to the number of rounds. */
async function stayHealthy(
  kabar: RunningKabar,
  isOver: () => boolean,
  say: (s: string) => void,
): Promise<number> {
  let beats = 0;
  try {
    const client = await Client.open(kabar.url, { name: "Healthy" });
    await client.ask("subscribe", { topic: "lobby" });
    while (!isOver()) {
      const text = `beat ${beats + 1}`;
      const reply = await client.publish("lobby", text);
      const [message] = await client.messages(1);
      const isRight = reply.type === "ok" && message?.text === text && message.offset === beats + 1;
      if (!isRight)
        say(`the healthy client was answered ${JSON.stringify(reply)}, handed ${JSON.stringify(message)}`);
      beats += 1;
      await Bun.sleep(20);
    }
    client.close();
  } catch (error) {
    say(`the healthy client noticed: ${error instanceof Error ? error.message : String(error)}`);
  }
  return beats;
}

/** How many sessions and event streams the server believes to be open. */
async function countSessions(kabar: RunningKabar): Promise<number> {
  const text = await (await fetch(`${kabar.url}/metrics`)).text();
  const rows = text.matchAll(/^kabar_sessions\{[^}]*\} (\S+)$/gm);
  return [...rows].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** After the attack: every session is accounted for, the server is ready, and there is no bug in its log. */
async function checkAfter(kabar: RunningKabar, say: (s: string) => void): Promise<void> {
  const until = performance.now() + SESSIONS_DEADLINE_MS;
  while ((await countSessions(kabar)) !== 0 && performance.now() < until) await Bun.sleep(50);
  const sessions = await countSessions(kabar);
  if (sessions !== 0) say(`${sessions} sessions are counted open, and nobody is there`);
  const ready = await fetch(`${kabar.url}/readyz`);
  if (ready.status !== 200) say(`not ready afterwards: ${await ready.text()}`);
  const bugs = kabar
    .output()
    .split("\n")
    .filter((line) => line.includes('"level":"error"'));
  const kindsOfBug = new Map(bugs.map((line) => [/"message":"[^"]*"/.exec(line)?.[0] ?? line, line]));
  for (const bug of kindsOfBug.values())
    say(`the server logged (${bugs.length} such lines): ${bug.slice(0, 600)}`);
}

/** Nobody may keep a connection by never finishing what it began. */
async function waitForHalves(held: readonly Wire[], say: (s: string) => void): Promise<void> {
  const until = performance.now() + HALVES_DEADLINE_MS;
  const isLeft = () => held.some((wire) => !wire.ended);
  while (isLeft() && performance.now() < until) await Bun.sleep(100);
  const left = held.filter((wire) => !wire.ended).length;
  if (left > 0) say(`${left} half connections are kept by the server`);
}
