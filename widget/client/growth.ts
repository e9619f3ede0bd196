/**
 * Growth of messages: an append applied to a list of messages. Pure. An append that does not follow what the list has changes nothing:
 * the end of the message brings the whole text.
 */
import type { Message } from "../../src/model.ts";
import type { AppendEvent } from "../../src/protocol.ts";

/** The messages after an append; `isMissed`: an append before it did not arrive here. */
export interface Grown {
  messages?: readonly Message[];
  isMissed?: boolean;
}

const withMessage = (messages: readonly Message[], at: number, message: Message): Grown => ({
  messages: messages.with(at, message),
});

/** Applies an append. */
export function grow(
  messages: readonly Message[],
  { target, after, sequence, at, text }: AppendEvent,
): Grown {
  const place = messages.findLastIndex((m) => m.offset === target);
  const message = messages[place];
  // The end comes as an edit, which the client applies before this file is loaded.
  if (!message?.growing || message.edited !== undefined || message.growing.sequence >= sequence) return {};
  if (message.growing.sequence !== after) return { isMissed: true };
  return withMessage(messages, place, { ...message, text: message.text + text, growing: { sequence, at } });
}

/** The message after the edit that ended it: it has grown, and was not edited. */
export function end(messages: readonly Message[], { target, done, stopped }: Message): Grown {
  const place = messages.findLastIndex((m) => m.offset === target);
  const message = messages[place];
  if (!message || message.removed) return {};
  const { growing: _, edited: __, ...rest } = message;
  return withMessage(messages, place, { ...rest, done, ...(stopped ? { stopped } : {}) });
}

/** Replaces a growing message by a form that has more of it, as the server has it. */
export function catchUp(messages: readonly Message[], whole: Message): Grown {
  const place = messages.findLastIndex((m) => m.offset === whole.offset);
  const { sequence = Infinity } = messages[place]?.growing ?? {};
  return sequence < (whole.growing?.sequence ?? Infinity) ? withMessage(messages, place, whole) : {};
}
