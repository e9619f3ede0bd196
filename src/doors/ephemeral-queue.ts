/**
 * Messages that are not stored, and what growing messages grow by, on their way to a reader who pulls. Bounded: a slow reader
 * loses the oldest.
 */
import type { ActiveTopic } from "../topics/active-topic.ts";
import type { AppendEvent } from "../protocol.ts";
import type { Audience } from "../topics/audience.ts";

/** Messages that wait for a slow reader. */
const MAX_WAITING = 100;

export type EphemeralQueue = ReturnType<typeof createEphemeralQueue>;

/**
 * Begins to collect the messages of a topic, as `encode` writes the form of the reader's audience at that moment, and events of
 * appends, where `encodeAppend` is given.
 */
export function createEphemeralQueue(
  active: ActiveTopic,
  audience: () => Audience,
  encode: (json: string) => string = (json) => json,
  encodeAppend?: (json: string) => string,
) {
  let waiting: string[] = [];
  /** Called when a message comes. */
  const wakers = new Set<() => void>();
  const add = (encoded: string): void => {
    waiting = [...waiting.slice(1 - MAX_WAITING), encoded];
    for (const wake of wakers) wake();
  };
  const receive = (formFor: (audience: Audience) => string | undefined): void => {
    const form = formFor(audience());
    if (form !== undefined) add(encode(form));
  };
  const receiveAppend = (event: AppendEvent): void => add(encodeAppend?.(JSON.stringify(event)) ?? "");
  active.ephemeral.add(receive);
  if (encodeAppend) active.appended.add(receiveAppend);

  return {
    wakers,

    isEmpty: (): boolean => waiting.length === 0,

    /** What waits, which then waits no more. */
    take(): string[] {
      const taken = waiting;
      waiting = [];
      return taken;
    },

    /** Stops collecting. */
    close(): void {
      active.ephemeral.delete(receive);
      active.appended.delete(receiveAppend);
    },
  };
}
