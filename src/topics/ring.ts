/**
 * The ring of a topic: its latest messages, encoded once. Offsets in it have no holes, so that a position is an index.
 * A change of a message replaces it in the ring.
 */
import { encodeFor, MODERATOR_AUDIENCE, PUBLIC_AUDIENCE } from "./audience.ts";
import type { Entry } from "../log/log.ts";
import { isHiddenBody } from "../log/message-body.ts";
import type { Message } from "../model.ts";
import type { AppendEvent } from "../protocol.ts";

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

/** Encodes an entry for the public, and measures it. */
export function toRingMessage(entry: Entry): RingMessage {
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

export class Ring {
  readonly #capacity: number;
  #messages: RingMessage[] = [];
  /** The offset before the first message. */
  #base = 0;
  /** The part that the last reader received: after a deploy, all readers resume at the same position. */
  #recent: { position: number; messages: readonly RingMessage[] } | undefined;

  /** `capacity` is the least number of messages that a full ring keeps. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The offset before the first message. */
  get base(): number {
    return this.#base;
  }

  /** The offset of the newest message. */
  get newest(): number {
    return this.#base + this.#messages.length;
  }

  /** Number of messages. */
  get length(): number {
    return this.#messages.length;
  }

  /** Sets the position of a ring without messages. A ring with messages has its position already. */
  startAt(offset: number): void {
    if (this.#messages.length === 0) this.#base = Math.max(this.#base, offset);
  }

  /** Adds new entries and returns them encoded. A missing offset (never in one process) restarts the ring after it. */
  push(entries: readonly Entry[]): RingMessage[] {
    const fresh: RingMessage[] = [];
    this.#recent = undefined;
    for (const entry of entries) {
      const top = this.newest;
      if (entry.offset <= top) continue;
      for (const amended of entry.amended ?? []) this.#replace(amended);
      const message = toRingMessage(entry);
      if (entry.offset > top + 1) {
        this.#messages = [];
        this.#base = entry.offset - 1;
      }
      this.#messages.push(message);
      fresh.push(message);
    }
    // The ring grows to twice its size before it is cut: one copy per `capacity` messages instead of one per message.
    if (this.#messages.length >= 2 * this.#capacity)
      this.forget(this.#base + this.#messages.length - this.#capacity);
    return fresh;
  }

  /** Lets a message grow, if it is here and has just what the append follows. */
  grow({ target, after, sequence, at, text }: AppendEvent): void {
    const index = target - this.#base - 1;
    const found = this.#messages[index];
    if (!found || found.shadowed) return;
    const message = JSON.parse(found.json) as Message;
    if (message.growing?.sequence !== after) return;
    const json = JSON.stringify({ ...message, text: message.text + text, growing: { sequence, at } });
    this.#messages[index] = { offset: target, tag: found.tag, json, bytes: Buffer.byteLength(json) };
    this.#recent = undefined;
  }

  /** The messages after `position`; undefined when `position` is outside the ring. */
  after(position: number): readonly RingMessage[] | undefined {
    const skip = position - this.#base;
    if (skip < 0 || skip > this.#messages.length) return undefined;
    if (this.#recent?.position !== position)
      this.#recent = { position, messages: this.#messages.slice(skip) };
    return this.#recent.messages;
  }

  /** The tag of a message; undefined when the ring does not have it. */
  tagAt(offset: number): string | undefined {
    return this.#messages[offset - this.#base - 1]?.tag;
  }

  /** Drops the messages up to an offset. */
  forget(upTo: number): void {
    this.#messages = this.#messages.slice(Math.max(0, upTo - this.#base));
    this.#base = Math.max(this.#base, upTo);
    this.#recent = undefined;
  }

  /** Frees the copy that the last `after` made. */
  freeCopy(): void {
    this.#recent = undefined;
  }

  #replace(entry: Entry): void {
    const index = entry.offset - this.#base - 1;
    if (this.#messages[index]) this.#messages[index] = toRingMessage(entry);
  }
}
