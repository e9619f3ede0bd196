/**
 * The latency clause: one attacker at a time, of each kind, against a server with its own limits, and a healthy client that must
 * never wait longer than 100 ms because of them. What is too long is tried again: on a busy machine one wait says little.
 */
import { createRandom } from "../audit/random.ts";
import { Client } from "../support/client.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { envName, SETTINGS, settingKeys } from "../../src/settings.ts";
import { FLOODS } from "./floods.ts";
import type { Pulse, PulseOptions } from "./pulse.ts";

/** The longest that a healthy client may wait because of one attacker. */
export const MAX_WAIT_MS = 100;
const TRIES = 3;
/** Messages of 1 KB that readers ask for. */
const BIG = 3000;
/** The keys' address answers only then: tokens stay unchecked. */
const SLOW_KEYS_MS = 4000;

/** What one attacker did, and what the healthy client saw of it. */
export interface FloodResult {
  name: string;
  sent: number;
  beats: number;
  longestMs: number;
}

export interface LatencyResult {
  floods: FloodResult[];
  wrong: string[];
}

export interface LatencyOptions {
  seed: number;
  /** How long each attacker works. */
  floodMs: number;
  onProgress?: ((line: string) => void) | undefined;
}

/** The limits as they are by default: tests' servers are more generous. */
const DEFAULT_LIMITS = Object.fromEntries(
  settingKeys
    .filter((key) => /Rate$|Burst$|^maxSessionsPerAddress$/.test(key))
    .map((key) => [envName(key), String(SETTINGS[key].fallback)]),
);

function startPulse(options: PulseOptions) {
  const worker = new Worker(new URL("./pulse.ts", import.meta.url).href);
  let hear: (pulse: Pulse) => void = () => {};
  worker.onmessage = ({ data }: MessageEvent<Pulse>) => hear(data);
  const next = () => new Promise<Pulse>((resolve) => (hear = resolve));
  const started = next();
  worker.postMessage(options);
  return {
    started,
    /** What was since the last look. */
    look(): Promise<Pulse> {
      const said = next();
      worker.postMessage("look");
      return said;
    },
    stop: () => worker.terminate(),
  };
}

/** Topics with rules, and one with much to read. */
async function prepare(kabar: RunningKabar): Promise<void> {
  const operator = await Client.open(kabar.url, { key: kabar.operatorKey });
  const must = async (asked: Promise<{ type: string }>) => {
    const reply = await asked;
    if (reply.type !== "ok") throw new Error(`could not prepare: ${JSON.stringify(reply)}`);
  };
  const moderate = (topic: string, fields: object) => must(operator.ask("moderate", { topic, ...fields }));
  await moderate("moods", { action: "mode", mode: { emojiOnly: true } });
  await moderate("links", { action: "words", words: { links: "block", list: "english" } });
  for (let from = 0; from < BIG; from += 100)
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => must(operator.publish("big", `${from + i} ${"x".repeat(1000)}`))),
    );
  operator.close();
}

/** Runs every attacker for a while. Everything it started has ended when it resolves. */
export async function runLatency({ seed, floodMs, onProgress }: LatencyOptions): Promise<LatencyResult> {
  const random = createRandom(seed);
  const keys = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 30,
    fetch: () => Bun.sleep(SLOW_KEYS_MS).then(() => Response.json({ keys: [] })),
  });
  const kabar = await startKabar({
    env: {
      ...DEFAULT_LIMITS,
      KABAR_TOPICS: "lobby moods links words edits big",
      KABAR_TRUSTED_PROXY_HOPS: "1",
      KABAR_TOKEN_KEYS: `http://127.0.0.1:${keys.port}/jwks.json`,
      KABAR_LOG_LEVEL: "error",
    },
  });
  const result: LatencyResult = { floods: [], wrong: [] };
  let addresses = 0;
  let pulse: ReturnType<typeof startPulse> | undefined;

  async function run(name: string): Promise<{ sent: number; said: Pulse }> {
    let isOver = false;
    let sent = 0;
    addresses += 1;
    const address = `198.51.${random.int(0, 255)}.${addresses % 250}`;
    await pulse?.look();
    const flood = FLOODS[name]?.({
      url: kabar.url,
      address,
      isOver: () => isOver,
      sent() {
        sent += 1;
      },
    });
    await Bun.sleep(floodMs);
    isOver = true;
    const said = (await pulse?.look()) as Pulse;
    await Promise.race([flood, Bun.sleep(5000)]);
    return { sent, said };
  }

  try {
    await prepare(kabar);
    pulse = startPulse({ url: kabar.url, pid: kabar.pid(), operatorKey: kabar.operatorKey });
    await pulse.started;
    for (const name of Object.keys(FLOODS)) {
      const row: FloodResult = { name, sent: 0, beats: 0, longestMs: Number.POSITIVE_INFINITY };
      for (let i = 0; i < TRIES && row.longestMs > MAX_WAIT_MS; i++) {
        const { sent, said } = await run(name);
        row.sent += sent;
        row.beats += said.beats;
        row.longestMs = Math.min(row.longestMs, said.beats > 0 ? said.longestMs : floodMs);
        for (const answer of said.wrong.slice(0, 3))
          result.wrong.push(`${name}: the healthy client got ${answer}`);
      }
      if (row.longestMs > MAX_WAIT_MS)
        result.wrong.push(`${name}: a healthy client waited ${Math.round(row.longestMs)} ms`);
      if (row.sent === 0) result.wrong.push(`${name}: nothing was sent`);
      result.floods.push(row);
      onProgress?.(`${name}: ${row.sent} sent, ${row.longestMs.toFixed(0)} ms`);
    }
    const errors = kabar
      .output()
      .split("\n")
      .filter((line) => line.includes('"level":"error"'));
    for (const line of errors.slice(0, 3)) result.wrong.push(`the server logged: ${line.slice(0, 400)}`);
    return result;
  } finally {
    pulse?.stop();
    await kabar.stop();
    await keys.stop(true);
  }
}
