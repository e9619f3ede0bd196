/** Messages that are not stored, on their way to a reader who pulls. Bounded: a slow reader loses the oldest. */
import type { ActiveTopic } from "../topics/active-topic.ts";
import type { Audience } from "../topics/audience.ts";

/** Messages that wait for a slow reader. */
const MAX_WAITING = 100;

export type EphemeralQueue = ReturnType<typeof createEphemeralQueue>;

/** Begins to collect the messages of a topic in the form of the reader's audience at that moment. */
export function createEphemeralQueue(active: ActiveTopic, audience: () => Audience) {
  let waiting: string[] = [];
  /** Called when a message comes. */
  const wakers = new Set<() => void>();
  const receive = (formFor: (audience: Audience) => string | undefined): void => {
    const form = formFor(audience());
    if (form === undefined) return;
    waiting = [...waiting.slice(1 - MAX_WAITING), form];
    for (const wake of wakers) wake();
  };
  active.ephemeral.add(receive);

  return {
    wakers,

    isEmpty: (): boolean => waiting.length === 0,

    /** The JSON of the messages that wait, which then wait no more. */
    take(): string[] {
      const taken = waiting;
      waiting = [];
      return taken;
    },

    /** Stops collecting. */
    close: (): void => void active.ephemeral.delete(receive),
  };
}
