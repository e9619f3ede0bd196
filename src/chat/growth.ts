/**
 * Growth of a message: appends and the end, as functions from its stored body to the new one. Pure; they run in the transaction
 * that stores them, so that of two writers, on two nodes too, one adds each sequence.
 */
import { KabarError } from "../errors.ts";
import { endText } from "../formats.ts";
import type { Entry } from "../log/log.ts";
import { decodeBody, encodeBody, type StoredBody } from "../log/message-body.ts";
import { messageFields } from "../message-fields.ts";
import type { Growth } from "../model.ts";
import { presentFields } from "../optional-fields.ts";
import { requireMessage } from "./changes.ts";

/** A part of a growing message, as its author appends it. */
export interface Part {
  userId: string;
  /** From 1. */
  sequence: number;
  text: string;
  /** Whether the message ends after it. */
  done: boolean;
}

/** What became of a part: stored, stored before (`repeated`), or refused. */
export type Outcome = { repeated: boolean } | KabarError;

/** The result of appending parts. */
export interface GrownBody {
  body: string;
  /** One for each part, in the same order. */
  outcomes: Outcome[];
  /** The sequence before, and the text that was added. */
  after: number;
  sequence: number;
  text: string;
  /** In milliseconds since 1970. */
  at: number;
}

/** A body while it grows: `growing` comes first, so that `isGrowingBody` need not parse. */
const growingBody = (growing: Growth, { growing: _, ...rest }: StoredBody): StoredBody => ({
  growing,
  ...rest,
});

/** The body of a message that begins to grow, at a time in milliseconds since 1970. */
export const beginGrowing = (body: StoredBody, atMs: number): StoredBody =>
  growingBody({ sequence: 0, at: atMs }, body);

/** The error for an append to a message that does not grow; undefined for one that the message's author sends again. */
function refusalOf(entry: Entry, { userId, sequence }: Part): KabarError | undefined {
  const { done, stopped } = requireMessage(entry, { user: { id: userId }, moderates: true });
  if (entry.userId !== userId)
    return new KabarError("forbidden", "You can only append to your own messages.");
  if (done !== undefined && sequence <= done) return undefined;
  if (stopped)
    return new KabarError(
      "not-growing",
      "The message was ended by the server, because nothing was appended.",
    );
  if (done !== undefined) return new KabarError("not-growing");
  return new KabarError("not-growing", "The message does not grow: publish it with growing: true.");
}

/** Judges one part after `sequence`, with room for so many bytes. */
function judgePart(part: Part, sequence: number, room: number, maxBytes: number): Outcome {
  if (part.sequence <= sequence) return { repeated: true };
  if (part.sequence > sequence + 1)
    return new KabarError("sequence-gap", `sequence: is ${part.sequence}, the next one is ${sequence + 1}.`);
  if (Buffer.byteLength(part.text) > room)
    return new KabarError(
      "text-too-long",
      `The text would have more than ${maxBytes} bytes; ${room} more are allowed.`,
    );
  return { repeated: false };
}

/**
 * A message after parts, in their order, at a time in milliseconds since 1970. Refuses single parts. Throws `message-unknown` for a
 * target that is no message or was removed.
 */
export function growBy(entry: Entry, parts: readonly Part[], maxBytes: number, atMs: number): GrownBody {
  const body = decodeBody(entry.body);
  const { growing } = body;
  const after = growing?.sequence ?? 0;
  let sequence = after;
  let room = maxBytes - Buffer.byteLength(body.text);
  let text = "";
  const outcomes = parts.map((part): Outcome => {
    if (!growing || entry.userId !== part.userId) return refusalOf(entry, part) ?? { repeated: true };
    const outcome = judgePart(part, sequence, room, maxBytes);
    if (outcome instanceof KabarError || outcome.repeated) return outcome;
    room -= Buffer.byteLength(part.text);
    sequence = part.sequence;
    text += part.text;
    return outcome;
  });
  const grown = growingBody({ sequence, at: atMs }, { ...body, text: body.text + text });
  return { body: encodeBody(grown), outcomes, after, sequence, text, at: atMs };
}

/** A message that has ended, and the stored body of the entry that ended it. */
export interface EndedBody {
  body: StoredBody;
  edit: StoredBody;
}

/**
 * Ends a growing message. `offset` is the offset of the entry that ends it. Throws `text-empty` for a message without a visible
 * character.
 */
export function endGrowth(entry: Entry, offset: number, isStopped = false): EndedBody {
  const { growing, ...body } = decodeBody(entry.body);
  const text = endText(body.text);
  if (text === "") throw new KabarError("text-empty");
  const mark = { done: growing?.sequence ?? 0, ...(isStopped ? { stopped: true } : {}) };
  return {
    body: { ...body, text, edits: [...(body.edits ?? []), offset], ...mark },
    // With all that those need who receive the message now: plain mode, ntfy's subscribers, push messages.
    edit: {
      ...mark,
      user: body.user,
      kind: "edit",
      target: entry.offset,
      text,
      ...presentFields({ mentions: body.mentions }),
      ...messageFields(body),
    },
  };
}
