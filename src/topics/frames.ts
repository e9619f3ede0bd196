/**
 * Frames of messages, as subscribers of one audience receive them: `messages` events of `kabar.v1`, and lines of plain mode.
 * Each is encoded once for all readers.
 */
import { type Audience, encodeFor, PUBLIC_AUDIENCE } from "./audience.ts";
import { encodeMessages } from "../codec.ts";
import { encodePlain } from "../log/message-body.ts";
import type { RingMessage } from "./ring.ts";

/** Longest `messages` event of several messages: default frame limits of clients start at 1 MiB. */
const MAX_EVENT_BYTES = 65_536;

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
