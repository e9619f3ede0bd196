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
/** Wait before another attempt, when the log is away. */
const RETRY_MS = 2000;
/** Wait before another attempt, when another node has the task: its end wakes this one. */
const OTHER_MS = 5000;

export interface HookServiceParts extends Omit<HookRunnerParts, "states" | "maySend" | "hooks" | "logger"> {
  log: MessageLog;
  cluster: Pick<Cluster, "onDuty" | "onGone" | "isAlone">;
  writer: FeedWriter;
  hooks: OutgoingHooks;
  logger: Logger;
  /** Milliseconds of a clock that is never set. */
  uptime?: () => number;
}

export type HookService = ReturnType<typeof createHookService>;

/** Creates the service. It does nothing until `start`. */
export function createHookService(parts: HookServiceParts) {
  const { log, cluster, writer, hooks, logger, uptime = () => performance.now() } = parts;
  const stopping = new AbortController();
  let states: HookStates | undefined;
  let trustedUntil = 0;
  /** The runners of this node, by hook. */
  const running = new Map<string, Promise<void>>();
  let sending: AbortController | undefined;
  /** Whether something besides the feed needs a node that sends. */
  let isNeededElse = (): boolean => false;
  const waiting = new Set<() => void>();
  cluster.onGone(() => {
    for (const wake of [...waiting]) wake();
  });
  const maySend = () => cluster.isAlone || uptime() < trustedUntil;

  function run(id: string): void {
    if (!sending || !states || running.has(id) || !hooks.find(id)) return;
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

  /** Interrupts what is under way, and keeps the places of all hooks: not over those of a node that has taken over. */
  async function endSending(): Promise<void> {
    sending?.abort();
    sending = undefined;
    await Promise.all(running.values());
    if (maySend()) await states?.saved();
    states = undefined;
  }

  async function turn(): Promise<void> {
    trustedUntil = uptime() + TRUST_MS;
    await beginSending();
    await writer.write(TURN_MS, stopping.signal);
  }

  /** Does the task for a while, unless another node has it. Resolves to the time until the next attempt, in milliseconds. */
  async function attempt(): Promise<number> {
    try {
      if (await cluster.onDuty("feed", turn)) return 0;
      await endSending();
      writer.yield();
      return OTHER_MS;
    } catch (err) {
      if (!stopping.signal.aborted && log.trouble() === undefined)
        logger.error({ err }, "the feed could not be written");
      return RETRY_MS;
    }
  }

  async function loop(): Promise<void> {
    for (;;) {
      // While nobody wants the feed or push messages the database is not asked which node has the task.
      if (!sending) await writer.needed(stopping.signal, isNeededElse);
      if (stopping.signal.aborted) return;
      const waitMs = await attempt();
      if (waitMs > 0) await pause(waitMs, stopping.signal, waiting);
    }
  }
  let done: Promise<void> | undefined;

  return {
    /** Whether this node is the one that sends: webhooks, and push messages, too. */
    maySend,

    /**
     * Has a node send while `isNeeded` returns true, though nobody wants the feed. Returns the function to call when that may
     * have changed.
     */
    sendAlsoWhile(isNeeded: () => boolean): () => void {
      isNeededElse = isNeeded;
      return writer.wake;
    },

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
