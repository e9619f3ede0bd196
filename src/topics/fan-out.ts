/**
 * Fan-out of new messages to the live subscribers of a topic: one native publish for each mode and audience that has
 * subscribers. Counts and traces the deliveries. Decides neither what is new nor who may read.
 */
import { type ActiveTopic, type Mode, nativeTopic } from "./active-topic.ts";
import { type Audience, authorAudience, MODERATOR_AUDIENCE, PUBLIC_AUDIENCE } from "./audience.ts";
import { encodeEphemeral } from "../codec.ts";
import { encodePlain } from "../log/message-body.ts";
import type { Message } from "../model.ts";
import { eventOf, intoEvents, lineOf } from "./frames.ts";
import type { Metrics } from "../metrics.ts";
import type { RingMessage } from "./ring.ts";
import type { Traces } from "./trace.ts";

export interface FanOutParts {
  metrics: Metrics;
  traces: Traces;
  /** Bun's native publish; `readers` is the number of subscribers that it writes to. */
  publish: (nativeTopic: string, frame: string, readers: number) => void;
}

/** The frames of messages in one mode for one audience. */
const framesOf = (
  topic: string,
  messages: readonly RingMessage[],
  mode: Mode,
  audience: Audience,
): string[] =>
  mode === "json"
    ? [...intoEvents(messages)].map((run) => eventOf(topic, run, audience))
    : messages.map((message) => lineOf(message, audience)).filter((line) => line !== "");

/** Makes the functions that write to the live subscribers of active topics. */
export function createFanOut({ metrics, traces, publish }: FanOutParts) {
  return {
    /** Sends new messages of the ring to the live subscribers of all audiences, and wakes the readers that pull. */
    sendMessages(topic: ActiveTopic, messages: readonly RingMessage[]): void {
      const { name, live } = topic;
      const delivery = { ...live, events: topic.watchers.size };
      const send = (mode: Mode, audience: Audience, readers: number): void => {
        for (const frame of framesOf(name, messages, mode, audience))
          publish(nativeTopic(name, mode, audience), frame, readers);
      };
      if (live.json > 0) send("json", PUBLIC_AUDIENCE, live.json);
      if (live.plain > 0) send("plain", PUBLIC_AUDIENCE, live.plain);
      for (const { mode, audience, readers } of topic.byAudience.values()) {
        send(mode, audience, readers);
        delivery[mode] += readers;
      }
      metrics.delivered.inc(messages.length * (delivery.json + delivery.plain + delivery.events));
      traces.delivered(name, messages[0]?.offset ?? 0, topic.ring.newest, delivery);
      for (const wake of topic.watchers) wake();
    },

    /**
     * Sends a message that is not stored. One of a shadow-banned author reaches the author and the moderators only.
     */
    sendEphemeral(
      { name, live, byAudience, ephemeral }: ActiveTopic,
      message: Message,
      shadow: boolean,
    ): void {
      const formFor = (audience: Audience): string | undefined => {
        if (!shadow || audience === authorAudience(message.user.id)) return JSON.stringify(message);
        return audience === MODERATOR_AUDIENCE ? JSON.stringify({ ...message, hidden: true }) : undefined;
      };
      const audiences = [
        { mode: "json", audience: PUBLIC_AUDIENCE, readers: live.json },
        { mode: "plain", audience: PUBLIC_AUDIENCE, readers: live.plain },
        ...byAudience.values(),
      ] as const;
      for (const { mode, audience, readers } of audiences) {
        const form = readers > 0 ? formFor(audience) : undefined;
        if (form === undefined) continue;
        const frame = mode === "json" ? encodeEphemeral(name, form) : encodePlain(form);
        publish(nativeTopic(name, mode, audience), frame, readers);
        metrics.delivered.inc(readers);
      }
      for (const receive of ephemeral) receive(formFor);
    },

    /** Sends a frame to every live `kabar.v1` session in a topic, for all audiences. */
    sendFrame({ name, live, byAudience }: ActiveTopic, frame: string): void {
      publish(nativeTopic(name, "json"), frame, live.json);
      for (const { mode, audience, readers } of byAudience.values())
        if (mode === "json") publish(nativeTopic(name, mode, audience), frame, readers);
    },
  };
}
