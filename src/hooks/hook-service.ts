/**
 * The task of writing the feed and pushing it to webhooks, which one node runs for all. A node that may have lost the task
 * stops sending until it has it again.
 */
import type { Cluster } from "../log/cluster.ts";
import type { MessageLog } from "../log/log.ts";
import type { Logger } from "../logger.ts";
import { pause } from "../pause.ts";
import type { FeedWriter } from "./feed-writer.ts";
import { type HookRunnerParts, runHook } from "./hook-runner.ts";
import { type HookStates, openStates } from "./hook-states.ts";
import type { OutgoingHooks } from "./outgoing-hooks.ts";

/** The task is taken anew this often. */
const TURN_MS = 5000;
/** For so long a node may believe that it has the task: another takes over 20 seconds after its last sign of life. */
const TRUST_MS = 15_000;
/** Wait before another attempt, when another node has the task or the log is away. */
const RETRY_MS = 2000;

export interface HookServiceParts extends Omit<HookRunnerParts, "states" | "maySend" | "hooks" | "logger"> {
  log: MessageLog;
  cluster: Pick<Cluster, "onDuty" | "isAlone">;
  writer: FeedWriter;
  hooks: OutgoingHooks;
  logger: Logger;
}

export type HookService = ReturnType<typeof createHookService>;

/** Creates the service. It does nothing until `start`. */
export function createHookService(parts: HookServiceParts) {
  const { log, cluster, writer, hooks, logger } = parts;
  const stopping = new AbortController();
  let states: HookStates | undefined;
  let trustedUntil = 0;
  /** The runners of this node, by hook. */
  const running = new Map<string, Promise<void>>();
  let sending: AbortController | undefined;

  function run(id: string): void {
    if (!sending || !states || running.has(id) || !hooks.find(id)) return;
    const maySend = () => cluster.isAlone || performance.now() < trustedUntil;
    const runner = runHook(id, { ...parts, states, maySend }, sending.signal);
    running.set(
      id,
      runner.finally(() => running.delete(id)),
    );
  }
  hooks.onChange(run);

  async function beginSending(): Promise<void> {
    if (sending) return;
    states = await openStates(log);
    sending = new AbortController();
    for (const { id } of hooks.list()) run(id);
  }

  /** Interrupts what is under way, and keeps the places of all hooks. */
  async function endSending(): Promise<void> {
    sending?.abort();
    sending = undefined;
    await Promise.all(running.values());
    await states?.saved();
    states = undefined;
  }

  async function turn(): Promise<void> {
    trustedUntil = performance.now() + TRUST_MS;
    await beginSending();
    await writer.write(TURN_MS, stopping.signal);
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      let ran = false;
      try {
        ran = await cluster.onDuty("feed", turn);
        if (!ran) {
          await endSending();
          writer.yield();
        }
      } catch (err) {
        if (stopping.signal.aborted) break;
        if (log.trouble() === undefined) logger.error({ err }, "the feed could not be written");
      }
      if (!ran) await pause(RETRY_MS, stopping.signal);
    }
  }
  let done: Promise<void> | undefined;

  return {
    /** The lowest place that a webhook has yet to send. */
    neededFrom: (): number => states?.lowest(hooks.list()) ?? 0,

    start(): void {
      done ??= loop();
    },

    /** Stops sending and writing. Resolves when the places of all webhooks are saved. */
    async stop(): Promise<void> {
      stopping.abort();
      writer.stop();
      await endSending();
      await done;
      await endSending();
    },
  };
}
