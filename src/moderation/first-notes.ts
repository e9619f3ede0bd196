/**
 * Notes of first messages: published messages that the inbox shows because their author had none in the topic before. Kept in the
 * control topic and bounded; a note names an offset and an author, no text.
 */
import type { Cause, Control } from "../log/control.ts";

/** First messages that the inbox shows. Beyond them the oldest leave, a tenth at once. */
const MAX_NOTES = 1000;

/** A note: when the message was published, and the id of its author. */
interface FirstNote {
  at: number;
  of: string;
}

/** The beginning of the keys of notes in the control topic. */
export const FIRST_PREFIX = "first:";
const noteKey = (topic: string, offset: number): string => `${FIRST_PREFIX}${topic} ${offset}`;

/** Makes the notes over the control topic; `now` is in milliseconds since 1970. */
export function createFirstNotes(control: Control, now: () => number) {
  /** The first messages of a topic that nobody has looked at, oldest first. */
  const listFirst = (topic: string) =>
    control
      .list(`${FIRST_PREFIX}${topic} `)
      .map(([rest, value]) => ({ offset: Number(rest), ...(value as FirstNote) }));

  async function closeFirst(topic: string, offset: number, cause: Cause): Promise<void> {
    if (control.get(noteKey(topic, offset)) !== undefined)
      await control.set(noteKey(topic, offset), null, cause);
  }

  /** Makes room for a note. */
  async function makeRoom(cause: Cause): Promise<void> {
    const notes = control.list(FIRST_PREFIX) as [string, FirstNote][];
    if (notes.length < MAX_NOTES) return;
    const oldest = notes.sort(([, a], [, b]) => a.at - b.at).slice(0, notes.length - MAX_NOTES * 0.9);
    await Promise.all(oldest.map(([rest]) => control.set(FIRST_PREFIX + rest, null, cause)));
  }

  return {
    listFirst,

    /** Notes that a message is its author's first in a topic. */
    async noteFirst(topic: string, offset: number, userId: string): Promise<void> {
      const cause = { by: userId };
      await makeRoom(cause);
      await control.set(noteKey(topic, offset), { at: now(), of: userId } satisfies FirstNote, cause);
    },

    /** Removes the note of a message, if there is one. */
    closeFirst,

    /** Removes the notes of a user's messages in a topic. */
    async withdrawFirst(topic: string, userId: string, cause: Cause): Promise<void> {
      for (const { offset, of } of listFirst(topic))
        if (of === userId) await closeFirst(topic, offset, cause);
    },
  };
}
