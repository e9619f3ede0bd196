/**
 * Fan-out to active topics, which are those with readers.
 * Each topic keeps a ring of its latest messages, encoded once, and gives what the log's tail brings to Bun's native publish, once
 * per kind of subscriber. A reader who is behind reads pages from the log until the ring covers the position. Then the rest of
 * the ring and the native subscription happen in one tick, so that nothing is lost between them and nothing arrives twice.
 * Only the tail drives the fan-out, never a publish.
 */
import { type Audience, encodeFor, PUBLIC_AUDIENCE, MODERATOR_AUDIENCE } from "./audience.ts";
import { encodeMessages } from "../codec.ts";
import { encodePlain, isHiddenBody } from "../log/message-body.ts";
import type { Entry, MessageLog } from "../log/log.ts";
import type { Metrics } from "../metrics.ts";
import type { Traces } from "./trace.ts";

/** Longest `messages` event of several messages: default frame limits of clients start at 1 MiB. */
const MAX_EVENT_BYTES = 65_536;
/** Size of one page that a catching-up reader gets from the log: bounds the memory of a stalled reader. */
const CATCH_UP_PAGE = { limit: 200, maxBytes: 131_072 };
/** A topic without readers keeps its ring for this time, so that a page reload does not read the log. */
const KEEP_IDLE_MS = 60_000;

/** A message in the ring. */
export interface RingMessage {
  offset: number;
  tag: string;
  /** The message's JSON for the public audience. */
  json: string;
  /** The entry of a shadow-banned user's message: its author and moderators receive another form. */
  shadowed?: Entry;
  /** Length of the JSON in UTF-8 bytes; for a shadow-banned user's message, of the moderators' form. */
  bytes: number;
  /** The message's line in plain mode, encoded on first use. */
  line?: string;
}

/** The format of a live subscriber: `json` events or `plain` lines. */
export type Mode = "json" | "plain";

/** An active topic. Only this file changes its fields, except `watchers`. */
export interface ActiveTopic {
  readonly name: string;
  epoch: string;
  ring: RingMessage[];
  /** The offset before the ring's first message. */
  base: number;
  /** The part of the ring that the last reader received: after a deploy, all readers resume at the same position. */
  recent: { position: number; messages: readonly RingMessage[] } | undefined;
  /** Number of live native subscribers of the public audience, by mode. */
  live: Record<Mode, number>;
  /** Live native subscribers of every other audience, by native topic. */
  byAudience: Map<string, { mode: Mode; audience: Audience; readers: number }>;
  /** Callbacks for readers that pull; called after every addition to the ring. */
  watchers: Set<() => void>;
  readers: number;
  idleSince: number;
}

/** A reader that catches up and then goes live. */
export interface Reader {
  /** The offset of the last message sent. */
  position: number;
  /** Waits until the reader can take more; false when the reader has gone. */
  ready(): boolean | Promise<boolean>;
  /** Sends a run of messages that fits one event. */
  send(messages: readonly RingMessage[]): void;
  /** Reports the range of offsets, both included, that retention has removed. */
  gap(from: number, to: number): void;
  /** Subscribes natively; called in the same tick as the last `send`. */
  goLive(): void;
}

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

/** The message's JSON that an audience receives. */
export const jsonOf = ({ json, shadowed }: RingMessage, audience: Audience): string =>
  shadowed && audience !== PUBLIC_AUDIENCE ? encodeFor(shadowed, audience) : json;

/** The message's line in plain mode; empty for a message that has no plain form. */
export function lineOf(message: RingMessage, audience = PUBLIC_AUDIENCE): string {
  if (message.shadowed) return encodePlain(jsonOf(message, audience));
  message.line ??= encodePlain(message.json);
  return message.line;
}

/** Splits messages into runs that fit one event each. */
export function* intoEvents(messages: readonly RingMessage[]): Generator<readonly RingMessage[]> {
  let from = 0;
  let bytes = 0;
  for (let i = 0; i < messages.length; i++) {
    const size = messages[i]?.bytes ?? 0;
    if (i > from && bytes + size > MAX_EVENT_BYTES) {
      yield messages.slice(from, i);
      from = i;
      bytes = 0;
    }
    bytes += size + 1;
  }
  if (from < messages.length) yield from === 0 ? messages : messages.slice(from);
}

/** Encoded events by run of messages: thousands of readers that resume at the same position share one string. */
const encodedEvents = new WeakMap<readonly RingMessage[], string>();

/** Encodes the `messages` event of a run that fits one event. Callers must not change the run afterwards: it is a cache key. */
export function eventOf(topic: string, messages: readonly RingMessage[], audience = PUBLIC_AUDIENCE): string {
  if (audience !== PUBLIC_AUDIENCE && messages.some(({ shadowed }) => shadowed)) {
    const shown = messages.map((message) => jsonOf(message, audience));
    return encodeMessages(topic, messages.at(-1)?.tag ?? "", shown);
  }
  const known = encodedEvents.get(messages);
  if (known !== undefined) return known;
  const event = encodeMessages(
    topic,
    messages.at(-1)?.tag ?? "",
    messages.map((message) => message.json),
  );
  encodedEvents.set(messages, event);
  return event;
}

function toRingMessage(entry: Entry): RingMessage {
  const { offset, tag, body } = entry;
  const json = encodeFor(entry, PUBLIC_AUDIENCE);
  if (!isHiddenBody(body)) return { offset, tag, json, bytes: Buffer.byteLength(json) };
  return {
    offset,
    tag,
    json,
    bytes: Buffer.byteLength(encodeFor(entry, MODERATOR_AUDIENCE)),
    shadowed: entry,
  };
}

/** The ring's messages after `position`; undefined when `position` is outside the ring. */
export function recentAfter(active: ActiveTopic, position: number): readonly RingMessage[] | undefined {
  const skip = position - active.base;
  if (skip < 0 || skip > active.ring.length) return undefined;
  if (active.recent?.position !== position) active.recent = { position, messages: active.ring.slice(skip) };
  return active.recent.messages;
}

/** The newest offset in an active topic's ring. */
export const newestOf = (active: ActiveTopic): number => active.base + active.ring.length;

/** Replaces a message in the ring with its amended form. */
function amendRing(active: ActiveTopic, entry: Entry): void {
  const index = entry.offset - active.base - 1;
  if (active.ring[index]) active.ring[index] = toRingMessage(entry);
}

/** Adds new entries to the ring and returns them. A missing offset (never in one process) restarts the ring after it. */
function pushEntries(active: ActiveTopic, entries: readonly Entry[], maxRing: number): RingMessage[] {
  const fresh: RingMessage[] = [];
  active.recent = undefined;
  for (const entry of entries) {
    const top = newestOf(active);
    if (entry.offset <= top) continue;
    for (const amended of entry.amended ?? []) amendRing(active, amended);
    const ringed = toRingMessage(entry);
    if (entry.offset > top + 1) {
      active.ring = [];
      active.base = entry.offset - 1;
    }
    active.ring.push(ringed);
    fresh.push(ringed);
  }
  // The ring grows to twice its size before it is cut: one copy per `maxRing` messages instead of one per message.
  if (active.ring.length >= 2 * maxRing) {
    const surplus = active.ring.length - maxRing;
    active.ring = active.ring.slice(surplus);
    active.base += surplus;
  }
  return fresh;
}

export interface TopicsOptions {
  log: MessageLog;
  metrics: Metrics;
  traces: Traces;
  ringEntries: number;
  /** Bun's native publish; `readers` is the number of subscribers that it writes to. */
  publish: (nativeTopic: string, frame: string, readers: number) => void;
  now?: () => number;
}

export type Topics = ReturnType<typeof createTopics>;

/** Creates the fan-out and follows the log's tail. */
export function createTopics({ log, metrics, traces, ringEntries, publish, now = Date.now }: TopicsOptions) {
  const active = new Map<string, ActiveTopic>();
  const opening = new Map<string, Promise<void>>();

  function sendToAudience(
    { name }: ActiveTopic,
    messages: readonly RingMessage[],
    mode: Mode,
    audience: Audience,
    readers: number,
  ): void {
    const frames =
      mode === "json"
        ? [...intoEvents(messages)].map((run) => eventOf(name, run, audience))
        : messages.map((message) => lineOf(message, audience)).filter((line) => line !== "");
    for (const frame of frames) publish(nativeTopic(name, mode, audience), frame, readers);
  }

  function fanOut(topic: ActiveTopic, messages: readonly RingMessage[]): void {
    if (topic.live.json > 0) {
      for (const run of intoEvents(messages))
        publish(nativeTopic(topic.name, "json"), eventOf(topic.name, run), topic.live.json);
    }
    if (topic.live.plain > 0) {
      for (const line of messages.map((message) => lineOf(message)))
        if (line !== "") publish(nativeTopic(topic.name, "plain"), line, topic.live.plain);
    }
    const delivery = { ...topic.live, events: topic.watchers.size };
    for (const { mode, audience, readers } of topic.byAudience.values()) {
      sendToAudience(topic, messages, mode, audience, readers);
      delivery[mode] += readers;
    }
    metrics.delivered.inc(messages.length * (delivery.json + delivery.plain + delivery.events));
    traces.delivered(topic.name, messages[0]?.offset ?? 0, newestOf(topic), delivery);
    for (const wake of topic.watchers) wake();
  }

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
      const fresh = pushEntries(topic, run, ringEntries);
      if (fresh.length > 0) fanOut(topic, fresh);
    }
  });

  async function start(topic: ActiveTopic): Promise<void> {
    const state = await log.state(topic.name);
    topic.epoch = state.epoch;
    // The tail may have filled the ring while the state was read. Then `base` is already right.
    if (topic.ring.length === 0) topic.base = Math.max(topic.base, state.top);
  }

  function release(topic: ActiveTopic): void {
    topic.readers -= 1;
    topic.idleSince = now();
  }

  function sendRun(reader: Reader, messages: readonly RingMessage[]): void {
    reader.send(messages);
    reader.position = messages.at(-1)?.offset ?? reader.position;
    metrics.replayed.inc(messages.length);
  }

  /** Sends a reader the next page of the log, after a gap for the range that retention has removed. */
  async function sendPage(topic: ActiveTopic, reader: Reader): Promise<void> {
    const page = await log.read(topic.name, { after: reader.position, ...CATCH_UP_PAGE });
    const before = (page[0]?.offset ?? (await log.state(topic.name)).first) - 1;
    if (before > reader.position) {
      reader.gap(reader.position + 1, before);
      reader.position = before;
    }
    for (const run of intoEvents(page.map(toRingMessage))) {
      if (!(await reader.ready())) return;
      sendRun(reader, run);
    }
    // Messages and commands of other sessions run between two pages.
    await new Promise((resolve) => setImmediate(resolve));
  }

  return {
    /** Activates a topic and adds a reader. Every call needs one `release`. Rejects when the log cannot read the topic's state. */
    async open(name: string): Promise<ActiveTopic> {
      let topic = active.get(name);
      if (!topic) {
        topic = {
          name,
          epoch: "",
          ring: [],
          base: 0,
          recent: undefined,
          live: { json: 0, plain: 0 },
          byAudience: new Map(),
          watchers: new Set(),
          readers: 0,
          idleSince: now(),
        };
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

    /**
     * Sends a reader every message after its position, page by page, and lets the reader go live in the tick of the last
     * missing message. Returns early when the reader has gone.
     */
    async catchUp(topic: ActiveTopic, reader: Reader): Promise<void> {
      while (await reader.ready()) {
        const recent = recentAfter(topic, reader.position);
        if (!recent) {
          await sendPage(topic, reader);
          continue;
        }
        const [run, more] = intoEvents(recent);
        if (run) sendRun(reader, run);
        if (more) continue; // the rest follows when the reader has taken this run
        reader.goLive();
        return;
      }
    },

    /** The messages after `position`: from the ring, else one page from the log. Empty when nothing is newer. */
    async readAfter(topic: ActiveTopic, position: number): Promise<readonly RingMessage[]> {
      const recent = recentAfter(topic, position);
      if (recent) return recent;
      return (await log.read(topic.name, { after: position, ...CATCH_UP_PAGE })).map(toRingMessage);
    },

    /** Sends a frame to every live `kabar.v1` session in a topic, for all audiences. */
    sendToAll(name: string, frame: string): void {
      const topic = active.get(name);
      if (!topic) return;
      publish(nativeTopic(name, "json"), frame, topic.live.json);
      for (const { mode, audience, readers } of topic.byAudience.values())
        if (mode === "json") publish(nativeTopic(name, mode, audience), frame, readers);
    },

    /** Drops the ring's messages up to an offset, because the log has removed or changed them. */
    forget(name: string, upTo: number): void {
      const topic = active.get(name);
      if (!topic) return;
      const from = Math.max(0, upTo - topic.base);
      topic.ring = topic.ring.slice(from);
      topic.recent = undefined;
      topic.base = Math.max(topic.base, upTo);
    },

    /** Whether a topic has readers, or had some within the last minute. */
    isActive: (name: string): boolean => active.has(name),

    /** Deactivates topics that have had no reader for a minute. Call it periodically. */
    sweep(): void {
      for (const [name, topic] of active) {
        topic.recent = undefined;
        if (topic.readers === 0 && now() - topic.idleSince >= KEEP_IDLE_MS) active.delete(name);
      }
    },

    /** Number of active topics. */
    size: (): number => active.size,

    /** Stops following the log. */
    stop: stopTail,
  };
}
