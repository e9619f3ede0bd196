/**
 * The healthy client of the latency clause, in a thread of its own so that an attacker's work keeps it from nothing: it pings over
 * one WebSocket and publishes over HTTP, and says how long it had to wait. On a busy machine a wait says nothing of the
 * server, so a wait counts no more than the processor time that the server's main thread spent meanwhile.
 */
import { readFileSync } from "node:fs";
import { Client } from "../support/client.ts";

/** Where the server is; sent to the worker once. */
export interface PulseOptions {
  url: string;
  pid: number;
  operatorKey: string;
}

/** What one stretch of time was like. */
export interface Pulse {
  beats: number;
  /** The longest wait because of the server, and the longest by the clock. */
  longestMs: number;
  longestByClockMs: number;
  /** Answers that were not what a healthy client is owed. */
  wrong: string[];
}

const PING_PAUSE_MS = 5;
/** Within the default limits of a guest: four messages a second. */
const PUBLISH_PAUSE_MS = 260;

declare const self: Worker;

/** Processor time of the server's main thread in ms; Linux tells it, elsewhere the clock has to do. */
function readBusyMs(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "latin1").split(" ")[0]) / 1e6;
  } catch {
    return undefined;
  }
}

async function beat({ url, pid, operatorKey }: PulseOptions): Promise<void> {
  const empty = (): Pulse => ({ beats: 0, longestMs: 0, longestByClockMs: 0, wrong: [] });
  let pulse = empty();

  async function time(act: () => Promise<unknown>, isRight: (answer: unknown) => boolean): Promise<void> {
    const here = pulse;
    const [began, busyBefore] = [performance.now(), readBusyMs(pid)];
    const answer = await act().catch((error: unknown) => String(error));
    const ms = performance.now() - began;
    const busyAfter = readBusyMs(pid);
    const busyMs = busyBefore === undefined || busyAfter === undefined ? ms : busyAfter - busyBefore;
    here.beats += 1;
    here.longestByClockMs = Math.max(here.longestByClockMs, ms);
    here.longestMs = Math.max(here.longestMs, Math.min(ms, busyMs));
    if (!isRight(answer)) here.wrong.push(JSON.stringify(answer).slice(0, 300));
  }

  const client = await Client.open(url, { key: operatorKey });
  async function ping(): Promise<void> {
    for (;;) {
      await time(
        () => client.ask("ping"),
        (answer) => (answer as { type?: unknown }).type === "ok",
      );
      await Bun.sleep(PING_PAUSE_MS);
    }
  }
  async function publish(): Promise<void> {
    for (;;) {
      await time(
        () =>
          fetch(`${url}/api/topics/lobby/messages`, {
            method: "POST",
            body: "healthy",
            headers: { "X-Forwarded-For": "192.0.2.1" },
          }).then(({ status }) => status),
        (status) => status === 201,
      );
      await Bun.sleep(PUBLISH_PAUSE_MS);
    }
  }
  self.onmessage = () => {
    const said = pulse;
    pulse = empty();
    self.postMessage(said);
  };
  self.postMessage(empty());
  await Promise.all([ping(), publish()]);
}

if (!Bun.isMainThread) self.onmessage = ({ data }: MessageEvent<PulseOptions>) => void beat(data);
