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

/** A `messages` event is at most this long, unless it is one message: default frame limits of clients start at 1 MiB. */
const MAX_EVENT_BYTES = 65_536;
/** What is read from the log at a time for a reader who catches up: bounds memory per reader who has stalled. */
const CATCH_UP_PAGE = { limit: 200, maxBytes: 131_072 };
/** A topic without readers keeps its ring this long: a page reload finds it warm. */
const KEEP_IDLE_MS = 60_000;

/** A message as the ring holds it. */
export interface RingMessage {
  offset: number;
  tag: string;
  /** The message's JSON, as everybody is served it. */
  json: string;
  /** The entry, where some are served it otherwise. */
  shadowed?: Entry;
  bytes: number;
  /** Its plain-mode line, made when first needed. */
  line?: string;
}

/** How a live subscriber wants messages: `json` events or `plain` lines. */
export type Mode = "json" | "plain";

/** An active topic. Everything but `name` and `epoch` belongs to this file. */
export interface ActiveTopic {
  readonly name: string;
  epoch: string;
  ring: RingMessage[];
  /** The offset before the ring's first message. */
  base: number;
  /** What the last reader who came was handed of the ring: after a deploy all of them stand at one position. */
  recent: { position: number; messages: readonly RingMessage[] } | undefined;
  /** Live native subscribers by mode, of those who are served what everybody is. */
  live: Record<Mode, number>;
  /** The others, by native topic. */
  byAudience: Map<string, { mode: Mode; audience: Audience; readers: number }>;
  /** Called after every addition, for readers that pull. */
  watchers: Set<() => void>;
  readers: number;
  idleSince: number;
}

/** A reader who catches up and then goes live. */
export interface Reader {
  /** The last offset handed over. */
  position: number;
  /** Waits until the reader can take more; false when it is gone. */
  ready(): boolean | Promise<boolean>;
  send(messages: readonly RingMessage[]): void;
  gap(from: number, to: number): void;
  /** Takes the native subscription; called in the same tick as the last `send`. */
  goLive(): void;
}

/**
 * The native topic that carries a topic's frames of one mode for an audience, or the news of its people or for its
 * moderators.
 */
export const nativeTopic = (topic: string, mode: Mode | "people" | "staff", audience = PUBLIC_AUDIENCE): string =>
  audience === PUBLIC_AUDIENCE ? `${mode} ${topic}` : `${mode} ${topic} ${audience}`;

/** Counts live subscribers of an audience in, or with -1 out. */
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

/** The message's JSON as an audience is served it. */
export const jsonOf = ({ json, shadowed: veiled }: RingMessage, audience: Audience): string =>
  veiled && audience !== PUBLIC_AUDIENCE ? encodeFor(veiled, audience) : json;

/** The message's line in plain mode; empty for what has none. */
export function lineOf(message: RingMessage, audience = PUBLIC_AUDIENCE): string {
  if (message.shadowed) return encodePlain(jsonOf(message, audience));
  message.line ??= encodePlain(message.json);
  return message.line;
}

/** Cuts messages into runs that fit one event each. */
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

/** Events encoded already, by their run of messages: thousands who come back for the same run are sent one text. */
const encodedEvents = new WeakMap<readonly RingMessage[], string>();

/** The `messages` event for a run of messages that fits one. The run must not be changed afterwards. */
export function eventOf(topic: string, messages: readonly RingMessage[], audience = PUBLIC_AUDIENCE): string {
  if (audience !== PUBLIC_AUDIENCE && messages.some(({ shadowed: veiled }) => veiled)) {
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
  return { offset, tag, json, bytes: Buffer.byteLength(encodeFor(entry, MODERATOR_AUDIENCE)), shadowed: entry };
}

/** The ring's messages after `position`; undefined when the ring does not reach back, or forward, to it. */
export function recentAfter(active: ActiveTopic, position: number): readonly RingMessage[] | undefined {
  const skip = position - active.base;
  if (skip < 0 || skip > active.ring.length) return undefined;
  if (active.recent?.position !== position) active.recent = { position, messages: active.ring.slice(skip) };
  return active.recent.messages;
}

/** The newest offset that an active topic has handed out. */
export const newestOf = (active: ActiveTopic): number => active.base + active.ring.length;

/** Puts an amended message's new form where the ring has the old one. */
function amendRing(active: ActiveTopic, entry: Entry): void {
  const index = entry.offset - active.base - 1;
  if (active.ring[index]) active.ring[index] = toRingMessage(entry);
}

/** Adds what is next to the ring; returns what was new. A hole (never in one process) restarts the ring behind it. */
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
  // Twice the size before cutting: one copy per `maxRing` messages instead of one per message.
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
  /** Bun's native publish; `readers` is how many it will write to. */
  publish: (nativeTopic: string, frame: string, readers: number) => void;
  now?: () => number;
}

export type Topics = ReturnType<typeof createTopics>;

/** Makes the fan-out and hangs it on the log's tail. */
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
    // The tail may have been quicker; then the ring has its beginning.
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

  /** Hands a reader the next page of the log, and before it the range that retention has removed, if any. */
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
    // Others' messages and commands go between two pages.
    await new Promise((resolve) => setImmediate(resolve));
  }

  return {
    /** Makes a topic active and counts a reader in. Pair with `release`. */
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

    release,

    /**
     * Brings a reader from its position to the present, page by page, and lets it go live in the tick in which the
     * last message it lacked is sent. Returns early when the reader is gone.
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
        if (more) continue; // too much for one tick: the rest when the reader has taken this
        reader.goLive();
        return;
      }
    },

    /** The messages after `position`: from the ring, else a page from the log. Empty at the present. */
    async readAfter(topic: ActiveTopic, position: number): Promise<readonly RingMessage[]> {
      const recent = recentAfter(topic, position);
      if (recent) return recent;
      return (await log.read(topic.name, { after: position, ...CATCH_UP_PAGE })).map(toRingMessage);
    },

    /** Hands an event to every live session of `kabar.v1` in a topic, whatever its audience. */
    sendToAll(name: string, frame: string): void {
      const topic = active.get(name);
      if (!topic) return;
      publish(nativeTopic(name, "json"), frame, topic.live.json);
      for (const { mode, audience, readers } of topic.byAudience.values())
        if (mode === "json") publish(nativeTopic(name, mode, audience), frame, readers);
    },

    /** Drops what the ring has up to an offset: it is not in the log any more. */
    forget(name: string, upTo: number): void {
      const topic = active.get(name);
      if (!topic) return;
      const from = Math.max(0, upTo - topic.base);
      topic.ring = topic.ring.slice(from);
      topic.recent = undefined;
      topic.base = Math.max(topic.base, upTo);
    },

    /** Whether a topic has readers, or had some a moment ago. */
    isActive: (name: string): boolean => active.has(name),

    /** Forgets topics that have had no reader for a while. Call it now and then. */
    sweep(): void {
      for (const [name, topic] of active) {
        topic.recent = undefined;
        if (topic.readers === 0 && now() - topic.idleSince >= KEEP_IDLE_MS) active.delete(name);
      }
    },

    /** How many topics are active. */
    size: (): number => active.size,

    /** Stops listening to the log. */
    stop: stopTail,
  };
}
