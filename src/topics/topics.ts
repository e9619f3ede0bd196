/**
 * Active topics, which are those with readers: opens and closes them, and gives new entries of the log's tail to their rings
 * and to the fan-out. Only the tail drives the fan-out, never a publish.
 */
import { type ActiveTopic, newActiveTopic } from "./active-topic.ts";
import { createCatchUp } from "./catch-up.ts";
import { createFanOut, type FanOutParts } from "./fan-out.ts";
import type { Message } from "../model.ts";
import type { AppendEvent } from "../protocol.ts";
import type { Entry, MessageLog } from "../log/log.ts";

/** A topic without readers keeps its ring for this time, so that a page reload does not read the log. */
const KEEP_IDLE_MS = 60_000;

export interface TopicsOptions extends FanOutParts {
  log: MessageLog;
  ringEntries: number;
  now?: () => number;
}

export type Topics = ReturnType<typeof createTopics>;

/** Creates the active topics and follows the log's tail. */
export function createTopics({ log, metrics, traces, ringEntries, publish, now = Date.now }: TopicsOptions) {
  const active = new Map<string, ActiveTopic>();
  const opening = new Map<string, Promise<void>>();
  const fanOut = createFanOut({ metrics, traces, publish });

  const stopTail = log.tail((entries) => {
    traces.stored(entries);
    const byTopic = new Map<string, Entry[]>();
    for (const entry of entries) {
      if (!active.has(entry.topic)) continue;
      const run = byTopic.get(entry.topic);
      if (run) run.push(entry);
      else byTopic.set(entry.topic, [entry]);
    }
    for (const [name, run] of byTopic) {
      const topic = active.get(name);
      if (!topic) continue;
      const fresh = topic.ring.push(run);
      if (fresh.length > 0) fanOut.sendMessages(topic, fresh);
    }
  });

  const stopBreaks = log.onBreak((names) => {
    // Another database may answer: what it has is read from it.
    for (const { ring } of active.values()) ring.forget(ring.newest);
    for (const name of names) {
      const topic = active.get(name);
      if (topic) topic.isBroken = true;
      active.delete(name);
    }
  });

  async function start(topic: ActiveTopic): Promise<void> {
    const state = await log.state(topic.name);
    topic.epoch = state.epoch;
    // The tail may have filled the ring while the state was read. Then its position is already right.
    topic.ring.startAt(state.top);
  }

  function release(topic: ActiveTopic): void {
    topic.readers -= 1;
    topic.idleSince = now();
  }

  return {
    ...createCatchUp(log, metrics),

    /** Activates a topic and adds a reader. Every call needs one `release`. Rejects when the log cannot read the topic's state. */
    async open(name: string): Promise<ActiveTopic> {
      let topic = active.get(name);
      if (!topic) {
        topic = newActiveTopic(name, ringEntries, now());
        active.set(name, topic);
        opening.set(name, start(topic));
      }
      topic.readers += 1;
      try {
        await opening.get(name);
      } catch (error) {
        release(topic);
        if (active.get(name) === topic) active.delete(name);
        throw error;
      } finally {
        opening.delete(name);
      }
      return topic;
    },

    /** Removes a reader from a topic. */
    release,

    /** Sends a frame to every live `kabar.v1` session in a topic, for all audiences. */
    sendToAll(name: string, frame: string): void {
      const topic = active.get(name);
      if (topic) fanOut.sendFrame(topic, frame);
    },

    /** Sends a message that is not stored to the readers of its topic; one of a shadow-banned author to those who may see it. */
    sendEphemeral(message: Message, isShadowed: boolean): void {
      const topic = active.get(message.topic);
      if (topic) fanOut.sendEphemeral(topic, message, isShadowed);
    },

    /** Sends what a growing message has grown by, and lets it grow in the ring in the same tick: a reader who comes has it once. */
    sendAppend(event: AppendEvent): void {
      const topic = active.get(event.topic);
      if (!topic) return;
      topic.ring.grow(event);
      fanOut.sendFrame(topic, JSON.stringify(event));
      for (const receive of topic.appended) receive(event);
    },

    /** Drops the ring's messages up to an offset, because the log has removed or changed them. */
    forget: (name: string, upTo: number): void => active.get(name)?.ring.forget(upTo),

    /** Drops the messages of all rings: later readers get what the log has. */
    forgetAll(): void {
      for (const { ring } of active.values()) ring.forget(ring.newest);
    },

    /** Whether a topic has readers, or had some within the last minute. */
    isActive: (name: string): boolean => active.has(name),

    /** Deactivates topics that have had no reader for a minute. Call it periodically. */
    sweep(): void {
      for (const [name, topic] of active) {
        topic.ring.freeCopy();
        if (topic.readers === 0 && now() - topic.idleSince >= KEEP_IDLE_MS) active.delete(name);
      }
    },

    /** Number of active topics. */
    size: (): number => active.size,

    /** Stops following the log. */
    stop(): void {
      stopTail();
      stopBreaks();
    },
  };
}
