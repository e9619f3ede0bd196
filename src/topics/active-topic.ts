/**
 * An active topic: its ring, its live subscribers by mode and audience, and the names of its native topics, which are Bun's
 * publish/subscribe channels. Only the files of this folder change its fields, except `watchers`.
 */
import { type Audience, PUBLIC_AUDIENCE } from "./audience.ts";
import type { AppendEvent } from "../protocol.ts";
import { Ring } from "./ring.ts";

/** The format of a live subscriber: `json` events or `plain` lines. */
export type Mode = "json" | "plain";

export interface ActiveTopic {
  readonly name: string;
  epoch: string;
  readonly ring: Ring;
  /** Number of live native subscribers of the public audience, by mode. */
  readonly live: Record<Mode, number>;
  /** Live native subscribers of every other audience, by native topic. */
  readonly byAudience: Map<string, { mode: Mode; audience: Audience; readers: number }>;
  /** Callbacks for readers that pull; called after every addition to the ring. */
  readonly watchers: Set<() => void>;
  /** Readers that pull, by the function that receives a message which is not stored, in the form of each audience. */
  readonly ephemeral: Set<(formFor: (audience: Audience) => string | undefined) => void>;
  /** Readers that pull, by the function that receives what a growing message has grown by. */
  readonly appended: Set<(event: AppendEvent) => void>;
  readers: number;
  /** When a reader last left, in the milliseconds of the topics' clock. */
  idleSince: number;
  /** True once the log's tail broke off: the topic receives nothing more, and its readers begin again. */
  isBroken: boolean;
}

/** Makes an active topic without readers, whose epoch and position are not read from the log yet. */
export const newActiveTopic = (name: string, ringEntries: number, nowMs: number): ActiveTopic => ({
  name,
  epoch: "",
  ring: new Ring(ringEntries),
  live: { json: 0, plain: 0 },
  byAudience: new Map(),
  watchers: new Set(),
  ephemeral: new Set(),
  appended: new Set(),
  readers: 0,
  idleSince: nowMs,
  isBroken: false,
});

/** The native topic of a topic's messages in one mode for one audience, of its presence, or of its moderator events. */
export const nativeTopic = (
  topic: string,
  mode: Mode | "people" | "moderators",
  audience = PUBLIC_AUDIENCE,
): string => (audience === PUBLIC_AUDIENCE ? `${mode} ${topic}` : `${mode} ${topic} ${audience}`);

/** Adds one live subscriber of an audience to the count, or removes one with -1. */
export function countLive(active: ActiveTopic, mode: Mode, audience: Audience, by: 1 | -1): void {
  if (audience === PUBLIC_AUDIENCE) {
    active.live[mode] += by;
    return;
  }
  const name = nativeTopic(active.name, mode, audience);
  const readers = (active.byAudience.get(name)?.readers ?? 0) + by;
  if (readers > 0) active.byAudience.set(name, { mode, audience, readers });
  else active.byAudience.delete(name);
}
