/**
 * Reads the topics of one subscription of ntfy's: what is stored from its start on, then what comes, as ntfy's events. Stored
 * messages of several topics come in the order of their times, so that the id of the last one received resumes all of them. A
 * reader pulls: a slow one costs a page of memory.
 */
import type { Chat } from "../chat/chat.ts";
import { KabarError } from "../errors.ts";
import {
  type NtfyEvent,
  type NtfyFilter,
  ntfyIdOf,
  passesFilter,
  timeOfNtfyId,
  toNtfy,
} from "../hooks/ntfy-format.ts";
import type { Since } from "../hooks/ntfy-params.ts";
import type { MessageLog } from "../log/log.ts";
import { decodeBody, isWhole } from "../log/message-body.ts";
import type { Message } from "../model.ts";
import { pause } from "../pause.ts";
import type { ActiveTopic } from "../topics/active-topic.ts";
import { jsonOf } from "../topics/frames.ts";
import type { RingMessage } from "../topics/ring.ts";
import type { Topics } from "../topics/topics.ts";
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import { createEphemeralQueue, type EphemeralQueue } from "./ephemeral-queue.ts";

/** Characters of one round: encoding more would block the event loop for too long. */
const CHUNK_CHARACTERS = 131_072;
/** Entries in which the newest message is looked for, and entries of one millisecond among which an id is. */
const LOOK = 200;

export interface NtfyReaderParts {
  auth: Auth;
  chat: Chat;
  topics: Topics;
  log: MessageLog;
  /** Topics that one subscription may have. */
  maxTopics: number;
}

export interface NtfyReaderOptions {
  who: Identity;
  names: readonly string[];
  since: Since;
  filter: NtfyFilter;
  /** Whether the reader ends with what is stored now. */
  isPoll: boolean;
}

/** A topic of a subscription. */
interface Source {
  topic: string;
  active: ActiveTopic;
  /** The offset up to which the topic is read. */
  position: number;
  /** The offset with which a poll ends. */
  end: number;
  /** Messages that are read and not delivered, oldest first, and the first of them, parsed. */
  queue: readonly RingMessage[];
  head: Message | undefined;
  ephemeral: EphemeralQueue;
}

/** The offset after which a subscription begins; undefined for the newest. Rights are checked before. */
async function findStart(log: MessageLog, topic: string, since: Since): Promise<number | undefined> {
  if (since === "none") return undefined;
  if (since === "all") return 0;
  if (since === "latest") {
    const { top } = await log.state(topic);
    const page = await log.read(topic, { before: top + 1, limit: LOOK });
    const newest = page.findLast(({ body }) => isWhole(decodeBody(body)));
    return newest ? newest.offset - 1 : undefined;
  }
  if ("at" in since) return log.offsetBefore(topic, since.at);
  const at = timeOfNtfyId(since.id) ?? 0;
  const before = await log.offsetBefore(topic, at);
  // The message itself, where it is of this topic; of another topic, everything of that millisecond comes again.
  const page = await log.read(topic, { after: before, limit: LOOK });
  return page.find((entry) => entry.at === at && ntfyIdOf(entry) === since.id)?.offset ?? before;
}

const isBehind = ({ active, position, end, queue }: Source): boolean =>
  queue.length > 0 || position < Math.min(active.ring.newest, end);

export type NtfyReader = Awaited<ReturnType<typeof openNtfyReader>>;

/** Opens a reader. Throws KabarError for what is not allowed. The caller closes it. */
export async function openNtfyReader(
  { auth, chat, topics, log, maxTopics }: NtfyReaderParts,
  { who, names, since, filter, isPoll }: NtfyReaderOptions,
) {
  if (names.length > maxTopics)
    throw new KabarError("too-many-topics", `A subscription may have at most ${maxTopics} topics.`);
  for (const topic of names) auth.requireRights(who, topic, "read");
  const sources: Source[] = [];

  function close(): void {
    for (const { active, ephemeral } of sources) {
      ephemeral.close();
      topics.release(active);
    }
  }

  async function openSource(topic: string): Promise<void> {
    const from = await findStart(log, topic, since);
    const session = `ntfy ${who.user.id}`;
    const { active, cursor, top } = await chat.subscribe(who, topic, { from, session });
    const ephemeral = createEphemeralQueue(active, () => chat.audienceOf(who, topic));
    const end = isPoll ? top : Number.POSITIVE_INFINITY;
    sources.push({ topic, active, position: cursor.offset, end, queue: [], head: undefined, ephemeral });
  }

  try {
    for (const topic of names) await openSource(topic);
  } catch (error) {
    close();
    throw error;
  }

  /** Reads the next page of a topic that has nothing at hand. */
  async function fill(source: Source): Promise<void> {
    if (source.queue.length > 0 || !isBehind(source)) return;
    const { newest } = source.active.ring;
    source.queue = await topics.readAfter(source.active, source.position, sources.length);
    source.position = source.queue.at(-1)?.offset ?? newest;
  }

  /** The first message at hand. */
  function headOf(source: Source): Message | undefined {
    const first = source.queue[0];
    if (first) source.head ??= JSON.parse(jsonOf(first, chat.audienceOf(who, source.topic))) as Message;
    return source.head;
  }

  /** Takes the oldest message at hand; undefined when a topic must be read first, or nothing is at hand. */
  function takeOldest(): Message | undefined {
    if (sources.some((source) => source.queue.length === 0 && isBehind(source))) return undefined;
    let oldest: Source | undefined;
    for (const source of sources) {
      const at = headOf(source)?.at;
      if (at !== undefined && at < (oldest?.head?.at ?? Number.POSITIVE_INFINITY)) oldest = source;
    }
    const message = oldest?.head;
    if (!oldest || !message) return undefined;
    oldest.queue = oldest.queue.slice(1);
    oldest.head = undefined;
    return message;
  }

  const wanted = (message: Message): NtfyEvent[] => {
    const event = toNtfy(message);
    return event && passesFilter(event, filter) ? [event] : [];
  };

  return {
    close,

    /** Whether there is more to read now. */
    isBehind: (): boolean => sources.some(isBehind),

    /** The next events; few or none where others are filtered out. */
    async next(): Promise<NtfyEvent[]> {
      const events = sources.flatMap(({ ephemeral }) =>
        ephemeral.take().flatMap((json) => wanted(JSON.parse(json) as Message)),
      );
      for (const source of sources) await fill(source);
      let characters = 0;
      while (characters < CHUNK_CHARACTERS) {
        const message = takeOldest();
        if (!message) break;
        characters += message.text.length + 200;
        events.push(...wanted(message));
      }
      return events;
    },

    /** Resolves when there is more to read, after `ms`, or when `ended` is aborted. */
    async wait(ms: number, ended: AbortSignal): Promise<void> {
      if (sources.some((source) => isBehind(source) || !source.ephemeral.isEmpty())) return;
      await pause(
        ms,
        ended,
        ...sources.flatMap(({ active, ephemeral }) => [active.watchers, ephemeral.wakers]),
      );
    },
  };
}
